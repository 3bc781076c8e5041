"""`check_metric`: a metric must carry what the handbook prints and be such that it can be planned."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import Column, MetaData, String, Table

from kpicore import facts
from kpicore.model.kinds import Count, Derived
from kpicore.model.measure import count
from kpicore.testing import check_metric

deal = facts.opportunity.c

GOOD = Count(
    name="acme.deals",
    title={"en": "Deals", "zh": "商机数"},
    definition="Deals won in the period.",
    of=count(deal.opportunity_id, where=deal.is_won & (facts.customer.c.size == "key")),
    subject=deal.owner_id,
    at=deal.closed_at,
    direction="higher",
    unit="count",
    frequency="month",
    dimension="sales process",
    formula="number of deals won",
    caliber="by close date",
    drives=["sales.revenue_signed"],
    guards=["sales.win_rate"],
    gaming="splitting deals",
    source="Acme",
)


def test_a_complete_metric_passes() -> None:
    """Nothing is said about a metric that carries everything, with a filter on a table that it may join."""
    check_metric(GOOD)


def test_a_metric_of_other_metrics_needs_no_measure() -> None:
    """It is checked by its inputs."""
    texts = {name: getattr(GOOD, name) for name in ("title", "definition", "formula", "caliber", "gaming", "source", "dimension")}

    check_metric(Derived(name="acme.twice", of={"x": "acme.deals"}, compute=lambda x: 2 * x, **texts))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title": {"en": "Deals"}}, "missing: zh"),
        ({"definition": ""}, "definition must be a sentence"),
        ({"name": "deals"}, "name must be"),
        ({"formula": " "}, "formula must be said in words"),
        ({"caliber": ""}, "caliber must be said in words"),
        ({"gaming": ""}, "gaming must be said in words"),
        ({"source": ""}, "source must be said in words"),
        ({"direction": "up"}, "direction must be one of higher, lower, none (got 'up')"),
        ({"unit": "euros"}, "unit must be one of"),
        ({"frequency": "hourly"}, "frequency must be one of"),
        ({"dimension": ""}, "dimension must be one of"),
        ({"kinds": ()}, "kinds must be of"),
        ({"kinds": ("persons",)}, "kinds must be of"),
        ({"drives": ("revenue",)}, "must name other metrics, e.g. 'sales.revenue_signed' (got 'revenue')"),
        ({"guards": ("acme.deals",)}, "must name other metrics"),
        ({"subject": None}, "to whom a row belongs"),
        ({"at": None}, "when a row counts"),
        ({"of": count(deal.opportunity_id, where=facts.sale.c.amount > 0)}, "a metric on opportunity may only use tables"),
        ({"of": count(Table("deals", MetaData(), Column("id", String)).c.id)}, "canonical facts of kpicore.facts (got deals)"),
    ],
)
def test_what_is_missing_is_said(change: dict[str, Any], says: str) -> None:
    """Each demand fails on its own, and the metric is named."""
    with pytest.raises(AssertionError, match=r"^metric '.*deals'") as caught:
        check_metric(evolve(GOOD, **change))

    assert says in str(caught.value)


def test_everything_wrong_is_said_at_once() -> None:
    """An author should not have to run the check once per fault."""
    with pytest.raises(AssertionError) as caught:
        check_metric(evolve(GOOD, formula="", unit="euros", dimension="sales"))

    assert len(str(caught.value).splitlines()) == 1 + 3


def test_something_else_is_no_metric() -> None:
    """The check says so instead of failing on an attribute."""
    with pytest.raises(AssertionError, match="must be of type Metric"):
        check_metric("acme.deals")  # type: ignore[arg-type]
