"""Every form gives the same cells from the same rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from generated import contacts, forms, values
from sqlalchemy import and_, not_, or_

from kpicore import Count, Custom, Mean, Total, count, facts, maximum, minimum, period
from kpicore.query import cost
from kpicore.query import plan as planner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore.model.measure import Measure
    from kpicore.query.cost import Cluster, Estimator

contact = facts.contact.c
FIELDS: dict[str, Any] = {"title": {"en": "t"}, "definition": "d", "subject": contact.employee_id, "at": contact.started_at}
FILTERS = [
    contact.duration_s < 120,
    contact.duration_s <= 120,
    contact.duration_s > 240,
    contact.duration_s >= 240,
    contact.duration_s == 300,
    contact.duration_s != 300,
    and_(contact.channel == "call", contact.is_connected),
    or_(contact.channel.is_(None), contact.duration_s < 60),
    not_(and_(contact.is_connected, contact.duration_s >= 180)),
    contact.channel.in_(["email", "visit"]),
    contact.started_at.between(datetime(2024, 12, 10), datetime(2025, 1, 20)),
    contact.started_at >= datetime(2025, 1, 10),
    contact.started_at < period.end,
    contact.duration_s + contact.opportunity_id > 100,
]


def _metrics() -> list[Any]:
    found: list[Any] = []
    for at, where in enumerate(FILTERS):
        found.append(Count(name=f"t.count_{at}", of=count(contact.contact_id, where), **FIELDS))
        found.append(Mean(name=f"t.mean_{at}", value=contact.duration_s, where=where, **FIELDS))
    for name, one in {"least": minimum, "most": maximum}.items():
        parts = {"x": one(contact.duration_s, contact.channel == "call")}
        found.append(Custom(name=f"t.{name}", of=parts, compute=lambda x: x, **FIELDS))
    return [*found, Total(name="t.total", value=contact.duration_s, **FIELDS)]


@pytest.fixture
def always_by_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the two-level form free, so that it is always chosen."""
    for name in ("FEW_ROWS", "KEY_COST", "GROUP_COST", "SECOND_LEVEL_COST"):
        monkeypatch.setattr(cost, name, 0)
    monkeypatch.setattr(planner, "clusters", lambda estimator, measures: ([estimator.cluster(measures)], []))


@pytest.fixture
def direct() -> dict[str, np.ndarray]:
    """Return the cells by the direct form, which small facts always get."""
    connection = contacts(500, (None, -50, 0, 50)).connection
    assert ["direct"] == forms(connection, _metrics())
    return values(connection, _metrics())


def _compare(expected: dict[str, np.ndarray], got: dict[str, np.ndarray]) -> None:
    assert list(expected) == list(got)
    for name, cells in expected.items():
        np.testing.assert_allclose(got[name], cells, rtol=1e-12, atol=1e-12, err_msg=name)


def test_two_levels_equal_the_direct_form(direct: dict[str, np.ndarray], always_by_classes: None) -> None:
    """Nulls, thresholds by every comparison, and, or, not, lists and sums of columns come out of the classes unchanged."""
    connection = contacts(500, (None, -50, 0, 50)).connection

    assert ["two-level"] == forms(connection, _metrics())
    _compare(direct, values(connection, _metrics()))


def test_several_passes_equal_the_direct_form(
    direct: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch, always_by_classes: None
) -> None:
    """Measures divided among two passes and the direct form are put together again."""

    def divided(estimator: Estimator, measures: Sequence[Measure]) -> tuple[list[Cluster], list[Measure]]:
        return [estimator.cluster(measures[::3]), estimator.cluster(measures[1::3])], list(measures[2::3])

    monkeypatch.setattr(planner, "clusters", divided)
    connection = contacts(500, (None, -50, 0, 50)).connection

    assert ["two-level", "two-level", "direct"] == forms(connection, _metrics())
    _compare(direct, values(connection, _metrics()))
