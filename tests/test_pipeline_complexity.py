"""A run that allows for complexity, from facts to scores: hand-counted, refused, or told where the facts lack a column."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from organisation import bench_registry

from kpicore import ConfigError
from kpicore.model.period import parse
from kpicore.model.scorecard import Gate, Scorecard, ScorecardMetric
from kpicore.pipeline import planned_classes, run, scorecard_request, set_up
from kpicore.query.database import open_facts
from kpicore.testing import facts_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from kpicore.record import Run

PERIOD = parse("2024-02")


def card(use: str = "bench.won", by: Sequence[str] = ("customer.size",), gates: Sequence[Gate] = ()) -> Scorecard:
    """Return a scorecard of one metric, in which deals with large customers count one and a half times as much as others."""
    complexity = {"by": list(by), "method": "declared", "coefficients": {"large": 1.5}, "approved_by": "sales operations"}
    metric = ScorecardMetric(use, {"by": "target", "floor": 0.0, "target": 800.0}, 1, complexity=complexity)
    return Scorecard("seller", (metric,), "month", gates=tuple(gates))


def organisation(**left_out: str) -> Engine:
    """Return facts of two people who each won four deals of 100: ann with large customers, bob with small ones."""
    rows: dict[str, list[dict[str, Any]]] = {
        "employee": [{"employee_id": who, "name": who} for who in ("ann", "bob")],
        "assignment": [{"employee_id": who, "role": "seller"} for who in ("ann", "bob")],
        "customer": [{"customer_id": "c1", "size": "large"}, {"customer_id": "c2", "size": "small"}],
        "opportunity": [_deal(who, customer, day) for who, customer in (("ann", "c1"), ("bob", "c2")) for day in range(1, 5)],
    }
    for table, column in left_out.items():
        for row in rows[table]:
            del row[column]
    return facts_from(rows)


def _deal(who: str, customer: str, day: int) -> dict[str, Any]:
    known = {"owner_id": who, "customer_id": customer, "is_closed": True, "is_won": True, "amount": 100.0}
    return {**known, "created_at": f"2024-01-{day:02d}T08:00:00", "closed_at": f"2024-02-{day:02d}T08:00:00"}


def ran(scorecard: Scorecard, facts: Engine) -> Run:
    """Score the sellers in February."""
    with open_facts(facts) as database:
        return run(database, scorecard, PERIOD, set_up(registry=bench_registry()))


def test_adjusted_values_are_scored() -> None:
    """The average case counts 1.25, so ann is credited 1.2 and bob 0.8 of what they won: 480 and 320 of 800."""
    found = ran(card(), organisation())

    told = [(each.subject, each.score, each.metrics[0].value, round(each.metrics[0].adjusted or 0, 9)) for each in found.result.scores]
    assert [("ann", 60.0, 400.0, 480.0), ("bob", 40.0, 400.0, 320.0)] == told
    assert 2 == found.evidence.outcome.statements


def test_the_same_facts_give_the_same_bytes() -> None:
    """With classes, too; and the digest covers what was read by class."""
    first, second = (ran(card(), organisation()).result for _ in range(2))
    raw = Scorecard("seller", (ScorecardMetric("bench.won", {"by": "target", "target": 800.0}, 1),), "month")

    assert first.to_json() == second.to_json()
    assert first.run.facts != ran(raw, organisation()).result.run.facts


def test_a_raw_value_never_passes_for_an_adjusted_one() -> None:
    """Without the customers' size the metric is not testable, for the score as for its gate, and the column is named."""
    gate = Gate("bench.won", {"cap": 20.0, "reason": "Little was won."}, below=500.0)

    result = ran(card(gates=[gate]), organisation(customer="size")).result

    assert () == result.scores
    (cell,) = result.unscored[0].metrics
    assert ("not_testable", None, "its complexity needs customer.size, which the source does not fill") == (
        cell.state,
        cell.value,
        cell.why,
    )


def test_the_way_to_a_column_is_named_as_well() -> None:
    """The size is there, and no deal says whose it is."""
    result = ran(card(), organisation(opportunity="customer_id")).result

    assert "its complexity needs opportunity.customer_id, which the source does not fill" == result.unscored[0].metrics[0].why


@pytest.mark.parametrize(
    ("scorecard", "says"),
    [
        (
            card(by=["customer.sise"]),
            r"\(bench.won\): complexity: by: 'customer.sise' must be a column of the facts; did you mean 'customer.size'\?",
        ),
        (card(by=["contact.channel"]), r"\(bench.won\): complexity: by: a metric on opportunity may only use tables"),
    ],
)
def test_what_cannot_be_reached_is_refused_before_anything_is_measured(scorecard: Scorecard, says: str) -> None:
    """With its place in the scorecard."""
    with pytest.raises(ConfigError, match=says):
        ran(scorecard, organisation())


def test_the_plan_shows_the_statements_by_class() -> None:
    """One more statement, for the period and the one before."""
    setting = set_up(registry=bench_registry())
    with open_facts(organisation()) as database:
        (planned,) = planned_classes(database, scorecard_request(setting, card(), PERIOD), card())

    assert (("customer.size",), ["bench.won"]) == (planned.columns, [metric.name for metric in planned.metrics])
    assert [["2024-01", "2024-02"]] == [[period.name for period in asked.scope.windows.periods] for asked in planned.asked]


def test_the_result_tells_how_the_mix_moved() -> None:
    """Nobody closed anything in January, so there is nothing to compare with."""
    content = json.loads(ran(card(), organisation()).result.to_json())

    assert [None, None] == [each["before"] for each in content["drift"]["bench.won"]]
