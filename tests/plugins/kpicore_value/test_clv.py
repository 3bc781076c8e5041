"""Customer value to date and expected: histories against a slow reckoning, and the whole against its parts."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import kpicore_value
from kpicore import Total, facts
from kpicore.errors import MetricError
from kpicore.testing import check_plugin, measure
from kpicore_value import bgnbd, clv, gamma_gamma

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

Sale = dict[str, object]


def sale(customer: str | None, signed: str, amount: float, **more: object) -> Sale:
    """Return a sale."""
    return {"customer_id": customer, "signed_at": signed, "amount": amount, "reverses_id": None, **more}


SALES = [
    sale("a", "2023-01-01", 100),
    sale("a", "2024-01-01", 60),
    sale("a", "2024-01-02", 20, reverses_id="s"),
    sale("a", "2024-07-01", 999),
    sale("b", "2023-05-01", 40),
    sale("c", "2024-08-01", 5),
    sale(None, "2023-01-01", 7),
]


def owned(*customers: str) -> list[dict[str, object]]:
    """Return customers whom Ann looks after."""
    return [{"customer_id": who, "owner_id": "ann"} for who in customers]


def test_value_to_date(cells: Callable[..., dict[str, Any]]) -> None:
    """140 and 40 by the end of June; who buys later is no customer yet."""
    rows = {"sale": SALES, "customer": owned("a", "b", "c")}

    assert {"ann": 90.0} == cells(kpicore_value, "value.clv_historic", rows, "2024-Q2")
    assert {"ann": [90.0, (1139 + 40 + 5) / 3]} == cells(kpicore_value, "value.clv_historic", rows, "2024-04-01/2024-10-01", each="quarter")


class Shop:
    """Forty customers by dice, some of whom come back."""

    def __init__(self) -> None:
        dice = Random(3)  # noqa: S311  # dice for test data, no secret
        self.sales: list[Sale] = []
        for number in range(40):
            who, day = f"c{number:02}", date(2023, 1, 1) + timedelta(days=dice.randint(0, 90))
            for _ in range(dice.choice([1, 1, 1, 2, 3, 4, 6])):
                self.sales.append(sale(who, f"{day}T{dice.randint(0, 23):02}:30", dice.randint(1, 90)))
                day += timedelta(days=dice.choice([0, 5, 20, 50, 90]))
        self.owners = {f"c{number:02}": "ann" if number % 3 else "ben" for number in range(40)}
        self.rows = {"sale": self.sales, "customer": [{"customer_id": who, "owner_id": owner} for who, owner in self.owners.items()]}

    def histories(self, last: date) -> dict[str, tuple[float, float, float, float]]:
        """Return, per customer, x, t_x and T in weeks and the mean amount of later days, by a plain loop."""
        found = {}
        for who in self.owners:
            days: dict[date, float] = {}
            for each in self.sales:
                day = date.fromisoformat(str(each["signed_at"])[:10])
                if each["customer_id"] == who and day <= last:
                    days[day] = days.get(day, 0.0) + float(str(each["amount"]))
            ordered = sorted(days)
            if ordered:
                x = len(ordered) - 1
                mean = sum(days[day] for day in ordered[1:]) / x if x else 0.0
                found[who] = (float(x), (ordered[-1] - ordered[0]).days / 7, (last - ordered[0]).days / 7, mean)
        return found

    def expected(self, last: date, months: int, discount: float) -> dict[str, float]:
        """Return each customer's expected value, from the models and a plain loop over the months."""
        known = self.histories(last)
        x, recency, age, mean = np.array(list(known.values())).T
        model, spending = bgnbd.fit(bgnbd.Histories(x, recency, age)), gamma_gamma.fit(x[x > 0], mean[x > 0])
        found = {}
        for who, (x1, recency1, age1, mean1) in known.items():
            history = bgnbd.Histories(*(np.array([each]) for each in (x1, recency1, age1)))
            made = [model.expected(history, np.array([month * 365.25 / 12 / 7]))[0, 0] for month in range(months + 1)]
            worth = sum((made[at] - made[at - 1]) / (1 + discount) ** (at / 12) for at in range(1, months + 1))
            found[who] = worth * spending.expected(np.array([x1]), np.array([mean1]))[0]
        return found


def test_expected_value(cells: Callable[..., dict[str, Any]]) -> None:
    """Of every person and of the whole, the mean of the customers' values; the fit is that of all of them."""
    shop = Shop()
    values = shop.expected(date(2023, 6, 30), 6, 0.2)
    given = {"value.clv": {"horizon_months": 6, "discount": 0.2}}

    found = cells(kpicore_value, "value.clv", shop.rows, "2023-Q2", parameters=given)
    whole = cells(kpicore_value, "value.clv", shop.rows, "2023-Q2", parameters=given, by="all")

    for person in ("ann", "ben"):
        assert found[person] == pytest.approx(np.mean([value for who, value in values.items() if shop.owners[who] == person]), rel=1e-5)
    assert {"all": pytest.approx(np.mean(list(values.values())), rel=1e-5)} == whole


def test_periods_look_only_back(cells: Callable[..., dict[str, Any]]) -> None:
    """The value at the end of June is the same whether or not later sales are known."""
    shop = Shop()
    early = [each for each in shop.sales if str(each["signed_at"]) < "2023-07-01"]

    together = cells(kpicore_value, "value.clv", shop.rows, "2023-04-01/2023-10-01", each="quarter")
    alone = cells(kpicore_value, "value.clv", {**shop.rows, "sale": early}, "2023-Q2")

    assert {who: values[0] for who, values in together.items()} == pytest.approx(alone)


def test_what_is_taken_back_lowers_the_amounts() -> None:
    """Half of 100 and 60 taken back: the repeat purchase counts 30 instead of 60; where all is, that of the others is expected."""
    from kpicore import Groups

    values = {name: np.repeat(value, 12) for name, value in [("days", 2.0), ("first", 0.0), ("last", 7.0), ("now", 70.0)]}
    amounts = {"spent": np.full(12, 160.0), "spent_first": np.full(12, 100.0), "net": np.append(np.full(11, 80.0), 0.0)}
    rows = Groups(np.zeros(12, dtype=np.int64), np.zeros(12, dtype=np.int64), {**values, **amounts}, (1, 1))

    found = clv.expected_value(rows, 12.0, 0.1)
    history = bgnbd.Histories(np.ones(12), np.ones(12), np.full(12, 10.0))

    assert found == pytest.approx(30.0 * clv.discounted_purchases(history, 12.0, 0.1), rel=1e-3)


def test_too_few_customers_who_came_back(cells: Callable[..., dict[str, Any]]) -> None:
    """Nine repeat customers say nothing about the others."""
    sales = [sale(f"c{at}", day, 10) for at in range(9) for day in ("2023-01-01", "2023-02-01")]

    assert {"ann": "no_data"} == cells(kpicore_value, "value.clv", {"sale": sales, "customer": owned("c1")}, "2023")


def test_without_scipy_the_metric_says_what_to_install(filled: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    """The cell is an error that names the extra, and the other metrics are measured all the same."""
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    offered = check_plugin(kpicore_value).metrics

    with pytest.raises(MetricError, match=r"pip install 'kpicore\[stats\]'"):
        measure(offered["value.clv"], filled(Shop().rows), "2023-Q2")
    assert measure(offered["value.clv_historic"], filled(Shop().rows), "2023-Q2")["ann"] != "no_data"


def test_value_over_the_cost_of_winning(filled: Callable[..., Engine]) -> None:
    """By its name, whoever offers it; without it the ratio cannot be told, and says what is missing."""
    offered = check_plugin(kpicore_value).metrics
    shop, ratio = Shop(), offered["value.ltv_to_cac"]
    rows = {**shop.rows, "cost": [{"amount": 40, "incurred_at": "2023-05-01", "employee_id": who} for who in ("ann", "ben")]}
    cost = Total(
        name="marketing.cac",
        title={"en": "Cost", "zh": "成本"},
        definition="Cost.",
        value=facts.cost.c.amount,
        subject=facts.cost.c.employee_id,
        at=facts.cost.c.incurred_at,
    )
    database = filled(rows)
    value = measure(offered["value.clv"], database, "2023-Q2")

    found = measure(ratio, database, "2023-Q2", using=[offered["value.clv"], cost])

    assert {who: pytest.approx(float(worth) / 40) for who, worth in value.items()} == found
    assert set(measure(ratio, database, "2023-Q2", using=[offered["value.clv"]]).values()) == {"not_testable"}
