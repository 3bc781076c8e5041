"""What is known of a metric after it was measured."""

from __future__ import annotations

import numpy as np
import pytest

from kpicore.kernels.draws import BETA, EXACT, GAMMA, MISSING, NORMAL
from kpicore.scorecard.posterior import knowledge

NAN = np.nan


def one(value: float, n: float, variance: float, family: str | None) -> tuple[int, float, float]:
    """Return family and parameters of one cell."""
    cell = np.array([[value]]), np.array([[n]]), np.array([[variance]])
    known = knowledge(*cell, [family])  # type: ignore[list-item]  # a family as text
    return int(known.posterior.family[0, 0]), float(known.posterior.first[0, 0]), float(known.posterior.second[0, 0])


def test_each_family_by_hand() -> None:
    """3 of 10; 7 events; 7 events by an exposure of 14; a mean of 25; a sum of 4 amounts of 50 each."""
    assert pytest.approx((BETA, 3.5, 7.5)) == one(0.3, 10, 0.021, "binomial")
    assert (GAMMA, 7.5, 1.0) == one(7.0, 7, 7.0, "poisson")
    assert (GAMMA, 7.5, 14.0) == one(0.5, 7, 0.5 / 14, "poisson")
    assert (NORMAL, 12.0, 4.0) == one(12.0, 25, 4.0, "gaussian")
    assert pytest.approx((GAMMA, 4.5, 0.02)) == one(200.0, 4, 4 * 50.0**2, "compound")


def test_what_cannot_be_below_nothing_is_not_drawn_there() -> None:
    """A sum of 0 or more is a count of amounts; one below 0, e.g. with returns, is normal."""
    assert (GAMMA, 1.5, 0.1) == one(10.0, 1, 100.0, None)
    assert (NORMAL, -10.0, 100.0) == one(-10.0, 1, 100.0, None)


def test_an_adjusted_share_has_as_many_trials_as_its_variance_says() -> None:
    """0.5 with variance 0.05 is worth 5 trials, though 10 were counted; at 0 and 1 the count stands."""
    assert pytest.approx((BETA, 3.0, 3.0)) == one(0.5, 10, 0.05, "binomial")
    assert (BETA, 10.5, 0.5) == one(1.0, 10, 0.01, "binomial")


def test_nothing_is_uncertain_too() -> None:
    """0 of 5, and no event where the others' events show the exposure: half an event is what the prior says."""
    known = knowledge(np.array([[0.0], [0.5], [0.25]]), np.array([[0.0], [7], [3]]), np.array([[0.0], [0.05], [0.025]]), ["poisson"])

    assert (BETA, 0.5, 5.5) == one(0.0, 5, 0.0, "binomial")
    assert [[0.5], [5.5], [3.0]] == known.posterior.first.tolist()
    assert [[10.0], [10.0], [10.0]] == known.posterior.second.tolist()


def test_unknown_errors_count_as_exact_and_say_so() -> None:
    """No variance, one observation of a mean, a share that is none, and no value at all."""
    for value, n, variance, family in [(5.0, 9, NAN, None), (5.0, 1, NAN, "gaussian"), (1.2, 9, 0.1, "binomial")]:
        assert (EXACT, value) == one(value, n, variance, family)[:2]
    known = knowledge(np.array([[NAN, 1.0, 0.5]]), np.full((1, 3), 9.0), np.array([[NAN, NAN, 0.02]]), ["binomial", None, "binomial"])
    assert [[MISSING, EXACT, BETA]] == known.posterior.family.tolist()
    assert [[False, False, True]] == known.is_known.tolist()


def test_a_census_is_known_to_be_exact() -> None:
    """It is drawn as it is, and that is no gap in what is known; without a value nothing is."""
    value = np.array([[0.5], [np.nan]])

    found = knowledge(value, np.ones((2, 1)), np.zeros((2, 1)), ["exact"])

    assert [[EXACT], [MISSING]] == found.posterior.family.tolist()
    assert [[True], [False]] == found.is_known.tolist()


def test_few_observations_borrow_the_spread_of_all() -> None:
    """s^2 = (9 * 100 + 29 * 300) / 38 of means of 10 and 30; the first takes s^2 / 10, the third with one observation s^2 / 1."""
    variance = np.array([[100 / 10], [300 / 30], [NAN]])
    known = knowledge(np.array([[5.0], [6.0], [7.0]]), np.array([[10.0], [30.0], [1.0]]), variance, ["gaussian"])
    shared = (9 * 100 + 29 * 300) / 38

    assert pytest.approx(np.array([[shared / 10], [10.0], [shared]])) == known.posterior.second
    assert known.is_known.all()


def test_nothing_is_written_to() -> None:
    """The arrays given stay as they are."""
    given = np.array([[0.3]]), np.array([[10.0]]), np.array([[0.02]])
    knowledge(*given, ["binomial"])

    assert [[[0.3]], [[10.0]], [[0.02]]] == [each.tolist() for each in given]
