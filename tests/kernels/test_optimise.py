"""Weights for a stated importance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import PeersError, ScorecardError, ShapeError
from kpicore.kernels import optimise, review

NAN = np.nan
RNG = np.random.default_rng(7)
THREE = RNG.normal(size=(80, 3)) @ np.array([[1.0, 0.5, 0], [0, 1, -0.4], [0, 0, 2]])
EQUAL = np.ones(3)


def closed_form(first: np.ndarray, second: np.ndarray, wanted: float) -> float:
    """Return the weight of the first of two metrics for its share: (1 - t) s1^2 u^2 + (1 - 2t) c u - t s2^2 = 0 with u = w1 / w2."""
    (one, both), (_, two) = np.cov(first, second)
    a, b, c = (1 - wanted) * one, (1 - 2 * wanted) * both, -wanted * two
    u = (-b + np.sqrt(b * b - 4 * a * c)) / (2 * a)
    return float(u / (1 + u))


def test_two_equal_metrics_are_weighed_against_their_deviations() -> None:
    """w1 = sd2 / (sd1 + sd2), however the two correlate."""
    values = np.array([[0.0, 5.0], [3.0, 1.0], [6.0, 3.0], [1.0, 9.0]])
    one, two = values.std(axis=0)

    assert pytest.approx([two / (one + two), one / (one + two)], abs=1e-12) == optimise.optimised(values, EQUAL[:2], EQUAL[:2], 1.0).weights


@given(st.floats(0.01, 0.99), st.floats(-0.95, 0.95), st.floats(0.1, 10))
def test_two_metrics_equal_the_closed_form(wanted: float, correlation: float, scale: float) -> None:
    """Any importance has one solution above 0, positively or negatively correlated."""
    first, other = THREE[:, 0], THREE[:, 2]
    values = np.column_stack([first, scale * (correlation * first + np.sqrt(1 - correlation**2) * other)])

    came = optimise.approach(values, np.array([wanted, 1 - wanted]), EQUAL[:2], 1.0)

    assert pytest.approx(closed_form(values[:, 0], values[:, 1], wanted), abs=1e-8) == came.weights[0]
    assert came.residual < 1e-9


def test_shares_are_those_of_the_review() -> None:
    """What was asked for is what the review then finds."""
    wanted = np.array([0.5, 0.3, 0.2])

    came = optimise.optimised(THREE, wanted, EQUAL, 1.0)

    assert pytest.approx(wanted) == review.covariance_share(THREE * came.weights)
    assert pytest.approx(wanted) == came.share


def test_a_limit_is_kept_and_what_remains_is_said() -> None:
    """Within the limit the result is the best of a fine grid; nothing is refused that the tolerance allows."""
    present, wanted, limit = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5]), 0.05

    came = optimise.approach(THREE, wanted, present, limit)

    assert np.abs(came.weights - present).max() <= limit + 1e-12
    assert pytest.approx(1.0) == came.weights.sum()
    assert pytest.approx(np.abs(came.share - wanted).max()) == came.residual
    steps = np.linspace(-limit, limit, 81)
    grid = np.array([[a, b, -a - b] for a in steps for b in steps if abs(a + b) <= limit + 1e-12]) + present
    best = min(((review.covariance_share(THREE * w) - wanted) ** 2).sum() for w in grid)
    assert ((came.share - wanted) ** 2).sum() <= best + 1e-9


def test_what_is_out_of_reach_is_refused_with_the_move_that_would_do() -> None:
    """With that move it is reached."""
    present, wanted = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    with pytest.raises(ScorecardError, match=r"no weights within 0\.05 of the present ones .* allow a move of 0\.") as caught:
        optimise.optimised(THREE, wanted, present, 0.05)

    enough = float(str(caught.value).split("a move of ")[1].split(",")[0])

    assert optimise.optimised(THREE, wanted, present, enough, tolerance=1e-6).residual < 1e-6


def test_importance_of_nothing_leaves_a_metric_out() -> None:
    """A stated 0 is a weight of 0, and the others share as if it were not there."""
    came = optimise.approach(THREE, np.array([1.0, 0.0, 1.0]), EQUAL, 1.0)

    assert 0.0 == came.weights[1]
    assert pytest.approx(optimise.approach(THREE[:, [0, 2]], EQUAL[:2], EQUAL[:2], 1.0).weights) == came.weights[[0, 2]]


def test_what_cannot_vary_cannot_be_important() -> None:
    """A constant metric, or two that cancel each other out."""
    with pytest.raises(PeersError, match="nobody differs on metric 2 of 3"):
        optimise.approach(np.column_stack([THREE[:, 0], np.full(80, 0.3), THREE[:, 2]]), EQUAL, EQUAL)
    with pytest.raises(PeersError, match="cancel each other out"):
        optimise.approach(np.column_stack([THREE[:, 0], -THREE[:, 0]]), EQUAL[:2], EQUAL[:2])


@pytest.mark.parametrize(
    ("importance", "move", "says"),
    [([1.0, -1.0, 1.0], 0.1, "not negative"), ([0.0, 0.0, 0.0], 0.1, "not all 0"), ([1.0, 1.0, 1.0], 0.0, "maximum move must be above 0")],
)
def test_what_makes_no_sense_is_refused(importance: list[float], move: float, says: str) -> None:
    """A negative importance, none at all, no room to move."""
    with pytest.raises(ShapeError, match=says):
        optimise.approach(THREE, np.array(importance), EQUAL, move)


@pytest.mark.parametrize("move", [0.02, 0.1, 1.0])
@given(importance=st.lists(st.floats(0.05, 1), min_size=3, max_size=3), seed=st.integers(0, 1000))
def test_invariants(move: float, importance: list[float], seed: int) -> None:
    """Never negative, sums to 1, within the move, closer than before, gaps allowed, subjects in any order, input left alone."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(size=(12, 3))
    values[0, 1] = NAN
    before, wanted = values.copy(), np.array(importance) / np.sum(importance)

    came = optimise.approach(values, wanted, EQUAL, move)
    again = optimise.approach(values[::-1], wanted, EQUAL, move)

    assert (came.weights >= 0).all()
    assert pytest.approx(1.0) == came.weights.sum()
    assert np.abs(came.weights - 1 / 3).max() <= move + 1e-12
    filled = np.where(np.isnan(values), np.nanmean(values, axis=0), values)
    asis = ((review.covariance_share(filled / 3) - wanted) ** 2).sum()
    assert ((came.share - wanted) ** 2).sum() <= asis + 1e-12
    assert pytest.approx(came.weights, abs=1e-5) == again.weights
    assert np.array_equal(before, values, equal_nan=True)
