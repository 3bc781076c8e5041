"""What a credit rule makes of rows: whole credits, parts of them, and what each reason takes off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func

from kpicore import CreditRule, Reason, facts
from kpicore.model.period import parse
from kpicore.query.credit import counted, ledger
from kpicore.query.database import open_facts
from kpicore.query.run import Request, measure
from kpicore.testing import facts_from

if TYPE_CHECKING:
    from sqlalchemy import Engine

touch, customer = facts.contact.c, facts.customer.c
WORDS = {"en": "x", "zh": "x"}
ABOUT: dict[str, Any] = {"employee_id": "ann", "started_at": "2024-05-05T09:00", "outcome": None}


def rule(*reasons: Reason) -> CreditRule:
    """Return a rule for outbound contacts."""
    return CreditRule("bench", WORDS, touch.direction == "out", reasons, touch.employee_id, touch.started_at, lookahead_days=1.0)


def given(found: CreditRule, engine: Engine) -> tuple[float, float, dict[str, float]] | None:
    """Return raw rows, credit and reasons of ann in May."""
    book = ledger(found)
    with open_facts(engine) as database:
        return counted(book, measure(database, Request({}, (), (parse("2024-05"),), extra=book.measures)).measured, "ann")


def test_a_reason_may_leave_a_part() -> None:
    """Of four contacts one is for nothing, one for a quarter and one for what its length says: 1 + 0 + 1/4 + 1/2."""
    rows = [{**ABOUT, "direction": "out", "outcome": said, "duration_s": 0.5} for said in (None, "none", "some", "length")]
    reasons = (
        Reason("none", WORDS, touch.outcome == "none"),
        Reason("some", WORDS, touch.outcome == "some", 0.25),
        Reason("length", WORDS, touch.outcome.is_not(None), touch.duration_s),
    )

    found = given(rule(*reasons), facts_from({"contact": [*rows, {**rows[0], "direction": "in"}]}))

    assert found == (4.0, 1.75, {"none": 1.0, "some": 0.75, "length": 0.5})


def test_neighbours_may_be_told_apart_by_what_rows_refer_to(empty_database: Engine) -> None:
    """The second contact of a day with customers of one region earns half, on every engine; whoever has no region is one of all."""
    place = func.row_number().over(partition_by=func.coalesce(customer.region, ""), order_by=touch.contact_id)
    rows = [{**ABOUT, "direction": "out", "customer_id": key, "contact_id": f"n{at}"} for at, key in enumerate("aabcd")]
    customers = [{"customer_id": "a", "region": "N"}, {"customer_id": "b", "region": "N"}, {"customer_id": "c", "region": "S"}]
    url = empty_database.url.render_as_string(hide_password=False)

    engine = facts_from({"contact": rows, "customer": customers}, url)
    found = given(rule(Reason("again", WORDS, place > 1, 1.0 / place)), engine)
    engine.dispose()

    assert found is not None
    assert [*found[:2], found[2]["again"]] == pytest.approx([5.0, 1 + 1 / 2 + 1 / 3 + 1 + 1, 1 / 2 + 2 / 3])
