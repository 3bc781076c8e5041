"""The funnel of a metric: who lies further from the common figure than chance explains. Being outside is a question, not a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from attrs import field, frozen

from kpicore.errors import MetricError, ShapeError
from kpicore.kernels import funnel as kernel
from kpicore.model.kinds import Count, Growth, Mean, Ratio, Snapshot, Total
from kpicore.model.result import significant
from kpicore.report.figures import figure
from kpicore.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpicore.kernels.funnel import Funnel
    from kpicore.matrix import MetricMatrix
    from kpicore.model.cells import Cells, FloatArray
    from kpicore.model.metric import Metric

Place: TypeAlias = Literal["within", "edge", "outside"]
"""Within the 95 % limits; between them and the 99.8 % limits; beyond those."""
PLACES: tuple[Place, ...] = ("within", "edge", "outside")
STEPS = 120
"""Points of the drawn limits."""


@frozen
class Point:
    """One subject in the funnel."""

    subject: str
    name: str
    n: float
    value: float
    place: Place
    side: int
    """-1 below the limits of its place, 1 above them, 0 within."""
    limits: tuple[tuple[float, float], ...]
    """Lower and upper, for each of `LEVELS`."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        told = {"subject": self.subject, "name": self.name, "n": significant(self.n), "value": significant(self.value)}
        return {**told, "place": self.place, "side": self.side, "limits": _limits(self.limits)}


@frozen(eq=False)
class FunnelView:
    """What a funnel plot shows."""

    metric: Metric
    period: str
    common: Funnel
    points: tuple[Point, ...]
    """The largest n first."""
    curve: tuple[tuple[float, tuple[tuple[float, float], ...]], ...]
    """n, and the limits there, ascending."""
    without: tuple[str, ...] = ()
    """Subjects without a value."""
    locale: str = "en"
    levels: tuple[float, ...] = field(default=kernel.LEVELS)

    @property
    def title(self) -> str:
        """The metric's title."""
        return plain(self.metric.title.get(self.locale) or self.metric.title.get("en") or self.metric.name)

    def figure(self, value: float) -> str:
        """Return a value in the metric's unit."""
        return figure(value, self.metric.unit, self.locale)

    @property
    def by_chance(self) -> float:
        """How many of the points lie beyond the inner limits where nobody differs."""
        return (1 - self.levels[0]) * len(self.points)

    @property
    def has_overdispersion(self) -> bool:
        """Whether people differ by more than chance, so that the limits are widened."""
        return self.common.tau2 > 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        common = {key: part if isinstance(part, str) else significant(part) for key, part in self.common._asdict().items()}
        return {
            "metric": self.metric.name,
            "period": self.period,
            "levels": list(self.levels),
            **common,
            "points": [point.to_dict() for point in self.points],
            "curve": [{"n": significant(n), "limits": _limits(limits)} for n, limits in self.curve],
            "without": list(self.without),
        }


def _limits(limits: tuple[tuple[float, float], ...]) -> list[list[Any]]:
    return [[significant(low), significant(high)] for low, high in limits]


def funnel_of(metric: Metric, matrix: MetricMatrix, names: Mapping[str, str] | None = None, locale: str = "en") -> FunnelView:
    """Put a measured metric into a funnel.

    Args:
        metric: a share, a mean, or a ratio whose chance is known.
        matrix: of one period, with the metric.
        names: of the subjects.
        locale: of the view.
    Raises:
        MetricError: the metric makes no funnel, or too few have a value.
    """
    cells = matrix.cell(metric.name)
    value, n = cells.value[:, 0], cells.n[:, 0]
    try:
        common = kernel.fit(_family(metric, cells), value, n, cells.variance[:, 0])
    except ShapeError as error:
        raise MetricError(f"{metric.name} makes no funnel in {matrix.periods[0]}: {error}") from None
    known = np.flatnonzero(~np.isnan(value) & (n > 0))
    drawn = _Drawn(common, *_bounds(metric, value[known]))
    points = _points(drawn, value[known], n[known], [matrix.subjects[at] for at in known], names or {})
    without = tuple(subject for at, subject in enumerate(matrix.subjects) if at not in set(known.tolist()))
    return FunnelView(metric, matrix.periods[0], common, points, _curve(drawn, n[known]), without, locale)


def _family(metric: Metric, cells: Cells) -> Literal["binomial", "gaussian"]:
    # Revenue over a target grows with the number of sales as revenue itself does.
    grows = isinstance(metric, Count | Total | Snapshot | Growth) or (isinstance(metric, Ratio) and metric.measures()[1].at is None)
    if grows:
        raise MetricError(
            f"{metric.name} makes no funnel: it grows with what it counts, and a funnel shows a share, mean or ratio against the n that it"
            " rests on; take the share or mean that belongs to it"
        )
    if metric.is_census:
        raise MetricError(f"{metric.name} makes no funnel: it looks at all there is, so chance explains none of the differences")
    return "binomial" if cells.family == "binomial" else "gaussian"


def _points(drawn: _Drawn, value: FloatArray, n: FloatArray, subjects: list[str], names: Mapping[str, str]) -> tuple[Point, ...]:
    limits = drawn.limits(n)
    sides = [kernel.side(value, low, high) for low, high in limits]
    outermost = np.sum([side != 0 for side in sides], axis=0)
    points = [
        Point(
            subject,
            names.get(subject, subject),
            float(n[at]),
            float(value[at]),
            PLACES[int(outermost[at])],
            int(sides[0][at]),
            tuple((float(low[at]), float(high[at])) for low, high in limits),
        )
        for at, subject in enumerate(subjects)
    ]
    return tuple(sorted(points, key=lambda point: (-point.n, point.subject)))


def _curve(drawn: _Drawn, n: FloatArray) -> tuple[tuple[float, tuple[tuple[float, float], ...]], ...]:
    at = np.unique(np.rint(np.geomspace(max(1.0, n.min()), max(2.0, 1.05 * n.max()), STEPS)))
    limits = drawn.limits(at)
    return tuple((float(at[k]), tuple((float(low[k]), float(high[k])) for low, high in limits)) for k in range(at.size))


@frozen(eq=False)
class _Drawn:
    """The limits, cut off where the metric cannot be."""

    common: Funnel
    low: float
    high: float

    def limits(self, n: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
        pairs = [kernel.limits(self.common, n, level) for level in kernel.LEVELS]
        return [(np.maximum(low, self.low), np.minimum(high, self.high)) for low, high in pairs]


def _bounds(metric: Metric, value: FloatArray) -> tuple[float, float]:
    """Return between which values the metric lies: durations and shares are not negative, and a mean of shares is not above 1."""
    low = -np.inf if metric.unit == "points" or (value < 0).any() else 0.0
    high = 1.0 if isinstance(metric, Mean) and metric.unit == "share" and (value <= 1).all() else np.inf
    return low, high
