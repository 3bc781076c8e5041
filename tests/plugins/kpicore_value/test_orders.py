"""Repurchase and annual spend, on orders counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_value
from kpicore.config import Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def sale(customer: str | None, signed: str, amount: float = 100, **more: object) -> dict[str, object]:
    """Return a sale of Ann's."""
    return {"employee_id": "ann", "customer_id": customer, "signed_at": signed, "amount": amount, "reverses_id": None, **more}


SALES = [
    sale("again", "2024-01-01", sale_id="s1"),
    sale("again", "2024-03-01", 0),
    sale("same day", "2024-01-01T09:00"),
    sale("same day", "2024-01-01T17:00"),
    sale("took back", "2024-01-01", sale_id="s2"),
    sale("took back", "2024-02-01", reverses_id="s2"),
    sale("once", "2024-01-01"),
    sale("only took back", "2024-01-05", reverses_id="s0"),
    sale("other year", "2024-01-01"),
    sale("other year", "2023-12-31"),
    sale("deleted", "2024-01-01"),
    sale("deleted", "2024-02-01", deleted_at="2024-02-02"),
    sale(None, "2024-01-01"),
    sale(None, "2024-02-01"),
]


@pytest.mark.parametrize(("name", "expected"), [("value.repurchase_rate", 1 / 6), ("value.repurchase_rate_orders", 2 / 6)])
def test_repurchase(cells: Callable[..., dict[str, Any]], name: str, expected: float) -> None:
    """Six customers ordered; one of them on two days, and one twice on one day. A free order is one, a reversal is none."""
    assert {"ann": pytest.approx(expected)} == cells(kpicore_value, name, {"sale": SALES})


def test_days_are_local(cells: Callable[..., dict[str, Any]]) -> None:
    """15:59 and 16:01 UTC are one day in London's winter and two in Shanghai."""
    rows = {"sale": [sale("c", "2024-01-01T15:59"), sale("c", "2024-01-01T16:01")]}

    assert {"ann": 0.0} == cells(kpicore_value, "value.repurchase_rate", rows, project=Project("test", time_zone="Europe/London"))
    assert {"ann": 1.0} == cells(kpicore_value, "value.repurchase_rate", rows, project=Project("test", time_zone="Asia/Shanghai"))


def test_orders_with_different_sellers(cells: Callable[..., dict[str, Any]]) -> None:
    """A customer who orders from two people has bought again from the house, and from neither of them."""
    rows = {"sale": [sale("c", "2024-01-01"), sale("c", "2024-02-01", employee_id="ben")]}

    assert {"ann": 0.0, "ben": 0.0} == cells(kpicore_value, "value.repurchase_rate", rows)
    assert {"all": 1.0} == cells(kpicore_value, "value.repurchase_rate", rows, by="all")


def test_annual_spend(cells: Callable[..., dict[str, Any]]) -> None:
    """1,200 less 200 from two customers in the 91 days of a quarter is 500 x 365.25 / 91 a year."""
    sales = [
        sale("a", "2024-01-01", 900),
        sale("b", "2024-02-01", 300),
        sale("a", "2024-03-01", -200, reverses_id="s"),
        sale(None, "2024-03-01"),
    ]

    found = cells(kpicore_value, "value.annual_spend", {"sale": sales}, "2024-Q1")

    assert {"ann": pytest.approx(500 * 365.25 / 91)} == found


def test_annual_spend_knows_the_length_of_each_period(cells: Callable[..., dict[str, Any]]) -> None:
    """The same spend in 31 and in 29 days is not the same in a year."""
    rows = {"sale": [sale("a", "2024-01-01", 31), sale("a", "2024-02-01", 29)]}

    found = cells(kpicore_value, "value.annual_spend", rows, "2024-Q1", each="month")

    assert {"ann": [pytest.approx(365.25), pytest.approx(365.25), "no_data"]} == found


def test_purchase_frequency(cells: Callable[..., dict[str, Any]]) -> None:
    """Eight orders of six customers; two of them, on one day, are two orders, and reversals are none."""
    assert {"ann": pytest.approx(8 / 6)} == cells(kpicore_value, "value.purchase_frequency", {"sale": SALES})


def test_purchase_frequency_of_the_portfolio(cells: Callable[..., dict[str, Any]]) -> None:
    """Two orders of the two customers who were there; who came within the quarter is left out, with the orders."""
    days = {"buys": "2023-01-01", "does not": "2023-01-01", "is new": "2024-01-05"}
    rows = {
        "customer": [{"customer_id": who, "owner_id": "ann", "started_at": day, "ended_at": None} for who, day in days.items()],
        "sale": [sale(who, "2024-02-01", 1) for who in ("buys", "buys", "is new", None)],
    }

    assert {"ann": 1.0} == cells(kpicore_value, "value.purchase_frequency_portfolio", rows, "2024-Q1")
