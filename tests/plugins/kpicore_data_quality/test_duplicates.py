"""Duplicates by exact key, on records counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_data_quality

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def customer(name: str | None, phone: str | None, owner: str = "ann", **more: object) -> dict[str, object]:
    """Return a customer with the default key."""
    return {"name": name, "phone": phone, "owner_id": owner, "created_at": "2024-01-01", **more}


CUSTOMERS = [
    customer("Acme", "1"),
    customer(" acme", "1 "),
    customer("ACME", "1"),
    customer("Acme", "2"),
    customer("Acme", None),
    customer("Acme", "无"),
    customer("Acme", "1", "ben"),
    customer("Acme", "1", merged_into="customer-1"),
    customer("Acme", "1", created_at="2025-01-01"),
]


def test_surplus_records(cells: Callable[..., dict[str, Any]]) -> None:
    """Three of Ann's six records are one customer, so two are too many; half a key tells nothing, and Ben's is not compared with hers."""
    assert {"ann": pytest.approx(2 / 6), "ben": 0.0} == cells(kpicore_data_quality, "quality.duplicate_rate", {"customer": CUSTOMERS})


def test_surplus_records_of_the_whole(cells: Callable[..., dict[str, Any]]) -> None:
    """In the whole house four of seven records are one customer, so three are too many."""
    assert {"all": pytest.approx(3 / 7)} == cells(kpicore_data_quality, "quality.duplicate_rate", {"customer": CUSTOMERS}, by="all")


def test_pairs(cells: Callable[..., dict[str, Any]]) -> None:
    """Three records make three pairs; of nobody's records there are no pairs to count."""
    rows = {"employee": [{"employee_id": who} for who in ("ann", "ben", "cid")], "customer": CUSTOMERS}

    assert {"ann": 3.0, "ben": 0.0, "cid": "no_data"} == cells(kpicore_data_quality, "quality.duplicate_pairs", rows)


def test_records_as_time_goes_by(cells: Callable[..., dict[str, Any]]) -> None:
    """A record that is entered later is a duplicate from then on."""
    found = cells(kpicore_data_quality, "quality.duplicate_rate", {"customer": CUSTOMERS}, "2024-01-01/2026-01-01", each="year")

    assert {"ann": [pytest.approx(2 / 6), pytest.approx(3 / 7)], "ben": [0.0, 0.0]} == found


def test_key_of_a_number(cells: Callable[..., dict[str, Any]]) -> None:
    """The key may have fields that are no texts."""
    rows = {"customer": [{"owner_id": "ann", "employee_count": number} for number in (10, 10, 20, None)]}

    assert {"ann": 0.25} == cells(
        kpicore_data_quality, "quality.duplicate_rate", rows, parameters={"quality.duplicate_rate": {"key": ["employee_count"]}}
    )
