"""What drives a metric, and how that stands: the first place to look before anybody thinks of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from attrs import frozen

from kpicore.model.cells import State
from kpicore.model.result import significant
from kpicore.report.figures import figure
from kpicore.report.plain import plain
from kpicore.report.text import grid
from kpicore.report.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore.matrix import MetricMatrix
    from kpicore.model.metric import Metric
    from kpicore.model.result import Score, Unscored

Standing: TypeAlias = Literal["better", "less good", "unchanged", "moved", ""]
"""Against what it is held: '' where either is unknown, 'moved' where neither way is better."""

LOWER_HALF = 0.5
"""A normalised figure below it has room to move, and what drives it is told."""
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
    """Return a cell's value, or None where it has none or the metric was not measured."""
    if metric not in matrix.metrics:
        return None
    at = matrix.metrics.index(metric)
    return float(matrix.value[subject, at, period]) if matrix.state[subject, at, period] == State.VALUE else None


@frozen
class Behind:
    """A figure in the lower half, and what drives it."""

    metric: str
    title: str
    drivers: tuple[Driver, ...]
    """Held against the middle of the role."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"metric": self.metric, "title": self.title, "drivers": [each.to_dict() for each in self.drivers]}


def low_figures(person: Score | Unscored) -> tuple[str, ...]:
    """Return the metrics whose figure lies in the lower half of the way from worst to best."""
    return tuple(cell.metric for cell in person.metrics if cell.normalised is not None and cell.normalised < LOWER_HALF)


def behind(metrics: Mapping[str, Metric], low: Sequence[str], matrix: MetricMatrix, subject: str, locale: str) -> tuple[Behind, ...]:
    """Tell how what drives some figures stands for one person, against the median of all who have a value.

    Args:
        metrics: all that are known.
        low: the metrics with a figure in the lower half.
        matrix: what drives them, of the people of the role in one period.
        subject: whose figures they are.
        locale: en or zh.
    """
    row = matrix.subjects.index(subject)
    found = []
    for name in low:
        moved = [_against_middle(metrics[each], matrix, row, locale) for each in drivers_of(metrics, name) if each in matrix.metrics]
        known = in_order([each for each in moved if each.standing])
        if known:
            found.append(Behind(name, title_of(metrics[name], locale), known))
    return tuple(found)


def _against_middle(metric: Metric, matrix: MetricMatrix, row: int, locale: str) -> Driver:
    values = matrix.cell(metric.name).value[:, 0]
    known = values[np.isfinite(values)]
    middle = float(np.median(known)) if known.size > 1 else None
    return driver(metric, value_at(matrix, row, metric.name, 0), middle, locale)


def behind_text(found: Sequence[Behind], locale: str, width: int) -> list[str]:
    """Return what drives low figures as lines of text; nothing where nothing is known."""
    if not found:
        return []
    words = ("figure in the lower half", "what drives it", "middle of the role", "here", "standing")
    rows = [[one.title if at == 0 else "", *each.said(locale)] for one in found for at, each in enumerate(one.drivers)]
    table = grid([(say(word, locale), word in ("middle of the role", "here")) for word in words], rows, width)
    return [f"{say('look here first: what drives the figures in the lower half, and how that stands', locale)}:", "", table]
