"""Scoring from matrix to published figures."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpicore.errors import ScorecardError, ShapeError
from kpicore.model.cells import State
from kpicore.model.scorecard import Band, Effect, Gate, Scorecard, ScorecardMetric
from kpicore.scorecard import score
from tests.scorecard import oracle
from tests.scorecard.cases import OFFERS, card, matrix, run, to_target

GRADES = (Band(0, "low"), Band(40, "middle"), Band(85, "high"))


def test_a_small_team_by_hand() -> None:
    """Two metrics, 3 : 1; 0.75 * 80 + 0.25 * 40 = 70, ties share rank 2, bands are half-open."""
    values = matrix({"x": [80, 100, 50, 80], "y": [40, 40, 10, 40]})

    scores, unscored = run(values, card(to_target("x", 3), to_target("y", 1), bands=GRADES))

    assert [
        ("b", 85.0, 1, "high"),
        ("a", 70.0, 2, "middle"),
        ("d", 70.0, 2, "middle"),
        ("c", 40.0, 4, "middle"),
    ] == [(one.subject, one.score, one.rank, one.band) for one in scores]
    assert [60.0, 10.0] == [cell.points for cell in scores[1].metrics]
    assert () == unscored


def test_points_of_thirds_sum_exactly() -> None:
    """Three equal metrics at 100: the printed points make 100, not 99.9999."""
    scores, _ = run(matrix({"x": [100], "y": [100], "z": [100]}), card(*(to_target(name, 1) for name in "xyz")))

    assert [33.3334, 33.3333, 33.3333] == [cell.points for cell in scores[0].metrics]
    assert 100.0 == scores[0].score


def test_an_absent_part_is_no_zero() -> None:
    """5 of 5, 5 of 5 and nothing: 100, with the weight of the absent part shared."""
    values = matrix({"x": [5], "y": [5], "z": [None]})

    scores, _ = run(values, card(*(to_target(name, 1, target=5) for name in "xyz"), minimum_coverage=0.6))

    assert 100.0 == scores[0].score
    assert [
        ("value", 0.5, 50.0),
        ("value", 0.5, 50.0),
        ("no_data", None, None),
    ] == [(cell.state, cell.weight, cell.points) for cell in scores[0].metrics]
    assert pytest.approx(2 / 3) == scores[0].coverage


@pytest.mark.parametrize(("policy", "expected"), [("reshare", 80.0), ("neutral", 72.5), ("zero", 60.0)])
def test_policies_for_gaps(policy: Any, expected: float) -> None:
    """0.75 * 80 and a quarter of 80, of 50 or of nothing; the reported weight is 1 over the cells with a value in all."""
    scores, _ = run(matrix({"x": [80], "y": [None]}), card(to_target("x", 3), to_target("y", 1), missing=policy))

    assert expected == scores[0].score
    assert [1.0, None] == [cell.weight for cell in scores[0].metrics]
    assert [0.75, 0.25] == [cell.nominal_weight for cell in scores[0].metrics]


def test_gaps_that_are_nobodys_fault_are_never_filled() -> None:
    """Not applicable, not testable and error are reshared under every policy."""
    values = matrix({"x": [80, 80, 80], "y": [State.NOT_APPLICABLE, State.NOT_TESTABLE, State.ERROR]})

    for policy in ("reshare", "neutral", "zero"):
        scores, _ = run(values, card(to_target("x", 3), to_target("y", 1), missing=policy))
        assert [80.0, 80.0, 80.0] == [one.score for one in scores]


def test_block_asks_for_all_metrics_that_apply() -> None:
    """A gap blocks, unless the metric does not apply or weighs nothing."""
    values = matrix({"x": [80, 80, 80], "y": [None, State.NOT_APPLICABLE, 10], "z": [None, None, None]})

    scores, unscored = run(values, card(to_target("x", 3), to_target("y", 1), to_target("z", 0), missing="block"))

    assert ["b", "c"] == [one.subject for one in scores]
    assert [("a", "blocked", "a metric is missing, and the scorecard asks for all of them (y: no_data)")] == [
        (one.subject, one.state, one.why) for one in unscored
    ]


def test_too_little_coverage_is_no_score() -> None:
    """60 % of the weight is enough where 60 % is needed, 40 % is not."""
    values = matrix({"x": [80, None], "y": [None, 80]})

    scores, unscored = run(values, card(to_target("x", 0.6), to_target("y", 0.4), minimum_coverage=0.6))

    assert ["a"] == [one.subject for one in scores]
    assert [("b", "insufficient_coverage", "there is data for 40 % of the weight, and at least 60 % is needed (x: no_data)")] == [
        (one.subject, one.state, one.why) for one in unscored
    ]


@pytest.mark.parametrize(("weights", "least"), [((1, 2, 3), 0.5), ((1, 2, 7), 0.3), ((0.1, 0.7, 0.2), 0.8), ((10, 70, 20), 0.8)])
def test_coverage_at_the_limit_counts(weights: tuple[float, ...], least: float) -> None:
    """0.8 of the weight is enough where 0.8 is needed, whatever 0.1 + 0.7 is on a computer."""
    values = matrix({"x": [80], "y": [80], "z": [None]})
    metrics = [to_target(name, weight) for name, weight in zip("xyz", weights, strict=True)]

    scores, _ = run(values, card(*metrics, minimum_coverage=least))

    assert [80.0] == [one.score for one in scores]


@pytest.mark.parametrize("policy", ["reshare", "neutral", "zero", "block"])
def test_nobody_without_facts_is_scored(policy: Any) -> None:
    """Not under any policy, not even where a count of nothing is 0; and they are no peers."""
    values = matrix({"x": [0.0, 30.0, 20.0], "y": [None, 10.0, 20.0]}, active=[False, True, True])
    metric = ScorecardMetric("x", {"by": "min_max"}, 1)

    scores, unscored = run(values, card(metric, to_target("y", 1), missing=policy))

    assert [("b", 1.0), ("c", 0.0)] == [(one.subject, one.metrics[0].normalised) for one in scores]
    assert [("a", "no_data", "no facts in the period")] == [(one.subject, one.state, one.why) for one in unscored]
    assert unscored[0].metrics[0].value is None


@pytest.mark.parametrize(
    ("active", "cell", "state", "why"),
    [
        (None, None, "no_data", "no facts in the period"),
        ([True], None, "no_data", "facts in the period, but none that a metric of this scorecard measures"),
        (
            [True],
            State.NOT_TESTABLE,
            "not_testable",
            "no metric of this scorecard has a value: the facts lack a column that the metric needs",
        ),
        ([True], State.ERROR, "error", "no metric of this scorecard has a value: the metric failed"),
    ],
)
def test_why_nobody_is_scored(active: Any, cell: Any, state: str, why: str) -> None:
    """Where all cells are alike, that is the reason."""
    _, unscored = run(matrix({"x": [cell], "y": [cell]}, active=active), card(to_target("x", 1), to_target("y", 1)))

    assert [(state, why)] == [(one.state, one.why) for one in unscored]


def test_a_metric_with_one_peer_is_missing_and_says_why() -> None:
    """One person has no percentile; goalposts work."""
    scores, _ = run(matrix({"x": [80], "y": [7]}), card(to_target("x", 1), ScorecardMetric("y", {"by": "percentile"}, 1)))

    alone = scores[0].metrics[1]
    assert 80.0 == scores[0].score
    assert ("value", 7.0, None, None, None) == (alone.state, alone.value, alone.normalised, alone.weight, alone.points)
    assert "percentile: a comparison with peers needs at least 2 of them with a value (got 1)" == alone.why


def test_equal_peers_are_neutral_and_say_so() -> None:
    """Nobody is the worst of equals."""
    scores, _ = run(matrix({"x": [3, 3]}), card(ScorecardMetric("x", {"by": "percentile"}, 1)))

    assert [(50.0, "the peers do not differ, so everybody gets the neutral value")] * 2 == [
        (one.score, one.metrics[0].why) for one in scores
    ]


def test_what_is_clipped_is_told() -> None:
    """170 % counts as 100 %, a step behind the baseline as 0 %, and both show."""
    scores, _ = run(matrix({"x": [170, 40]}), card(to_target("x", 1, baseline=50)))

    assert [1.0, 0.0] == [one.metrics[0].normalised for one in scores]
    assert pytest.approx([1.4, -0.2]) == [one.metrics[0].clipped for one in scores]


def test_lower_is_better() -> None:
    """At the target 100, at the floor 0, for a metric whose direction is lower."""
    scores, _ = run(matrix({"x": [24, 48, 36]}), card(to_target("x", 1, target=24, floor=48)), {"x": "lower"})

    assert [("a", 100.0), ("c", 50.0), ("b", 0.0)] == [(one.subject, one.score) for one in scores]


def gate(effect: Effect, use: str = "g", **when: float) -> Gate:
    """A gate on g."""
    return Gate(use, effect, **when)


CAP, HALF, VOID = Effect("cap", cap=60), Effect("half", discount=0.5), Effect("void", void=True)


@pytest.mark.parametrize(
    ("gates", "value", "expected", "points"),
    [
        ([gate(CAP, below=0.3)], 0.2, 60.0, [-20.0]),
        ([gate(CAP, below=0.3)], 0.3, 80.0, [0.0]),
        ([gate(HALF, above=0.3)], 0.4, 40.0, [-40.0]),
        ([gate(VOID, below=0.3)], 0.1, 0.0, [-80.0]),
        ([gate(CAP, below=0.3), gate(HALF, below=0.3)], 0.2, 30.0, [-20.0, -30.0]),
        ([gate(HALF, below=0.3), gate(CAP, below=0.3)], 0.2, 40.0, [-40.0, 0.0]),
    ],
)
def test_gates_apply_in_order(gates: list[Gate], value: float, expected: float, points: list[float]) -> None:
    """Each takes its points from what the one before has left; the edge itself does not fire."""
    scores, _ = run(matrix({"x": [80], "g": [value]}), card(to_target("x", 1), gates=gates))

    assert expected == scores[0].score
    assert points == [effect.points for effect in scores[0].gates]


def test_a_gate_without_a_value_does_not_fire_and_says_so() -> None:
    """Absence of evidence takes no points."""
    scores, _ = run(matrix({"x": [80], "g": [None]}), card(to_target("x", 1), gates=[gate(VOID, below=0.3)]))

    effect = scores[0].gates[0]
    assert (80.0, False, None, 0.0) == (scores[0].score, effect.fired, effect.value, effect.points)
    assert "g has no value (no_data), so the gate does not fire" == effect.why


def test_a_gate_does_not_need_a_weighted_metric() -> None:
    """Its metric may have no direction at all."""
    scores, _ = run(matrix({"x": [80], "g": [0.1]}), card(to_target("x", 1), gates=[gate(CAP, below=0.3)]), {"g": "none"})

    assert 60.0 == scores[0].score


def test_frozen_goalposts_keep_the_scale() -> None:
    """With the goalposts of before, a newcomer moves nobody; with new ones everybody moves."""
    rules = card(ScorecardMetric("x", {"by": "min_max"}, 1), ScorecardMetric("y", {"by": "percentile"}, 1))
    ways = {"x": "higher", "y": "lower"}
    before = score(matrix({"x": [10, 20, 30], "y": [3, 2, 1]}), rules, OFFERS, ways)
    joined = matrix({"x": [10, 20, 30, 90], "y": [3, 2, 1, 0]})

    kept = score(joined, rules, OFFERS, ways, before.scale)

    assert [*before.published.score.tolist(), 100.0] == kept.published.score.tolist()
    assert score(joined, rules, OFFERS, ways).published.score[2] < before.published.score[2]


def test_one_period_at_a_time() -> None:
    """A matrix of two periods is refused, a metric that was not measured is named."""
    values = matrix({"x": [1.0]})

    with pytest.raises(ScorecardError, match=r"metric 'sales\.y' was not measured"):
        score(values, card(to_target("sales.y", 1)), OFFERS, {"sales.y": "higher"})
    twice = type(values).build(["a"], ["p", "q"], {"x": type(values.cell("x")).empty((1, 2), State.NO_DATA)})
    with pytest.raises(ScorecardError, match="one period at a time \\(got 2: p, q\\)"):
        score(twice, card(to_target("x", 1)), OFFERS, {"x": "higher"})


def test_infinity_is_refused_at_the_door() -> None:
    """With the metric's name."""
    with pytest.raises(ShapeError, match="values of 'x' must be finite"):
        run(matrix({"x": [1.0, np.inf]}), card(to_target("x", 1)))


NAMES = ("m0", "m1", "m2", "m3")
WAYS = {"m0": "higher", "m1": "lower", "m2": "higher", "m3": "lower"}
NORMALISERS: list[dict[str, Any]] = [
    {"by": "target", "target": 50.0},
    {"by": "target", "floor": 10.0, "target": 50.0, "stretch": 80.0},
    {"by": "min_max"},
    {"by": "percentile"},
    {"by": "z_score"},
]
LOWER = {"by": "target", "floor": 80.0, "target": 30.0, "stretch": 10.0, "at_target": 0.6}
CELL = st.one_of(st.none(), st.integers(0, 100).map(float))


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, list[float | None]], Scorecard]:
    """Draw a team and a scorecard."""
    count = draw(st.integers(1, 7))
    values = {name: draw(st.lists(CELL, min_size=count, max_size=count)) for name in NAMES}
    metrics = []
    for name in NAMES:
        by = draw(st.sampled_from(NORMALISERS))
        weight = draw(st.integers(0, 5)) + (name == "m0")
        metrics.append(ScorecardMetric(name, LOWER if by["by"] == "target" and WAYS[name] == "lower" else by, weight=weight))
    gates = draw(
        st.lists(st.sampled_from([gate(CAP, "m1", below=30.0), gate(HALF, "m2", above=70.0), gate(VOID, "m3", below=5.0)]), unique=True)
    )
    policy = draw(st.sampled_from(["reshare", "neutral", "zero", "block"]))
    how = draw(st.sampled_from(["arithmetic", "geometric"]))
    least = draw(st.sampled_from([0.0, 0.5, 1.0]))
    return values, card(*metrics, gates=gates, missing=policy, aggregate=how, minimum_coverage=least, bands=GRADES)


@settings(max_examples=300)
@given(cases())
def test_equals_the_slow_oracle(case: tuple[dict[str, list[float | None]], Scorecard]) -> None:
    """The vectorised path gives what plain Python gives, to the rounding of the published score."""
    values, rules = case
    count = len(values["m0"])
    by_person = {str(at): {name: values[name][at] for name in NAMES} for at in range(count)}

    scores, unscored = run(matrix(values, list(by_person)), rules, WAYS)

    wanted = oracle.score(by_person, rules, WAYS)
    assert {person for person, score in wanted.items() if score is None} == {one.subject for one in unscored}
    for one in scores:
        assert pytest.approx(wanted[one.subject], abs=0.5001e-4) == one.score


@settings(max_examples=200)
@given(cases())
def test_printed_points_sum_to_the_printed_score(case: tuple[dict[str, list[float | None]], Scorecard]) -> None:
    """As decimals, without any tolerance."""
    values, rules = case

    for one in run(matrix(values), rules, WAYS)[0]:
        parts = [cell.points for cell in one.metrics if cell.points is not None] + [effect.points for effect in one.gates]
        assert Decimal(str(one.score)) == sum(Decimal(str(part)) for part in parts)
        assert pytest.approx(1.0, abs=1e-9) == sum(cell.weight for cell in one.metrics if cell.weight is not None)


@settings(max_examples=100)
@given(cases(), st.data())
def test_invariants(case: tuple[dict[str, list[float | None]], Scorecard], data: st.DataObject) -> None:
    """Neither the order of the rows, nor the names, nor the scale of the weights, nor a metric of weight 0 changes a score."""
    values, rules = case
    count = len(values["m0"])
    turn = data.draw(st.permutations(range(count)))
    before = {one.subject: (one.score, one.rank, one.band) for one in run(matrix(values), rules, WAYS)[0]}

    def after(rows: Any, scorecard: Scorecard) -> dict[str, Any]:
        return {one.subject: (one.score, one.rank, one.band) for one in run(rows, scorecard, {**WAYS, "extra": "higher"})[0]}

    names = [chr(ord("a") + at) for at in turn]
    turned = matrix({name: [column[at] for at in turn] for name, column in values.items()}, names)
    relabelled = matrix(values, [f"z{count - at}" for at in range(count)])
    scaled = card(*(ScorecardMetric(one.use, one.normalise, (one.weight or 0) * 8) for one in rules.metrics), **_rest(rules))
    shown = card(*rules.metrics, ScorecardMetric("extra", {"by": "percentile"}, 0), **_rest(rules))

    assert before == after(turned, rules)
    assert sorted(before.values()) == sorted(after(relabelled, rules).values())
    assert before == after(matrix(values), scaled)
    assert before == after(matrix({**values, "extra": [float(at) for at in range(count)]}), shown)


def _rest(rules: Scorecard) -> dict[str, Any]:
    return {name: getattr(rules, name) for name in ("gates", "missing", "aggregate", "minimum_coverage", "bands")}
