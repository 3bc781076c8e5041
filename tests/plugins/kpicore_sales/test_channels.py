"""Leads by channel and their quality, on leads counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

import kpicore_sales

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def lead(
    source: str | None, *, converted: str | None = None, qualified: str | None = None, created: str = "2024-01-01"
) -> dict[str, object]:
    """Return a lead of Ann's."""
    return {"owner_id": "ann", "source": source, "created_at": created, "converted_at": converted, "qualified_at": qualified}


LEADS = [
    lead("social", converted="2024-03-31", qualified="2024-01-31"),
    lead("social", qualified="2024-02-01"),
    lead("email", converted="2024-04-01"),
    lead("fair", converted="2024-01-02"),
    lead("fair", qualified="2024-01-02"),
    lead(None, converted="2024-01-02"),
    lead("social", created="2024-05-20", converted="2024-05-21"),
]


@pytest.mark.parametrize(
    ("name", "online", "expected"),
    [
        ("marketing.channel_yield", None, 1 / 3),
        ("marketing.channel_yield_offline", None, 1 / 2),
        ("marketing.channel_yield", ["email"], 0.0),
        ("marketing.channel_yield_offline", ["fair"], 1 / 3),
    ],
)
def test_online_against_offline(cells: Callable[..., dict[str, Any]], name: str, online: list[str] | None, expected: float) -> None:
    """Within 90 days one of three online leads converted and one of two from fairs; a lead of unknown source is neither."""
    given = {} if online is None else {name: {"online": online}}

    assert {"ann": pytest.approx(expected)} == cells(kpicore_sales, name, {"lead": LEADS}, as_of=datetime(2024, 6, 1), parameters=given)


def test_quality_of_leads(cells: Callable[..., dict[str, Any]]) -> None:
    """Two of six leads were qualified within 30 days, a third a day late; the last is too young."""
    assert {"ann": pytest.approx(2 / 6)} == cells(kpicore_sales, "marketing.lead_quality", {"lead": LEADS}, as_of=datetime(2024, 6, 1))
