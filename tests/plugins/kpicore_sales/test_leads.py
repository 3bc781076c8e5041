"""Conversion and response times of leads, on leads counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

import kpicore_sales

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NOW = datetime(2024, 3, 1)


def lead(created: str, **more: object) -> dict[str, object]:
    """Return a lead of Ann's."""
    blank = {"converted_at": None, "assigned_at": created, "first_response_at": None, "opportunity_id": None}
    return {"owner_id": "ann", "created_at": created, **blank, **more}


LEADS = [
    lead("2024-01-01", converted_at="2024-01-11", opportunity_id="o1"),
    lead("2024-01-01", converted_at="2024-01-12", opportunity_id="o1"),
    lead("2024-01-02", opportunity_id="o2"),
    lead("2024-01-02", opportunity_id="o3"),
    lead("2024-02-25", converted_at="2024-02-26"),
]
DEALS = [
    {"opportunity_id": "o1", "is_closed": True, "is_won": True, "closed_at": "2024-01-09"},
    {"opportunity_id": "o2", "is_closed": True, "is_won": False, "closed_at": "2024-01-09"},
    {"opportunity_id": "o3", "is_closed": False, "is_won": None, "closed_at": None},
]


@pytest.mark.parametrize(("to", "expected", "to_date"), [("converted", 0.25, 0.6), ("won", 0.5, 0.4)])
def test_conversion_of_leads(cells: Callable[..., dict[str, Any]], to: str, expected: float, to_date: float) -> None:
    """Of four leads that are ten days old one converted in time and two share a won deal; the fifth is too young unless by now."""
    rows = {"lead": LEADS, "opportunity": DEALS}
    given = {"sales.lead_conversion": {"within_days": 10, "to": to}, "sales.lead_conversion_to_date": {"to": to}}

    assert {"ann": expected} == cells(kpicore_sales, "sales.lead_conversion", rows, as_of=NOW, parameters=given)
    assert {"ann": to_date} == cells(kpicore_sales, "sales.lead_conversion_to_date", rows, as_of=NOW, parameters=given)


ANSWERED = [
    lead("2024-02-01T00:00", lead_id="l1", first_response_at="2024-02-02T00:00"),
    lead("2024-02-01T00:00", lead_id="l2", first_response_at="2024-02-02T00:01"),
    lead("2024-02-01T00:00", lead_id="l3", first_response_at="2024-01-31T23:00"),
    lead("2024-02-28T00:00", lead_id="l4"),
    lead("2024-02-29T12:00", lead_id="l5"),
]


def test_response_within_a_day(cells: Callable[..., dict[str, Any]]) -> None:
    """Two of the four leads of more than a day were answered in time; the fifth can still be."""
    assert {"ann": 0.5} == cells(kpicore_sales, "sales.lead_response_24h", {"lead": ANSWERED}, as_of=NOW)


def test_waiting_leads_count_with_their_age(cells: Callable[..., dict[str, Any]]) -> None:
    """Waits of 0, 24 and 24 1/60 hours, and 48 and 12 hours so far, have a median of 24 hours."""
    waiting = [{**each, "owner_id": "ben"} for each in (*ANSWERED[2:], lead("2024-01-01"))]
    rows = {"lead": ANSWERED + [{**each, "lead_id": f"b{at}"} for at, each in enumerate(waiting)]}

    # Ben: 0, 48, 12 and 60 * 24 = 1440 hours.
    assert {"ann": 24.0, "ben": 30.0} == cells(kpicore_sales, "sales.lead_response_time", rows, as_of=NOW)


def test_response_read_from_contacts(cells: Callable[..., dict[str, Any]]) -> None:
    """Many contacts with one lead count once; bulk mails, typed attempts and contacts after the limit do not."""

    def contact(of: str, started: str, **more: object) -> dict[str, object]:
        reach = {"direction": "out", "is_captured": True, "is_connected": None, "is_bulk": None, "is_automatic": False}
        return {"lead_id": of, "employee_id": "cid", "started_at": started, **reach, **more}

    contacts = [
        *(contact("l1", f"2024-02-01T{hour:02}:00") for hour in range(24)),
        contact("l2", "2024-02-01T01:00", is_bulk=True),
        contact("l2", "2024-02-01T02:00", is_captured=False),
        contact("l3", "2024-02-02T00:01"),
        contact("l5", "2024-02-29T13:00"),
    ]
    rows = {"lead": ANSWERED, "contact": contacts, "employee": [{"employee_id": "ann"}]}

    found = cells(kpicore_sales, "sales.lead_response_24h", rows, as_of=NOW, parameters={"sales.lead_response_24h": {"touch": "contact"}})

    assert {"ann": 0.25} == found
