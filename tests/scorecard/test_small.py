"""Small samples: shrunk figures are scored, too little is neither zero nor missing, and what was learnt stays frozen."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from kpicore.errors import ConfigError
from kpicore.kernels import conjugate, shrink
from kpicore.kernels.shrink import Prior
from kpicore.model.check import ProblemsError
from kpicore.model.scale import Scale
from kpicore.model.scorecard import ScorecardMetric
from kpicore.model.small import DeclaredPrior, SmallSamples
from tests.scorecard.cases import card, to_target
from tests.scorecard.chances import rows, uncertain
from tests.scorecard.few import PEERS, SHARE, TRIALS, WON, cell, scored, share, team, told


def test_without_being_asked_nothing_changes() -> None:
    """The value itself is scored, nothing is learnt, and there is enough data wherever there is a value."""
    matrix = team()

    found = scored(matrix, card(share()))

    assert SHARE.tolist() == found.settled.value[:, 0].tolist()
    assert {} == found.scale.priors
    one = cell(told(matrix, card(share()))["p000"])
    assert (None, None, True) == (one.shrunk, one.reliability, one.enough_data)


def test_a_share_is_scored_shrunk() -> None:
    """Four of four draws in to the peers' share; raw, shrunk, n, interval and reliability are told, and points follow the shrunk one."""
    expected = conjugate.rates(WON, TRIALS, conjugate.fit_rates(WON, TRIALS))

    found = told(team(), card(share(), small_samples=PEERS))

    low, high = conjugate.beta_interval(expected)
    for at, person in enumerate(sorted(found)):
        one = cell(found[person])
        assert (SHARE[at], TRIALS[at], True) == (one.value, one.n, one.enough_data)
        assert pytest.approx((expected.mean[at], expected.reliability[at], low[at], high[at])) == (
            one.shrunk,
            one.reliability,
            one.low,
            one.high,
        )
        assert pytest.approx(expected.mean[at]) == one.normalised
        assert pytest.approx(100 * expected.mean[at], abs=1e-4) == one.points


def test_a_mean_goes_by_the_pooled_variance() -> None:
    """Who has fewer than 20 observations is not taken at the word of their own variance."""
    value, n, own = np.array([10.0, 20.0, 30.0, 40.0, 55.0]), np.array([2.0, 5.0, 10.0, 25.0, 40.0]), np.array([0.01, 9.0, 4.0, 6.0, 3.0])
    matrix = uncertain({"mean": (value, n, own, "gaussian")})

    found = scored(matrix, card(to_target("mean", 1), small_samples=PEERS))

    variance = shrink.pooled(own, n)
    expected = shrink.apply(value, variance, shrink.fit(value, variance))
    assert pytest.approx(expected.mean.tolist()) == found.settled.value[:, 0].tolist()
    assert variance[0] > 10


def test_counts_and_sums_are_shrunk_by_their_own_laws() -> None:
    """A count as a rate of exposure 1; a sum with the same variance for everybody, so that nobody's nothing is known exactly."""
    events, total = np.array([0.0, 4.0, 9.0, 14.0, 30.0]), np.array([0.0, 100.0, 250.0, 400.0, 900.0])
    squares = 50 * total
    matrix = uncertain({"count": (events, events, events, "poisson"), "sum": (total, events, squares, "compound")})

    found = scored(matrix, card(to_target("count", 1, 10), to_target("sum", 1, 500), small_samples=PEERS)).settled

    usual = np.full(5, squares.mean())
    counted = conjugate.counts(events, np.ones(5), conjugate.fit_counts(events, np.ones(5)))
    assert pytest.approx(counted.mean.tolist()) == found.value[:, 0].tolist()
    assert pytest.approx(shrink.apply(total, usual, shrink.fit(total, usual)).mean.tolist()) == found.value[:, 1].tolist()
    assert (found.limits(0.95)[0] >= 0).all()
    assert 0 < found.value[0, 1] < 100


def test_a_census_is_what_it_is() -> None:
    """Never shrunk, never too small, and its interval is the value."""
    matrix = uncertain({"share": (SHARE, TRIALS, np.zeros_like(SHARE), "exact")})
    few = SmallSamples(shrink="peers", minimum_n=1000, minimum_reliability=0.99)

    found = told(matrix, card(share(), small_samples=few))

    for at, person in enumerate(sorted(found)):
        one = cell(found[person])
        assert (SHARE[at], SHARE[at], None, True) == (one.low, one.high, one.shrunk, one.enough_data)


def test_too_few_observations_are_neither_zero_nor_missing() -> None:
    """Unscored cell, weight shared by the others, and the reason in figures, under every policy for what is missing."""
    matrix = team(other=(np.full(6, 50.0), 30, 4.0, "gaussian"))
    for missing in ("reshare", "neutral", "zero", "block"):
        person = told(matrix, card(share(), to_target("other", 1), missing=missing, small_samples=SmallSamples(minimum_n=10)))["p000"]

        one, other = person.metrics
        assert ("scored", 50.0) == (person.state, getattr(person, "score", None))
        assert (1.0, 4.0, False) == (one.value, one.n, one.enough_data)
        assert (None, None, None, "value") == (one.normalised, one.weight, one.points, one.state)
        assert "not enough data: 4 of at least 10 observations" == one.why
        assert (1.0, 0.5) == (other.weight, person.coverage)


def test_goalposts_are_fitted_to_those_with_enough_data() -> None:
    """Four of four is no longer the best of all."""
    ranged = ScorecardMetric("share", {"by": "min_max"}, weight=1)

    found = scored(team(), card(ranged, small_samples=SmallSamples(minimum_n=10)))

    assert {"worst": 0.2, "best": 0.6} == found.normalised.goalposts["share"]


def test_who_is_left_with_too_little_is_told_so() -> None:
    """Unscored for not enough data, and not for insufficient coverage, with what is lacking; others without data stay as they are."""
    other = np.array([50.0, 50.0, np.nan, np.nan, np.nan, np.nan])
    matrix = team(other=(other, 30, 4.0, "gaussian"))
    asked = card(share(), evolve(to_target("other", 1), weight=0.5), minimum_coverage=0.5, small_samples=SmallSamples(minimum_n=15))

    found = told(matrix, asked)

    why = "there is enough data for 33.33 % of the weight, and at least 50 % is needed (share: 4 of at least 15 observations)"
    assert ("not_enough_data", why) == (found["p000"].state, getattr(found["p000"], "why", None))
    assert "scored" == found["p002"].state
    assert "insufficient_coverage" == told(matrix, evolve(asked, minimum_coverage=0.9))["p002"].state


def test_a_volume_has_no_least_number_unless_it_is_meant() -> None:
    """Three deals are three deals: the scorecard's minimum is about evidence, that of the metric is asked for by name."""
    matrix = uncertain({"count": ([3.0, 30.0], [3.0, 30.0], [3.0, 30.0], "poisson")})
    plain, meant = to_target("count", 1), evolve(to_target("count", 1), minimum_n=5.0)

    assert [True, True] == [cell(each).enough_data for each in told(matrix, card(plain, small_samples=SmallSamples(minimum_n=10))).values()]
    assert False is cell(told(matrix, card(meant))["p000"]).enough_data


def test_too_little_reliability_is_not_enough() -> None:
    """The share of what is seen that is the person: below what is asked for the figure is set aside, shrunk or not."""
    expected = conjugate.rates(WON, TRIALS, conjugate.fit_rates(WON, TRIALS)).reliability

    for asked in (SmallSamples(minimum_reliability=0.5), SmallSamples("peers", minimum_reliability=0.5)):
        found = scored(team(), card(share(), small_samples=asked)).settled
        assert (expected < 0.5).tolist() == found.is_lacking[:, 0].tolist()
        assert f"reliability {expected[0]:.2f} of at least 0.5" == found.figures["share"].lacks(0)
    assert 0 < (expected < 0.5).sum() < 6


def test_peers_who_do_not_differ_are_told() -> None:
    """A figure that says nothing of people is said to say nothing."""
    same = uncertain({"share": ([0.5, 0.4, 0.6, 0.5], 10, 0.025, "binomial")})

    one = cell(told(same, card(share(), small_samples=PEERS))["p001"])

    assert (0, "people differ no more than chance explains") == (one.reliability, one.why)
    assert 0.4 < (one.shrunk or 0) < 0.5


@pytest.mark.parametrize("won", [0.0, 1.0])
def test_peers_who_are_all_the_same_are_not_drawn_anywhere(won: float) -> None:
    """Everybody at 0, or at 1: nothing moves, no reliability is told, and the interval holds the value."""
    same = uncertain({"share": (won, [3.0, 5.0, 9.0, 4.0], 0.0, "binomial")})

    for asked in (PEERS, SmallSamples(minimum_reliability=0.5)):
        one = cell(told(same, card(share(), small_samples=asked))["p001"])
        assert (None, None, True) == (one.shrunk, one.reliability, one.enough_data)
        assert (one.low or 0) <= won <= (one.high or 0)
    assert "not shrunk, as the values do not differ" in (cell(told(same, card(share(), small_samples=PEERS))["p001"]).why or "")


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_an_impossible_newcomer_changes_nobody(family: Any) -> None:
    """With a frozen scale the others stay, though the newcomer's value is none that the law knows, and is left as it is."""
    value = np.array([0.1, 0.5, 0.4, 0.9, 0.7, 0.3, -2.0]) * (1 if family == "binomial" else 10)
    matrix = uncertain({"m": (value, 8.0, np.abs(value) / 8, family)})
    asked = card(ScorecardMetric("m", {"by": "min_max"}, weight=1), small_samples=PEERS)

    first = scored(rows(matrix, range(6)), asked)
    second = scored(matrix, asked, scale=first.scale)

    assert np.array_equal(first.settled.value, second.settled.value[:6])
    assert value[6] == second.settled.value[6, 0]
    assert family == "binomial" or second.settled.limits(0.95)[0][6, 0] < value[6]


def test_three_peers_need_a_declared_prior() -> None:
    """Three say nothing of people: figures stay, unless it is declared what people are like."""
    matrix = rows(team(), [0, 1, 2])
    declared = share(prior=DeclaredPrior(mean=0.4, deviation=0.1))

    alone = scored(matrix, card(share(), small_samples=PEERS))
    prior = scored(matrix, card(declared, small_samples=PEERS))
    many = scored(team(), card(declared, small_samples=PEERS))

    assert SHARE[:3].tolist() == alone.settled.value[:, 0].tolist()
    assert np.isnan(alone.settled.reliability()).all()
    assert "not shrunk, as fewer than 4 people have a value" in (alone.settled.figures["share"].note or "")
    assert alone.settled.priors == scored(matrix, card(share(), small_samples=PEERS), scale=alone.scale).settled.priors
    assert pytest.approx(conjugate.rates(WON[:3], TRIALS[:3], Prior(0.4, 0.01)).mean.tolist()) == prior.settled.value[:, 0].tolist()
    assert scored(team(), card(share(), small_samples=PEERS)).scale.priors == many.scale.priors


def test_an_impossible_prior_is_refused() -> None:
    """A share around 0.4 cannot vary by 0.9 to either side."""
    with pytest.raises(ConfigError, match=r"prior of 'share': shares around 0\.4 cannot differ by a variance of 0\.81"):
        scored(rows(team(), [0, 1]), card(share(prior=DeclaredPrior(0.4, 0.9)), small_samples=PEERS))


@pytest.mark.parametrize("family", ["binomial", "poisson", "gaussian", "compound", None])
def test_a_new_colleague_changes_nobody(family: Any) -> None:
    """With the scale of the earlier run, through JSON and back, everybody's score stays to the last digit."""
    value, n = np.array([0.1, 0.5, 0.4, 0.9, 0.7, 0.3]), np.array([3.0, 8.0, 15.0, 22.0, 40.0, 100.0])
    if family in ("poisson", "compound"):
        value = value * 10
    newcomer, size = np.append(value, 0.99), np.append(n, 2.0)
    column = {"m": (newcomer, size, 0.2 * newcomer / size, family)}
    asked = card(ScorecardMetric("m", {"by": "min_max"}, weight=1), small_samples=SmallSamples("peers", minimum_reliability=0.01))
    before = rows(uncertain(column), range(6))

    first = scored(before, asked)
    scale = Scale.from_dict(json.loads(json.dumps(first.scale.to_dict(), allow_nan=False)))
    second, fitted_anew = scored(uncertain(column), asked, scale=scale), scored(uncertain(column), asked)

    assert np.array_equal(first.published.score, second.published.score[:6], equal_nan=True)
    assert np.array_equal(first.settled.value, second.settled.value[:6], equal_nan=True)
    assert first.scale.priors == second.scale.priors
    assert not np.array_equal(first.settled.value, fitted_anew.settled.value[:6], equal_nan=True)


def test_the_order_of_people_does_not_matter() -> None:
    """Rows in another order give the same figures in that order."""
    order = [3, 0, 5, 1, 4, 2]
    matrix = team(count=(WON, WON, WON, "poisson"), mean=(10 * SHARE, TRIALS, 1 / TRIALS, "gaussian"))
    asked = card(share(), to_target("count", 1, 50), to_target("mean", 1, 10), small_samples=SmallSamples("peers", 5, 0.1))

    straight, turned = scored(matrix, asked).settled, scored(rows(matrix, order), asked).settled

    assert np.array_equal(straight.value[order], turned.value, equal_nan=True)
    assert straight.priors == turned.priors


def test_an_unknown_error_is_left_alone() -> None:
    """A metric whose error nobody knows is scored as it is, with a word on it, and without an interval."""
    matrix = uncertain({"median": (SHARE, TRIALS, np.nan, None)})

    one = cell(told(matrix, card(to_target("median", 1, 1.0), small_samples=SmallSamples("peers", minimum_reliability=0.7)))["p001"])

    assert (0.2, None, None, None, True) == (one.normalised, one.shrunk, one.low, one.high, one.enough_data)
    assert "not shrunk, as its sampling error is unknown" == one.why


def test_a_metric_may_say_otherwise() -> None:
    """Its own `shrink` and `minimum_n` go before the scorecard's."""
    asked = SmallSamples("peers", minimum_n=1000)

    found = scored(team(), card(share(shrink="none", minimum_n=5.0), small_samples=asked)).settled

    assert [True, *[False] * 5] == found.is_lacking[:, 0].tolist()
    assert SHARE[1:].tolist() == found.value[1:, 0].tolist()


def test_the_case_mix_must_be_known() -> None:
    """Shrinking towards what the own cases let expect needs to know the cases."""
    with pytest.raises(ProblemsError, match='"case_mix" needs complexity'):
        share(shrink="case_mix")


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"shrink": "mean"}, "shrink .mean. is unknown"),
        ({"minimum_n": -1.0}, "minimum_n must be 0 or more"),
        ({"minimum_reliability": 1.5}, "minimum_reliability"),
    ],
)
def test_limits_that_are_none_are_refused(given: dict[str, Any], match: str) -> None:
    """Each with what must hold."""
    with pytest.raises(ProblemsError, match=match):
        SmallSamples(**given)


def test_a_prior_that_is_a_point_is_refused() -> None:
    """People who do not differ need no scorecard."""
    with pytest.raises(ProblemsError, match="deviation must be above 0"):
        DeclaredPrior(0.5, 0.0)
