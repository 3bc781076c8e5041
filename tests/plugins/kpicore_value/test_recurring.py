"""Revenue churn and net revenue retention, reckoned by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def test_revenue_churn(cells: Callable[..., dict[str, Any]]) -> None:
    """Of 1,000 a month, 50 left; what came and left within the month counts nowhere."""
    given = [("2023-01-01", None, 950), ("2023-01-01", "2024-01-09", 50), ("2024-01-02", "2024-01-09", 700), ("2023-01-01", None, None)]
    rows = {
        "customer": [
            {"owner_id": "ann", "started_at": begun, "ended_at": ended, "recurring_amount": amount} for begun, ended, amount in given
        ]
    }

    assert {"ann": 0.05} == cells(kpicore_value, "value.revenue_churn", rows, "2024-01")


SALES = [
    ("grows", "2023-02-01", 100, None),
    ("grows", "2024-02-01", 150, None),
    ("shrinks", "2023-03-01", 100, None),
    ("shrinks", "2024-03-01", 80, None),
    ("shrinks", "2024-03-02", 20, "s"),
    ("leaves", "2023-01-15", 100, None),
    ("is new", "2024-02-01", 900, None),
    ("took all back", "2023-02-01", 100, None),
    ("took all back", "2023-02-02", -100, "s"),
    ("took all back", "2024-02-02", 500, None),
]


def test_net_revenue_retention(cells: Callable[..., dict[str, Any]]) -> None:
    """300 a year ago: 150 and 60 now, and nothing of who left; new customers, and those who had bought nothing net, are left out."""
    rows = {
        "customer": [{"customer_id": who, "owner_id": "ann"} for who in {row[0] for row in SALES}],
        "sale": [{"customer_id": who, "signed_at": day, "amount": amount, "reverses_id": back} for who, day, amount, back in SALES],
    }

    assert {"ann": pytest.approx(210 / 300)} == cells(kpicore_value, "value.net_revenue_retention", rows, "2024-Q1")
    assert {"all": pytest.approx(210 / 300)} == cells(kpicore_value, "value.net_revenue_retention", rows, "2024-Q1", by="all")


def test_maintenance_cost(cells: Callable[..., dict[str, Any]]) -> None:
    """Service and care for 300 over two customers; marketing is no maintenance."""
    kinds = [("service", 200), ("care", 100), ("marketing", 999)]
    rows = {
        "employee": [{"employee_id": "ann"}],
        "customer": [{"owner_id": "ann", "started_at": begun, "ended_at": None} for begun in ("2023-01-01", "2023-06-01", "2024-02-01")],
        "cost": [{"kind": kind, "amount": amount, "incurred_at": "2024-01-31", "employee_id": "ann"} for kind, amount in kinds],
    }

    assert {"ann": 150.0} == cells(kpicore_value, "value.maintenance_cost", rows, "2024-Q1")
    given = {"value.maintenance_cost": {"kinds": ["service"]}}
    assert {"ann": 100.0} == cells(kpicore_value, "value.maintenance_cost", rows, "2024-Q1", parameters=given)
