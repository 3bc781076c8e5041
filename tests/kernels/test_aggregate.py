"""Aggregation kernels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import aggregate, missing

ROWS = st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 1)), min_size=1, max_size=8)


def test_arithmetic_points_are_weight_times_share() -> None:
    """0.25 * 0.73 of 100 is 18.25 points; missing stays missing."""
    points = aggregate.arithmetic(np.array([[0.73, 0.5, np.nan]]), np.array([[0.25, 0.75, 0.0]]))

    assert pytest.approx(np.array([[18.25, 37.5, np.nan]]), nan_ok=True) == points
    assert [55.75] == aggregate.score(points).tolist()


def test_geometric_mean_of_a_textbook_pair() -> None:
    """sqrt(0.81 * 0.25) = 0.45; the points start at 50 each and lose 55 in proportion to the logarithms."""
    points = aggregate.geometric(np.array([[0.81, 0.25]]), np.array([[0.5, 0.5]]))
    lost = 55 * math.log(0.81) / (math.log(0.81) + math.log(0.25))

    assert pytest.approx([45.0]) == aggregate.score(points).tolist()
    assert pytest.approx([50 - lost, 50 - (55 - lost)]) == points.tolist()[0]


def test_geometric_mean_of_the_best_loses_nothing() -> None:
    """At a score of 100 every metric keeps all of its points."""
    assert [[30.0, 70.0]] == aggregate.geometric(np.array([[1.0, 1.0]]), np.array([[0.3, 0.7]])).tolist()


def test_geometric_mean_reckons_with_its_floor() -> None:
    """A zero counts as 0.01: 100 * sqrt(0.01) = 10."""
    assert pytest.approx([10.0]) == aggregate.score(aggregate.geometric(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]))).tolist()


@pytest.mark.parametrize("floor", [0.0, 1.0, -0.1, math.nan])
def test_geometric_mean_refuses_a_useless_floor(floor: float) -> None:
    """A floor must be above 0 and below 1."""
    with pytest.raises(ShapeError, match="floor"):
        aggregate.geometric(np.array([[0.5]]), np.array([[1.0]]), floor)


def test_shapes_must_agree() -> None:
    """Values and weights cover the same subjects and metrics."""
    with pytest.raises(ShapeError, match=r"\(1, 2\) and \(2,\)"):
        aggregate.arithmetic(np.ones((1, 2)), np.ones(2))


@given(ROWS)
def test_points_sum_to_the_mean(row: list[tuple[float, float]]) -> None:
    """The row sum is the weighted mean, computed the slow way."""
    share, weights = (np.array(part) for part in zip(*row, strict=True))
    weights /= weights.sum()

    product = 100 * math.prod(max(x, 0.01) ** w for x, w in zip(share, weights, strict=True))

    assert pytest.approx([product], abs=1e-9) == aggregate.score(aggregate.geometric(share[None], weights[None]))
    assert pytest.approx([100 * share @ weights], abs=1e-9) == aggregate.score(aggregate.arithmetic(share[None], weights[None]))


@pytest.mark.parametrize("function", [aggregate.arithmetic, aggregate.geometric])
@given(row=ROWS, more=st.floats(0, 1), data=st.data())
def test_better_is_never_worse(function: type, row: list[tuple[float, float]], more: float, data: st.DataObject) -> None:
    """Raising one metric does not lower the score, and a metric of weight 0 does not change it."""
    share, weights = (np.array(part)[None] for part in zip(*row, strict=True))
    weights = weights / weights.sum()
    at = data.draw(st.integers(0, len(row) - 1))
    better = share.copy()
    better[0, at] = max(share[0, at], more)

    before = aggregate.score(function(share, weights))[0]

    assert aggregate.score(function(better, weights))[0] >= before - 1e-9
    assert pytest.approx(before, abs=1e-9) == aggregate.score(function(np.hstack([share, [[more]]]), np.hstack([weights, [[0.0]]])))[0]


def test_an_absent_part_is_left_out() -> None:
    """5 and 5 of 5 and no self-rating make 5, not 3.33: the absent part is not a zero."""
    share = np.array([[1.0, 1.0, np.nan]])
    weights = missing.reshare(share, np.full(3, 1 / 3))

    for function in (aggregate.arithmetic, aggregate.geometric):
        assert [100.0] == aggregate.score(function(share, weights)).tolist()
