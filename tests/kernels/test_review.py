"""Weights review."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import aggregate, missing, review

if TYPE_CHECKING:
    from collections.abc import Callable

NAN = np.nan


def test_covariance_shares_by_hand() -> None:
    """0 0 1 1 and 0 1 0 1, weights 3/4 and 1/4: independent, so shares are as the squares, 9 to 1."""
    points = np.array([[0.0, 0.0], [0, 1], [1, 0], [1, 1]]) * [0.75, 0.25]

    assert pytest.approx([0.9, 0.1]) == review.covariance_share(points)


def test_a_metric_that_works_against_the_score() -> None:
    """Who is high on the first is low on the second: its share is below 0, and the other's above 1."""
    share = review.covariance_share(np.array([[0.0, 1.0], [4.0, 0.5], [8.0, 0.0]]))

    assert pytest.approx([8 / 7, -1 / 7]) == share
    assert [False, True] == review.works_against(share).tolist()


@given(
    st.lists(st.lists(st.floats(0, 1) | st.just(NAN), min_size=4, max_size=4), min_size=2, max_size=15),
    st.sampled_from([aggregate.arithmetic, aggregate.geometric]),
)
def test_shares_sum_to_one(rows: list[list[float]], function: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> None:
    """Whatever the aggregation and the gaps, because points sum to the score; the slow way gives the same."""
    values = np.array(rows)
    weights = missing.reshare(values, np.array([0.4, 0.3, 0.2, 0.1]))
    points = function(values, weights)
    score = aggregate.score(points)
    if np.ptp(score) < 1e-3:
        return

    share = review.covariance_share(points)

    assert pytest.approx(1.0) == share.sum()
    slow = [np.cov(np.nan_to_num(column), score)[0, 1] / np.var(score, ddof=1) for column in points.T]
    assert pytest.approx(slow, abs=1e-9) == share
    assert pytest.approx(share, abs=1e-9) == review.covariance_share(points[::-1])


def test_alike_scores_have_no_shares() -> None:
    """Nothing varies, so nothing decides; one subject neither."""
    assert np.isnan(review.covariance_share(np.full((5, 2), 0.1 + 0.2))).all()
    assert np.isnan(review.covariance_share(np.array([[10.0, 20.0]]))).all()
    assert np.isnan(review.covariance_share(np.empty((0, 2)))).all()
    with pytest.raises(ShapeError, match="points must be"):
        review.covariance_share(np.array([[np.inf, 1.0], [0.0, 1.0]]))


def test_correlations_with_the_score() -> None:
    """A straight line, its reverse, and a constant."""
    x = np.linspace(0, 1, 60)
    values = np.column_stack([x, 1 - x, np.full(60, 0.3), (x - 0.5) ** 2])

    r = review.score_correlation(values, 100 * x)
    ratio = review.score_ratio(values, (x - 0.5) ** 2)

    assert pytest.approx([1, -1, NAN, 0], abs=1e-9, nan_ok=True) == r
    assert pytest.approx([1, 1, NAN, 1], abs=0.01, nan_ok=True) == ratio


def test_out_of_proportion() -> None:
    """Half the weight and double the weight are still in proportion; a weight of 0 has none."""
    share, nominal = np.array([0.10, 0.09, 0.40, 0.41, 0.0, NAN]), np.array([0.2, 0.2, 0.2, 0.2, 0.0, 0.2])

    assert [False, True, False, True, False, False] == review.out_of_proportion(share, nominal).tolist()


def test_one_metric_decides() -> None:
    """More than all others together."""
    assert [False, True, False] == review.dominates(np.array([0.5, 0.500001, NAN])).tolist()


def test_the_largest_gap() -> None:
    """The metric farthest from its weight; none where nothing is known."""
    at, gap = review.largest_gap(np.array([0.6, 0.5, -0.1]), np.array([0.5, 0.3, 0.0]))

    assert (1, 0.2) == (at, round(gap, 9))
    assert -1 == review.largest_gap(np.array([NAN, NAN]), np.array([0.5, 0.5]))[0]


def test_pairs_that_count_twice() -> None:
    """A metric and nearly the same one; not its reverse, which takes back what the other gives."""
    x = np.arange(20.0)
    values = np.column_stack([x, x[::-1], x + (x % 2), np.ones(20)])

    pairs = review.counted_twice(values)
    assert [] == review.counted_twice(values[: review.FEWEST - 1])

    assert [(0, 2)] == [(i, j) for i, j, _ in pairs]
    assert pairs[0][2] > 0.99
