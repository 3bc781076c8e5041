"""What a plan looks like: one statement a fact however many metrics, and never two facts in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sample
from catalogue import BY_NAME, DEAL, TICKET, TOUCH, contact, deal, ticket
from sqlalchemy import Table, create_engine
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql import visitors

from kpicore import Count, Mean, count, facts
from kpicore.model.period import Calendar, parse
from kpicore.query import cost
from kpicore.query import plan as planning
from kpicore.query.database import Facts
from kpicore.query.run import Request, measure, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore import Metric
    from kpicore.query.plan import Plan

AROUND = {"customer_owner", "opportunity_change", "ticket_event", "record_change", "credit_split", "fx_rate", "assignment"}
"""Tables that say whose a row was, and what an amount was worth: at most one row of them per row of the fact, or shares of it."""


@pytest.fixture(scope="module")
def database() -> Iterator[Facts]:
    """Yield a small organisation in memory."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    sample.create(engine)
    with engine.connect() as connection:
        sample.fill(connection, sample.sample(3, 40))
        yield Facts(connection)
    engine.dispose()


def many(number: int) -> dict[str, Metric]:
    """Return metrics over three facts, each with a filter of its own."""
    found: dict[str, Metric] = {}
    options: tuple[dict[str, Any], ...] = (DEAL, TOUCH, TICKET)
    for n in range(number):
        name = f"m{n}"
        about: dict[str, Any] = {"name": name, "title": {"en": name, "zh": name}, "definition": name, **options[n % 3]}
        if n % 3 == 0:
            found[name] = Mean(**about, value=deal.amount, where=deal.amount > n)
        elif n % 3 == 1:
            found[name] = Count(**about, of=count(contact.contact_id, contact.duration_s > n))
        else:
            found[name] = Count(**about, of=count(ticket.ticket_id, ticket.reopen_count > n))
    return found


def planned(database: Facts, metrics: dict[str, Metric], by: str = "person") -> Plan:
    """Plan metrics."""
    return prepare(database, Request(metrics, tuple(metrics), (parse("2017-Q1"), parse("2017-Q2")), Calendar(), by, currency="EUR"))[1]


@pytest.mark.parametrize("number", [5, 50, 300])
@pytest.mark.parametrize("is_two_level", [False, True])
def test_statements_are_as_many_as_facts(database: Facts, number: int, *, is_two_level: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five metrics or three hundred over three facts: three statements are planned, and three are sent."""
    monkeypatch.setattr(planning, "TWO_LEVEL_ENGINES", ("sqlite",) if is_two_level else ())
    monkeypatch.setattr(cost, "FEW_ROWS", 0)
    monkeypatch.setattr(planning, "clusters", lambda estimator, measures: ([estimator.cluster(measures)], []))
    metrics, sent = many(number), database.statements

    outcome = measure(database, Request(metrics, tuple(metrics), (parse("2017-Q1"), parse("2017-Q2")), currency="EUR"))

    assert ["contact", "opportunity", "ticket"] == [statement.fact for statement in planned(database, metrics).statements]
    assert (3, 3) == (outcome.statements, database.statements - sent)
    assert () == outcome.failures


def test_the_whole_catalogue_takes_one_statement_a_fact(database: Facts) -> None:
    """Whatever kinds, filters, quantiles, groups and window expressions come together."""
    plan = planned(database, BY_NAME)

    named = [statement.fact for statement in plan.statements]
    assert sorted(set(named)) == named


@pytest.mark.parametrize("by", ["person", "team", "all"])
def test_no_branch_joins_two_facts(database: Facts, by: str) -> None:
    """The tables of each branch are its fact, what the fact refers to at most once, and what says whose a row was."""
    for statement in planned(database, BY_NAME, by).statements:
        allowed = {statement.fact, *AROUND, *reachable(facts.metadata.tables[statement.fact])}
        for branch in statement.branches:
            used = {part.name for part in visitors.iterate(branch.select) if isinstance(part, Table)}
            assert set() == used - allowed, f"{statement.fact}: {branch.form}"


def reachable(fact: Table) -> set[str]:
    """Return the tables that each row of a fact refers to at most once."""
    found: set[str] = set()
    queue = [fact]
    while queue:
        for edge in facts.references(queue.pop()):
            if edge.target.table.name not in found:
                found.add(edge.target.table.name)
                queue.append(edge.target.table)
    return found


def test_equal_measures_are_planned_once(database: Facts) -> None:
    """A count that two metrics share, and one written twice, is one aggregate."""
    about: dict[str, Any] = {"title": {"en": "", "zh": ""}, "definition": "", **DEAL}
    metrics: dict[str, Metric] = {
        name: Count(name=name, **about, of=count(deal.opportunity_id, deal.is_won, subject=deal.owner_id)) for name in ("a", "b")
    }

    (statement,) = planned(database, metrics).statements

    assert [1] == [len(branch.measures) for branch in statement.branches]


def test_many_filters_are_grouped_where_that_pays(database: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four filters on an engine where it was measured to win, and a fact that shrinks enough."""
    monkeypatch.setattr(planning, "TWO_LEVEL_ENGINES", ("sqlite",))
    metrics: dict[str, Metric] = {name: BY_NAME[f"deal.{name}"] for name in ("won", "not_won", "stage", "tied")}

    small = planned(database, metrics).statements[0].branches
    monkeypatch.setattr(cost, "FEW_ROWS", 0)
    monkeypatch.setattr(planning, "clusters", lambda estimator, measures: ([estimator.cluster(measures)], []))
    large = planned(database, metrics).statements[0].branches

    assert (["direct"], ["two-level"]) == ([each.form for each in small], [each.form for each in large])
    assert large[0].why.endswith(", summed outside the engine")
    assert "40 rows are few in either form" == small[0].why


def test_many_periods_of_a_state_fit_into_a_statement(database: Facts) -> None:
    """A balance on each of 800 days is more than SQLite takes in one chain of unions."""
    days = tuple(parse(f"2016-{1 + n // 28:02d}-{1 + n % 28:02d}") for n in range(336))
    days += tuple(parse(f"{2017 + n // 336}-{1 + n % 336 // 28:02d}-{1 + n % 28:02d}") for n in range(464))

    outcome = measure(database, Request(BY_NAME, ("customer.balance",), days))

    assert ((), 800) == (outcome.failures, len(outcome.matrix.periods))
