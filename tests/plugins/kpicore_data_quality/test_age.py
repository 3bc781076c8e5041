"""Timeliness and recording lag, on records dated by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

import kpicore_data_quality

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def customer(updated: str | None, created: str | None = "2023-01-01", ended: str | None = None) -> dict[str, object]:
    """Return a customer of Ann's."""
    return {"owner_id": "ann", "updated_at": updated, "created_at": created, "ended_at": ended}


CUSTOMERS = [
    customer("2024-03-31"),
    customer("2024-01-02"),
    customer("2024-01-01T23:59"),
    customer(None, "2024-03-01"),
    customer(None),
    customer(None, None),
    customer("2024-04-01"),
    customer("2024-03-31", ended="2024-03-31"),
    customer("2024-05-01", "2024-05-01"),
]


def test_updated_within_the_limit(cells: Callable[..., dict[str, Any]]) -> None:
    """Three of six known, active records changed in the 90 days before April; later changes leave unknown how it was then."""
    assert {"ann": 0.5} == cells(kpicore_data_quality, "quality.timeliness", {"customer": CUSTOMERS}, "2024-Q1")


def test_period_that_has_not_ended(cells: Callable[..., dict[str, Any]]) -> None:
    """In a year that is not over the limit counts back from today."""
    found = cells(kpicore_data_quality, "quality.timeliness", {"customer": CUSTOMERS}, "2024", as_of=datetime(2024, 4, 1))

    assert {"ann": 0.5} == found


def test_limit_can_be_set(cells: Callable[..., dict[str, Any]]) -> None:
    """Within two days only one of the six changed."""
    given = {"quality.timeliness": {"days": 2}}

    found = cells(kpicore_data_quality, "quality.timeliness", {"customer": CUSTOMERS}, "2024-Q1", parameters=given)

    assert {"ann": pytest.approx(1 / 6)} == found


def contact(started: str, recorded: str, **more: object) -> dict[str, object]:
    """Return a contact of Ann's on 1 May 2024."""
    return {"employee_id": "ann", "started_at": f"2024-05-01T{started}", "recorded_at": f"2024-05-01T{recorded}", **more}


def test_recording_lag(cells: Callable[..., dict[str, Any]]) -> None:
    """Lags of 0, 2 and 9 hours; captured contacts and appointments entered beforehand have none."""
    typed = [contact("09:00", "09:00"), contact("09:00", "11:00", is_captured=False), contact("09:00", "18:00", is_captured=None)]
    rows = {"contact": [*typed, contact("09:00", "09:01", is_captured=True), contact("09:00", "08:00")]}

    assert {"ann": 2.0} == cells(kpicore_data_quality, "quality.recording_lag", rows)
