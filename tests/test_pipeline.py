"""A run from facts to scores, in process, without files."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from organisation import ABOUT, bench_registry, organisation, scorecard

from kpicore import ConfigError, KpiError, Proportion, Snapshot, count, facts, hookimpl
from kpicore.config import Project
from kpicore.errors import PeriodError
from kpicore.model.scorecard import ScorecardMetric
from kpicore.pipeline import evaluate, measure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kpicore import Metric
    from kpicore.model.result import RunResult


def run(**changes: object) -> RunResult:
    """Score the sellers of the small organisation."""
    given = {"scorecard": scorecard(), "facts": organisation(), "period": "2024-02", "registry": bench_registry()}
    return evaluate(**{**given, **changes})  # type: ignore[arg-type]  # tests change what they like


def test_scores_are_those_computed_by_hand() -> None:
    """Ann: 3/4, 300 of 400 and 2/3; Bob: 1/4, 50 of 400, none answered, so he is capped at 20."""
    ann, bob = run().scores

    assert ann.score == pytest.approx(60 * 0.75 + 30 * 0.75 + 10 * 2 / 3, abs=1e-4)
    assert bob.score == pytest.approx(60 * 0.25 + 30 * 50 / 400, abs=1e-4)
    assert (ann.rank, bob.rank) == (1, 2)
    assert (ann.band, bob.band) == ("high", "low")


def test_points_of_metrics_and_gates_sum_to_the_score() -> None:
    """A gate that takes points is part of the sum."""
    strict = scorecard(gates=(evolve(scorecard().gates[0], then={"cap": 10.0, "reason": "Nobody answered."}),))

    bob = run(scorecard=strict).scores[1]

    assert bob.score == 10.0
    assert sum(cell.points or 0 for cell in bob.metrics) + sum(gate.points for gate in bob.gates) == pytest.approx(10.0, abs=1e-9)


def test_people_without_facts_are_unscored_and_systems_are_nobody() -> None:
    """Cyd has no data, which is not a score of 0; Dan is a system."""
    result = run()

    assert [(each.subject, each.name, each.state) for each in result.unscored] == [("cyd", "Cyd Xu", "no_data")]
    assert {each.subject for each in result.scores} == {"ann", "bob"}


def test_a_scorecard_of_balances_alone_scores_whoever_has_something_standing() -> None:
    """Ann has an open deal; Bob has none, and no event is asked about that would show him to be there."""
    standing = scorecard(metrics=(ScorecardMetric("bench.open", {"by": "target", "target": 2.0}, 1),), gates=())

    result = run(scorecard=standing)

    assert [(each.subject, each.score) for each in result.scores] == [("ann", 50.0)]
    assert [each.subject for each in result.unscored] == ["bob", "cyd"]


def test_credit_says_what_counted_and_why_the_rest_did_not() -> None:
    """Ann's second contact of a day repeats the first, and a third went unanswered."""
    ann, bob = run().scores

    assert (ann.credit[0].raw, ann.credit[0].effective, dict(ann.credit[0].reasons)) == (3, 1, {"repeat": 1, "silent": 1})
    assert (bob.credit[0].raw, bob.credit[0].effective, dict(bob.credit[0].reasons)) == (1, 0, {"silent": 1})


def test_the_same_facts_give_the_same_bytes() -> None:
    """Neither the run nor its id depends on clock or chance."""
    assert run().to_json() == run().to_json()


def test_the_id_follows_from_the_inputs() -> None:
    """Another weight is another run."""
    heavier = (evolve(scorecard().metrics[0], weight=70), *scorecard().metrics[1:])

    assert run().run.id != run(scorecard=scorecard(metrics=heavier)).run.id


def test_a_connection_of_the_host_stays_open_and_in_its_transaction() -> None:
    """Rows that the host has not committed are seen, and its rollback takes them back."""
    with organisation().connect() as connection:
        before = run(facts=connection).scores[0].score
        connection.execute(facts.opportunity.update().where(facts.opportunity.c.owner_id == "ann").values(is_won=False))

        after = run(facts=connection)

        assert {each.subject: each.score for each in after.scores}["ann"] < before
        connection.rollback()
        assert run(facts=connection).scores[0].score == before


def test_a_period_without_facts_is_refused_with_where_the_facts_are() -> None:
    """Most likely the period is mistyped."""
    with pytest.raises(PeriodError, match=r"2031-02 must lie in the data.*opportunity goes from 2024-02-11 to 2024-02-14"):
        run(period="2031-02")


class Standing:
    """A plugin with a balance, which has a value in any period."""

    @hookimpl
    def kpicore_metrics(self) -> Sequence[Metric]:
        """Open deals."""
        deal = facts.opportunity.c
        own = {"subject": deal.owner_id, "began_at": deal.created_at, "ended_at": deal.closed_at, **ABOUT}
        return [Snapshot(name="bench.open", title={"en": "Open deals", "zh": "在手商机"}, direction="higher", **own)]


def test_a_balance_does_not_make_a_period_out_of_the_data_valid() -> None:
    """Ann's open deal is still open in 2031, but nothing happened then."""
    metrics = (*scorecard().metrics, ScorecardMetric("bench.open", {"by": "target", "target": 2.0}, 10))

    with pytest.raises(PeriodError, match="2031-02 must lie in the data"):
        run(scorecard=scorecard(metrics=metrics), registry=bench_registry(Standing()), period="2031-02")


def test_an_unknown_metric_offers_the_nearest() -> None:
    """Before anything is measured."""
    typo = scorecard(metrics=(ScorecardMetric("bench.win_rat", {"by": "target", "target": 1.0}, 1),), gates=())

    with pytest.raises(ConfigError, match=r"'bench.win_rat' is unknown; did you mean 'bench.win_rate'"):
        run(scorecard=typo)


def test_an_unknown_role_offers_the_nearest() -> None:
    """Nobody is a 'selle'."""
    with pytest.raises(KpiError, match=r"the role 'selle' \(nobody does, ever\); did you mean 'seller'"):
        run(scorecard=scorecard(role="selle"))


class Broken:
    """A plugin whose metric fails while it is computed."""

    @hookimpl
    def kpicore_metrics(self) -> Sequence[Metric]:
        """Return a metric that raises."""

        class Fails(Proportion):
            def cells(self, get: object) -> None:  # type: ignore[override]  # it is wrong on purpose
                del get
                raise RuntimeError("out of cheese")

        deal = facts.opportunity.c
        part = count(deal.opportunity_id)
        title = {"en": "Broken", "zh": "坏"}
        return [
            Fails(
                name="broken.rate",
                title=title,
                numerator=part,
                denominator=part,
                subject=deal.owner_id,
                at=deal.closed_at,
                direction="higher",
                **ABOUT,
            )
        ]


def test_a_metric_that_fails_is_named_and_the_rest_goes_on() -> None:
    """Its weight is reshared, and the failure is told once."""
    more = (*scorecard().metrics, ScorecardMetric("broken.rate", {"by": "target", "target": 1.0}, 50))

    result = run(scorecard=scorecard(metrics=more), registry=bench_registry(Broken()))

    assert [(each.what, each.why) for each in result.failures] == [("metric 'broken.rate'", "RuntimeError: out of cheese")]
    assert result.scores[0].score == run().scores[0].score
    assert result.scores[0].metrics[-1].state == "error"


def test_measure_by_team_month_and_person() -> None:
    """Metric values without a scorecard."""
    kept = {"metrics": ["bench.won"], "facts": organisation(), "registry": bench_registry()}

    by_team = measure(**kept, period="2024", by="team")  # type: ignore[arg-type]
    by_month = measure(**kept, period="2024-Q1", by="all", each="month")  # type: ignore[arg-type]

    assert (by_team.subjects, by_team.value[:, 0, 0].tolist()) == (("north", "south"), [300.0, 50.0])
    assert by_month.periods == ("2024-01", "2024-02", "2024-03")
    assert by_month.value[0, 0, 1] == 350.0


def test_the_project_says_when_a_day_begins() -> None:
    """In Auckland, 11 February 08:00 UTC is still 11 February; a day window there holds what UTC splits."""
    auckland = Project("a", time_zone="Pacific/Auckland")

    found = measure(metrics=["bench.won"], facts=organisation(), period="2024-02-11", by="all", project=auckland, registry=bench_registry())

    assert found.value[0, 0, 0] == 150.0


def test_as_of_is_part_of_the_result() -> None:
    """It is what the caller says, or the end of the period."""
    assert run(as_of=datetime(2024, 5, 1)).run.as_of == "2024-05-01T00:00:00"
    assert run().run.as_of == "2024-03-01T00:00:00"


def test_frozen_goalposts_keep_the_scale_when_a_colleague_joins() -> None:
    """Given the goalposts of an earlier run, the scores of the others do not move."""
    peers = scorecard(metrics=(ScorecardMetric("bench.won", {"by": "peers", "method": "min_max"}, 1),), gates=())
    first = run(scorecard=peers)

    again = run(scorecard=peers, scale=first.scale)

    assert [each.score for each in again.scores] == [each.score for each in first.scores]


def test_results_become_json_arrow_and_pandas() -> None:
    """One row per person and metric."""
    result = run()

    assert json.loads(result.to_json())["scores"][0]["subject"] == "ann"
    assert result.to_arrow().num_rows == 3 * 3
    assert list(result.to_pandas()["subject"])[:1] == ["ann"]


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    """The facts are not there."""
    with pytest.raises(KpiError, match="run `kpicore load` first"):
        run(facts=tmp_path / "none.duckdb")
