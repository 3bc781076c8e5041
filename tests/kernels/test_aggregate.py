"""Aggregation kernels."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import aggregate, missing

Mean = Callable[..., aggregate.FloatArray]

FAMILY: list[Mean] = [
    aggregate.arithmetic,
    aggregate.geometric,
    aggregate.harmonic,
    partial(aggregate.generalised_mean, power=-2.0),
    partial(aggregate.generalised_mean, power=3.0),
]
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


@pytest.mark.parametrize("function", FAMILY)
@given(row=ROWS, more=st.floats(0, 1), data=st.data())
def test_better_is_never_worse(function: Mean, row: list[tuple[float, float]], more: float, data: st.DataObject) -> None:
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

    for function in FAMILY:
        assert [100.0] == aggregate.score(function(share, weights)).tolist()


def test_harmonic_mean_of_a_textbook_pair() -> None:
    """1 / (0.5 / 0.4 + 0.5 / 0.1) = 0.16; the points start at 50 each and lose 84 in proportion to 1 / x - 1, that is 1.5 to 9."""
    points = aggregate.harmonic(np.array([[0.4, 0.1]]), np.array([[0.5, 0.5]]))

    assert pytest.approx([16.0]) == aggregate.score(points).tolist()
    assert pytest.approx([50 - 84 / 7, 50 - 84 * 6 / 7]) == points.tolist()[0]


def test_generalised_mean_skips_what_is_missing() -> None:
    """As the other means do: (0.5 and nothing) is 0.5 at the power -2, where COINr gives no score at all."""
    share = np.array([[0.5, np.nan], [0.4, 0.1]])
    weights = missing.reshare(share, np.full(2, 0.5))

    points = aggregate.generalised_mean(share, weights, -2.0)

    assert pytest.approx([50.0, 100 * (0.5 * 0.4**-2 + 0.5 * 0.1**-2) ** -0.5]) == aggregate.score(points).tolist()
    assert np.isnan(points[0, 1])


def test_the_family_is_one() -> None:
    """The powers 1, 0 and -1 are the arithmetic, geometric and harmonic mean, and a power close to 0 is close to the geometric one."""
    share, weights = np.random.default_rng(1).random((20, 4)), np.full((20, 4), 0.25)

    assert pytest.approx(aggregate.arithmetic(share, weights), abs=1e-12) == aggregate.generalised_mean(share, weights, 1.0)
    assert aggregate.geometric(share, weights).tolist() == aggregate.generalised_mean(share, weights, 0.0).tolist()
    assert aggregate.harmonic(share, weights).tolist() == aggregate.generalised_mean(share, weights, -1.0).tolist()
    assert pytest.approx(aggregate.geometric(share, weights), abs=1e-6) == aggregate.generalised_mean(share, weights, -1e-9)


def test_a_zero_needs_no_floor_where_the_power_is_positive() -> None:
    """All at 0 is 0; one of two at 1 is 0.5^(1/2) at the power 2."""
    weights = np.array([[0.5, 0.5]])

    assert [0.0] == aggregate.score(aggregate.generalised_mean(np.zeros((1, 2)), weights, 2.0)).tolist()
    assert pytest.approx([100 * math.sqrt(0.5)]) == aggregate.score(aggregate.generalised_mean(np.array([[0.0, 1.0]]), weights, 2.0))


@pytest.mark.parametrize("power", [math.nan, math.inf, -500.0])
def test_a_power_that_cannot_be_reckoned_with_is_refused(power: float) -> None:
    """0.01^-500 is no number any more."""
    with pytest.raises(ShapeError, match="power"):
        aggregate.generalised_mean(np.array([[0.5]]), np.array([[1.0]]), power)


@given(ROWS, st.sampled_from([-20.0, -2.0, -1.0, -0.5, 0.5, 2.0, 20.0]))
def test_points_sum_to_the_power_mean(row: list[tuple[float, float]], power: float) -> None:
    """The row sum is the mean, computed the slow way; it lies between the least and the greatest value."""
    share, weights = (np.array(part) for part in zip(*row, strict=True))
    weights /= weights.sum()
    reckoned = np.maximum(share, 0.01) if power < 0 else share

    points = aggregate.generalised_mean(share[None], weights[None], power)

    score = aggregate.score(points)[0]
    assert pytest.approx(100 * math.fsum(w * x**power for x, w in zip(reckoned, weights, strict=True)) ** (1 / power), abs=1e-9) == score
    assert 100 * reckoned.min() - 1e-9 <= score <= 100 * reckoned.max() + 1e-9


@pytest.mark.parametrize("function", FAMILY)
def test_no_row_looks_at_another(function: Mean) -> None:
    """A gap stays where it is, the order of people does not matter, and inputs are not written to."""
    rng = np.random.default_rng(5)
    share = rng.random((30, 5))
    share[rng.random(share.shape) < 0.3] = np.nan
    weights = missing.reshare(share, np.array([0.1, 0.2, 0.3, 0.4, 0.0]))
    for array in (share, weights):
        array.flags.writeable = False

    points, order = function(share, weights), rng.permutation(30)

    assert (np.isnan(points) == np.isnan(share)).all()
    assert points[order].tolist() == pytest.approx(function(share[order], weights[order]), rel=0, abs=0, nan_ok=True)
