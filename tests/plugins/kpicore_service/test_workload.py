"""Handling time, backlog, abandoned calls and escalations, counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_service

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def ticket(resolved: str | None = None, **more: object) -> dict[str, object]:
    """Return a ticket of Ann's, opened on 1 May 2024."""
    return {"owner_id": "ann", "opened_at": "2024-05-01", "resolved_at": resolved, "closed_at": None, **more}


def call(connected: object, seconds: float | None = 60, **more: object) -> dict[str, object]:
    """Return an inbound call in May."""
    usual = {"employee_id": "ann", "direction": "in", "channel": "call", "started_at": "2024-05-02"}
    return {**usual, "is_connected": connected, "duration_s": seconds, **more}


def test_handling_time_of_resolved_tickets(cells: Callable[..., dict[str, Any]]) -> None:
    """10 and 20 minutes; unknown and negative times and open tickets do not count."""
    rows = [ticket("2024-05-02", handle_s=600), ticket("2024-05-03", handle_s=1200), ticket("2024-05-03", handle_s=None)]
    rows += [ticket("2024-05-03", handle_s=-1), ticket(None, handle_s=600), ticket("2024-06-01", handle_s=6000)]

    assert {"ann": 15.0} == cells(kpicore_service, "service.handle_time", {"ticket": rows}, "2024-05")


def test_handling_time_of_calls(cells: Callable[..., dict[str, Any]]) -> None:
    """Calls of 1 and 4 minutes in either direction; a call without an answer and an e-mail do not count."""
    rows = [call(True, 60), call(True, 240, direction="out"), call(False, 600), call(True, 600, channel="email")]

    assert {"ann": 2.5} == cells(kpicore_service, "service.handle_time_call", {"contact": rows}, "2024-05")


def test_backlog_at_the_end(cells: Callable[..., dict[str, Any]]) -> None:
    """Open at the end of May: what is not settled, or settled in June; not what was closed unresolved, or opened in June."""
    rows = [ticket(), ticket("2024-06-01"), ticket("2024-05-31"), ticket(closed_at="2024-05-31"), ticket(opened_at="2024-06-01")]

    assert {"ann": 2.0} == cells(kpicore_service, "service.backlog", {"ticket": rows}, "2024-05")


def test_escalated_of_those_known(cells: Callable[..., dict[str, Any]]) -> None:
    """One of three was escalated; of the fourth it is not known."""
    rows = [ticket(is_escalated=flag) for flag in (True, False, False, None)]

    assert {"ann": pytest.approx(1 / 3)} == cells(kpicore_service, "service.escalation_rate", {"ticket": rows}, "2024-05")


@pytest.mark.parametrize(("given", "expected"), [({}, 2 / 5), ({"short_s": 100}, 1 / 4)])
def test_abandoned_calls(cells: Callable[..., dict[str, Any]], given: dict[str, object], expected: float) -> None:
    """Two of five were given up; what was given up at once, calls out and calls of unknown end are in neither part."""
    rows = [call(False), call(False, None), call(True), call(True, 1), call(True, None), call(False, 4)]
    rows += [call(None), call(False, direction="out"), call(False, channel="email")]
    parameters = {"service.abandon_rate": given}

    found = cells(kpicore_service, "service.abandon_rate", {"contact": rows}, "2024-05", by="all", parameters=parameters)

    assert {"all": pytest.approx(expected)} == found
