"""Complaints, counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

import kpicore_service

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def ticket(*, is_complaint: bool | None = True, **more: object) -> dict[str, object]:
    """Return a ticket of Ann's, opened on 1 May 2024."""
    return {"owner_id": "ann", "customer_id": "c1", "opened_at": "2024-05-01", "is_complaint": is_complaint, **more}


def test_complaints_per_thousand_customers(cells: Callable[..., dict[str, Any]]) -> None:
    """Three complaints, two by one customer, among four customers served: 750 for a thousand."""
    rows = [
        ticket(),
        ticket(),
        ticket(customer_id="c2"),
        ticket(is_complaint=False, customer_id="c3"),
        ticket(is_complaint=None, customer_id="c4"),
    ]

    assert {"ann": 750.0} == cells(kpicore_service, "service.complaint_rate", {"ticket": rows}, "2024-05")


@pytest.mark.parametrize(("given", "expected"), [({}, 2 / 4), ({"limit_days": 10}, 3 / 4), ({"limit_days": 60}, 3 / 3)])
def test_complaints_settled_in_time(cells: Callable[..., dict[str, Any]], given: dict[str, object], expected: float) -> None:
    """By the agreed time, else within a week; what is open and not due by the end of May is in neither part."""
    rows = [
        ticket(resolved_at="2024-05-20", due_at="2024-05-21"),
        ticket(resolved_at="2024-05-08", due_at=None),
        ticket(resolved_at="2024-05-09", due_at=None),
        ticket(resolved_at=None, due_at=None),
        ticket(resolved_at=None, due_at="2024-06-02"),
        ticket(is_complaint=False, resolved_at=None, due_at=None),
    ]
    parameters = {"service.complaints_on_time": given}

    found = cells(
        kpicore_service, "service.complaints_on_time", {"ticket": rows}, "2024-05", as_of=datetime(2024, 6, 1), parameters=parameters
    )

    assert {"ann": pytest.approx(expected)} == found


def test_complaints_that_are_left_out_are_told(cells: Callable[..., dict[str, Any]]) -> None:
    """One is open before its limit; one is overdue and one is settled."""
    rows = [
        ticket(resolved_at=None, due_at="2024-06-02"),
        ticket(resolved_at=None, due_at=None),
        ticket(resolved_at="2024-05-02", due_at=None),
    ]

    found = cells(kpicore_service, "service.complaints_pending", {"ticket": rows}, "2024-05", as_of=datetime(2024, 6, 1))

    assert {"ann": 1.0} == found
