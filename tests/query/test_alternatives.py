"""Columns of which a source fills one or the other, owners who are a fallback, windows over windows: counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from sqlalchemy import Integer, and_, case, func

from kpicore import Count, Metric, Ratio, State, count, facts, local_day, total
from kpicore.model.measure import columns_of
from kpicore.model.period import parse, split
from kpicore.query.database import open_facts
from kpicore.query.discriminate import discriminators
from kpicore.query.run import Request, measure
from kpicore.testing import facts_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore.query.run import Outcome

Rows: TypeAlias = "Mapping[str, Sequence[Mapping[str, object]]]"

ticket, contact = facts.ticket.c, facts.contact.c
TITLE = {"en": "Test", "zh": "测试"}
RESOLVER = func.coalesce(ticket.resolved_by, ticket.owner_id)

resolved = Count(
    name="test.resolved",
    title=TITLE,
    definition="Tickets resolved.",
    of=count(ticket.ticket_id),
    subject=RESOLVER,
    at=func.coalesce(ticket.resolved_at, ticket.closed_at),
    either=[(ticket.resolved_by, ticket.owner_id), (ticket.resolved_at, ticket.closed_at)],
)


def run(
    metric: Metric, rows: Mapping[str, Sequence[Mapping[str, object]]], period: str = "2024", by: str = "person", each: Any = None
) -> Outcome:
    """Measure one metric on rows written by hand."""
    engine, span = facts_from(rows), parse(period)
    with open_facts(engine) as database:
        found = measure(database, Request({metric.name: metric}, (metric.name,), tuple(split(span, each)) if each else (span,), by=by))
    engine.dispose()
    return found


def by_subject(found: Outcome) -> dict[str, Any]:
    """Return the first value of each subject, or the name of its state."""
    matrix = found.matrix
    states = [State(state) for state in matrix.state[:, 0, 0]]
    return {who: float(matrix.value[at, 0, 0]) if states[at] == State.VALUE else states[at].label for at, who in enumerate(matrix.subjects)}


@pytest.mark.parametrize(
    ("columns", "expected", "why"),
    [
        ({"resolved_by": "ann", "resolved_at": "2024-01-01"}, 1.0, None),
        ({"owner_id": "ann", "closed_at": "2024-01-01"}, 1.0, None),
        ({"owner_id": "ann", "resolved_by": None, "resolved_at": None, "closed_at": "2024-01-01"}, 1.0, None),
        ({"closed_at": "2024-01-01"}, "not_testable", "ticket.resolved_by or ticket.owner_id"),
        ({"owner_id": "ann"}, "not_testable", "ticket.resolved_at or ticket.closed_at"),
    ],
)
def test_one_of_several_columns_is_enough(columns: dict[str, object], expected: object, why: str | None) -> None:
    """Where the source fills none of a group the metric is not testable, and the group is named."""
    found = run(resolved, {"employee": [{"employee_id": "ann"}], "ticket": [columns]})

    assert {"ann": expected} == by_subject(found)
    assert [] == [each for each in found.matrix.why.values() if why is None or why not in each]


def test_the_whole_needs_no_owner() -> None:
    """Tickets of which the source does not say whose they are count for the whole, not for a person."""
    rows = {"employee": [{"employee_id": "ann"}], "ticket": [{"closed_at": "2024-01-01"}, {"closed_at": "2024-02-01"}]}

    assert {"all": 2.0} == by_subject(run(resolved, rows, by="all"))


def test_history_of_an_owner_who_is_a_fallback() -> None:
    """Where nobody is named as resolver, the owner at the time counts, not today's; a named resolver stays."""
    rows: Rows = {
        "ticket": [
            {"ticket_id": "t1", "owner_id": "cid", "resolved_by": None, "resolved_at": "2024-01-01"},
            {"ticket_id": "t2", "owner_id": "cid", "resolved_by": "ann", "resolved_at": "2024-01-01"},
            {"ticket_id": "t3", "owner_id": "cid", "resolved_by": None, "resolved_at": "2024-03-01"},
        ],
        "ticket_event": [
            {"ticket_id": name, "kind": "assigned", "happened_at": "2024-02-01", "old_value": "ben"} for name in ("t1", "t2", "t3")
        ],
    }

    assert {"ann": 1.0, "ben": 1.0, "cid": 1.0} == by_subject(run(resolved, rows))


def test_a_window_over_a_window() -> None:
    """Of the contacts of a day that another one of the customer follows, the first counts: a rank among what a lead found."""
    follows = func.lead(case((contact.direction == "out", 1), else_=0), type_=Integer()).over(
        partition_by=contact.customer_id, order_by=[contact.started_at, contact.contact_id]
    )
    is_followed = case((follows == 1, 1), else_=0)
    rank = func.row_number().over(
        partition_by=[contact.customer_id, local_day(contact.started_at), is_followed], order_by=[contact.started_at, contact.contact_id]
    )
    metric = Count(
        name="test.first",
        title=TITLE,
        definition="First followed contacts.",
        of=count(contact.contact_id, where=and_(is_followed == 1, rank == 1), lookahead_days=1),
        subject=contact.employee_id,
        at=contact.started_at,
    )
    hours = [("c", 9), ("c", 10), ("c", 11), ("c", 33), ("d", 9)]
    rows = [
        {"employee_id": "ann", "customer_id": who, "direction": "out", "started_at": datetime(2024, 5, 6 + hour // 24, hour % 24)}
        for who, hour in hours
    ]

    # Of c's three contacts on the 6th each is followed, the third on the 7th; the one on the 7th, and d's, are not.
    assert {"ann": 1.0} == by_subject(run(metric, {"contact": rows}, "2024-05-06"))
    assert {"ann": 1.0} == by_subject(run(metric, {"contact": rows}, "2024-05"))


def test_ratio_per_year_knows_the_length_of_each_period() -> None:
    """One unit a day is 365.25 a year, in a month of 31 days and in one of 29."""
    sale = facts.sale.c
    metric = Ratio(
        name="test.per_year",
        title=TITLE,
        definition="Amount per order and year.",
        numerator=total(sale.amount),
        denominator=count(sale.sale_id),
        per_days=365.25,
        subject=sale.employee_id,
        at=sale.signed_at,
    )
    rows = {"sale": [{"employee_id": "ann", "signed_at": f"2024-0{month}-01", "amount": days} for month, days in ((1, 31), (2, 29))]}

    found = run(metric, rows, "2024-01-01/2024-03-01", each="month")

    assert [pytest.approx(365.25)] * 2 == found.matrix.value[0, 0].tolist()


def test_windows_and_days_are_no_classes_of_small_columns() -> None:
    """An atom that must be read on the rows keeps its own truth value as group key, however few values its columns have."""
    window = func.row_number().over(partition_by=contact.customer_id, order_by=contact.started_at)

    keys = discriminators([window % 2 == local_day(contact.started_at) % 2], lambda column: 2)

    (only,) = keys.by_text.values()
    assert {contact.customer_id, contact.started_at} <= set(columns_of(only.expression))
