"""The core process inside the CRM: leads, forecasts, tickets and reports, counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

import kpicore_adoption

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

JUNE = datetime(2024, 6, 1)
SUMMER = datetime(2024, 8, 31)


def lead(assigned: str | None, touched: str | None, **more: object) -> dict[str, object]:
    """Return a lead of Ann's, created on 1 May 2024 at midnight; times are of 1 May or have a date."""
    usual = {"owner_id": "ann", "created_at": "2024-05-01", "converted_at": None, "lost_at": None}
    times = {"assigned_at": assigned, "first_response_at": touched}
    return {**usual, **{name: f"2024-05-01T{at}" if at and len(at) == 5 else at for name, at in times.items()}, **more}


LEADS = [
    lead("01:00", "02:00", converted_at="2024-05-10"),
    lead("01:00", "2024-05-02T01:00", lost_at="2024-07-30"),
    lead("01:00", "2024-05-02T01:01", converted_at="2024-05-10"),
    lead("2024-05-02T00:01", "2024-05-02T01:00", converted_at="2024-05-10"),
    lead("02:00", "01:00", converted_at="2024-05-10"),
    lead("01:00", "02:00", lost_at="2024-07-30T00:01"),
    lead("01:00", "02:00"),
    lead(None, None),
]


def test_leads_by_rule(cells: Callable[..., dict[str, Any]]) -> None:
    """Two of eight had all three steps in time: the others were late in one, touched too early, never closed or never assigned."""
    name = "adoption.process_compliance"

    assert {"ann": 2 / 8} == cells(kpicore_adoption, name, {"lead": LEADS}, "2024-05", as_of=SUMMER)
    assert {"ann": "no_data"} == cells(kpicore_adoption, name, {"lead": LEADS}, "2024-05", as_of=JUNE)
    assert {"ann": 3 / 8} == cells(
        kpicore_adoption, name, {"lead": LEADS}, "2024-05", as_of=SUMMER, parameters={name: {"touch_hours": 24.5}}
    )


def deal(amount: float | None, expected: str | None, **more: object) -> dict[str, object]:
    """Return an open deal of Ann's."""
    usual = {"owner_id": "ann", "created_at": "2024-04-01", "closed_at": None}
    return {**usual, "forecast_amount": amount, "expected_close_at": expected, **more}


def test_forecasts_of_open_deals(cells: Callable[..., dict[str, Any]]) -> None:
    """Of four open at the end of May one has no amount, one no date and one a date that has passed; what closed in May is not open."""
    rows = [deal(5, "2024-06-01"), deal(None, "2024-07-01"), deal(5, None), deal(5, "2024-05-31")]
    rows += [deal(5, "2024-07-01", closed_at="2024-05-30"), deal(5, "2024-07-01", created_at="2024-06-02")]

    assert {"ann": 0.25} == cells(kpicore_adoption, "adoption.forecast_recorded", {"opportunity": rows}, "2024-05", as_of=SUMMER)


def ticket(answered: str | None, resolved: str | None, closed: str | None, opened: str = "2024-05-01") -> dict[str, object]:
    """Return a ticket of Ann's; times are days of May."""
    times = {"first_response_at": answered, "resolved_at": resolved, "closed_at": closed}
    return {"owner_id": "ann", "opened_at": opened, **{name: f"2024-05-{day}" if day else None for name, day in times.items()}}


def test_tickets_with_their_whole_life(cells: Callable[..., dict[str, Any]]) -> None:
    """One of five is whole: three lack a step, one is out of order; the one of 20 May is too young to tell."""
    rows = [
        ticket("01", "02", "03"),
        ticket(None, "02", "03"),
        ticket("01", None, "03"),
        ticket("01", "02", None),
        ticket("03", "02", "04"),
    ]
    rows += [ticket("20", "21", "22", "2024-05-20")]

    assert {"ann": 0.2} == cells(kpicore_adoption, "adoption.ticket_lifecycle", {"ticket": rows}, "2024-05", as_of=JUNE)


PEOPLE = [{"employee_id": who, "kind": kind, "left_at": None} for who, kind in (("ann", None), ("ben", "person"), ("bot", "bot"))]
SESSIONS = [
    {"employee_id": who, "kind": kind, "started_at": at}
    for who, kind, at in (
        ("ann", "report", "2024-05-03"),
        ("ann", "automation", "2024-05-04"),
        ("ben", "login", "2024-05-03"),
        ("ben", "report", "2024-06-03"),
        ("bot", "report", "2024-05-03"),
    )
]


def test_who_uses_reports(cells: Callable[..., dict[str, Any]]) -> None:
    """Ann used one in May, Ben only logged in, and a bot is nobody: one of two."""
    rows = {"employee": PEOPLE, "session": SESSIONS}

    assert {"ann": 1.0, "ben": 0.0} == cells(kpicore_adoption, "adoption.report_use", rows, "2024-05")
    assert {"all": 0.5} == cells(kpicore_adoption, "adoption.report_use", rows, "2024-05", by="all")


def test_depth_is_the_mean_of_the_parts_that_one_has(cells: Callable[..., dict[str, Any]]) -> None:
    """Ann has leads (.25), deals (.5) and reports (1) but no tickets; Ben has reports (0) alone."""
    deals = [deal(5, "2024-09-01"), deal(None, "2024-09-01")]
    others = {"ticket": [{**ticket("01", "02", "03"), "owner_id": "cid"}], "lead": LEADS, "opportunity": deals}

    found = cells(kpicore_adoption, "adoption.depth", {"employee": PEOPLE, "session": SESSIONS, **others}, "2024-05", as_of=SUMMER)

    assert {"ann": pytest.approx((0.25 + 0.5 + 1.0) / 3), "ben": 0.0} == found


def test_depth_of_a_source_without_tickets(cells: Callable[..., dict[str, Any]]) -> None:
    """A part that the source cannot feed makes depth untestable, until the project names the parts that there are."""
    rows = {"employee": PEOPLE, "session": SESSIONS, "lead": LEADS, "opportunity": [deal(5, "2024-09-01")]}
    given = {"adoption.depth": {"parts": ["leads", "reports"]}}

    assert {"ann": "not_testable", "ben": "not_testable"} == cells(kpicore_adoption, "adoption.depth", rows, "2024-05", as_of=SUMMER)
    assert {"ann": 0.625, "ben": 0.0} == cells(kpicore_adoption, "adoption.depth", rows, "2024-05", as_of=SUMMER, parameters=given)
