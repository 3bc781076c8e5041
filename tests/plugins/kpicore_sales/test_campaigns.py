"""Acquisition cost, return, clicks and conversion of campaigns, on rows counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_sales

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

CAMPAIGNS = [
    {"campaign_id": "k1", "owner_id": "eve", "started_at": "2024-01-01", "sent_count": 1000, "clicked_count": 100},
    {"campaign_id": "k2", "owner_id": "eve", "started_at": "2024-02-01", "sent_count": 200, "clicked_count": 50},
    {"campaign_id": "k3", "owner_id": "fay", "started_at": "2024-02-01", "sent_count": 0, "clicked_count": 7},
]


def lead(key: str, created: str, campaign: str | None, deal: str | None, *, converted: str | None = None) -> dict[str, object]:
    """Return a lead."""
    return {"lead_id": key, "created_at": created, "campaign_id": campaign, "opportunity_id": deal, "converted_at": converted}


LEADS = [
    lead("l1", "2024-01-01", "k1", "o1", converted="2024-02-01"),
    lead("l2", "2024-01-02", "k3", "o1"),
    *(lead(f"m{at:03}", "2024-01-03", "k3", "o1") for at in range(346)),
    lead("z", "2024-01-04", "k2", "o1"),
    lead("l3", "2024-01-04", None, "o2"),
    lead("l4", "2024-01-05", "k1", "o2", converted="2024-02-01"),
    lead("l5", "2024-01-05", "k1", "o3"),
]
DEALS = [
    {"opportunity_id": "o1", "closed_at": "2024-03-01", "is_closed": True, "is_won": True, "amount": 600},
    {"opportunity_id": "o2", "closed_at": "2024-03-01", "is_closed": True, "is_won": True, "amount": 90},
    {"opportunity_id": "o3", "closed_at": "2024-03-01", "is_closed": True, "is_won": False, "amount": 5000},
]
COSTS = [
    {"kind": "marketing", "campaign_id": "k1", "employee_id": None, "incurred_at": "2024-01-01", "amount": 100},
    {"kind": "marketing", "campaign_id": None, "employee_id": "eve", "incurred_at": "2024-01-01", "amount": 50},
    {"kind": "sales", "campaign_id": "k3", "employee_id": None, "incurred_at": "2024-01-01", "amount": 200},
    {"kind": "sales", "campaign_id": None, "employee_id": "eve", "incurred_at": "2024-01-01", "amount": 70},
    {"kind": "service", "campaign_id": None, "employee_id": "eve", "incurred_at": "2024-01-01", "amount": 1000},
]
ROWS: Mapping[str, Sequence[Mapping[str, object]]] = {"campaign": CAMPAIGNS, "lead": LEADS, "opportunity": DEALS, "cost": COSTS}


@pytest.mark.parametrize(
    ("touch", "eve", "fay", "whole"),
    # First: o1 to k1, o2 to none. Last: o1 to k2, o2 to k1. Eve's campaigns and she herself cost 150, Fay's 200.
    [("first", 600 / 150 - 1, -1.0, 600 / 350 - 1), ("last", 690 / 150 - 1, -1.0, 690 / 350 - 1)],
)
def test_return_by_touch(cells: Callable[..., dict[str, Any]], touch: str, eve: float, fay: float, whole: float) -> None:
    """A deal of 349 leads counts once, for the campaign of its first or its last one."""
    given = {"marketing.roi": {"touch": touch}}

    found = cells(kpicore_sales, "marketing.roi", ROWS, "2024-Q1", parameters=given)

    assert {"eve": pytest.approx(eve), "fay": fay} == found
    assert {"all": pytest.approx(whole)} == cells(kpicore_sales, "marketing.roi", ROWS, "2024-Q1", by="all", parameters=given)


def test_clicks_of_what_was_sent(cells: Callable[..., dict[str, Any]]) -> None:
    """150 of 1,200; clicks of a campaign of which nothing was sent do not count."""
    assert {"eve": 0.125, "fay": "no_data"} == cells(kpicore_sales, "marketing.click_through_rate", ROWS, "2024-Q1")


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, 4 / 1200), ({"of": "clicked"}, 4 / 150), ({"to": "converted"}, 2 / 1200), ({"of": "clicked", "to": "converted"}, 2 / 150)],
)
def test_conversion_of_campaigns(cells: Callable[..., dict[str, Any]], given: dict[str, object], expected: float) -> None:
    """Eve's two campaigns brought four leads, of which two converted."""
    found = cells(kpicore_sales, "marketing.campaign_conversion", ROWS, "2024-Q1", parameters={"marketing.campaign_conversion": given})

    assert pytest.approx(expected) == found["eve"]


@pytest.mark.parametrize(("scope", "expected"), [(None, 210.0), (["marketing"], 75.0), (["marketing", "sales", "service"], 710.0)])
def test_acquisition_cost(cells: Callable[..., dict[str, Any]], scope: list[str] | None, expected: float) -> None:
    """420 of marketing and sales for two new customers; the third bought before."""
    bought = [("c1", "2023-01-01"), ("c1", "2024-01-01"), ("c2", "2024-01-02"), ("c2", "2024-01-03"), ("c3", "2024-01-04")]
    sales = [{"customer_id": who, "signed_at": day, "employee_id": "ann", "amount": 1} for who, day in bought]
    given = {} if scope is None else {"marketing.cac": {"scope": scope}}

    assert {"all": expected} == cells(kpicore_sales, "marketing.cac", {**ROWS, "sale": sales}, "2024-Q1", by="all", parameters=given)
