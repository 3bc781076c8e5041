"""Waits for an answer, times since a reopening, and tickets that one answer settled, timed by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

import kpicore_service

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def event(kind: str, at: str, who: str | None = None, ticket: str = "t1", **more: object) -> dict[str, object]:
    """Return an event of 1 May 2024."""
    return {"ticket_id": ticket, "kind": kind, "happened_at": f"2024-05-01T{at}", "employee_id": who, "is_automatic": None, **more}


DIALOGUE = [
    event("opened", "09:00"),
    event("response", "09:01", "bot", is_automatic=True),
    event("response", "09:10", "ann"),
    event("customer_message", "10:00"),
    event("customer_message", "10:20"),
    event("note", "10:25", "ann"),
    event("resolved", "10:30", "ann"),
    event("customer_message", "10:40"),
    event("reopened", "12:00"),
]
TICKETS = {"ticket": [{"ticket_id": "t1", "owner_id": "ann", "waiting_s": 600, "reopen_count": 1}]}
NOON = datetime(2024, 5, 1, 12, 20)


@pytest.mark.parametrize(("counted", "expected"), [("message", (10 + 30 + 10 + 20) / 4), ("turn", (10 + 30 + 20) / 3)])
def test_each_message_waits(cells: Callable[..., dict[str, Any]], counted: str, expected: float) -> None:
    """10 minutes for the request, 30 and 10 for two messages in a row, 20 so far since the reopening; a thank-you asks for nothing."""
    found = cells(
        kpicore_service,
        "service.response_time",
        {**TICKETS, "ticket_event": DIALOGUE},
        "2024-05-01",
        as_of=NOON,
        parameters={"service.response_time": {"counted": counted}},
    )

    assert {"ann": pytest.approx(expected)} == found


def test_kinds_of_messages_can_be_chosen(cells: Callable[..., dict[str, Any]]) -> None:
    """Without the request and the reopening, 30 and 10 minutes are left."""
    given = {"service.response_time": {"messages": ["customer_message"]}}
    rows = {**TICKETS, "ticket_event": DIALOGUE}

    assert {"ann": 20.0} == cells(kpicore_service, "service.response_time", rows, as_of=NOON, parameters=given)


def test_answer_after_the_period(cells: Callable[..., dict[str, Any]]) -> None:
    """A message on the last evening is answered in the next month, an hour later."""
    rows = [event("opened", "", happened_at="2024-04-30T23:30"), event("response", "", "ann", happened_at="2024-05-01T00:30")]

    assert {"ann": 60.0} == cells(kpicore_service, "service.response_time", {**TICKETS, "ticket_event": rows}, "2024-04")


def test_time_since_the_reopening(cells: Callable[..., dict[str, Any]]) -> None:
    """The first resolution took 1.5 hours, the one after the reopening 1; of a ticket never reopened the wait is taken off."""
    again = [*DIALOGUE, event("resolved", "13:00", "ann"), event("opened", "09:00", None, "t2"), event("resolved", "11:00", "ben", "t2")]
    tickets = [*TICKETS["ticket"], {"ticket_id": "t2", "owner_id": "ben", "waiting_s": 1800, "reopen_count": 0}]

    found = cells(kpicore_service, "service.resolution_time_since_reopen", {"ticket": tickets, "ticket_event": again})

    assert {"ann": 1.25, "ben": 1.5, "bot": "no_data"} == found


def ticket(day: int, number: str, **more: object) -> dict[str, object]:
    """Return a ticket of May, resolved by Ann with one answer."""
    usual = {"resolved_by": "ann", "customer_id": "c1", "category": "billing", "response_count": 1, "reopen_count": 0}
    return {"ticket_id": number, "opened_at": f"2024-05-{day:02d}", "resolved_at": "2024-05-31", **usual, **more}


def test_settled_by_one_answer(cells: Callable[..., dict[str, Any]]) -> None:
    """Of eight tickets three were: the others had a repeat, two answers, a reopening, no solution, or came back in June."""
    rows = [
        ticket(1, "k1"),
        ticket(8, "k2", category="access"),
        ticket(8, "k3"),
        ticket(16, "k4", response_count=2),
        ticket(17, "k5", customer_id="c2", reopen_count=1),
        ticket(17, "k6", customer_id="c3", resolved_at=None),
        ticket(18, "k7", customer_id=None),
        ticket(28, "k8", customer_id="c4"),
        ticket(28, "k9", customer_id="c5"),
        ticket(30, "k10", customer_id="c5", opened_at="2024-06-03"),
        ticket(31, "k11", customer_id="c6", opened_at="2024-05-31T12:00"),
    ]
    found = cells(kpicore_service, "service.first_contact_resolution", {"ticket": rows}, "2024-05", as_of=datetime(2024, 6, 7))

    assert {"ann": 3 / 8} == found
