"""Every kind of metric with every option gives on every engine what the slow oracle gives."""

from __future__ import annotations

import math
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sample
from attrs import frozen
from catalogue import BY_NAME
from oracle import Oracle, before
from oracle_kinds import Cell

from kpicore.model.cells import State
from kpicore.model.period import Calendar, Period, parse, split
from kpicore.query import cost, plan
from kpicore.query.database import Facts
from kpicore.query.run import Request, closure, measure, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from kpicore.query.run import Outcome

AS_OF = datetime(2018, 2, 1)


@frozen
class Case:
    """One way to ask for the metrics."""

    periods: tuple[Period, ...]
    zone: str = "UTC"
    by: str = "person"
    role: str | None = None
    fiscal: int = 1
    seed: int = 1

    def calendar(self) -> Calendar:
        """Return the calendar of the request."""
        return Calendar(self.zone, self.fiscal)


def parts(name: str, unit: Any, zone: str = "UTC", fiscal: int = 1) -> tuple[Period, ...]:
    """Return the periods of a unit in a period."""
    calendar = Calendar(zone, fiscal)
    return tuple(split(parse(name, calendar), unit, calendar))


CASES = {
    "year": Case((parse("2017"),)),
    "quarters": Case(parts("2017", "quarter"), seed=2),
    "months-berlin": Case(parts("2017", "month"), "Europe/Berlin", seed=3),
    "months-shanghai-team": Case(parts("2017", "month"), "Asia/Shanghai", "team", seed=4),
    "weeks-new-york": Case(tuple(parse(f"2017-W{n}") for n in range(40, 52)), "America/New_York", seed=5),
    "days-berlin": Case(tuple(parse(f"2017-10-{n}") for n in range(25, 32)), "Europe/Berlin", "all", seed=6),
    "fiscal-quarters-region": Case(parts("2017", "quarter", fiscal=4), "Asia/Shanghai", "region", fiscal=4, seed=7),
    "halves-role": Case(parts("2017", "half"), "Europe/Berlin", "role", seed=8),
    "quarter-manager": Case((parse("2017-Q2"),), "America/New_York", "manager", seed=9),
    "gaps": Case((parse("2017-01"), parse("2017-04"), parse("2017-05"), parse("2017-12")), "Europe/Berlin", seed=10),
    "range": Case((parse("2017-03-20/2017-11-07"),), "America/New_York", seed=11),
    "mixed-units": Case((parse("2017-01"), parse("2017-02"), parse("2017-Q2"), parse("2017-07-14")), "Asia/Shanghai", "team", seed=12),
    "rep-person": Case(parts("2017", "quarter"), "Europe/Berlin", "person", "rep", seed=13),
    "rep-team": Case(parts("2017", "quarter"), "UTC", "team", "rep", seed=14),
    "rep-all": Case(parts("2017", "quarter"), "UTC", "all", "rep", seed=15),
    "empty-quarter": Case((parse("2012-Q1"), parse("2012-Q2"))),
}


@pytest.fixture(scope="module")
def connection(database: Engine) -> Iterator[Connection]:
    """Yield a connection to a database with empty canonical tables."""
    sample.create(database)
    with database.connect() as opened:
        yield opened
        opened.rollback()
    sample.drop(database)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_metric_equals_the_oracle(connection: Connection, case: Case) -> None:
    """All metrics at once, in one way of asking."""
    tables = sample.sample(case.seed)
    sample.fill(connection, tables)
    names = [name for name in BY_NAME if may_shift(case) or not BY_NAME[name].shifts()]

    outcome = ask(connection, case, names)

    assert () == outcome.failures
    assert [] == differences(outcome, expected(case, tuple(names)), names)


@frozen
class Expected:
    """What the oracle says for one way of asking."""

    subjects: list[str]
    active: set[tuple[str, int]]
    cells: dict[str, dict[tuple[str, int], Cell]]


@cache
def expected(case: Case, names: tuple[str, ...]) -> Expected:
    """Ask the oracle, once for all engines."""
    oracle = Oracle(sample.sample(case.seed), list(case.periods), case.calendar(), case.by, case.role, "EUR", AS_OF, BY_NAME)
    shifts = sorted({kind for name in closure(BY_NAME, names) for kind in BY_NAME[name].shifts() if kind})
    oracle.windows = [*oracle.periods, *(before(span, kind) for kind in shifts for span in oracle.periods)]
    active = oracle.active(closure(BY_NAME, names))
    return Expected(oracle.subjects(), active, {name: oracle.cells(BY_NAME[name], active) for name in names})


@pytest.mark.parametrize("case", [CASES["quarters"], CASES["gaps"], CASES["rep-team"]], ids=["quarters", "gaps", "rep-team"])
def test_two_levels_equal_the_oracle(connection: Connection, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Grouping by the filters' classes first changes no number, on any engine."""
    monkeypatch.setattr(plan, "TWO_LEVEL_ENGINES", ("duckdb", "sqlite", "postgresql", "mysql", "mariadb"))
    monkeypatch.setattr(cost, "FEW_ROWS", 0)
    monkeypatch.setattr(plan, "clusters", lambda estimator, measures: ([estimator.cluster(measures)], []))
    sample.fill(connection, sample.sample(case.seed))
    names = [name for name in BY_NAME if not BY_NAME[name].shifts()]

    outcome = ask(connection, case, names)

    assert {"two-level"} <= forms(connection, case, names)
    assert () == outcome.failures
    assert [] == differences(outcome, expected(case, tuple(names)), names)


def forms(connection: Connection, case: Case, names: list[str]) -> set[str]:
    """Return the forms that were chosen."""
    _, planned, _, _ = prepare(Facts(connection), request_of(case, names))
    return {branch.form for statement in planned.statements for branch in statement.branches}


def may_shift(case: Case) -> bool:
    """Return whether earlier windows tile with the periods, so that growth can be asked for."""
    return len({period.unit for period in case.periods}) == 1 and case.periods[0].unit not in ("range", "day")


def ask(connection: Connection, case: Case, names: list[str]) -> Outcome:
    """Measure metrics as kpicore does."""
    return measure(Facts(connection), request_of(case, names))


def request_of(case: Case, names: list[str]) -> Request:
    """Return what is asked for."""
    return Request(BY_NAME, tuple(names), case.periods, case.calendar(), case.by, case.role, "EUR", AS_OF)


def differences(outcome: Outcome, oracle: Expected, names: list[str]) -> list[str]:
    """Return the cells in which a result and the oracle differ by more than 1e-9."""
    matrix = outcome.matrix
    assert oracle.subjects == list(matrix.subjects)
    assert matrix.active is not None
    found = [
        f"active {place}"
        for place, is_active in np.ndenumerate(matrix.active)
        if is_active != ((matrix.subjects[place[0]], place[1]) in oracle.active)
    ]
    for name in names:
        cells = matrix.cell(name)
        for (subject, column), cell in oracle.cells[name].items():
            where = (matrix.subjects.index(subject), column)
            got = Cell(cells.value[where], cells.n[where], cells.variance[where])
            state = State.NO_DATA if cell.value is None else State.VALUE
            is_same = same(cell.value, got.value) and same(cell.n if cell.value is not None else 0.0, got.n)
            if state != cells.state[where] or not is_same or not (cell.variance is None or same(cell.variance, got.variance)):
                found.append(f"{name} {subject} {column}: {cell} expected, got {State(cells.state[where]).name} {got}")
    return found


def same(expected: float | None, actual: float | None) -> bool:
    """Return whether two numbers are equal to 1e-9, absent ones included."""
    if expected is None or math.isnan(expected):
        return actual is None or bool(np.isnan(actual))
    return actual is not None and bool(np.isclose(actual, expected, rtol=1e-9, atol=1e-9))
