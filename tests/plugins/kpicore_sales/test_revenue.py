"""Signed revenue, its growth, the size of an order and quota attainment, on sales added up by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_sales
from kpicore.config import Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def sale(amount: float | None, signed: str, who: str | None = "ann", **more: object) -> dict[str, object]:
    """Return a sale of Ann's."""
    return {"employee_id": who, "signed_at": signed, "amount": amount, "reverses_id": None, **more}


SALES = [
    sale(100, "2024-01-31", sale_id="s1"),
    sale(300, "2024-02-01"),
    sale(-40, "2024-03-01", reverses_id="s1"),
    sale(60, "2024-03-02", reverses_id="s1"),
    sale(7, "2024-03-03", "ben"),
    sale(999, "2024-03-04", deleted_at="2024-03-05"),
    sale(5, "2024-03-05", None),
]


def test_reversals_count_against_their_own_period(cells: Callable[..., dict[str, Any]]) -> None:
    """What is taken back counts minus its amount, of whichever sign, in the month in which it was taken back."""
    found = cells(kpicore_sales, "sales.revenue_signed", {"sale": SALES}, "2024-Q1", each="month")

    assert {"ann": [100.0, 300.0, -100.0], "ben": ["no_data", "no_data", 7.0]} == found


def test_revenue_in_the_project_currency(cells: Callable[..., dict[str, Any]]) -> None:
    """A reversal in March is converted at January's rate, the rate of the sale that it takes back."""
    rows = {
        "sale": [sale(10, "2024-01-10", sale_id="s1", currency="EUR"), sale(10, "2024-03-10", reverses_id="s1", currency="EUR")],
        "fx_rate": [
            {"currency": "EUR", "into": "CNY", "valid_on": "2024-01-01", "rate": 8},
            {"currency": "EUR", "into": "CNY", "valid_on": "2024-03-01", "rate": 7},
        ],
    }

    found = cells(kpicore_sales, "sales.revenue_signed", rows, "2024-Q1", each="month", project=Project("test", currency="CNY"))

    assert {"ann": [80.0, "no_data", -80.0]} == found


def test_average_order_leaves_reversals_out(cells: Callable[..., dict[str, Any]]) -> None:
    """Two orders of 100 and 300 make 200, whatever was taken back of them."""
    assert {"ann": 200.0, "ben": 7.0} == cells(kpicore_sales, "sales.average_order_value", {"sale": SALES})


def test_growth_against_the_month_before(cells: Callable[..., dict[str, Any]]) -> None:
    """From 100 to 300 is 200 % more; from nothing there is no growth."""
    found = cells(kpicore_sales, "sales.revenue_growth", {"sale": SALES}, "2024-Q1", each="month")

    assert {"ann": ["no_data", 2.0, pytest.approx(-4 / 3)], "ben": ["no_data"] * 3} == found


def test_growth_against_the_year_before(cells: Callable[..., dict[str, Any]]) -> None:
    """February is compared with February, not with January."""
    rows = {"sale": [sale(50, "2023-02-10"), sale(1, "2024-01-10"), sale(75, "2024-02-10")]}

    assert {"ann": 0.5} == cells(kpicore_sales, "sales.revenue_growth_year", rows, "2024-02")


def quota(value: float, start: str, end: str, **more: object) -> dict[str, object]:
    """Return a target of Ann's for signed revenue."""
    return {"metric": "sales.revenue_signed", "employee_id": "ann", "period_start": start, "period_end": end, "value": value, **more}


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([quota(600, "2024-01-01", "2024-04-01")], 0.5),
        # 91 of the 366 days of 2024 lie in the first quarter.
        ([quota(366, "2024-01-01", "2025-01-01")], pytest.approx(300 / 91)),
        ([quota(100, "2024-01-01", "2024-02-01"), quota(200, "2024-02-01", "2024-04-01")], 1.0),
        ([quota(500, "2023-12-01", "2024-01-01"), quota(500, "2024-04-01", "2024-07-01")], "no_data"),
        ([quota(600, "2024-01-01", "2024-04-01", metric="sales.deals_won")], "no_data"),
        ([quota(600, "2024-01-01", "2024-04-01", employee_id=None, team="east")], "no_data"),
        ([quota(0, "2024-01-01", "2024-04-01")], "no_data"),
        ([quota(600, "2024-01-01", "2024-01-01")], "no_data"),
    ],
)
def test_attainment_prorates_the_target(cells: Callable[..., dict[str, Any]], targets: list[dict[str, object]], expected: object) -> None:
    """A target counts by the share of its span in the period; without one for this metric and person there is no attainment."""
    rows = {"sale": [sale(300, "2024-02-01")], "target": targets}

    assert {"ann": expected} == {"ann": cells(kpicore_sales, "sales.quota_attainment", rows, "2024-Q1").get("ann", "no_data")}


def test_nothing_sold_is_nothing_attained(cells: Callable[..., dict[str, Any]]) -> None:
    """Who has a target and no sale has attained 0 of it."""
    rows = {"employee": [{"employee_id": "ann"}], "sale": [sale(300, "2023-02-01")], "target": [quota(600, "2024-01-01", "2024-04-01")]}

    assert {"ann": 0.0} == cells(kpicore_sales, "sales.quota_attainment", rows, "2024-Q1")


def test_attainment_month_by_month(cells: Callable[..., dict[str, Any]]) -> None:
    """A quarter's target of 910 is 310, 290 and 310 for its months of 31, 29 and 31 days."""
    rows = {"sale": [sale(31, "2024-01-31"), sale(29, "2024-02-29")], "target": [quota(910, "2024-01-01", "2024-04-01")]}

    found = cells(kpicore_sales, "sales.quota_attainment", rows, "2024-Q1", each="month")

    assert {"ann": [pytest.approx(0.1), pytest.approx(0.1), 0.0]} == found


def test_the_whole_leaves_out_sales_of_nobody(cells: Callable[..., dict[str, Any]]) -> None:
    """Orders that nobody sold do not attain the quotas of those who sell."""
    rows = {"sale": [sale(300, "2024-02-01"), sale(900, "2024-02-01", None)], "target": [quota(600, "2024-01-01", "2024-04-01")]}

    assert {"all": 0.5} == cells(kpicore_sales, "sales.quota_attainment", rows, "2024-Q1", by="all")
