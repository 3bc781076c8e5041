"""Filters made at random give the same numbers in one level, in two, and in the oracle."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

import catalogue
import pytest
import sample
from catalogue import customer, deal, product
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import Oracle
from sqlalchemy import and_, not_, or_

from kpicore import Count, count
from kpicore.model.period import Calendar, parse
from kpicore.query import cost, plan
from kpicore.query.database import Facts
from kpicore.query.run import Request, measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, Engine

Condition = Any
PERIODS = (parse("2017-Q1"), parse("2017-Q2"))
TABLES = sample.sample(21, 90)

numbers = st.sampled_from([0, 100, 100.0, 500, 1000.5])
texts = st.sampled_from(["open", "Open", "won", "lost", "none of them"])
amounts = st.sampled_from([deal.amount, deal.list_amount, deal.amount - deal.list_amount])
moments = st.sampled_from([datetime(2017, 1, 1), datetime(2017, 3, 26, 1), datetime(2017, 6, 30, 22)])
COMPARE: tuple[Any, ...] = (
    lambda a, b: a < b,
    lambda a, b: a <= b,
    lambda a, b: a > b,
    lambda a, b: a >= b,
    lambda a, b: a == b,
    lambda a, b: a != b,
)
compare = st.sampled_from(COMPARE)
atoms: st.SearchStrategy[Condition] = st.one_of(
    st.builds(lambda how, a, b: how(a, b), compare, amounts, numbers),
    st.builds(lambda how, a, b: how(a, b), compare, st.just(deal.created_at), moments),
    st.builds(lambda how, a, b: how(a, b), compare, st.just(deal.amount), st.just(deal.list_amount)),
    st.builds(lambda how, a, b: how(a, b), compare, st.sampled_from([deal.stage, customer.size]), texts),
    st.builds(lambda a, b: a.in_(b), st.just(deal.stage), st.lists(texts, min_size=1, max_size=3)),
    st.sampled_from([deal.is_won, deal.is_closed, deal.is_won == deal.is_closed, deal.is_won.is_(None), deal.is_closed.is_not(True)]),
    st.sampled_from([customer.size.is_(None), product.category == "tool", deal.created_at > deal.closed_at]),
)
filters = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(not_, inner), st.builds(and_, inner, inner), st.builds(or_, inner, inner), st.builds(lambda a: not_(not_(a)), inner)
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def loaded(database: Engine) -> Iterator[Connection]:
    """Yield a connection to a database with facts."""
    sample.create(database)
    with database.connect() as connection:
        sample.fill(connection, TABLES)
        yield connection
        connection.rollback()
    sample.drop(database)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(filters, min_size=1, max_size=6))
def test_filters_mean_the_same_in_every_form(loaded: Connection, conditions: list[ColumnElement[bool]]) -> None:
    """Counts and sums under random conditions, on every engine."""
    metrics = {f"m{n}": _metric(f"m{n}", each) for n, each in enumerate(conditions)}
    oracle = Oracle(TABLES, list(PERIODS), Calendar("Europe/Berlin"), currency="EUR", metrics=metrics)
    active = oracle.active(metrics)
    expected = {name: oracle.cells(each, active) for name, each in metrics.items()}

    for is_two_level in (False, True):
        matrix = _measure(loaded, metrics, is_two_level=is_two_level)
        for name, cells in expected.items():
            values = {place: math.nan if cell.value is None else cell.value for place, cell in cells.items()}
            found = {(who, at): matrix.cell(name).value[row, at] for row, who in enumerate(matrix.subjects) for at in range(2)}
            form = "two levels" if is_two_level else "one level"
            assert values == pytest.approx(found, rel=1e-9, abs=1e-9, nan_ok=True), f"{metrics[name].of.where} in {form}"


def _metric(name: str, condition: ColumnElement[bool]) -> Count:
    about: dict[str, Any] = {"name": name, "title": {"en": name, "zh": name}, "definition": name}
    return Count(**about, **catalogue.DEAL, of=count(deal.opportunity_id, condition))


def _measure(connection: Connection, metrics: dict[str, Count], *, is_two_level: bool) -> Any:
    request = Request(metrics, tuple(metrics), PERIODS, Calendar("Europe/Berlin"), currency="EUR")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "TWO_LEVEL_ENGINES", ("duckdb", "sqlite", "postgresql", "mysql", "mariadb") if is_two_level else ())
        patch.setattr(cost, "FEW_ROWS", 0)
        patch.setattr(plan, "clusters", lambda estimator, measures: ([estimator.cluster(measures)], []))
        outcome = measure(Facts(connection), request)
    assert () == outcome.failures
    return outcome.matrix
