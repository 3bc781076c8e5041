"""Declared complexity."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import casemix

KAPPA = st.lists(st.tuples(st.floats(0.5, 2), st.integers(1, 50)), min_size=1, max_size=6)


def test_coefficients_average_one_on_the_reference() -> None:
    """(80 * 1 + 20 * 1.5) / 100 = 1.1, so that 1 and 1.5 become 1 / 1.1 and 1.5 / 1.1."""
    found = casemix.normalised(np.array([1.0, 1.5]), np.array([80.0, 20.0]))

    assert pytest.approx([1 / 1.1, 1.5 / 1.1]) == found.tolist()
    assert [1.0, 1.5] == casemix.normalised(np.array([1.0, 1.5]), np.zeros(2)).tolist()


@pytest.mark.parametrize("kappa", [[0.0, 1.0], [-1.0, 1.0], [math.nan, 1.0], [math.inf, 1.0], [1.0]])
def test_coefficients_must_be_positive(kappa: list[float]) -> None:
    """Nothing is infinitely easy, and each class has one coefficient."""
    with pytest.raises(ShapeError, match="finite and above 0"):
        casemix.normalised(np.array(kappa), np.ones(2))


def test_relabelling_a_fifth_of_the_ordinary_is_worth_a_tenth() -> None:
    """20 % of ordinary items called hard, 1.0 to 1.5, are 10 % more credit: this is what drift must show."""
    kappa = np.array([1.0, 1.5])

    assert pytest.approx([100.0, 110.0]) == casemix.credit(np.array([[100.0, 0.0], [80.0, 20.0]]), kappa).tolist()


def test_hard_units_count_more_of_what_is_good_and_less_of_what_is_bad() -> None:
    """Of two who have 10 units each, the one with the harder ones is better off whichever way is better."""
    kappa, cases = np.array([0.8, 1.6]), np.array([50.0, 50.0])
    easy_and_hard = np.array([[10.0, 0.0], [0.0, 10.0]])

    more = casemix.credit(easy_and_hard, casemix.credits_of(kappa, cases, "higher"))
    less = casemix.credit(easy_and_hard, casemix.credits_of(kappa, cases, "lower"))

    assert more[0] < 10 < more[1]
    assert less[0] > 10 > less[1]


def test_declared_means_follow_the_direction() -> None:
    """Hours of hard cases are expected to be more, their satisfaction is expected to be less; both average to the mean."""
    kappa, cases = np.array([1.0, 2.0]), np.array([30.0, 10.0])

    hours = casemix.declared_means(kappa, cases, 10.0, "lower")
    stars = casemix.declared_means(kappa, cases, 4.0, "higher")

    assert pytest.approx([8.0, 16.0]) == hours.tolist()
    assert pytest.approx([4 / 0.875, 2 / 0.875]) == stars.tolist()
    assert pytest.approx((400.0, 160.0)) == (hours @ cases, stars @ cases)


def test_declared_shares_move_through_the_odds() -> None:
    """The odds of a class with kappa 2 are half of the other's where more is better, and double where less is."""
    cases = np.array([60.0, 40.0])

    for better, factor in (("higher", 0.5), ("lower", 2.0)):
        share = casemix.declared_shares(np.array([1.0, 2.0]), cases, 30.0, better)  # type: ignore[arg-type]  # the loop holds both
        odds = share / (1 - share)
        assert pytest.approx(factor) == odds[1] / odds[0]
        assert pytest.approx(30.0) == cases @ share


def test_all_or_none_is_expected_of_every_class() -> None:
    """Where nothing was won, nothing is expected; where all was, all is."""
    assert [0.0, 0.0] == casemix.declared_shares(np.array([1.0, 2.0]), np.ones(2), 0.0, "higher").tolist()
    assert [1.0, 1.0] == casemix.declared_shares(np.array([1.0, 2.0]), np.ones(2), 2.0, "higher").tolist()


@pytest.mark.parametrize(("successes", "trials"), [(3.0, 1.0), (-1.0, 1.0), (0.0, 0.0)])
def test_impossible_successes_are_refused(successes: float, trials: float) -> None:
    """There are no more successes than trials."""
    with pytest.raises(ShapeError, match="successes"):
        casemix.calibrated_shares(np.zeros(2), np.full(2, trials), successes)


@given(KAPPA, st.floats(0.01, 0.99), st.sampled_from(["higher", "lower"]))
def test_expected_shares_add_up_and_stay_shares(rows: list[tuple[float, int]], rate: float, better: casemix.Better) -> None:
    """As many successes are expected as there were, each class between 0 and 1, and a common factor changes nothing."""
    kappa, cases = np.array(rows, dtype=float).T

    share = casemix.declared_shares(kappa, cases, rate * cases.sum(), better)

    assert pytest.approx(rate * cases.sum()) == cases @ share
    assert ((share > 0) & (share < 1)).all()
    assert pytest.approx(share) == casemix.declared_shares(3.0 * kappa, cases, rate * cases.sum(), better)


@given(KAPPA, st.sampled_from(["higher", "lower"]))
def test_credit_redistributes_but_does_not_grow(rows: list[tuple[float, int]], better: casemix.Better) -> None:
    """All units of the reference together are credited with what they are."""
    kappa, cases = np.array(rows, dtype=float).T

    assert pytest.approx(cases.sum()) == casemix.credit(cases[None], casemix.credits_of(kappa, cases, better))[0]


def test_expit_does_not_overflow() -> None:
    """Log odds of 1 000 are a share of 1, not an error."""
    assert [0.0, 0.5, 1.0] == casemix.expit(np.array([-1000.0, 0.0, 1000.0])).tolist()


def test_inputs_are_not_written_to() -> None:
    """Read-only arrays will do."""
    kappa, cases = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    for array in (kappa, cases):
        array.flags.writeable = False

    assert 2 == casemix.declared_means(kappa, cases, 1.0, "higher").size
    assert 2 == casemix.declared_shares(kappa, cases, 2.0, "lower").size
