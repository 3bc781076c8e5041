"""Intervals and ranks of whole scorings."""

from __future__ import annotations

import math
from importlib import import_module
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpicore.kernels.rounding import DECIMALS
from kpicore.model.scorecard import Effect, Gate, ScorecardMetric
from kpicore.model.uncertainty import Uncertainty
from kpicore.scorecard import people, prepare, score
from kpicore.scorecard.assemble import told
from kpicore.scorecard.holding import Held
from tests.scorecard.cases import OFFERS, card, matrix, run, to_target
from tests.scorecard.chances import judged, rows, uncertain

if TYPE_CHECKING:
    from kpicore.matrix import MetricMatrix
    from kpicore.scorecard import Spread

module = import_module("kpicore.scorecard.spread")
NAN = np.nan
FIGURES = ("low", "high", "rank_low", "rank_high", "expected_rank", "p_target", "p_top", "p_above_next", "grade", "covers")


def team(people: int = 12, seed: int = 1) -> MetricMatrix:
    """A team with a share, a count and a mean, of few cases each."""
    random = np.random.default_rng(seed)
    trials = random.integers(5, 60, people).astype(float)
    share = random.binomial(trials.astype(int), 0.5) / trials
    events = random.poisson(30, people).astype(float)
    return uncertain(
        {
            "share": (share, trials, share * (1 - share) / trials, "binomial"),
            "events": (events, events, events, "poisson"),
            "mean": (random.normal(50, 10, people), trials, 400 / trials, "gaussian"),
        }
    )


CARD = card(to_target("share", 2, 0.8), to_target("events", 1, 60), to_target("mean", 1), uncertainty=Uncertainty(draws=2000))


def same(one: Spread, other: Spread, order: Any = slice(None)) -> None:
    """Assert that two say the same."""
    for name in FIGURES:
        np.testing.assert_array_equal(getattr(one, name)[order], getattr(other, name), err_msg=name)


def test_one_normal_metric_agrees_with_the_closed_form() -> None:
    """E rank_s = 1 + sum Phi((m_t - m_s) / sqrt(v_s + v_t)) (Goldstein & Spiegelhalter 1996), and low, high = m -+ 1.96 sd."""
    value, error = np.array([40.0, 45.0, 50.0, 70.0, 71.0]), np.array([3.0, 4.0, 2.0, 5.0, 1.0])
    _, came = judged(uncertain({"x": (value, 100, error**2, "gaussian")}), card(to_target("x", 1), uncertainty=Uncertainty(draws=40_000)))
    lead = (value - value[:, None]) / np.hypot(error, error[:, None])
    expected = 0.5 + np.array([[0.5 * math.erfc(-each / math.sqrt(2)) for each in row] for row in lead]).sum(axis=1)

    assert pytest.approx(expected, abs=0.02) == came.expected_rank
    assert pytest.approx(value - 1.96 * error, abs=0.2) == came.low
    assert pytest.approx(value + 1.96 * error, abs=0.2) == came.high
    assert "draws" == came.method
    assert [1.0] * 5 == came.covers.tolist()


def test_intervals_cover_the_truth() -> None:
    """Of 1,800 people with known true values, 95 % have their true score in the interval, within what chance allows."""
    random, inside = np.random.default_rng(7), []
    asked = attrs.evolve(CARD, uncertainty=Uncertainty(draws=500))
    for _ in range(60):
        truth = np.column_stack([random.uniform(0.2, 0.6, 30), random.uniform(10, 50, 30), random.uniform(30, 70, 30)])
        trials = random.integers(10, 60, 30).astype(float)
        share, events = random.binomial(trials.astype(int), truth[:, 0]) / trials, random.poisson(truth[:, 1]).astype(float)
        mean = random.normal(truth[:, 2], 20 / np.sqrt(trials))
        columns = {"share": (share, trials, 0.0, "binomial"), "events": (events, events, events, "poisson")}
        scored, came = judged(uncertain({**columns, "mean": (mean, trials, 400 / trials, "gaussian")}), asked)
        true = truth @ np.array([50 / 0.8, 25 / 60, 25 / 100])
        inside += ((came.low <= true) & (true <= came.high)).tolist()
        assert (came.low <= scored.published.score).all()
        assert (scored.published.score <= came.high).all()

    assert 0.935 <= np.mean(inside) <= 0.97


@settings(max_examples=25)
@given(
    aggregate=st.sampled_from(["arithmetic", "geometric", "copeland"]),
    missing=st.sampled_from(["reshare", "neutral", "zero"]),
    by=st.sampled_from([{"by": "min_max"}, {"by": "percentile"}, {"by": "z_score"}, {"by": "target", "target": 80, "stretch": 90}]),
    cells=st.lists(st.tuples(*(st.one_of(st.none(), st.integers(0, 100)),) * 2), min_size=2, max_size=7),
)
def test_what_was_measured_scores_as_published(
    aggregate: str, missing: Any, by: dict[str, Any], cells: list[tuple[int | None, ...]]
) -> None:
    """The scorecard held still gives everybody's published score back, gaps, treatment, gates and comparisons included."""
    x, y = ([cell[at] for cell in cells] for at in (0, 1))
    gates = [Gate("y", Effect("few", cap=40), below=20), Gate("z", Effect("none", discount=0.5), above=50)]
    metrics = (ScorecardMetric("x", by, weight=2, treat="winsorise"), to_target("y", 1))
    asked = card(*metrics, aggregate=aggregate, missing=missing, gates=gates)
    values = matrix({"x": x, "y": y, "z": x[::-1]})
    ways = dict.fromkeys(values.metrics, "higher")
    scored, prepared = score(values, asked, OFFERS, ways), prepare(asked, OFFERS, ways)
    held = Held.of(scored, prepared)
    columns = [scored.measured.value[:, 0], scored.measured.value[:, 1], scored.gated.value[:, 1]]
    units = held.units(np.stack([np.column_stack(columns)] * 2), np.arange(len(cells)))
    is_scored = scored.gaps.is_scored

    assert ("x", "y", "z") == held.uses
    np.testing.assert_array_equal(np.rint(scored.published.score * 10**DECIMALS)[is_scored], units[0][is_scored])
    np.testing.assert_array_equal(units[0], units[1])


def test_the_order_of_the_rows_does_not_matter() -> None:
    """Turned round, everybody has the same figures, to the last bit."""
    whole, turn = team(), list(range(12))[::-1]

    same(judged(whole, CARD)[1], judged(rows(whole, turn), CARD)[1], turn)


def test_a_new_colleague_moves_no_interval() -> None:
    """Targets are goalposts that nobody moves, so everybody keeps the interval of the score when two leave."""
    _, before = judged(team(), CARD)
    _, after = judged(rows(team(), range(10)), CARD)

    np.testing.assert_array_equal(before.low[:10], after.low)
    np.testing.assert_array_equal(before.high[:10], after.high)
    np.testing.assert_array_equal(before.p_target[:10], after.p_target)


def test_the_seed_decides() -> None:
    """The same seed gives the same figures, another one others that are close."""
    _, once = judged(team(), CARD)
    _, other = judged(team(), attrs.evolve(CARD, uncertainty=Uncertainty(draws=2000, seed=2)))

    same(once, judged(team(), CARD)[1])
    assert not np.array_equal(once.low, other.low)
    assert pytest.approx(once.low, abs=2.5) == other.low


def test_a_gate_that_may_fire_is_part_of_the_interval() -> None:
    """A share of 5 in 20 is above the gate at 0.2, but might well be below: the interval goes down to half of what it were."""
    values = uncertain({"x": ([0.25, 0.9], 20, 0.01, "binomial")})
    gate = Gate("x", Effect("too few", discount=0.5), below=0.2)

    _, with_gate = judged(values, card(to_target("x", 1, 1.0), gates=[gate]))
    _, without = judged(values, card(to_target("x", 1, 1.0)))

    assert pytest.approx(without.low[0] / 2, abs=0.5) == with_gate.low[0]
    assert without.low[1] == with_gate.low[1]


def test_a_gate_sees_the_same_draw_as_the_metric() -> None:
    """A metric that is scored and gated: below the gate at 0.5 there is no score, so no draw lies between 0 and 50."""
    values = uncertain({"x": ([0.5, 0.5], 40, 0.006, "binomial")})
    asked = card(to_target("x", 1, 1.0), gates=[Gate("x", Effect("half", void=True), below=0.5)], uncertainty=Uncertainty(target=50.0))
    _, came = judged(values, asked)
    _, anything = judged(values, attrs.evolve(asked, uncertainty=Uncertainty(target=0.0001)))

    assert came.p_target.tolist() == anything.p_target.tolist()
    assert pytest.approx([0.5, 0.5], abs=0.03) == came.p_target


def test_who_has_no_score_has_no_interval() -> None:
    """The unscored neither have figures nor stand in anybody's way."""
    values = uncertain({"x": ([50.0, NAN, 60.0], 30, 25.0, "gaussian")})
    _, came = judged(values, card(to_target("x", 1)))

    assert np.isnan(came.low[1])
    assert 0 == came.grade[1]
    assert [2.0, 2.0] == [came.rank_high[0], came.rank_high[2]]
    assert pytest.approx(3.0) == came.expected_rank[0] + came.expected_rank[2]


def test_a_part_of_unknown_error_is_told() -> None:
    """A third of the weight is of unknown error for everybody; who has only that third has no interval."""
    values = uncertain({"x": ([50.0, 60.0, NAN], 30, 25.0, "gaussian"), "y": ([40.0, 30.0, 20.0], 30, NAN, None)})
    _, came = judged(values, card(to_target("x", 2), to_target("y", 1)))

    assert pytest.approx([2 / 3, 2 / 3, 0.0]) == came.covers
    assert [False, False, True] == np.isnan(came.low).tolist() == np.isnan(came.rank_high).tolist()


@pytest.mark.parametrize(("draws", "variance", "why"), [(0, 25.0, "draws = 0"), (500, NAN, "no metric's error is known")])
def test_why_there_are_no_intervals(draws: int, variance: float, why: str) -> None:
    """Switched off, or nothing to go by."""
    _, came = judged(uncertain({"x": ([50.0, 60.0], 30, variance, None)}), card(to_target("x", 1), uncertainty=Uncertainty(draws=draws)))

    assert ("none", 0) == (came.method, came.draws)
    assert why in came.why
    assert np.isnan(came.low).all()


def test_too_many_for_draws_take_the_delta_method(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the score is linear both agree; the method and the reason are told."""
    value = np.linspace(20, 70, 30)
    values = uncertain({"x": (value, 100, 16.0, "gaussian"), "y": (value[::-1], 100, 9.0, "gaussian")})
    asked = card(to_target("x", 3), to_target("y", 1), uncertainty=Uncertainty(draws=20_000))
    _, drawn = judged(values, asked)
    monkeypatch.setattr(module, "CELLS", 10)
    _, came = judged(values, asked)
    error = math.sqrt((0.75 * 4) ** 2 + (0.25 * 3) ** 2)

    assert ("delta", 20_000) == (came.method, came.draws)
    assert "20000 draws of 30 people and 2 metrics are too many" == came.why
    assert pytest.approx(2 * 1.96 * error, abs=0.15) == came.high - came.low
    assert pytest.approx(drawn.low, abs=0.2) == came.low
    assert pytest.approx(drawn.expected_rank, abs=0.15) == came.expected_rank


def test_far_too_many_have_no_rank_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Score intervals then come from the formula alone, and ranks stay without, with the reason."""
    monkeypatch.setattr(module, "CELLS", 10)
    monkeypatch.setattr(module, "RANKS", 10)
    _, came = judged(uncertain({"x": ([50.0, 93.0], 100, 16.0, "gaussian")}), card(to_target("x", 1)))

    assert pytest.approx([50 - 1.96 * 4, 93 - 1.96 * 4], abs=0.01) == came.low
    assert pytest.approx([50 + 1.96 * 4, 100.0], abs=0.01) == came.high
    assert np.isnan(came.rank_low).all()
    assert "ranks have no interval" in came.why


def test_an_aggregator_that_compares_is_drawn_as_a_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copeland's score of three who differ clearly, and of two who do not; beyond what can be compared there is no interval."""
    values = uncertain({"x": ([20.0, 50.0, 51.0], 100, 4.0, "gaussian"), "y": ([20.0, 50.0, 51.0], 100, 4.0, "gaussian")})
    asked = card(to_target("x", 2), to_target("y", 1), aggregate="copeland", uncertainty=Uncertainty(draws=400))
    _, came = judged(values, asked)

    assert [3, 1, 1] == came.rank_low.tolist()
    assert [3, 2, 2] == came.rank_high.tolist()
    monkeypatch.setattr(module, "PAIRS", 18 * 250)
    assert ("draws", 250) == (judged(values, asked)[1].method, judged(values, asked)[1].draws)
    monkeypatch.setattr(module, "PAIRS", 10)
    assert "compares all 3 people" in judged(values, asked)[1].why
    assert "none" == judged(values, asked)[1].method


def test_values_tell_what_the_arrays_hold() -> None:
    """Scores carry the figures as published values, the run carries how they were made."""
    scored, came = judged(team(), CARD)
    scores, _ = people(scored, chance=came)
    first, last = scores[0], scores[-1]
    at = scored.subjects.index(first.subject)

    assert (came.low[at], came.high[at], int(came.rank_high[at])) == (first.low, first.high, first.rank_high)
    assert isinstance(first.rank_low, int)
    assert (1, None) == (first.grade, last.p_above_next)
    assert {"level": 0.95, "draws": 2000, "seed": 1, "method": "draws", "why": None, "target": 80.0, "top": 3, "grade": 0.9} == told(
        CARD.uncertainty, came
    )
    assert (None, 0.0) == (run(team(), CARD)[0][0].low, run(team(), CARD)[0][0].interval_covers)


def test_how_many_draws_can_be_made() -> None:
    """As many as asked for, while they are not too many; where people are compared as many as that allows, or none."""
    assert (4000, "") == module.affordable(4000, 500, 30)
    assert 0 == module.affordable(4000, 5000, 30)[0]
    assert (4000, "") == module.affordable(4000, 100, 10, 1.0)
    assert 266 == module.affordable(4000, 500, 30, 1.0)[0]
    assert 0 == module.affordable(4000, 50, 8, 6000.0)[0]


def test_rates_do_not_depend_on_how_many_are_moved_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Points per unit of the metric, 50 / 0.8, 25 / 60 and 25 / 100 where nothing is cut off, person by person or all together."""
    ways = dict.fromkeys(team().metrics, "higher")
    scored, prepared = score(team(), CARD, OFFERS, ways), prepare(CARD, OFFERS, ways)
    held, everybody = Held.of(scored, prepared), np.arange(12)
    known = module._known(scored, team(), held.uses)
    together = module.rates(held, known, everybody)
    monkeypatch.setattr(module, "CHUNK", 1)

    np.testing.assert_array_equal(together, module.rates(held, known, everybody))
    assert pytest.approx([50 / 0.8, 25 / 60, 25 / 100], rel=1e-3) == np.median(together, axis=0).tolist()
