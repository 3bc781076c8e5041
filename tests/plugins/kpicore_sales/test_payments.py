"""Money received and the collection rate, on payments added up by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

import kpicore_sales
from kpicore.config import Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def sale(key: str, amount: float, signed: str, who: str = "ann", **more: object) -> dict[str, object]:
    """Return a sale."""
    return {"sale_id": key, "employee_id": who, "signed_at": signed, "amount": amount, "reverses_id": None, **more}


def payment(of: str, amount: float, paid: str, who: str = "ann", **more: object) -> dict[str, object]:
    """Return a payment."""
    return {"sale_id": of, "employee_id": who, "paid_at": paid, "amount": amount, "reverses_id": None, **more}


def test_money_paid_back_counts_against_its_month(cells: Callable[..., dict[str, Any]]) -> None:
    """What is paid back counts minus its amount, of whichever sign; deleted payments do not count."""
    rows = {
        "payment": [
            payment("s1", 100, "2024-01-31", payment_id="p1"),
            payment("s1", 30, "2024-02-01", reverses_id="p1"),
            payment("s1", -5, "2024-02-02", reverses_id="p1"),
            payment("s1", 999, "2024-02-02", deleted_at="2024-02-03"),
        ]
    }

    assert {"ann": [100.0, -35.0]} == cells(kpicore_sales, "sales.revenue_paid", rows, "2024-01-01/2024-03-01", each="month")


SALES = [
    sale("s1", 100, "2024-01-10"),
    sale("s2", 300, "2024-01-20"),
    sale("s3", 50, "2024-03-20"),
    sale("s4", 70, "2024-01-20", who="ben"),
    sale("s5", 900, "2024-01-20", deleted_at="2024-01-21"),
]
PAYMENTS = [
    payment("s1", 60, "2024-02-01"),
    payment("s1", 40, "2024-02-10", who="ben", payment_id="p2"),
    payment("s1", 10, "2024-02-11", reverses_id="p2"),
    payment("s2", 110, "2024-02-19"),
    payment("s2", 190, "2024-02-20"),
    payment("s3", 50, "2024-03-21"),
    payment("s5", 900, "2024-01-21"),
]
GIVEN = {"sales.collection_rate": {"within_days": 30}}


def test_collection_of_the_same_sales(cells: Callable[..., dict[str, Any]]) -> None:
    """Of 400 signed by Ann, 60 and 110 came within 30 days, the rest a day too late; her sale of March is too young. Ben got nothing."""
    rows = {"sale": SALES, "payment": PAYMENTS}

    found = cells(kpicore_sales, "sales.collection_rate", rows, "2024-Q1", as_of=datetime(2024, 4, 1), parameters=GIVEN)

    assert {"ann": pytest.approx(170 / 400), "ben": 0.0} == found


def test_collection_is_at_the_rate_of_signing(cells: Callable[..., dict[str, Any]]) -> None:
    """Half of the euros came, so half of the money, whatever the rate did."""
    rows = {
        "sale": [sale("s1", 100, "2024-01-10", currency="EUR")],
        "payment": [payment("s1", 50, "2024-02-01", currency="EUR")],
        "fx_rate": [
            {"currency": "EUR", "into": "CNY", "valid_on": "2024-01-01", "rate": 8},
            {"currency": "EUR", "into": "CNY", "valid_on": "2024-01-15", "rate": 4},
        ],
    }
    project = Project("test", currency="CNY", parameters=GIVEN)

    assert {"ann": 0.5} == cells(
        kpicore_sales, "sales.collection_rate", rows, as_of=datetime(2024, 6, 1), parameters=GIVEN, project=project
    )
