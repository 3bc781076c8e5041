"""Metrics of one row per group: facts that meet in their customers, on every engine, counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import case, func

from kpicore import Count, Grouped, MetricMatrix, count, each, facts, local_day, period
from kpicore.errors import MetricError
from kpicore.model.cells import State
from kpicore.model.period import parse, split
from kpicore.query.database import open_facts
from kpicore.query.each import Each, each_group, merged
from kpicore.query.run import Request, measure
from kpicore.testing import facts_from

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from kpicore import Cells, Groups

customer, sale, ticket = facts.customer.c, facts.sale.c, facts.ticket.c

WHOSE: dict[str, Any] = {"subject": customer.owner_id, "is_state": True}
_BEFORE = sale.signed_at < period.end
BOUGHT = each(func.sum(case((_BEFORE, sale.amount))), sale.customer_id, func.count(case((_BEFORE, 1))) > 0, **WHOSE)
LAST_DAY = each(func.max(case((_BEFORE, local_day(sale.signed_at)))), sale.customer_id, **WHOSE)
ASKED = each(func.count(case((ticket.opened_at < period.end, 1))), ticket.customer_id, **WHOSE)


def per_ticket(groups: Groups) -> Cells:
    """Return the mean of what customers bought per ticket; a customer without a ticket counts as with one."""
    assert np.isfinite(groups["last day"]).all()
    return groups.mean(groups["bought"] / np.maximum(np.nan_to_num(groups["asked"]), 1.0))


METRIC = Grouped(
    name="test.bought_per_ticket",
    title={"en": "Bought per ticket", "zh": "每单"},
    definition="Mean over customers of revenue per ticket.",
    of={"bought": BOUGHT, "last day": LAST_DAY, "asked": ASKED},
    compute=per_ticket,
    subject=customer.owner_id,
)
SALES = Count(
    name="test.sales", title=METRIC.title, definition="Sales.", of=count(sale.sale_id), subject=sale.employee_id, at=sale.signed_at
)

ROWS: dict[str, list[dict[str, object]]] = {
    "employee": [{"employee_id": "ann"}, {"employee_id": "ben"}],
    "customer": [{"customer_id": who, "owner_id": owner} for who, owner in [("a", "ann"), ("b", "ann"), ("c", "ben"), ("d", None)]],
    "sale": [
        {"customer_id": who, "signed_at": day, "amount": amount, "employee_id": "ben"}
        for who, day, amount in [
            ("a", "2024-01-05", 100),
            ("a", "2024-02-05", 50),
            ("b", "2024-01-09", 40),
            ("c", "2024-02-09", 7),
            ("d", "2024-01-01", 999),
            (None, "2024-01-01", 999),
        ]
    ],
    "ticket": [
        {"customer_id": who, "opened_at": day}
        for who, day in [("a", "2024-01-20"), ("a", "2024-02-20"), ("b", "2023-01-01"), ("e", "2024-01-01")]
    ],
}


def measured(engine: Engine, *metrics: str, by: str = "person") -> MetricMatrix:
    """Return January and February."""
    known = {each.name: each for each in (METRIC, SALES)}
    with open_facts(engine) as database:
        return measure(database, Request(known, metrics, tuple(split(parse("2024-01-01/2024-03-01"), "month")), by=by)).matrix


def test_facts_meet_in_their_customers(empty_database: Engine) -> None:
    """Ann: 100 / 1 and 40 / 1, then 150 / 2 and 40 / 1. Ben: nothing, then 7. Nobody's customer counts for the whole only."""
    engine = facts_from(ROWS, empty_database.url.render_as_string(hide_password=False))
    people = measured(engine, METRIC.name, SALES.name)
    whole = measured(engine, METRIC.name, by="all")
    engine.dispose()

    np.testing.assert_allclose(people.cell(METRIC.name).value, [[70.0, 57.5], [np.nan, 7.0]])
    np.testing.assert_array_equal(people.cell(METRIC.name).n, [[2, 2], [0, 1]])
    np.testing.assert_allclose(people.cell(METRIC.name).variance[0], [30**2, 17.5**2])
    np.testing.assert_array_equal(people.cell(SALES.name).value, [[np.nan, np.nan], [4, 2]])
    np.testing.assert_allclose(whole.cell(METRIC.name).value, [[(70 * 2 + 999) / 3, (57.5 * 2 + 7 + 999) / 4]])


def test_customers_of_teams() -> None:
    """A customer belongs to the team of whoever looks after it as the period begins."""
    spans = [("ann", "north", None), ("ben", "north", "2024-02-01"), ("ben", "south", None)]
    begins = [None, None, "2024-02-01"]
    assignments = [
        {"employee_id": who, "team": team, "valid_from": since, "valid_to": until}
        for (who, team, until), since in zip(spans, begins, strict=True)
    ]
    engine = facts_from({**ROWS, "assignment": assignments})
    found = measured(engine, METRIC.name, by="team")
    engine.dispose()

    np.testing.assert_allclose(found.cell(METRIC.name).value, [[70.0, 57.5], [np.nan, 7.0]])


def test_source_without_one_of_the_facts() -> None:
    """A metric whose other fact is not there cannot be measured, and says which columns are missing."""
    engine = facts_from({name: rows for name, rows in ROWS.items() if name != "ticket"})
    found = measured(engine, METRIC.name).cell(METRIC.name)
    engine.dispose()

    assert (found.state == State.NOT_TESTABLE).all()
    assert "ticket.customer_id" in str(found.why)


def answer(*rows: tuple[str, int, int, float]) -> Each:
    """Return values as a database might have given them: key, window, subject, value."""
    import pyarrow as pa

    keys, windows, subjects, values = zip(*rows, strict=True)
    table = pa.table({"key": list(keys), "m0": list(values)})
    return each_group([BOUGHT], table, np.array(subjects), np.array(windows))[BOUGHT.key]


def test_order_of_the_answer_does_not_show() -> None:
    """Rows come out by key and window, however they came in."""
    rows = [("b", 0, 0, 1.0), ("a", 1, 0, 2.0), ("a", 0, 1, 3.0)]
    one, two = (merged({"x": answer(*each)}, np.array([0, 1]), (2, 2)) for each in (rows, rows[::-1]))

    np.testing.assert_array_equal([3.0, 2.0, 1.0], one["x"])
    np.testing.assert_array_equal(one["x"], two["x"])
    np.testing.assert_array_equal(one.cells(), [2, 1, 0])


def test_group_with_two_rows_is_refused() -> None:
    """What another fact says of a group must be one row, or it would be counted twice."""
    with pytest.raises(MetricError, match="one subject at a time"):
        merged({"x": answer(("a", 0, 0, 1.0)), "y": answer(("a", 0, 0, 1.0), ("a", 0, 1, 2.0))}, np.array([0]), (2, 1))


def test_only_the_windows_asked_for() -> None:
    """Of three windows the last and the first, in that order."""
    rows = [("a", at, 0, float(at)) for at in range(3)]
    found = merged({"x": answer(*rows), "y": answer(*rows[1:])}, np.array([2, 0]), (1, 2))

    np.testing.assert_array_equal([1, 0], found.period)
    np.testing.assert_array_equal([0.0, 2.0], found["x"])
    np.testing.assert_array_equal([np.nan, 2.0], found["y"])
