"""What must hold for any facts: people sum to teams and the whole, nothing is lost or counted twice, order does not matter."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sample
from catalogue import BY_NAME
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Oracle
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from kpicore.model.period import Calendar, parse, split
from kpicore.query.database import Facts
from kpicore.query.run import Request, measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from kpicore import MetricMatrix
    from kpicore.model.period import Period

CALENDAR = Calendar("Europe/Berlin")
QUARTERS = tuple(split(parse("2017"), "quarter", CALENDAR))
ADDING = ("deal.all", "deal.won_amount", "sale.amount", "sale.units", "touch.calls", "ticket.resolved", "deal.now")
seeds = st.integers(0, 10_000)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    """Yield a connection to an empty database in memory."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    sample.create(engine)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def matrix(connection: Connection, names: tuple[str, ...] = ADDING, periods: tuple[Period, ...] = QUARTERS, **options: Any) -> MetricMatrix:
    """Measure metrics."""
    outcome = measure(Facts(connection), Request(BY_NAME, names, periods, CALENDAR, currency="EUR", **options))
    assert () == outcome.failures
    return outcome.matrix


def placed(tables: sample.Tables) -> sample.Tables:
    """Return the tables with everybody always in a team, nobody else owning anything."""
    people = [*sample.PEOPLE]
    tables["employee"] = [row for row in tables["employee"] if row["employee_id"] in people]
    blank = dict.fromkeys(tables["assignment"][0])
    tables["assignment"] = [
        {**blank, "assignment_id": each, "employee_id": each, "team": "north" if at % 2 else "south", "role": "rep"}
        for at, each in enumerate(people)
    ]
    for name in ("opportunity", "sale", "contact", "ticket", "opportunity_change", "ticket_event", "record_change"):
        for row in tables[name]:
            for column in ("owner_id", "employee_id", "resolved_by", "old_value"):
                if row.get(column) in ("bot", None) and column in row:
                    row[column] = people[len(row) % 3]
    return tables


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_people_sum_to_teams_and_the_whole(connection: Connection, seed: int) -> None:
    """With splits, handovers and reversals: every fact is somebody's, so all sums are equal."""
    sample.fill(connection, placed(sample.sample(seed, 60)))

    people, teams, whole = (np.nansum(matrix(connection, by=by).value, axis=0) for by in ("person", "team", "all"))

    np.testing.assert_allclose(people, whole, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(teams, whole, rtol=1e-9, atol=1e-6)


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_quarters_sum_to_the_year(connection: Connection, seed: int) -> None:
    """No fact is lost between two windows, none counts in both."""
    sample.fill(connection, sample.sample(seed, 60))

    parts = np.nansum(matrix(connection, by="all").value, axis=2)
    year = matrix(connection, by="all", periods=(parse("2017", CALENDAR),)).value[:, :, 0]

    np.testing.assert_allclose(parts, year, rtol=1e-9, atol=1e-6)


@settings(max_examples=5, deadline=None)
@given(seeds, seeds)
def test_the_order_of_rows_never_matters(connection: Connection, seed: int, other: int) -> None:
    """The same rows in any order give the same digest of all that was read."""
    tables = sample.sample(seed, 40)
    names = tuple(BY_NAME)
    sample.fill(connection, tables)
    once = matrix(connection, names)
    for rows in tables.values():
        Random(other).shuffle(rows)  # noqa: S311  # test data
    sample.fill(connection, tables)

    again = matrix(connection, names)

    np.testing.assert_allclose(again.value, once.value, rtol=1e-9)
    np.testing.assert_array_equal(again.state, once.state)


@settings(max_examples=5, deadline=None)
@given(seeds)
def test_an_unrelated_dimension_row_changes_nothing(connection: Connection, seed: int) -> None:
    """A customer, product or campaign to which no fact refers does not matter to any metric about facts."""
    tables = sample.sample(seed, 40)
    names = tuple(name for name in BY_NAME if not name.startswith("customer."))
    sample.fill(connection, tables)
    once = matrix(connection, names)
    for name in ("customer", "product", "campaign"):
        row = tables[name][0]
        tables[name].append({**row, next(iter(row)): "unrelated"})
    sample.fill(connection, tables)

    again = matrix(connection, names)

    np.testing.assert_array_equal(again.value, once.value)


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(0, 12), st.sampled_from(["person", "team", "all"]))
def test_tiny_organisations_equal_the_oracle(connection: Connection, seed: int, size: int, by: str) -> None:
    """Down to no row at all."""
    tables = sample.sample(seed, size)
    sample.fill(connection, tables)
    names = tuple(name for name in BY_NAME if not BY_NAME[name].shifts())
    found = matrix(connection, names, by=by)

    oracle = Oracle(tables, list(QUARTERS), CALENDAR, by, currency="EUR", as_of=CALENDAR.utc(QUARTERS[-1].end), metrics=BY_NAME)
    active = oracle.active(names)
    for name in names:
        expected = np.full((len(found.subjects), len(QUARTERS)), np.nan)
        for (subject, at), cell in oracle.cells(BY_NAME[name], active).items():
            expected[found.subjects.index(subject), at] = np.nan if cell.value is None else cell.value
        np.testing.assert_allclose(found.cell(name).value, expected, rtol=1e-9, atol=1e-9, err_msg=name)
