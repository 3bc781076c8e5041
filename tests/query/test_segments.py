"""A metric by segments: the sums of teams and of classes of cases add up to the whole, and nothing is counted twice."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from kpicore import facts, registry
from kpicore.errors import ConfigError, MetricError
from kpicore.facts.classes import class_named
from kpicore.model.period import parse
from kpicore.query.database import open_facts
from kpicore.query.run import Request, measure
from kpicore.query.segments import segments
from kpicore.testing import facts_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from kpicore.query.segments import Segments

EARLY, LATE = datetime(2024, 2, 2), datetime(2024, 5, 5)
METRICS = registry.load().metrics
PERIODS = (parse("2024-Q1"), parse("2024-Q2"))


def rows() -> dict[str, list[dict[str, Any]]]:
    """Return deals of two teams and of one person without a team; the customer of Ann has a hundred leads."""
    deals = [
        ("ann", "c1", True, EARLY, 10.0, "web"),
        ("ann", "c1", False, LATE, 5.0, "web"),
        ("bob", "c2", True, LATE, 20.0, "fair"),
        ("bob", None, True, LATE, 40.0, None),
        ("eve", "c2", False, EARLY, 7.0, "(none)"),
    ]
    return {
        "employee": [{"employee_id": each, "name": each, "kind": "person"} for each in ("ann", "bob", "eve")],
        "assignment": [{"employee_id": "ann", "team": "north", "role": "r"}, {"employee_id": "bob", "team": "south", "role": "r"}],
        "customer": [{"customer_id": "c1", "size": "large", "source": "x"}, {"customer_id": "c2", "size": None, "source": "y"}],
        "lead": [{"lead_id": f"l{at}", "customer_id": "c1", "owner_id": "ann", "created_at": LATE} for at in range(100)],
        "opportunity": [
            {"opportunity_id": f"o{at}", "owner_id": who, "customer_id": customer, "is_won": is_won, "is_closed": True}
            | {"created_at": EARLY, "closed_at": day, "amount": amount, "source": source}
            for at, (who, customer, is_won, day, amount, source) in enumerate(deals)
        ],
    }


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Yield a database with those rows."""
    made = facts_from(rows())
    yield made
    made.dispose()


def request(metric: str, by: str = "all") -> Request:
    """Ask for one metric in both quarters."""
    return Request(METRICS, (metric,), PERIODS, by=by)


def found(engine: Engine, metric: str, by: str) -> Segments:
    """Measure one metric by segments."""
    with open_facts(engine) as database:
        return segments(database, request(metric), metric, by)


def test_by_team_with_what_has_no_team(engine: Engine) -> None:
    """Eve has no team: her deal is a segment of its own, so that the segments add up."""
    got = found(engine, "sales.win_rate", "team")

    assert ("share", ("north", "south", "(none)")) == (got.kind, got.labels)
    assert [[1, 0], [0, 2], [0, 0]] == got.amount.tolist()
    assert [[1, 1], [0, 2], [1, 0]] == got.exposure.tolist()


def test_by_class_counts_a_deal_once(engine: Engine) -> None:
    """The hundred leads of a customer change nothing, and a value that looks like none is another segment."""
    got = found(engine, "sales.win_rate", "source")

    assert ("opportunity.source", ("(none)", "fair", "web", "(none)")) == (got.by, got.labels)
    assert [[1, 0], [0, 1], [1, 1], [0, 1]] == got.exposure.tolist()


@pytest.mark.parametrize("by", ["team", "person", "customer.size", "source", "customer.source"])
@pytest.mark.parametrize("metric", ["sales.win_rate", "sales.revenue_won", "sales.opportunities_won", "sales.cycle_time"])
def test_segments_add_up_to_the_metric(engine: Engine, metric: str, by: str) -> None:
    """The same value as measured for all, in both periods."""
    got = found(engine, metric, by)
    with open_facts(engine) as database:
        whole = measure(database, request(metric)).matrix.value[0, 0]
    sums = got.amount.sum(axis=0)

    assert whole.tolist() == pytest.approx((sums if got.kind == "volume" else sums / got.exposure.sum(axis=0)).tolist())


def test_metrics_by_a_column(engine: Engine) -> None:
    """A column takes the place of people; what no row leads to is not testable, and says so."""
    with open_facts(engine) as database:
        wanted = Request(METRICS, ("sales.win_rate", "sales.cycle_time_median", "adoption.active_rate"), PERIODS[1:])
        matrix = measure(database, _by(wanted, "customer.size")).matrix

    assert ("large", "(none)") == matrix.subjects
    assert [0.0, 1.0] == matrix.value[:, 0, 0].tolist()
    assert [0.0, 2.0] == matrix.n[:, 1, 0].tolist()
    assert "a way from each" in matrix.why["adoption.active_rate"]


def _by(wanted: Request, by: str) -> Request:
    return Request(wanted.metrics, wanted.names, wanted.periods, by=by)


def test_short_names() -> None:
    """The fact's own column comes first, then that of the nearest record; two as near are refused with both."""
    sale, deal = facts.metadata.tables["sale"], facts.metadata.tables["opportunity"]

    def named(name: str, start: Any) -> str:
        return str(class_named(name, start, lambda _: True))

    assert ["opportunity.source", "customer.size", "opportunity.product_id", "customer.segment", "product.category"] == [
        named(name, deal) for name in ("source", "size", "product", "segment", "category")
    ]
    assert "customer.size" == named("customer.size", sale)
    with pytest.raises(ConfigError, match=r"may be customer.source or opportunity.source for a row of sale"):
        named("source", sale)
    with pytest.raises(ConfigError, match="segments must be of person"):
        named("colour", sale)


def test_what_does_not_split(engine: Engine) -> None:
    """A median is no sum, and says which metrics are."""
    with pytest.raises(MetricError, match="take a count, total, mean, share or ratio"):
        found(engine, "sales.cycle_time_median", "team")
    with pytest.raises(MetricError, match=r"the source does not fill .*customer.segment"):
        found(engine, "sales.win_rate", "customer.segment")


def test_the_same_on_every_engine(empty_database: Engine) -> None:
    """Segments with their sums, by team and by a column."""
    facts_from(rows(), empty_database.url.render_as_string(hide_password=False)).dispose()
    by_team, by_source = (found(empty_database, "sales.revenue_won", by) for by in ("team", "source"))

    assert {"north": [10, 0], "south": [0, 60]} == dict(zip(by_team.labels, by_team.amount.tolist(), strict=True))
    assert [10.0, 60.0] == by_source.amount.sum(axis=0).tolist()
