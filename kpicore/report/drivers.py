"""What drives a metric, and how that stands: the first place to look before anybody thinks of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import frozen

from kpicore.model.cells import State
from kpicore.model.result import significant
from kpicore.report.figures import figure
from kpicore.report.plain import plain
from kpicore.report.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore.matrix import MetricMatrix
    from kpicore.model.metric import Metric

Standing: TypeAlias = Literal["better", "less good", "unchanged", "moved", ""]
"""Against what it is held: '' where either is unknown, 'moved' where neither way is better."""

BARELY = 0.005
"""Less than half a percent of itself is no change worth a word."""


@frozen
class Driver:
    """One metric that moves another, and how it stands against something: an earlier period, or the middle of the role."""

    metric: str
    title: str
    unit: str
    value: float | None
    against: float | None
    standing: Standing

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        figures = {"value": significant(self.value), "against": significant(self.against)}
        return {"metric": self.metric, "title": self.title, "unit": self.unit, **figures, "standing": self.standing}

    def said(self, locale: str) -> list[str]:
        """Return title, what it is held against, value and standing as texts."""
        told = [figure(each, self.unit, locale) for each in (self.against, self.value)]
        return [self.title, *told, say(self.standing, locale) if self.standing else "–"]


def drivers_of(metrics: Mapping[str, Metric], name: str) -> tuple[str, ...]:
    """Return the metrics that say that they drive this one, and those that it is computed from, sorted."""
    declared = {other for other, metric in metrics.items() if name in metric.drives}
    return tuple(sorted((declared | {each for each in metrics[name].inputs() if each in metrics}) - {name}))


def title_of(metric: Metric, locale: str) -> str:
    """Return a metric's title in a language."""
    return plain(metric.title.get(locale) or metric.title.get("en") or metric.name)


def driver(metric: Metric, value: float | None, against: float | None, locale: str) -> Driver:
    """Tell how a metric stands against something."""
    return Driver(metric.name, title_of(metric, locale), metric.unit, value, against, standing(metric.direction, value, against))


def standing(direction: str, value: float | None, against: float | None) -> Standing:
    """Return whether a value is better than another."""
    if value is None or against is None:
        return ""
    if abs(value - against) <= BARELY * max(abs(value), abs(against)):
        return "unchanged"
    if direction == "none":
        return "moved"
    return "better" if (value > against) == (direction == "higher") else "less good"


_ORDER = {"less good": 0, "moved": 1, "unchanged": 2, "better": 3, "": 4}


def in_order(found: Sequence[Driver]) -> tuple[Driver, ...]:
    """Return first what stands less well than before; what is unknown is last."""
    return tuple(sorted(found, key=lambda each: (_ORDER[each.standing], each.metric)))


def value_at(matrix: MetricMatrix, subject: int, metric: str, period: int) -> float | None:
    """Return a cell's value, or None."""
    at = matrix.metrics.index(metric)
    return float(matrix.value[subject, at, period]) if matrix.state[subject, at, period] == State.VALUE else None
