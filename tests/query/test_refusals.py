"""What could give a wrong number is refused, in words that say what to do."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from catalogue import BASE, DEAL, SALE, TOUCH, contact, customer, deal, product, sale
from sqlalchemy import create_engine, func, text
from sqlalchemy.pool import StaticPool

from kpicore import Count, Measure, Total, count, facts
from kpicore.errors import KpiError, MetricError, PeriodError, PlanError, ScorecardError, SourceError
from kpicore.model.cells import State
from kpicore.model.period import parse
from kpicore.query.database import Facts, open_facts
from kpicore.query.run import Request, measure
from kpicore.testing import facts_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore import Metric
    from kpicore.query.run import Outcome

Rows = dict[str, list[dict[str, Any]]]
ABOUT: dict[str, Any] = {"name": "m", "title": {"en": "m", "zh": "m"}, "definition": "m"}
DAY = datetime(2017, 5, 5)
STAFF: Rows = {
    "employee": [{"employee_id": "ann", "name": "Ann", "kind": "person"}],
    "assignment": [{"employee_id": "ann", "team": "north", "role": "rep", "valid_from": None, "valid_to": None}],
    "customer": [{"customer_id": "c1", "size": "large", "owner_id": "ann", "created_at": DAY, "recurring_amount": 1.0, "currency": "EUR"}],
    "opportunity": [{"opportunity_id": "o1", "owner_id": "ann", "closed_at": DAY, "customer_id": "c1", "amount": 5.0, "currency": "EUR"}],
    "product": [{"product_id": "p1", "category": "tool"}],
    "ticket": [{"ticket_id": "t1", "product_id": "p1"}],
    "contact": [{"employee_id": "ann", "started_at": DAY, "opportunity_id": "o1", "ticket_id": "t1", "customer_id": "c1"}],
}


def ask(rows: Mapping[str, Sequence[Mapping[str, object]]], metric: Metric, period: str = "2017", **options: Any) -> Outcome:
    """Measure one metric on rows written by hand."""
    with facts_from(rows, "sqlite://").connect() as connection:
        return measure(Facts(connection), Request({"m": metric}, ("m",), tuple(parse(each) for each in period.split()), **options))


def refusal(kind: type[KpiError], rows: Mapping[str, Sequence[Mapping[str, object]]], metric: Metric, **options: Any) -> str:
    """Return the words with which a metric is refused."""
    with pytest.raises(KpiError) as caught:
        ask(rows, metric, **options)
    assert kind is type(caught.value)
    return str(caught.value)


def test_a_filter_that_fans_out() -> None:
    """A customer has many opportunities, so a metric on customers cannot read one."""
    metric = Count(**ABOUT, **BASE, at=customer.created_at, of=count(customer.customer_id, deal.amount > 1))

    expected = (
        "a metric on customer may only use tables that each of its rows refers to at most once"
        " (got opportunity, of which a row can have many); define the measure on opportunity instead"
    )
    assert expected == refusal(PlanError, STAFF, metric)


def test_an_ambiguous_way() -> None:
    """A contact may be about a deal's product or a ticket's."""
    metric = Count(**ABOUT, **TOUCH, of=count(contact.contact_id, product.category == "tool"))

    expected = "the way from contact to product is ambiguous (through 'opportunity_id' or 'ticket_id'); use a column of contact"
    assert expected == refusal(PlanError, STAFF, metric)


def test_every_way_that_is_short_is_found_to_be_ambiguous_or_not() -> None:
    """The declared tables, counted by hand: of all shortest ways between two tables, two or more are refused."""
    for start in facts.metadata.tables.values():
        for goal in facts.metadata.tables.values():
            ways = shortest(start.name, goal.name)
            if start is goal or not ways:
                continue
            if len(ways) > 1:
                with pytest.raises(PlanError, match="ambiguous"):
                    facts.path(start, goal)
            else:
                assert ways[0] == [edge.target.table.name for edge in facts.path(start, goal)]


def shortest(start: str, goal: str) -> list[list[str]]:
    """Return all shortest ways between two tables, by trying all ways of each length."""
    ways: list[list[str]] = [[start]]
    for _ in range(6):
        ways = [[*way, edge.target.table.name] for way in ways for edge in facts.references(facts.metadata.tables[way[-1]])]
        ways = [list(way) for way in {tuple(way) for way in ways}]
        if found := sorted(way[1:] for way in ways if way[-1] == goal):
            return found
    return []


def test_a_key_that_repeats_in_a_host_view() -> None:
    """A view that gives a customer twice would count each of its deals twice."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metric = Count(**ABOUT, **DEAL, of=count(deal.opportunity_id, customer.size == "large"))
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE customer (customer_id TEXT, size TEXT)"))
        connection.execute(text("INSERT INTO customer VALUES ('c1', 'large'), ('c1', 'small')"))
        connection.execute(text("CREATE TABLE opportunity (opportunity_id TEXT, customer_id TEXT, owner_id TEXT, closed_at TEXT)"))

        with pytest.raises(PlanError) as caught:
            measure(Facts(connection), Request({"m": metric}, ("m",), (parse("2017"),)))

    expected = (
        "customer.customer_id must be unique, or joining it would count rows twice (it is not in this database);"
        " make the table or view give one row per key"
    )
    assert expected == str(caught.value)


def test_a_window_over_a_table_of_many_rows() -> None:
    """Neighbours may be told apart by what a row refers to, not by what refers to it: that would make rows of the fact more."""
    rank = func.row_number().over(partition_by=facts.survey.c.score, order_by=contact.started_at)
    metric = Count(**ABOUT, **TOUCH, of=count(contact.contact_id, rank == 1))

    assert "may only use tables that each of its rows refers to at most once" in refusal(PlanError, STAFF, metric)


def test_a_distinct_count_over_groups() -> None:
    """What cannot be aggregated again has no place over groups."""
    part = Measure(function="distinct", value=func.count(), per=(contact.customer_id,))

    expected = "a measure over groups must be a count, sum, min or max (got a distinct on contact)"
    assert expected == refusal(MetricError, STAFF, Count(**ABOUT, **TOUCH, of=part))


def test_overlapping_periods() -> None:
    """A fact of March would count in both."""
    expected = "periods measured together must not overlap (got 2017-Q1 and 2017-03)"

    assert expected == refusal(PeriodError, STAFF, Count(**ABOUT, **DEAL, of=count(deal.opportunity_id)), period="2017-Q1 2017-03")


def mixed(*currencies: str | None, rates: Sequence[tuple[str, date, float]] = ()) -> Rows:
    """Return staff and one sale of 10 per currency."""
    sales = [
        {"employee_id": "ann", "signed_at": DAY, "amount": 10.0, "currency": each, "sale_id": f"s{n}"} for n, each in enumerate(currencies)
    ]
    return {**STAFF, "sale": sales, "fx_rate": [{"currency": code, "valid_on": day, "rate": rate} for code, day, rate in rates]}


def test_mixed_currencies_without_a_currency_of_the_project() -> None:
    """Dollars and euros are not added."""
    expected = (
        "amounts of sale must be in one currency to be added (got EUR, USD); set `currency` in kpicore.toml and give the rates in fx_rate"
    )

    assert expected == refusal(MetricError, mixed("EUR", "USD"), Total(**ABOUT, **SALE, value=sale.amount))


def test_mixed_currencies_without_a_rate_are_an_error_not_a_sum() -> None:
    """The metric that adds them fails; the number of sales does not."""
    rows = mixed("EUR", "USD", "USD", rates=[("USD", date(2017, 5, 6), 0.9)])
    metrics: dict[str, Metric] = {
        "m": Total(**ABOUT, **SALE, value=sale.amount),
        "n": Count(**{**ABOUT, "name": "n"}, **SALE, of=count(sale.sale_id)),
    }
    with facts_from(rows, "sqlite://").connect() as connection:
        outcome = measure(Facts(connection), Request(metrics, ("m", "n"), (parse("2017"),), currency="EUR"))

    expected = (
        "2 rows of sale are in a currency for which fx_rate has no rate on their day; add the rate, a sum without them would be wrong"
    )
    assert [("m", expected)] == [(failure.what, failure.why) for failure in outcome.failures]
    assert ["error", "value"] == [State(outcome.matrix.state[0, at, 0]).label for at in range(2)]
    assert 3.0 == outcome.matrix.cell("n").value[0, 0]


def test_one_currency_needs_no_project_currency() -> None:
    """Amounts all in one currency are added as they are."""
    outcome = ask(mixed("USD", "USD"), Total(**ABOUT, **SALE, value=sale.amount))

    assert 20.0 == outcome.matrix.value[0, 0, 0]


def test_foreign_amounts_of_a_dimension() -> None:
    """The rate would be that of the customer's day, which nobody knows."""
    rows = {**STAFF, "customer": [{**STAFF["customer"][0], "currency": "USD"}]}

    expected = "amounts of customer must be in EUR to be used in a metric on opportunity (got USD); only a fact's own amounts are converted"
    assert expected == refusal(MetricError, rows, Total(**ABOUT, **DEAL, value=customer.recurring_amount), currency="EUR")


def test_foreign_amounts_of_neighbours() -> None:
    """A window expression over amounts in several currencies compares pounds with pence."""
    before = func.lag(sale.amount).over(partition_by=sale.employee_id, order_by=sale.signed_at)

    expected = "amounts of sale must be in EUR to be used in a window expression (got EUR, USD); only a fact's own amounts are converted"
    assert expected == refusal(MetricError, mixed("EUR", "USD"), Total(**ABOUT, **SALE, value=before), currency="EUR")


@pytest.mark.parametrize(("shares", "is_refused"), [((0.5, 0.4), True), ((0.5, None), True), ((0.333333,) * 3, False), ((1.0,), False)])
def test_shares_that_do_not_sum_to_one(shares: tuple[float | None, ...], *, is_refused: bool) -> None:
    """The people would not sum to the team; a third with six decimals is close enough."""
    split = [{"record_table": "sale", "record_id": "s0", "employee_id": "ann", "share": share} for share in shares]
    rows, metric = {**mixed("EUR"), "credit_split": split}, Total(**ABOUT, **SALE, value=sale.amount)

    if is_refused:
        expected = (
            "the shares of a record in credit_split must sum to 1 (got 1 of sale whose shares do not);"
            " correct the shares, or the people would not sum to the team"
        )
        assert expected == refusal(MetricError, rows, metric)
    else:
        assert 10.0 == pytest.approx(ask(rows, metric).matrix.value[0, 0, 0], rel=1e-5)


def spans(*given: tuple[str, str | None, str | None]) -> Rows:
    """Return staff with ann in teams over spans."""
    rows = [
        {
            "employee_id": "ann",
            "team": team,
            "role": "rep",
            "valid_from": since and datetime.fromisoformat(since),
            "valid_to": until and datetime.fromisoformat(until),
        }
        for team, since, until in given
    ]
    return {**STAFF, "assignment": rows}


@pytest.mark.parametrize(
    "given",
    [
        (("north", None, None), ("south", "2017-04-01", None)),
        (("north", None, None), ("north", "2017-02-01", "2017-03-01"), ("south", "2017-04-01", None)),
        (("south", "2017-04-01", "2017-05-01"), ("north", None, "2017-04-02")),
    ],
)
def test_a_person_in_two_teams_at_once(given: tuple[tuple[str, str | None, str | None], ...]) -> None:
    """The person's facts would count in both, also where a third span lies between the two in time."""
    expected = (
        "a person must have one team at a time to be grouped by it (got 'ann' in 'north' and 'south' from 2017-04-01 on);"
        " end one assignment before the other begins"
    )

    assert expected == refusal(ScorecardError, spans(*given), Count(**ABOUT, **DEAL, of=count(deal.opportunity_id)), by="team")


def test_two_teams_at_another_time_do_not_matter() -> None:
    """What overlapped years ago is no reason to refuse this year."""
    rows = spans(("north", None, None), ("south", "2009-01-01", "2010-01-01"))

    outcome = ask(rows, Count(**ABOUT, **DEAL, of=count(deal.opportunity_id)), by="team")

    assert (("north",), 1.0) == (outcome.matrix.subjects, outcome.matrix.value[0, 0, 0])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"by": "squad"},
            (
                "metrics can be given by person, team, manager, region, role, all (got 'squad');"
                " valid are all, manager, person, region, role, team"
            ),
        ),
        ({"by": "teams"}, "metrics can be given by person, team, manager, region, role, all (got 'teams'); did you mean 'team'?"),
        ({"role": "reps"}, "somebody must hold the role 'reps' (nobody does, ever); did you mean 'rep'?"),
        (
            {"by": "region"},
            "to measure by region, assignment must say who had which region when (the source does not fill assignment.region)",
        ),
    ],
)
def test_unknown_groups(options: dict[str, str], expected: str) -> None:
    """The valid names are offered."""
    assert expected == refusal(ScorecardError, STAFF, Count(**ABOUT, **DEAL, of=count(deal.opportunity_id)), **options)


def test_an_unknown_metric() -> None:
    """The nearest name is offered."""
    metric = Count(**ABOUT, **DEAL, of=count(deal.opportunity_id))
    with facts_from(STAFF, "sqlite://").connect() as connection, pytest.raises(MetricError) as caught:
        measure(Facts(connection), Request({"sales.won": metric}, ("sales.one",), (parse("2017"),)))

    assert "a metric must be offered by a plugin to be used (got 'sales.one'); did you mean 'sales.won'?" == str(caught.value)


def test_a_database_without_canonical_tables() -> None:
    """What to do is said: load, or make views."""
    with open_facts("sqlite:///:memory:") as opened, pytest.raises(SourceError) as caught:
        assert opened.profile

    expected = (
        "the database must have canonical tables such as absence, assignment, campaign, campaign_member, contact, cost"
        " (found none in sqlite:///:memory:); load your data with `kpicore load`, or make views of these names (see `kpicore facts`)"
    )
    assert expected == str(caught.value)
