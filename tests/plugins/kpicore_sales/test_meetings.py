"""From the first contact to the first meeting, on contacts counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

import kpicore_sales

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def contact(customer: str | None, started: str, who: str = "ann", channel: str = "call", **more: object) -> dict[str, object]:
    """Return a contact."""
    about = {"lead_id": None, "is_connected": True, "is_bulk": None, "is_automatic": None}
    return {"customer_id": customer, "employee_id": who, "started_at": started, "channel": channel, **about, **more}


CONTACTS = [
    contact("c1", "2024-01-01"),
    contact("c1", "2024-01-31", "ben", "meeting"),
    contact("c2", "2024-01-01"),
    contact("c2", "2024-01-31T00:01", channel="visit"),
    contact("c3", "2024-01-05", channel="visit", is_connected=False),
    contact("c4", "2024-01-05", is_bulk=True),
    contact("c4", "2024-01-06", channel="meeting"),
    contact("c5", "2015-01-01", "ben"),
    contact("c5", "2024-01-06", channel="meeting"),
    contact(None, "2024-01-07", lead_id="c1"),
    contact(None, "2024-01-08", channel="meeting"),
    contact("c6", "2024-05-20"),
    contact("c6", "2024-05-21", channel="meeting"),
]


def test_first_meeting_within_a_month(cells: Callable[..., dict[str, Any]]) -> None:
    """Of Ann's first contacts c1 was met in time, whoever met it, and c4 at once; c2 too late, c3 and the lead not; c6 is too young."""
    found = cells(kpicore_sales, "sales.first_meeting_rate", {"contact": CONTACTS}, as_of=datetime(2024, 6, 1))

    assert {"ann": pytest.approx(2 / 5), "ben": "no_data"} == found
