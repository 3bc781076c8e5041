"""The mix of cases adds up to the metric, and equals the slow oracle, for every kind of metric on every engine."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sample
from attrs import evolve
from catalogue import BY_NAME
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Oracle, aggregated, before
from oracle_kinds import bind
from rows import overs_in
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from test_oracle import AS_OF, Case

from kpicore.model.period import parse
from kpicore.query import cost, plan
from kpicore.query.database import Facts
from kpicore.query.mix import class_plans, measure_mixes
from kpicore.query.run import Request, measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine

    from kpicore import Metric
    from kpicore.model.casemix import CaseClass, CaseMix
    from kpicore.query.mix import Mixes

ADDED = tuple(name for name, metric in BY_NAME.items() if metric.parts() is not None)
OWN = {
    "opportunity": ("opportunity.is_closed", "product.category"),
    "sale": ("sale.channel", "product.category"),
    "contact": ("contact.is_connected", "customer.size"),
    "ticket": ("ticket.reopen_count",),
    "lead": ("lead.source",),
    "customer": ("customer.size", "customer.industry"),
}
"""Columns of every type: a text, a flag, a whole number, of the fact itself and of a dimension."""
CASES = {
    "quarter": Case((parse("2017-Q2"),), "Europe/Berlin", seed=3),
    "month-rep": Case((parse("2017-10"),), "America/New_York", role="rep", seed=13),
    "range": Case((parse("2017-03-20/2017-11-07"),), "Asia/Shanghai", seed=11),
    "half-rep": Case((parse("2017-H1"),), role="rep", seed=2),
}


def columns_for(metric: Metric) -> tuple[str, ...]:
    """Return class columns that all facts of a metric reach."""
    parts = metric.parts()
    assert parts is not None
    found = {measure.fact.name for measure in parts.measures()}
    return OWN[found.pop()] if len(found) == 1 else ("customer.size",)


BY = {name: columns_for(BY_NAME[name]) for name in ADDED}


@pytest.fixture(scope="module")
def connection(database: Engine) -> Iterator[Connection]:
    """Yield a connection to a database with empty canonical tables."""
    sample.create(database)
    with database.connect() as opened:
        yield opened
        opened.rollback()
    sample.drop(database)


def request_of(case: Case, names: Sequence[str], metrics: Mapping[str, Metric] = BY_NAME) -> Request:
    """Return what is asked for."""
    return Request(metrics, tuple(names), case.periods, case.calendar(), case.by, case.role, "EUR", AS_OF)


def mixes_of(connection: Connection, case: Case, by: Mapping[str, Sequence[str]] = BY) -> Mixes:
    """Measure mixes as kpicore does."""
    subjects = oracle_of(case).subjects()
    return measure_mixes(Facts(connection), request_of(case, tuple(by)), by, subjects)


@cache
def oracle_of(case: Case) -> Oracle:
    """Return the oracle for the period and the one before it."""
    (period,) = case.periods
    spans = [before(period, "previous"), period]
    return Oracle(sample.sample(case.seed), spans, case.calendar(), case.by, case.role, "EUR", AS_OF, BY_NAME)


def class_of(env: Any, columns: Sequence[str]) -> CaseClass:
    """Return the class of a row: the values of its own dimensions, as texts."""
    found = [env.tables[name.split(".")[0]][name.split(".")[1]] for name in columns]
    return tuple(None if value is None else str(value).lower() if isinstance(value, bool) else str(value) for value in found)


Sums = dict[tuple[str, "CaseClass"], float]


@cache
def expected(case: Case, name: str, part: str, window: int) -> Sums:
    """Return what the oracle says of one part of a metric, by subject and class; nothing is left out."""
    metric, oracle = BY_NAME[name], oracle_of(case)
    parts = metric.parts()
    assert parts is not None
    wanted = bind(getattr(parts, part), metric)
    if overs_in([wanted.where]):
        # A window expression sees the rows of the windows that are asked for, here only this one.
        oracle, window = evolve(oracle, periods=[oracle.periods[window]], credits={}), 0
    classes = {class_of(env, BY[name]) for rows in oracle.credits(wanted).values() for env, _ in rows}
    subjects, found = oracle_of(case).subjects(), {}
    for (subject, at), rows in oracle.credits(wanted).items():
        for one in classes if subject in subjects and at == window else ():
            value = aggregated(wanted, [row for row in rows if class_of(row[0], BY[name]) == one])
            if value:
                found[subject, one] = value
    return found


def sums_of(mix: CaseMix, array: np.ndarray, subjects: Sequence[str]) -> Sums:
    """Return an array of a mix by subject and class, without what is 0."""
    return {(subjects[row], mix.classes[at]): float(value) for (row, at), value in np.ndenumerate(array) if value}


def differences(mixes: Mixes, case: Case) -> list[str]:
    """Return the metrics whose mix is not the oracle's."""
    subjects = oracle_of(case).subjects()
    found = []
    for name, mix in mixes.found.items():
        arrays = {("amount", 1): mix.amount, ("exposure", 1): mix.exposure, ("squares", 1): mix.squares, ("exposure", 0): mix.before}
        scale = BY_NAME[name].parts().scale  # type: ignore[union-attr]  # it has a mix
        for (part, window), array in arrays.items():
            if array is not None:
                wanted = {
                    place: value * (scale if part == "amount" else 1.0) for place, value in expected(case, name, part, window).items()
                }
                got = sums_of(mix, array, subjects)
                if wanted != pytest.approx(got, rel=1e-9, abs=1e-9):
                    found.append(f"{name} {part} {window}: {wanted} expected, got {got}")
    return found


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_mix_equals_the_oracle(connection: Connection, case: Case) -> None:
    """All metrics with parts at once: amount, exposure, squares, and the exposure of the period before."""
    sample.fill(connection, sample.sample(case.seed))

    mixes = mixes_of(connection, case)

    assert {} == mixes.why
    assert set(ADDED) == set(mixes.found)
    assert [] == differences(mixes, case)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_classes_add_up_to_the_metric(connection: Connection, case: Case) -> None:
    """Over the classes the amounts, with the exposures where there is a denominator, give the metric that is measured without them."""
    sample.fill(connection, sample.sample(case.seed))
    matrix = measure(Facts(connection), request_of(case, ADDED)).matrix

    mixes = measure_mixes(Facts(connection), request_of(case, ADDED), BY, matrix.subjects)

    for name, mix in mixes.found.items():
        cells = matrix.cell(name)
        amount, exposure = mix.amount.sum(axis=1), mix.exposure.sum(axis=1)
        with np.errstate(all="ignore"):
            value = amount if mix.kind == "volume" else np.where(exposure != 0, amount / exposure, np.nan)
        known = np.isfinite(cells.value[:, 0])
        assert value[known] == pytest.approx(cells.value[known, 0], rel=1e-9, abs=1e-9), name
        assert exposure[known] == pytest.approx(cells.n[known, 0], rel=1e-9, abs=1e-9), name


def test_two_levels_by_classes_equal_the_oracle(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Grouping by the filters' own keys first, and summing them outside the engine, changes no number."""
    monkeypatch.setattr(plan, "TWO_LEVEL_ENGINES", ("duckdb", "sqlite", "postgresql", "mysql", "mariadb"))
    monkeypatch.setattr(cost, "FEW_ROWS", 0)
    monkeypatch.setattr(plan, "clusters", lambda estimator, measures: ([estimator.cluster(measures)], []))
    case = CASES["month-rep"]
    sample.fill(connection, sample.sample(case.seed))
    planned = class_plans(Facts(connection), request_of(case, ADDED), BY)
    statements = [statement for each in planned for asked in each.asked for statement in asked.plan.statements]

    assert any(statement.pivot is not None for statement in statements)
    assert "two-level" in {branch.form for statement in statements if statement.pivot is None for branch in statement.branches}
    assert [] == differences(mixes_of(connection, case), case)


@given(seed=st.integers(0, 10_000), role=st.sampled_from([None, "rep"]))
@settings(max_examples=10)
def test_no_case_is_lost_or_counted_twice(seed: int, role: str | None) -> None:
    """For any facts, the sums over classes are the measures without classes."""
    case = Case((parse("2017-H2"),), "Europe/Berlin", role=role, seed=seed)
    engine = create_engine("sqlite://", poolclass=StaticPool)
    sample.create(engine)
    with engine.connect() as opened:
        sample.fill(opened, sample.sample(seed, size=60))
        outcome = measure(Facts(opened), request_of(case, ADDED))
        mixes = measure_mixes(Facts(opened), request_of(case, ADDED), BY, outcome.matrix.subjects)
    engine.dispose()

    for name, mix in mixes.found.items():
        parts = BY_NAME[name].parts()
        assert parts is not None
        measured = outcome.measured.arrays
        assert mix.amount.sum(axis=1) == pytest.approx(measured[parts.amount.key][:, 0] * parts.scale, rel=1e-9, abs=1e-9), name
        assert mix.exposure.sum(axis=1) == pytest.approx(measured[parts.exposure.key][:, 0], rel=1e-9, abs=1e-9), name
