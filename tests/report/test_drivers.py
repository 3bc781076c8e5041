"""What drives a figure, and how that stands."""

from __future__ import annotations

import numpy as np
import pytest

from kpicore import Count, Derived, count, facts
from kpicore.matrix import MetricMatrix
from kpicore.model.cells import Cells
from kpicore.report.drivers import behind, behind_text, drivers_of, standing

DEAL = facts.opportunity.c
ABOUT = {"en": "x"}


def metric(name: str, drives: tuple[str, ...] = (), direction: str = "higher") -> Count:
    """Return a metric that drives others."""
    return Count(name=name, title={"en": name.upper()}, definition=name, of=count(DEAL.opportunity_id), drives=drives, direction=direction)  # type: ignore[arg-type]  # one of the three words


METRICS = {
    "a": metric("a", ("goal",)),
    "b": metric("b", ("goal",), "lower"),
    "c": metric("c", ("goal",)),
    "goal": metric("goal"),
    "made": Derived(name="made", title=ABOUT, definition="x", of={"x": "a"}, compute=lambda x: x),
}


@pytest.mark.parametrize(
    ("direction", "value", "against", "says"),
    [
        ("higher", 2.0, 1.0, "better"),
        ("lower", 2.0, 1.0, "less good"),
        ("none", 2.0, 1.0, "moved"),
        ("higher", 100.4, 100.0, "unchanged"),
        ("higher", 0.0, 0.0, "unchanged"),
        ("higher", None, 1.0, ""),
    ],
)
def test_standing(direction: str, value: float | None, against: float | None, says: str) -> None:
    """By direction; less than half a percent is no change."""
    assert says == standing(direction, value, against)


def test_drivers_are_declared_or_computed_from() -> None:
    """Sorted, and never the metric itself."""
    assert ("a", "b", "c") == drivers_of(METRICS, "goal")
    assert ("a",) == drivers_of(METRICS, "made")


def test_behind_a_low_figure() -> None:
    """Against the median of the role: what stands less well comes first, what is unknown is left out."""
    values = {"a": [1.0, 2.0, 3.0], "b": [5.0, 1.0, 2.0], "c": [np.nan, 1.0, 2.0]}
    cells = {name: Cells.of(np.array(column)[:, np.newaxis], np.ones((3, 1))) for name, column in values.items()}
    matrix = MetricMatrix.build(["x", "y", "z"], ["2024"], cells)
    found = behind(METRICS, ["goal"], matrix, "x", "en")

    assert [("a", 1.0, 2.0, "less good"), ("b", 5.0, 2.0, "less good")] == [
        (each.metric, each.value, each.against, each.standing) for each in found[0].drivers
    ]
    assert "look here first" in behind_text(found, "en", 120)[0]
    assert "请先看这里" in behind_text(found, "zh", 120)[0]
    assert [] == behind_text((), "en", 120)
