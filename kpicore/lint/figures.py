"""What a scorecard did to people, as arrays: S subjects, M metrics, G gates, in the order of the scorecard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kpicore.model.cells import FloatArray
    from kpicore.model.offer import Goalposts
    from kpicore.model.result import MetricCell, RunResult, Score, Unscored

BoolArray: TypeAlias = NDArray[np.bool_]


@frozen(eq=False)
class Figures:
    """What a scorecard did to the people with facts in a period."""

    period: str
    metrics: tuple[str, ...]
    value: FloatArray
    """(S, M): as measured; NaN where there is none."""
    n: FloatArray
    """(S, M): how many observations the value rests on."""
    share: FloatArray
    """(S, M): 0 to 1; NaN where there is no value."""
    clipped: FloatArray
    """(S, M): what lay beyond 0 to 1."""
    points: FloatArray
    """(scored, M): of 100, 0 where there is no value."""
    score: FloatArray
    """(scored,): after gates."""
    band: tuple[str | None, ...]
    """(scored,)"""
    fired: BoolArray
    """(scored, G)"""
    judged: BoolArray
    """(scored, G): whether the gate's metric has a value."""
    goalposts: Mapping[str, Goalposts]

    def known(self, metric: str, what: str = "value") -> FloatArray:
        """Return one metric's figures for the people with a value, without those for whom it is not enough data."""
        at = self.metrics.index(metric)
        figures = getattr(self, what)[:, at]
        return np.asarray(figures[~(np.isnan(self.value[:, at]) | np.isnan(figures))])


def figures(result: RunResult) -> Figures:
    """Read the figures of a run."""
    people: list[Score | Unscored] = [*result.scores, *(each for each in result.unscored if each.metrics and each.state != "no_data")]
    cells = [each.metrics for each in people]
    scores = result.scores
    names = tuple(cell.metric for cell in (cells[0] if cells else ()))
    gates = [each.gates for each in scores]
    shape = (len(scores), len(gates[0]) if gates else 0)
    return Figures(
        period=result.run.period.name,
        metrics=names,
        value=_array(cells, "value"),
        n=_array(cells, "n"),
        share=np.where(np.isnan(_array(cells, "value")), np.nan, _array(cells, "normalised")),
        clipped=_array(cells, "clipped"),
        points=np.nan_to_num(_array([each.metrics for each in scores], "points").reshape(len(scores), len(names))),
        score=np.array([each.score for each in scores], dtype=np.float64),
        band=tuple(each.band for each in scores),
        fired=np.array([[gate.fired for gate in row] for row in gates], dtype=bool).reshape(shape),
        judged=np.array([[gate.value is not None for gate in row] for row in gates], dtype=bool).reshape(shape),
        goalposts=result.scale.goalposts,
    )


def _array(rows: Iterable[Sequence[MetricCell]], name: str) -> FloatArray:
    listed: list[list[Any]] = [[getattr(cell, name) for cell in row] for row in rows]
    return np.array(listed, dtype=np.float64)
