"""Retention and churn, on customers counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_value
from kpicore import ConfigError
from kpicore.testing import check_plugin

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


def test_retention_is_what_churn_leaves(cells: Callable[..., dict[str, Any]]) -> None:
    """Of a hundred customers eighty-five stay."""
    rows = {"customer": [customer("2023-01-01", "2024-01-20" if at < 15 else None) for at in range(100)]}

    assert {"ann": 0.85} == cells(kpicore_value, "value.retention_rate", rows, "2024-01")
    assert {"ann": 0.15} == cells(kpicore_value, "value.churn_rate", rows, "2024-01")


def test_losses_for_a_reason(cells: Callable[..., dict[str, Any]]) -> None:
    """One of four left for the price, one for another reason."""
    ends = [("2024-01-05", "price"), ("2024-01-06", "moved"), (None, None), (None, None)]
    rows = {"customer": [customer("2023-01-01", ended, end_reason=reason) for ended, reason in ends]}
    given = {"value.churn_rate": {"reasons": ["price"]}}

    assert {"ann": 0.25} == cells(kpicore_value, "value.churn_rate", rows, "2024-01", parameters=given)


BUYERS = [("stays", "2023-12-01"), ("stays", "2024-01-20"), ("goes", "2023-11-15"), ("is gone", "2023-09-01"), ("comes", "2024-01-15")]
BY_PURCHASE = {name: {"activity": "purchase", "window_days": 61} for name in ("value.retention_rate", "value.churn_rate")}


def test_active_by_purchase(cells: Callable[..., dict[str, Any]]) -> None:
    """Two had ordered in the 61 days before January, and one of them in those before February; reversals are no orders."""
    sales = [{"customer_id": who, "signed_at": day, "reverses_id": None} for who, day in BUYERS]
    sales.append({"customer_id": "goes", "signed_at": "2024-01-10", "reverses_id": "s"})
    rows = {"customer": [{"customer_id": who, "owner_id": "ann"} for who in ("stays", "goes", "is gone", "comes")], "sale": sales}

    assert {"ann": 0.5} == cells(kpicore_value, "value.retention_rate", rows, "2024-01", parameters=BY_PURCHASE)
    assert {"ann": 0.5} == cells(kpicore_value, "value.churn_rate", rows, "2024-01", parameters=BY_PURCHASE)


def test_buyer_belongs_to_who_looked_after_it_at_the_start(cells: Callable[..., dict[str, Any]]) -> None:
    """Ann handed the customer to Ben within the month, and it bought no more: the loss is Ann's."""
    rows = {
        "employee": [{"employee_id": "ann"}, {"employee_id": "ben"}],
        "sale": [{"customer_id": "c", "signed_at": "2023-12-01"}],
        "customer": [{"customer_id": "c", "owner_id": "ben"}],
        "customer_owner": [{"customer_id": "c", "employee_id": "ann", "valid_from": None, "valid_to": "2024-01-10"}],
    }

    assert {"ann": 1.0, "ben": "no_data"} == cells(kpicore_value, "value.churn_rate", rows, "2024-01", parameters=BY_PURCHASE)


def test_parameters_that_say_nothing_are_refused() -> None:
    """A window without purchases, and reasons with them, are errors of the project."""
    for given in ({"window_days": 30}, {"activity": "purchase", "reasons": ["price"]}, {"activity": "mood"}):
        with pytest.raises(ConfigError, match=r"window_days|reasons|mood"):
            check_plugin(kpicore_value, {"value.churn_rate": given})


def test_handing_over_before_the_loss(cells: Callable[..., dict[str, Any]]) -> None:
    """Ann had the customer for 45 of the 60 days before it left: three quarters of the loss are hers. The other stays with Ben."""
    spans = [("lost", "ann", None, "2024-03-16"), ("lost", "ben", "2024-03-16", None), ("kept", "ben", "2023-01-01", None)]
    rows = {
        "employee": [{"employee_id": "ann"}, {"employee_id": "ben"}],
        "customer": [
            customer("2023-01-01", "2024-03-31", "ben", customer_id="lost"),
            customer("2023-01-01", None, "ben", customer_id="kept"),
        ],
        "customer_owner": [
            {"customer_id": record, "employee_id": who, "valid_from": since, "valid_to": until} for record, who, since, until in spans
        ],
    }

    found = cells(kpicore_value, "value.churn_rate_exposure", rows, "2024-Q1")

    assert {"ann": 0.75, "ben": 0.25} == found
    assert {"all": 0.5} == cells(kpicore_value, "value.churn_rate_exposure", rows, "2024-Q1", by="all")
