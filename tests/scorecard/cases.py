"""Matrices and scorecards for the tests of scoring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kpicore import textbook
from kpicore.matrix import MetricMatrix
from kpicore.model.cells import Cells, State
from kpicore.model.scorecard import Scorecard, ScorecardMetric
from kpicore.scorecard import Offers, people, score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore.model.result import Score, Unscored

OFFERS = Offers.of(textbook.normalisers(), textbook.weightings(), textbook.aggregators(), textbook.complexities())


def matrix(
    values: Mapping[str, Sequence[float | State | None]], subjects: Sequence[str] | None = None, active: Sequence[bool] | None = None
) -> MetricMatrix:
    """Make a matrix of one period; None is no data, a state is a cell in that state."""
    count = len(next(iter(values.values())))
    names = subjects or [chr(ord("a") + at) for at in range(count)]
    is_active = None if active is None else np.array(active)[:, None]
    return MetricMatrix.build(names, ["2017-Q3"], {name: _cells(column) for name, column in values.items()}, is_active)


def _cells(column: Sequence[float | State | None]) -> Cells:
    numbers = [np.nan if cell is None or isinstance(cell, State) else cell for cell in column]
    states = [cell if isinstance(cell, State) else State.NO_DATA if cell is None else State.VALUE for cell in column]
    value = np.array(numbers, dtype=float)[:, None]
    return Cells(value, np.where(np.isnan(value), 0.0, 10.0), np.full(value.shape, np.nan), np.array(states, dtype=np.int8)[:, None])


def card(*metrics: ScorecardMetric, **rest: Any) -> Scorecard:
    """Make a scorecard."""
    return Scorecard(**{"role": "agent", "metrics": metrics, "minimum_coverage": 0.0, **rest})


def to_target(name: str, weight: float, target: float = 100.0, **given: Any) -> ScorecardMetric:
    """Make a metric with a target of 100, so that a value is its share in percent."""
    return ScorecardMetric(name, {"by": "target", "target": target, **given}, weight=weight)


def run(
    values: MetricMatrix, scorecard: Scorecard, directions: Mapping[str, str] | None = None, **given: Any
) -> tuple[tuple[Score, ...], tuple[Unscored, ...]]:
    """Score; higher is better unless said otherwise."""
    ways = {**dict.fromkeys(values.metrics, "higher"), **(directions or {})}
    return people(score(values, scorecard, OFFERS, ways, **given))
