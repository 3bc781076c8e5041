"""Churn, on customers counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import kpicore_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def customer(started: str | None, ended: str | None = None, owner: str | None = "ann", **more: object) -> dict[str, object]:
    """Return a customer whom Ann looks after."""
    return {"started_at": started, "ended_at": ended, "owner_id": owner, **more}


CUSTOMERS = [
    customer("2023-01-01"),
    customer("2023-01-01", "2024-01-01"),
    customer("2023-01-01", "2024-01-31T23:59"),
    customer("2023-01-01", "2024-02-01"),
    customer("2023-01-01", "2023-12-31"),
    customer("2024-01-01", "2024-01-15"),
    customer(None, "2024-01-15"),
    customer("2023-01-01", "2024-01-15", merged_into="customer-1"),
]


def test_churn_of_those_active_at_the_start(cells: Callable[..., dict[str, Any]]) -> None:
    """Four were active before January and two left in it: on its first day and in its last minute."""
    assert {"ann": 0.5} == cells(kpicore_value, "value.churn_rate", {"customer": CUSTOMERS}, "2024-01")


def test_every_loss_falls_into_one_month(cells: Callable[..., dict[str, Any]]) -> None:
    """December loses one of five, January two of four, February one of two, March none of one."""
    found = cells(kpicore_value, "value.churn_rate", {"customer": CUSTOMERS}, "2023-12-01/2024-04-01", each="month")

    assert {"ann": [0.2, 0.5, 0.5, 0.0]} == found


def test_loss_belongs_to_the_owner_at_the_start(cells: Callable[..., dict[str, Any]]) -> None:
    """Ann handed the customer to Ben within the month: the loss is Ann's, and Ben had nobody to lose."""
    rows = {
        "employee": [{"employee_id": "ann"}, {"employee_id": "ben"}],
        "customer": [customer("2023-01-01", "2024-01-20", "ben", customer_id="c")],
        "customer_owner": [
            {"customer_id": "c", "employee_id": "ann", "valid_from": "2023-01-01", "valid_to": "2024-01-10"},
            {"customer_id": "c", "employee_id": "ben", "valid_from": "2024-01-10", "valid_to": None},
        ],
    }

    assert {"ann": 1.0, "ben": "no_data"} == cells(kpicore_value, "value.churn_rate", rows, "2024-01")


def test_source_without_losses(cells: Callable[..., dict[str, Any]]) -> None:
    """A source that does not record when customers leave has no churn rate, rather than one of 0."""
    rows = {"employee": [{"employee_id": "ann"}], "customer": [{"started_at": "2023-01-01", "owner_id": "ann"}]}

    assert {"ann": "not_testable"} == cells(kpicore_value, "value.churn_rate", rows)
