"""Matrices whose errors are known, for the tests of intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kpicore.matrix import MetricMatrix
from kpicore.model.cells import Cells
from kpicore.scorecard import prepare, score, spread
from tests.scorecard.cases import OFFERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore.model.scorecard import Scorecard
    from kpicore.scorecard import Scored, Spread


def uncertain(
    columns: Mapping[str, tuple[Any, Any, Any, Any]], subjects: Sequence[str] | None = None, active: Sequence[bool] | None = None
) -> MetricMatrix:
    """Make a matrix of one period from (value, n, variance, family) per metric."""
    cells = {}
    for name, (value, n, variance, family) in columns.items():
        one, two, three = (each.reshape(-1, 1).copy() for each in np.broadcast_arrays(*map(np.asarray, (value, n, variance))))
        cells[name] = Cells.of(one.astype(float), two.astype(float), three.astype(float), family)
    count = len(next(iter(cells.values())).value)
    is_active = None if active is None else np.array(active)[:, None]
    return MetricMatrix.build(subjects or [f"p{at:03d}" for at in range(count)], ["2017-Q3"], cells, is_active)


def rows(matrix: MetricMatrix, chosen: Sequence[int]) -> MetricMatrix:
    """Return some subjects of a matrix, in the order asked for."""
    at = list(chosen)
    parts = {name: getattr(matrix, name)[at] for name in ("value", "n", "variance", "state")}
    names = tuple(matrix.subjects[each] for each in at)
    return MetricMatrix(names, matrix.metrics, matrix.periods, **parts, families=matrix.families, reaches=matrix.reaches)


def judged(matrix: MetricMatrix, card: Scorecard) -> tuple[Scored, Spread]:
    """Score, and say how uncertain that is; higher is better."""
    ways = dict.fromkeys(matrix.metrics, "higher")
    scored = score(matrix, card, OFFERS, ways)
    return scored, spread(scored, matrix, prepare(card, OFFERS, ways))
