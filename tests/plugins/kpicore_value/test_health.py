"""Customer health and how well it told who would leave, reckoned by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

import kpicore_value

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, object]

ONLY = {"parts": ["engagement", "orders"]}


def customers(ends: dict[str, str | None]) -> list[Row]:
    """Return Ann's customers, by when they left."""
    return [{"customer_id": who, "owner_id": "ann", "started_at": "2022-01-01", "ended_at": ended} for who, ended in ends.items()]


def wrote(who: str, at: str) -> Row:
    """Return an inbound contact."""
    return {"customer_id": who, "started_at": at, "direction": "in"}


def test_score_by_hand(cells: Callable[..., dict[str, Any]]) -> None:
    """Of two customers, one of Ann's and one of Ben's, Ann's wrote twice and both ordered once: 100 (.5 x .75 + .5 x .5), and the rest."""
    rows: dict[str, list[Row]] = {
        "customer": [*customers({"a": None, "gone": "2024-01-01"}), {**customers({"b": None})[0], "owner_id": "ben"}],
        "contact": [
            wrote("a", "2024-02-01"),
            wrote("a", "2024-02-02"),
            wrote("b", "2023-12-01"),
            wrote("gone", "2024-03-01"),
            wrote("b", "2024-04-01"),
        ],
        "sale": [{"customer_id": who, "signed_at": "2024-03-01"} for who in ("a", "b")],
    }

    found = cells(kpicore_value, "value.health_score", rows, "2024-Q1", parameters={"value.health_score": ONLY})

    assert {"ann": pytest.approx(62.5), "ben": pytest.approx(37.5)} == found


def test_accuracy_by_hand(cells: Callable[..., dict[str, Any]]) -> None:
    """Of those who left after the start, one was the least healthy and one as healthy as one who stayed: 5.5 of 6 pairs.

    Contacts before April: quiet 0, tied 1, stays 1, talks 2, writes 3; left is gone by then. Quiet lies below three who
    stay, tied below two and level with one: (3 + 2.5) / 6. What happens after April in contacts is not looked at.
    """
    ends = {"quiet": "2024-05-01", "tied": "2024-06-01", "stays": None, "talks": None, "writes": "2025-01-01", "left": "2024-02-01"}
    counts = {"tied": 1, "stays": 1, "talks": 2, "writes": 3}
    contacts = [wrote(who, f"2024-03-{day + 1:02}") for who, count in counts.items() for day in range(count)]
    rows: dict[str, list[Row]] = {"customer": customers(ends), "contact": [*contacts, *(wrote("quiet", "2024-04-02") for _ in range(9))]}
    given = {"value.health_accuracy": {"parts": ["engagement"]}}

    found = cells(kpicore_value, "value.health_accuracy", rows, "2024-Q2", as_of=datetime(2024, 7, 1), parameters=given)
    young = cells(kpicore_value, "value.health_accuracy", rows, "2024-Q2", as_of=datetime(2024, 6, 1), parameters=given)

    assert {"ann": pytest.approx(5.5 / 6)} == found
    assert {"ann": "no_data"} == young


def test_calibration_without_earlier_losses(cells: Callable[..., dict[str, Any]]) -> None:
    """Nobody of four left in the 90 days before, so each was given a chance of 1 / 6; then one of four left: (25 + 3) / 36 / 4."""
    ends = {"quiet": "2024-05-01", "b": None, "c": None, "d": None}
    rows: dict[str, list[Row]] = {"customer": customers(ends), "contact": [wrote("b", "2023-01-01")]}
    given = {"value.health_brier": {"parts": ["engagement"]}}

    found = cells(kpicore_value, "value.health_brier", rows, "2024-Q2", as_of=datetime(2024, 7, 1), parameters=given)

    assert {"ann": pytest.approx(28 / 36 / 4, abs=1e-6)} == found
