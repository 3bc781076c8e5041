"""Counts, cycles and values of opportunities, on deals counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_sales

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def deal(
    owner: str | None, closed: str | None, *, won: bool | None = True, created: str | None = "2024-01-01", **more: object
) -> dict[str, object]:
    """Return an opportunity; what is open has no close date."""
    return {"owner_id": owner, "closed_at": closed, "is_closed": closed is not None, "is_won": won, "created_at": created, **more}


DEALS = [
    deal("ann", "2024-01-11", amount=100),
    deal("ann", "2024-01-31", amount=500),
    deal("ann", "2024-02-10", won=False, amount=900),
    deal("ann", "2024-02-11", won=None, amount=900),
    deal("ann", None, won=None, amount=700),
    deal("ann", "2025-01-01", amount=800),
    deal("ann", "2024-03-01", created="2024-03-02", amount=300),
    deal("ann", "2024-03-01", created=None, amount=None),
    deal("ann", "2024-01-05", amount=10_000, is_test=True),
    deal("ann", "2024-01-05", amount=10_000, deleted_at="2024-01-06"),
    deal("ann", "2024-01-05", amount=10_000, merged_into="opportunity-1"),
    deal("ben", "2024-04-01", won=False, amount=50),
    deal(None, "2024-04-01", amount=60),
]
FACTS = {"employee": [{"employee_id": "ann"}, {"employee_id": "ben"}, {"employee_id": "cid"}], "opportunity": DEALS}


@pytest.mark.parametrize(
    ("name", "ann", "ben"),
    [
        ("sales.opportunities_won", 4.0, 0.0),
        ("sales.opportunities_lost", 2.0, 1.0),
        ("sales.cycle_time", 20.0, "no_data"),
        ("sales.cycle_time_median", 20.0, "no_data"),
        ("sales.average_won_value", 300.0, "no_data"),
        ("sales.revenue_won", 900.0, 0.0),
    ],
)
def test_deals_of_a_person(cells: Callable[..., dict[str, Any]], name: str, ann: object, ben: object) -> None:
    """Open, lost, deleted, merged and test deals, deals of another year and of nobody do not count; who has no fact has no data."""
    found = cells(kpicore_sales, name, FACTS)

    assert {"ann": ann, "ben": ben, "cid": "no_data"} == found


def test_the_whole_counts_deals_of_nobody(cells: Callable[..., dict[str, Any]]) -> None:
    """A deal without an owner is nobody's, but it is won all the same."""
    assert {"all": 5.0} == cells(kpicore_sales, "sales.opportunities_won", FACTS, by="all")


def test_median_is_not_the_mean(cells: Callable[..., dict[str, Any]]) -> None:
    """Cycles of 1, 2 and 30 days have a median of 2 and a mean of 11."""
    rows = {"opportunity": [deal("ann", f"2024-01-{day}") for day in ("02", "03", "31")]}

    assert {"ann": 2.0} == cells(kpicore_sales, "sales.cycle_time_median", rows)
    assert {"ann": 11.0} == cells(kpicore_sales, "sales.cycle_time", rows)


@pytest.mark.parametrize(
    ("deals", "expected"),
    [
        ([("c1", "2024-01-02"), ("c1", "2024-01-04")], 1.0),
        ([("c1", "2024-01-02"), ("c1", "2024-01-30")], 2.0),
        ([("c1", "2024-01-02"), ("c2", "2024-01-02")], 2.0),
        ([(None, "2024-01-02"), (None, "2024-01-02")], 2.0),
        ([("opportunity-2", "2024-01-02"), (None, "2024-01-02")], 2.0),
        # Fortnights are counted from Monday 5 January 1970, 19,726 days or 1,409 fortnights before Monday 8 January 2024.
        ([("c1", "2024-01-07"), ("c1", "2024-01-08")], 2.0),
        ([("c1", "2024-01-14"), ("c1", "2024-01-15")], 1.0),
        ([("c1", "2024-01-21"), ("c1", "2024-01-22")], 2.0),
    ],
)
def test_splitting_a_deal_does_not_pay(cells: Callable[..., dict[str, Any]], deals: list[tuple[str | None, str]], expected: float) -> None:
    """A customer counts once in a fortnight, which begins on a Monday; a deal without a customer stands for itself."""
    rows = {"opportunity": [deal("ann", closed, customer_id=customer) for customer, closed in deals]}

    assert {"ann": expected} == cells(kpicore_sales, "sales.deals_won", rows)


def test_a_lost_deal_is_no_deal_won(cells: Callable[..., dict[str, Any]]) -> None:
    """Customers with whom a deal was only lost do not count; one won deal beside it is enough."""
    lost, won = deal("ann", "2024-01-02", won=False, customer_id="c1"), deal("ann", "2024-01-03", customer_id="c2")
    rows = {"opportunity": [lost, won, deal("ann", "2024-01-04", won=False, customer_id="c2")]}

    assert {"ann": 1.0} == cells(kpicore_sales, "sales.deals_won", rows)


def test_discount_is_weighted_by_money(cells: Callable[..., dict[str, Any]]) -> None:
    """100 off 1,000 and 20 over 100 are 80 off 1,100; lost deals and those without a list price do not count."""
    priced = [deal("ann", "2024-01-11", amount=900, list_amount=1000), deal("ann", "2024-01-11", amount=120, list_amount=100)]
    others = [
        deal("ann", "2024-01-11", won=False, amount=1, list_amount=1000),
        deal("ann", "2024-01-11", amount=9, list_amount=None),
        deal("ann", "2024-01-11", amount=9, list_amount=0),
        deal("ann", "2024-01-11", amount=None, list_amount=50),
    ]

    assert {"ann": pytest.approx(80 / 1100)} == cells(kpicore_sales, "sales.discount_rate", {"opportunity": priced + others})
