"""Response and resolution times, on tickets timed by hand."""

from __future__ import annotations

from datetime import datetime
from statistics import fmean, median
from typing import TYPE_CHECKING

import pytest

import kpicore_service
from kpicore import Project, WorkingCalendar

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def ticket(opened: str, answered: str | None = None, resolved: str | None = None, **more: object) -> dict[str, object]:
    """Return a ticket of Ann's on 1 May 2024; times are of that day unless they have a date."""
    at = {"opened_at": opened, "first_response_at": answered, "resolved_at": resolved}
    day = {name: f"2024-05-01T{time}" if time and len(time) == 5 else time for name, time in at.items()}
    return {"owner_id": "ann", **day, **more}


@pytest.mark.parametrize(("name", "expected"), [("service.first_response_time", 10.0), ("service.first_response_time_mean", 47.0)])
def test_first_response(cells: Callable[..., dict[str, Any]], name: str, expected: float) -> None:
    """Waits of 1, 10 and 130 minutes; unanswered tickets and answers before the request do not count."""
    answered = [ticket("09:00", "09:01"), ticket("09:00", "09:10"), ticket("09:00", "11:10")]
    rows = {"ticket": [*answered, ticket("09:00"), ticket("09:00", "08:00"), ticket("09:00", "09:02", is_test=True)]}

    assert {"ann": expected} == cells(kpicore_service, name, rows, parameters={name: {"by": "answered"}})


@pytest.mark.parametrize(("name", "expected"), [("service.resolution_time", 2.0), ("service.resolution_time_mean", 3.0)])
def test_resolution_less_waiting(cells: Callable[..., dict[str, Any]], name: str, expected: float) -> None:
    """Efforts of 1, 2 and 6 hours, one of them an hour's wait shorter; a wait longer than the ticket is an error of the source."""
    resolved = [
        ticket("09:00", None, "10:00"),
        ticket("09:00", None, "12:00", waiting_s=3600),
        ticket("09:00", None, "15:00", waiting_s=None),
    ]
    odd = [ticket("09:00"), ticket("09:00", None, "08:00"), ticket("09:00", None, "09:10", waiting_s=3600)]

    assert {"ann": expected} == cells(kpicore_service, name, {"ticket": resolved + odd}, parameters={name: {"by": "resolved"}})


def test_resolution_belongs_to_whoever_resolved(cells: Callable[..., dict[str, Any]]) -> None:
    """The resolver is named, or it is the owner at the time of the resolution, not today's."""
    rows = {
        "ticket": [
            ticket("09:00", None, "10:00", ticket_id="t1", owner_id="cid", resolved_by="ann"),
            ticket("09:00", None, "12:00", ticket_id="t2", owner_id="cid", resolved_by=None),
        ],
        "ticket_event": [{"ticket_id": "t2", "kind": "assigned", "happened_at": "2024-05-02", "old_value": "ben", "new_value": "cid"}],
    }

    given = {"service.resolution_time": {"by": "resolved"}}

    assert {"ann": 1.0, "ben": 3.0} == cells(kpicore_service, "service.resolution_time", rows, parameters=given)


def test_source_without_resolver(cells: Callable[..., dict[str, Any]]) -> None:
    """A source that does not say who resolved is measured by owner; one that says neither cannot be measured by person."""
    nobody = {name: value for name, value in ticket("09:00", None, "10:00").items() if name != "owner_id"}
    people = {"employee": [{"employee_id": "ann"}]}

    assert {"ann": 1.0} == cells(kpicore_service, "service.resolution_time", {**people, "ticket": [ticket("09:00", None, "10:00")]})
    assert {"ann": "not_testable"} == cells(kpicore_service, "service.resolution_time", {**people, "ticket": [nobody]})
    assert {"all": 1.0} == cells(kpicore_service, "service.resolution_time", {**people, "ticket": [nobody]}, by="all")


AS_OF = datetime(2024, 5, 2, 9, 0)
WAITING = [
    ticket("09:00", "09:10", "2024-05-01T10:00"),
    ticket("09:00", "09:40", "2024-05-01T12:00"),
    ticket("09:00", "11:00"),
    ticket("2024-05-02T08:30"),
    ticket("2024-05-02T08:45", "2024-05-02T08:46"),
    ticket("09:00"),
    ticket("2024-05-02T08:45", "2024-05-02T08:40"),
]


def oracle(rows: list[dict[str, Any]], column: str, unit: float) -> list[float]:
    """Return the least durations that are known: to the event, or to now where it has not come."""
    found = []
    for row in rows:
        opened = datetime.fromisoformat(row["opened_at"])
        end = datetime.fromisoformat(row[column]) if row[column] else AS_OF
        found += [(end - opened).total_seconds() / unit] if end >= opened else []
    return found


@pytest.mark.parametrize(
    ("name", "column", "unit", "how"),
    [
        ("service.first_response_time", "first_response_at", 60, median),
        ("service.first_response_time_mean", "first_response_at", 60, fmean),
        ("service.resolution_time", "resolved_at", 3600, median),
        ("service.resolution_time_mean", "resolved_at", 3600, fmean),
    ],
)
def test_what_still_waits_counts_with_its_age(cells: Callable[..., dict[str, Any]], name: str, column: str, unit: float, how: Any) -> None:
    """Tickets without an answer or resolution are neither left out nor taken for answered: they count with their age by now."""
    expected = how(oracle(WAITING, column, unit))

    assert {"ann": pytest.approx(expected)} == cells(kpicore_service, name, {"ticket": WAITING}, "2024-05", as_of=AS_OF)


def test_answered_within_the_limit(cells: Callable[..., dict[str, Any]]) -> None:
    """Two of four old enough were answered within the hour; the two younger ones are left out, and that is told."""
    rows = {"ticket": WAITING[:-1]}

    assert {"ann": 2 / 4} == cells(kpicore_service, "service.first_response_within", rows, "2024-05", as_of=AS_OF)
    assert {"ann": 2.0} == cells(kpicore_service, "service.first_response_pending", rows, "2024-05", as_of=AS_OF)


def test_working_time_of_a_calendar(cells: Callable[..., dict[str, Any]]) -> None:
    """Asked on Friday evening, answered on Monday morning: 20 working minutes on Friday and 15 on Monday; resolved after 2 hours more."""
    project = Project("test", calendars={"support": WorkingCalendar({"mon-fri": ("09:00-18:00",)}, "Asia/Shanghai")})
    rows = {"ticket": [ticket("2024-05-10T09:40", "2024-05-13T01:15", "2024-05-13T03:15", waiting_s=600)]}
    given = {
        "service.first_response_time": {"calendar": "support"},
        "service.first_response_within": {"calendar": "support", "limit_minutes": 35},
        "service.resolution_time": {"calendar": "support"},
        "service.resolution_time_mean": {"calendar": "support", "waiting": "working"},
    }

    found = {name: cells(kpicore_service, name, rows, "2024-05", project=project, parameters=given)["ann"] for name in given}

    assert [35.0, 1.0, pytest.approx(35 / 60 + 2), pytest.approx(25 / 60 + 2)] == list(found.values())
