"""Counting customers by entity: through two many-to-one steps, and by record where nothing was matched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kpicore import Ratio, count, distinct, facts, hookimpl, measure, registry
from kpicore.facts import path
from kpicore.testing import facts_from

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from kpicore import Metric

SALES = [("a", "c1"), ("a", "c2"), ("a", "c3"), ("b", "c3"), ("b", "c3"), ("b", None)]
ROWS: dict[str, list[dict[str, Any]]] = {
    "customer": [{"customer_id": name} for name in ("c1", "c2", "c3")],
    "sale": [{"employee_id": who, "customer_id": customer, "signed_at": "2024-05-01"} for who, customer in SALES],
}
MATCHED = [{"customer_id": name, "entity_id": "c1"} for name in ("c1", "c2")]


def buyers() -> Metric:
    """Return the sales per customer entity."""
    sale = facts.sale.c
    return Ratio(
        name="acme.sales_per_buyer",
        title={"en": "Sales per buyer", "zh": "客均订单"},
        definition="Sales per customer entity.",
        numerator=count(sale.customer_id),
        denominator=distinct(facts.entity_of(facts.sale)),
        subject=sale.employee_id,
        at=sale.signed_at,
        direction="higher",
        unit="count",
        frequency="month",
        dimension="customer value",
        formula="sales / customer entities",
        caliber="By entity.",
        drives=[],
        guards=["sales.win_rate"],
        gaming="None.",
        source="The test.",
        optional=[facts.customer_entity.c.entity_id],
    )


class Acme:
    """A plugin with that metric."""

    @hookimpl
    def kpicore_metrics(self) -> list[Metric]:
        """Offer it."""
        return [buyers()]


def found(engine: Engine) -> dict[str, float]:
    """Return the sales per customer of each person."""
    offered = registry.load(builtin=None, plugins=[Acme()], entry_points=False)
    matrix = measure(metrics=["acme.sales_per_buyer"], facts=engine, period="2024", registry=offered)
    engine.dispose()
    return dict(zip(matrix.subjects, matrix.value[:, 0, 0].tolist(), strict=True))


def test_the_way_to_an_entity() -> None:
    """From a sale it leads through the customer, from an entity's record back to the customer."""
    assert ["customer", "customer_entity"] == [step.target.table.name for step in path(facts.sale, facts.customer_entity)]
    assert ["customer"] == [step.target.table.name for step in path(facts.customer_entity, facts.customer)]


def test_records_of_one_entity_count_once(empty_database: Engine) -> None:
    """Ann sold to three records of two customers, Ben twice to one; a sale to nobody known is not counted."""
    url = empty_database.url.render_as_string(hide_password=False)

    assert {"a": 1.5, "b": 2.0} == found(facts_from({**ROWS, "customer_entity": MATCHED}, url))


@pytest.mark.parametrize("left_out", ["customer_entity", "customer"])
def test_without_matching_each_record_is_a_customer(left_out: str) -> None:
    """Neither the entities nor even the customers need be there."""
    rows = {name: each for name, each in ROWS.items() if name != left_out}

    assert {"a": 1.0, "b": 2.0} == found(facts_from(rows))
