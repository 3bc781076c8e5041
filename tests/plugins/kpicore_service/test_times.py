"""Response and resolution times, on tickets timed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_service

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

    assert {"ann": expected} == cells(kpicore_service, name, rows)


@pytest.mark.parametrize(("name", "expected"), [("service.resolution_time", 2.0), ("service.resolution_time_mean", 3.0)])
def test_resolution_less_waiting(cells: Callable[..., dict[str, Any]], name: str, expected: float) -> None:
    """Efforts of 1, 2 and 6 hours, one of them an hour's wait shorter; a wait longer than the ticket is an error of the source."""
    resolved = [
        ticket("09:00", None, "10:00"),
        ticket("09:00", None, "12:00", waiting_s=3600),
        ticket("09:00", None, "15:00", waiting_s=None),
    ]
    odd = [ticket("09:00"), ticket("09:00", None, "08:00"), ticket("09:00", None, "09:10", waiting_s=3600)]

    assert {"ann": expected} == cells(kpicore_service, name, {"ticket": resolved + odd})


def test_resolution_belongs_to_whoever_resolved(cells: Callable[..., dict[str, Any]]) -> None:
    """The resolver is named, or it is the owner at the time of the resolution, not today's."""
    rows = {
        "ticket": [
            ticket("09:00", None, "10:00", ticket_id="t1", owner_id="cid", resolved_by="ann"),
            ticket("09:00", None, "12:00", ticket_id="t2", owner_id="cid", resolved_by=None),
        ],
        "ticket_event": [{"ticket_id": "t2", "kind": "assigned", "happened_at": "2024-05-02", "old_value": "ben", "new_value": "cid"}],
    }

    assert {"ann": 1.0, "ben": 3.0} == cells(kpicore_service, "service.resolution_time", rows)


def test_source_without_resolver(cells: Callable[..., dict[str, Any]]) -> None:
    """A source that does not say who resolved is measured by owner; one that says neither cannot be measured by person."""
    nobody = {name: value for name, value in ticket("09:00", None, "10:00").items() if name != "owner_id"}
    people = {"employee": [{"employee_id": "ann"}]}

    assert {"ann": 1.0} == cells(kpicore_service, "service.resolution_time", {**people, "ticket": [ticket("09:00", None, "10:00")]})
    assert {"ann": "not_testable"} == cells(kpicore_service, "service.resolution_time", {**people, "ticket": [nobody]})
    assert {"all": 1.0} == cells(kpicore_service, "service.resolution_time", {**people, "ticket": [nobody]}, by="all")
