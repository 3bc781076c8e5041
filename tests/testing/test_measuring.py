"""`measure`: the values of one metric on facts written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kpicore import facts
from kpicore.errors import MetricError
from kpicore.model.kinds import Custom, Derived, Proportion, Total
from kpicore.model.measure import count, total
from kpicore.model.period import Calendar
from kpicore.testing import facts_from, measure

if TYPE_CHECKING:
    from kpicore.model.metric import Metric

deal = facts.opportunity.c

TEXTS: dict[str, Any] = {"title": {"en": "a", "zh": "b"}, "definition": "...", "subject": deal.owner_id, "at": deal.closed_at}

WIN_RATE = Proportion(
    name="acme.win_rate",
    numerator=count(deal.opportunity_id, where=deal.is_won),
    denominator=count(deal.opportunity_id, where=deal.is_closed),
    **TEXTS,
)
AMOUNT = Total(name="acme.amount", value=deal.amount, where=deal.is_won, **TEXTS)

ROWS: dict[str, Any] = {
    "employee": [{"employee_id": who, "name": who.title()} for who in ("ann", "bob", "cyd")],
    "opportunity": [
        {"owner_id": "ann", "closed_at": "2024-04-01", "is_closed": True, "is_won": True, "amount": 70},
        {"owner_id": "ann", "closed_at": "2024-06-30T23:59:59", "is_closed": True, "is_won": False, "amount": 50},
        {"owner_id": "ann", "closed_at": "2024-07-01", "is_closed": True, "is_won": False, "amount": 30},
        {"owner_id": "bob", "closed_at": "2024-05-05", "is_closed": True, "is_won": False, "amount": 20},
    ],
}


@pytest.mark.parametrize("url", ["duckdb:///:memory:", "sqlite://"])
def test_each_subject_has_a_value_or_a_state(url: str) -> None:
    """Ann won one of two in the quarter, Bob none of one, and of Cyd nothing is known."""
    database = facts_from(ROWS, url)

    assert measure(WIN_RATE, database, "2024-Q2") == {"ann": 0.5, "bob": 0.0, "cyd": "no_data"}
    database.dispose()


def test_the_whole_and_another_time_zone() -> None:
    """In Shanghai the quarter ends eight hours earlier, so that the deal of 30 June, 23:59:59 UTC is one of July."""
    database = facts_from(ROWS)

    assert measure(WIN_RATE, database, "2024-Q2", by="all") == {"all": pytest.approx(1 / 3)}
    assert measure(WIN_RATE, database, "2024-Q2", by="all", calendar=Calendar("Asia/Shanghai")) == {"all": 0.5}


def test_a_column_that_the_source_lacks() -> None:
    """Without `is_won` the share cannot be known."""
    rows = [{name: value for name, value in row.items() if name != "is_won"} for row in ROWS["opportunity"]]

    assert measure(WIN_RATE, facts_from({**ROWS, "opportunity": rows}), "2024-Q2")["ann"] == "not_testable"


def test_a_metric_of_others_needs_them() -> None:
    """`using` names what it is computed from; without it, as where no plugin offers it, the metric is not testable."""
    double = Derived(name="acme.double", of={"x": "acme.amount"}, compute=lambda x: 2 * x, **TEXTS)

    assert measure(double, facts_from(ROWS), "2024-Q2", using=[AMOUNT])["ann"] == 140.0
    assert set(measure(double, facts_from(ROWS), "2024-Q2").values()) == {"not_testable"}


def broken(compute: Any) -> Metric:
    """Make a metric whose function is at fault."""
    return Custom(name="acme.broken", of={"x": total(deal.amount)}, compute=compute, **TEXTS)


@pytest.mark.parametrize("compute", [lambda x: x[:, :0], lambda x: x[10_000]])
def test_a_metric_that_fails_raises(compute: Any) -> None:
    """In a run it would be an error cell; in a test it should not pass unnoticed."""
    with pytest.raises(MetricError, match=r"the metric 'acme\.broken' failed"):
        measure(broken(compute), facts_from(ROWS), "2024-Q2")
