"""Cell states, and that one metric's failure is said once and stops no other."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from attrs import frozen
from catalogue import DEAL, SALE, TOUCH, contact, customer, deal, sale
from sqlalchemy import Engine, event, func, literal, text

from kpicore import (
    Cells,
    Count,
    Custom,
    Derived,
    Growth,
    Mean,
    Metric,
    Proportion,
    Quantile,
    State,
    Total,
    count,
    facts,
    groups,
    minimum,
    quantile,
)
from kpicore.errors import SourceError
from kpicore.model.period import parse
from kpicore.query import cost
from kpicore.query.database import Facts
from kpicore.query.run import Request, measure
from kpicore.testing import facts_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kpicore import Measure
    from kpicore.query.run import Outcome

DAY = datetime(2017, 5, 5)
ROWS: dict[str, list[dict[str, Any]]] = {
    "employee": [{"employee_id": each, "name": each, "kind": "person"} for each in ("ann", "ben", "cy", "di", "ed", "flo", "gus")],
    "opportunity": [
        {"opportunity_id": "o1", "owner_id": "ann", "closed_at": DAY, "is_won": True, "is_closed": True, "amount": 5.0},
        {"opportunity_id": "o2", "owner_id": "ben", "closed_at": DAY, "is_won": False, "is_closed": True, "amount": None},
        {"opportunity_id": "o3", "owner_id": "ann", "closed_at": datetime(2016, 5, 5), "is_won": True, "is_closed": True, "amount": 4.0},
    ],
}


def about(name: str) -> dict[str, Any]:
    """Return what every metric must say."""
    return {"name": name, "title": {"en": name, "zh": name}, "definition": name}


def won(name: str = "won") -> Count:
    """Return a metric that works."""
    return Count(**about(name), **DEAL, of=count(deal.opportunity_id, deal.is_won))


def ask(*metrics: Metric, connection: Any = None, **options: Any) -> Outcome:
    """Measure metrics for 2017."""
    named = {metric.name: metric for metric in metrics}
    request = Request(named, tuple(named), (parse("2017"),), **options)
    if connection is not None:
        return measure(Facts(connection), request)
    with facts_from(ROWS, "sqlite://").connect() as opened:
        return measure(Facts(opened), request)


def states(outcome: Outcome, name: str) -> str:
    """Return the states of a metric's cells, the subjects in order, as their first letters."""
    return "".join(State(each).label[0] for each in outcome.matrix.cell(name).state[:, 0])


@frozen(eq=False, kw_only=True)
class Broken(Metric):
    """A metric whose cells, or measures, are whatever a test says."""

    give: Callable[[], Any]
    is_broken_early: bool = False

    def measures(self) -> tuple[Measure, ...]:
        """Return what the test says, or nothing."""
        found: tuple[Measure, ...] = self.give() if self.is_broken_early else ()
        return found

    def cells(self, get: object) -> Any:
        """Return what the test says."""
        return self.give()


def test_people_without_facts_have_no_data_and_zero_is_zero() -> None:
    """Ann won, Ben lost: 1 and 0; the five others are no_data, whatever the metric."""
    metrics = (
        won(),
        Total(**about("sum"), **DEAL, value=deal.amount),
        Proportion(
            **about("rate"),
            **DEAL,
            numerator=count(deal.opportunity_id, deal.is_won),
            denominator=count(deal.opportunity_id, deal.is_closed),
        ),
        Mean(**about("mean"), **DEAL, value=deal.amount),
        Quantile(**about("median"), **DEAL, value=deal.amount),
    )

    outcome = ask(*metrics)

    assert ("vvnnnnn", "vvnnnnn", "vvnnnnn") == tuple(states(outcome, name) for name in ("won", "sum", "rate"))
    assert ("vnnnnnn", "vnnnnnn") == tuple(states(outcome, name) for name in ("mean", "median"))
    assert [[1.0, 0.0], [5.0, 0.0], [1.0, 0.0]] == [list(outcome.matrix.cell(name).value[:2, 0]) for name in ("won", "sum", "rate")]


def test_a_census_has_no_sampling_error() -> None:
    """The variance is 0 where there is a value, and nothing where there is none."""
    won_of_closed = (count(deal.opportunity_id, deal.is_won), count(deal.opportunity_id, deal.is_closed))
    share = Proportion(**about("rate"), **DEAL, numerator=won_of_closed[0], denominator=won_of_closed[1], is_census=True)

    cells = ask(share).matrix.cell("rate")

    assert "exact" == cells.family
    assert [0.0, 0.0] == cells.variance[:2, 0].tolist()
    assert np.isnan(cells.variance[2:]).all()


def test_missing_columns_are_named() -> None:
    """A metric on what the source lacks is not testable; nor is one computed from it."""
    outcome = ask(
        Count(**about("calls"), **TOUCH, of=count(contact.contact_id, contact.channel == "call")),
        Count(**about("large"), **DEAL, of=count(deal.opportunity_id, customer.size == "large")),
        Derived(**about("half"), of={"x": "calls"}, compute=lambda x: x / 2),
        won(),
    )

    assert ("nnnnnnn", "nnnnnnn", "nnnnnnn") == tuple(states(outcome, name) for name in ("calls", "large", "half"))
    assert State.NOT_TESTABLE == outcome.matrix.cell("half").state[0, 0]
    calls = "the source does not fill contact.channel, contact.contact_id, contact.employee_id, contact.started_at"
    expected = {
        "calls": calls,
        "large": "the source does not fill customer.size, opportunity.customer_id",
        "half": f"calls cannot be measured: {calls}",
    }
    assert (expected, ()) == (outcome.matrix.why, outcome.failures)


def test_optional_columns_are_read_as_null() -> None:
    """Even where their whole table, and the column that leads to it, is not there."""
    optional = (customer.size, deal.customer_id, deal.stage)
    metric = Count(**about("m"), **DEAL, of=count(deal.opportunity_id, customer.size.is_(None) & deal.stage.is_(None)), optional=optional)

    outcome = ask(metric)

    assert ((), [1.0, 1.0]) == (outcome.failures, list(outcome.matrix.cell("m").value[:2, 0]))


def _raise(error: BaseException) -> Callable[[], object]:
    def give() -> object:
        raise error

    return give


NAN = np.full((7, 1), np.nan)
FINE = np.zeros((7, 1))


@pytest.mark.parametrize(
    ("give", "why"),
    [
        (_raise(ZeroDivisionError("oh")), "ZeroDivisionError: oh"),
        (_raise(SystemExit(3)), "SystemExit: 3"),
        (lambda: 5, "a metric must return Cells (got int)"),
        (lambda: None, "a metric must return Cells (got NoneType)"),
        (lambda: Cells.of(np.zeros(7), np.zeros(7)), "value of a metric must have the shape (subjects, periods) = (7, 1) (got (7,))"),
        (
            lambda: Cells(FINE, np.zeros((1, 1)), NAN, FINE.astype(np.int8)),
            "n of a metric must have the shape (subjects, periods) = (7, 1) (got (1, 1))",
        ),
        (lambda: Cells(FINE.astype(object), FINE, NAN, FINE.astype(np.int8)), "value of a metric must be numbers (got object)"),
        (lambda: Cells(NAN, FINE, NAN, FINE.astype(np.int8)), "a cell with the state VALUE must have a finite value (got NaN or infinity)"),
    ],
)
def test_a_metric_that_fails_is_an_error_cell(give: Callable[[], object], why: str) -> None:
    """The failure is recorded once, with the reason; what is computed from it fails too; the others are as ever."""
    derived = Derived(**about("derived"), of={"x": "broken"}, compute=lambda x: x)

    outcome = ask(Broken(**about("broken"), give=give), derived, won())

    assert [("broken", why)] == [(failure.what, failure.why) for failure in outcome.failures]
    assert ("eeeeeee", "eeeeeee", "vvnnnnn") == tuple(states(outcome, name) for name in ("broken", "derived", "won"))
    assert outcome.matrix.why["derived"].startswith("broken failed: ")


def test_a_metric_that_cannot_say_its_measures_is_an_error_cell() -> None:
    """A plugin that fails before anything is asked stops no other."""
    outcome = ask(Broken(**about("broken"), give=_raise(ZeroDivisionError("oh")), is_broken_early=True), won())

    assert [("broken", "ZeroDivisionError: oh")] == [(failure.what, failure.why) for failure in outcome.failures]
    assert ("eeeeeee", "vvnnnnn") == (states(outcome, "broken"), states(outcome, "won"))


def test_metrics_that_are_computed_from_each_other_are_errors() -> None:
    """A circle is said, and ends."""
    one = Derived(**about("one"), of={"x": "two"}, compute=lambda x: x)
    two = Derived(**about("two"), of={"x": "one"}, compute=lambda x: x)

    outcome = ask(one, two)

    assert ("eeeeeee", "eeeeeee") == (states(outcome, "one"), states(outcome, "two"))
    assert [("two", "a metric must not be computed from itself (got 'one' -> 'two' -> 'one')")] == [
        (each.what, each.why) for each in outcome.failures
    ]


def test_growth_of_a_derived_metric_looks_at_the_earlier_window() -> None:
    """Ann won 4 in 2016 and 5 in 2017: twice as much grows as much."""
    total = Total(**about("sum"), **DEAL, value=deal.amount)
    twice = Derived(**about("twice"), of={"x": "sum"}, compute=lambda x: 2 * x)

    outcome = ask(total, twice, Growth(**about("growth"), of=twice))

    assert ((), 0.25) == (outcome.failures, outcome.matrix.cell("growth").value[0, 0])


def test_growth_of_growth_is_refused() -> None:
    """It would compare a window with itself."""
    growth = Growth(**about("growth"), of=Total(**about("sum"), **DEAL, value=deal.amount))

    outcome = ask(Growth(**about("again"), of=growth))

    assert ["growth must be of a metric that looks at one window (got the growth of a growth)"] == [each.why for each in outcome.failures]


def test_activity_does_not_depend_on_the_engine() -> None:
    """A person with a fact is active, also where only a quantile or groups look at it."""
    low = Custom(**about("low"), **DEAL, of={"x": quantile(deal.amount, 0.0)}, compute=lambda x: x)
    for url in ("sqlite://", "duckdb:///:memory:"):
        with facts_from(ROWS, url).connect() as connection:
            outcome = ask(low, connection=connection)
        assert outcome.matrix.active is not None
        assert [True, True, *[False] * 5] == list(outcome.matrix.active[:, 0])
        assert 5.0 == outcome.matrix.value[0, 0, 0]


# A metric whose SQL the database refuses.


@pytest.fixture
def loaded(database: Engine) -> Iterator[Engine]:
    """Yield a database with a few deals."""
    facts.metadata.create_all(database)
    with database.begin() as connection:
        for name, rows in ROWS.items():
            connection.execute(facts.metadata.tables[name].insert(), rows)
    yield database
    facts.metadata.drop_all(database)


def no_such(name: str) -> Mean:
    """Return a metric that calls a function no database has."""
    return Mean(**about(name), **DEAL, value=func.no_such_function(deal.amount))


def test_a_refused_measure_stops_no_other(loaded: Engine) -> None:
    """Two metrics with SQL that fails among many that work: two failures, everything else has its number."""
    fine = [Count(**about(f"m{n}"), **DEAL, of=count(deal.opportunity_id, deal.amount > n)) for n in range(9)]
    grouped = Count(**about("groups"), **SALE, of=groups(sale.customer_id, having=func.no_such_function(func.sum(sale.amount)) > 1))
    with loaded.connect() as connection:
        outcome = ask(*fine[:5], no_such("bad"), *fine[5:], grouped, won(), connection=connection)

    assert ["bad", "groups"] == [failure.what for failure in outcome.failures]
    assert all("no_such_function" in failure.why.lower() for failure in outcome.failures)
    assert ("eeeeeee", "eeeeeee") == (states(outcome, "bad"), states(outcome, "groups"))
    assert [1.0] * 5 + [0.0] * 4 == [outcome.matrix.cell(f"m{n}").value[0, 0] for n in range(9)]
    assert "vvnnnnn" == states(outcome, "won")


def test_a_filter_that_fails_does_not_stop_the_planner(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planner tries filters on a sample; one that fails is found when it is asked for."""
    monkeypatch.setattr(cost, "FEW_ROWS", 0)
    bad = Count(**about("bad"), **DEAL, of=count(deal.opportunity_id, func.no_such_function(deal.amount) > 1))
    fine = [Count(**about(f"m{n}"), **DEAL, of=count(deal.opportunity_id, deal.amount > n)) for n in range(3)]
    with facts_from(ROWS, "duckdb:///:memory:").connect() as connection:
        outcome = ask(*fine, bad, connection=connection)

    assert ["bad"] == [each.what for each in outcome.failures]
    assert ["vvnnnnn"] * 3 == [states(outcome, f"m{n}") for n in range(3)]


def test_a_host_transaction_survives_a_refused_measure(loaded: Engine) -> None:
    """What the host wrote before is still there, uncommitted, and can be rolled back by the host alone."""
    with loaded.connect() as connection:
        connection.execute(text("INSERT INTO product (product_id) VALUES ('written by the host')"))

        outcome = ask(no_such("bad"), won(), connection=connection)

        assert (["bad"], "vvnnnnn") == ([each.what for each in outcome.failures], states(outcome, "won"))
        assert 1 == connection.execute(text("SELECT count(*) FROM product")).scalar_one()
        connection.rollback()
        assert 0 == connection.execute(text("SELECT count(*) FROM product")).scalar_one()


def test_a_refused_extra_measure_is_a_failure(loaded: Engine) -> None:
    """A credit rule's measure that fails is said, under its fact."""
    extra = minimum(func.no_such_function(deal.amount), subject=deal.owner_id, at=deal.closed_at)
    with loaded.connect() as connection:
        outcome = ask(won(), connection=connection, extra=(extra,))

    assert ["measure of opportunity"] == [each.what for each in outcome.failures]
    assert extra.key not in outcome.measured.arrays


def test_a_lost_connection_is_the_sources_failure(loaded: Engine) -> None:
    """Nothing can be measured then, so no metric is blamed."""
    if loaded.dialect.name not in ("postgresql", "mysql", "mariadb"):
        pytest.skip(f"{loaded.dialect.name} has no connection that can be lost")
    kill = {"postgresql": "SELECT pg_terminate_backend({})", "mysql": "KILL {}"}[
        "postgresql" if loaded.dialect.name == "postgresql" else "mysql"
    ]
    own = "SELECT pg_backend_pid()" if loaded.dialect.name == "postgresql" else "SELECT connection_id()"
    with loaded.connect() as connection:
        database = Facts(connection)
        assert database.profile
        number = connection.execute(text(own)).scalar_one()
        with loaded.connect() as other:
            other.execute(text(kill.format(int(number))))
        with pytest.raises(SourceError, match=r"^the database "):
            measure(database, Request({"won": won()}, ("won",), (parse("2017"),)))
        connection.invalidate()


def test_what_is_sent_is_only_read() -> None:
    """No statement of a run changes anything."""
    engine = facts_from(ROWS, "sqlite://")
    sent: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    with engine.connect() as connection:
        ask(won(), Count(**about("x"), **DEAL, of=count(literal(1))), connection=connection)

    assert sent
    assert all(each.lstrip().upper().startswith(("SELECT", "PRAGMA", "WITH")) for each in sent)
