"""New customers, their growth and expansion revenue, on sales counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_sales

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def sale(customer: str | None, signed: str, product: str | None = "p1", who: str = "ann", **more: object) -> dict[str, object]:
    """Return a sale of 100."""
    about = {"product_id": product, "employee_id": who, "amount": 100, "reverses_id": None}
    return {"customer_id": customer, "signed_at": signed, **about, **more}


SALES = [
    sale("c1", "2023-12-04", who="ben", sale_id="s1"),
    sale("c1", "2024-01-02"),
    sale("c2", "2024-01-03"),
    sale("c2", "2024-01-04", who="ben"),
    sale("c3", "2024-01-09"),
    sale("c4", "2024-01-10"),
    sale("c5", "2024-01-11", reverses_id="s1"),
    sale("c6", "2024-01-11", deleted_at="2024-01-12"),
    sale(None, "2024-01-11"),
]


def test_new_customers_by_the_week(cells: Callable[..., dict[str, Any]]) -> None:
    """One in the first week of 2024 and two in the second, 1.5 a week; c1 bought from Ben years before; reversals are no purchase."""
    weeks = cells(kpicore_sales, "sales.new_customers", {"sale": SALES}, "2024-01-01/2024-01-15", each="week")
    both = cells(kpicore_sales, "sales.new_customers", {"sale": SALES}, "2024-01-01/2024-01-15")

    assert {"ann": [1.0, 2.0], "ben": [0.0, "no_data"]} == weeks
    assert {"ann": 1.5, "ben": 0.0} == both


def test_a_second_record_of_a_customer_is_not_new(cells: Callable[..., dict[str, Any]]) -> None:
    """c3 is c2 again, so one of three is not new; nor is what c3 buys first new to the customer."""
    rows = {
        "sale": SALES,
        "customer": [{"customer_id": f"c{at}"} for at in range(1, 7)],
        "customer_entity": [{"customer_id": "c2", "entity_id": "c2"}, {"customer_id": "c3", "entity_id": "c2"}],
    }
    given = {"sales.expansion_revenue": {"what": "repeat"}}

    assert {"ann": 1.0, "ben": 0.0} == cells(kpicore_sales, "sales.new_customers", rows, "2024-01-01/2024-01-15")
    assert {"ann": 200.0, "ben": 100.0} == cells(kpicore_sales, "sales.expansion_revenue", rows, "2024-01", parameters=given)


def test_a_day_is_not_scaled_to_a_week(cells: Callable[..., dict[str, Any]]) -> None:
    """One new customer on one day is one, not seven a week."""
    assert {"ann": 1.0} == cells(kpicore_sales, "sales.new_customers", {"sale": SALES}, "2024-01-03")


def test_growth_of_new_customers(cells: Callable[..., dict[str, Any]]) -> None:
    """From one to two is 100 % more."""
    found = cells(kpicore_sales, "sales.new_customer_growth", {"sale": SALES}, "2024-01-01/2024-01-15", each="week")

    assert {"ann": ["no_data", 1.0], "ben": ["no_data", "no_data"]} == found


BOUGHT = [
    sale("c1", "2023-06-01", "p1"),
    sale("c1", "2024-01-01", "p2"),
    sale("c1", "2024-01-02", "p2", amount=50),
    sale("c1", "2024-01-03", None, amount=7),
    sale("c2", "2024-01-05", "p1", sale_id="a"),
    sale("c2", "2024-01-05", "p2", sale_id="b"),
    sale("c2", "2024-01-06", "p3", who="ben", amount=30),
]


@pytest.mark.parametrize(("what", "ann", "ben"), [("new_products", 100.0, 30.0), ("repeat", 157.0, 30.0)])
def test_expansion(cells: Callable[..., dict[str, Any]], what: str, ann: float, ben: float) -> None:
    """A second product is expansion, a second time of it is a repeat, and what comes with the first order is neither."""
    found = cells(kpicore_sales, "sales.expansion_revenue", {"sale": BOUGHT}, parameters={"sales.expansion_revenue": {"what": what}})

    assert {"ann": ann, "ben": ben} == found
