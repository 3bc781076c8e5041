"""Why a metric changed between two periods: what drives it and how that moved, then what each segment did to the change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, frozen

from kpicore.errors import MetricError
from kpicore.kernels.decompose import rate_change, volume_change
from kpicore.model.result import significant
from kpicore.report.drivers import driver, drivers_of, in_order, standing, title_of, value_at
from kpicore.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpicore.matrix import MetricMatrix
    from kpicore.model.cells import FloatArray
    from kpicore.model.metric import Metric
    from kpicore.query.segments import Segments
    from kpicore.report.drivers import Driver, Standing


@frozen
class SegmentChange:
    """What one segment did to the change, in the metric's unit."""

    segment: str
    name: str
    before: float | None
    """Of a mean, share or ratio its own rate; of a total its part."""
    now: float | None
    share_before: float | None
    """Its share of all cases."""
    share_now: float | None
    volume: float
    """What it did because there were more or fewer cases altogether; 0 for a mean, share or ratio."""
    mix: float
    rate: float

    @property
    def effect(self) -> float:
        """All that it did."""
        return self.volume + self.mix + self.rate

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        names = ("before", "now", "share_before", "share_now", "volume", "mix", "rate", "effect")
        return {"segment": self.segment, "name": self.name, **{name: significant(getattr(self, name)) for name in names}}


@frozen(eq=False)
class Comparison:
    """A metric in two periods."""

    metric: Metric
    periods: tuple[str, str]
    """Before and now."""
    before: float | None
    now: float | None
    drivers: tuple[Driver, ...]
    """What stands less well than before comes first."""
    by: str
    kind: str
    """volume, mean, share or ratio; '' where the metric does not split."""
    segments: tuple[SegmentChange, ...]
    """The largest effect first; they add up to the change."""
    why: str = ""
    """Why there are no segments."""
    locale: str = "en"

    @property
    def title(self) -> str:
        """The metric's title."""
        return title_of(self.metric, self.locale)

    @property
    def change(self) -> float | None:
        """Now less before."""
        return None if self.before is None or self.now is None else self.now - self.before

    @property
    def standing(self) -> Standing:
        """Whether it became better."""
        return standing(self.metric.direction, self.now, self.before)

    def total(self, effect: str) -> float:
        """Return the sum of an effect over the segments."""
        return float(sum(getattr(each, effect) for each in self.segments))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        figures = {name: significant(getattr(self, name)) for name in ("before", "now", "change")}
        effects = {name: significant(self.total(name)) for name in ("volume", "mix", "rate")} if self.segments else {}
        about = {"metric": self.metric.name, "title": self.title, "unit": self.metric.unit, "direction": self.metric.direction}
        lists = {"drivers": [each.to_dict() for each in self.drivers], "segments": [each.to_dict() for each in self.segments]}
        told = {"standing": self.standing, "by": self.by, "kind": self.kind, "effects": effects, **lists, "why": self.why}
        return {**about, "against": self.periods[0], "period": self.periods[1], **figures, **told}


def comparison(
    metrics: Mapping[str, Metric],
    name: str,
    matrix: MetricMatrix,
    found: Segments | str,
    names: Mapping[str, str] | None = None,
    locale: str = "en",
) -> Comparison:
    """Put a comparison together.

    Args:
        metrics: all that are known.
        name: the metric.
        matrix: the metric and what drives it, for one subject, before and now.
        found: its segments, or why it has none.
        names: of segments that are people, by id.
        locale: en or zh.
    """
    before, now = (value_at(matrix, 0, name, at) for at in (0, 1))
    drivers = drivers_of(metrics, name)
    moved = [driver(metrics[each], value_at(matrix, 0, each, 1), value_at(matrix, 0, each, 0), locale) for each in drivers]
    periods = (matrix.periods[0], matrix.periods[1])
    bare = Comparison(metrics[name], periods, before, now, in_order(moved), "", "", (), locale=locale)
    if isinstance(found, str):
        return evolve(bare, why=found)
    try:
        return evolve(bare, by=found.by, kind=found.kind, segments=segment_changes(found, names or {}))
    except MetricError as error:
        return evolve(bare, by=found.by, kind=found.kind, why=str(error))


def segment_changes(found: Segments, names: Mapping[str, str]) -> tuple[SegmentChange, ...]:
    """Split a change among the segments, the largest effect first.

    Raises:
        MetricError: the metric has no value in one of the periods.
    """
    amount, exposure = found.amount, found.exposure
    whole = exposure.sum(axis=0)
    if found.kind == "volume":
        (volume, mix, rate), own = volume_change(amount, exposure), amount
    else:
        if (whole == 0).any():
            raise MetricError("there is nothing to compare: the metric has no cases in one of the periods")
        (mix, rate), own = rate_change(amount, exposure), _over(amount, exposure)
        volume = np.zeros(len(found.labels))
    share = _over(exposure, np.broadcast_to(whole, exposure.shape))
    effects = np.stack([volume, mix, rate], axis=1)
    changes = [_change(label, names.get(label, label), own[at], share[at], effects[at]) for at, label in enumerate(found.labels)]
    return tuple(sorted(changes, key=lambda each: (-abs(each.effect), each.segment)))


def _change(label: str, name: str, own: FloatArray, share: FloatArray, effects: FloatArray) -> SegmentChange:
    figures = [float(each) if np.isfinite(each) else None for each in (*own, *share)]
    volume, mix, rate = (float(each) for each in effects)
    return SegmentChange(label, plain(name), figures[0], figures[1], figures[2], figures[3], volume, mix, rate)


def _over(over: FloatArray, under: FloatArray) -> FloatArray:
    return np.asarray(np.divide(over, under, out=np.full(over.shape, np.nan), where=under != 0))
