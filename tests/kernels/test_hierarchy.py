"""Hierarchies: resharing inside dimensions, and points that sum to the score whatever aggregates on either level."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import aggregate, hierarchy, missing, outrank

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    FloatArray: TypeAlias = NDArray[np.float64]

MEANS: dict[str, Callable[..., FloatArray]] = {
    "arithmetic": aggregate.arithmetic,
    "geometric": aggregate.geometric,
    "harmonic": aggregate.harmonic,
    "square": partial(aggregate.generalised_mean, power=2.0),
    "copeland": outrank.copeland,
}
DIMENSION = np.array([0, 0, 1, 1, 1])
WEIGHTS = np.array([0.3, 0.1, 0.2, 0.2, 0.2])


def climb(
    normalised: FloatArray, inner: Callable[..., FloatArray], outer: Callable[..., FloatArray]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Aggregate two levels; return the points of the metrics, those of the dimensions, and the scores of the dimensions."""
    below, above = hierarchy.reshare(normalised, WEIGHTS, DIMENSION)
    within = np.hstack([inner(normalised[:, DIMENSION == at], below[:, DIMENSION == at]) for at in (0, 1)])
    scores = hierarchy.subtotals(within, below, DIMENSION)
    parts = outer(scores, above)
    return hierarchy.points(within, below, parts, above, DIMENSION), parts, scores


def test_a_missing_metric_is_reshared_inside_its_dimension() -> None:
    """Without its first metric, of 0.3, the dimension keeps its 0.4: the other metric carries all of it."""
    inner, outer = hierarchy.reshare(np.array([[np.nan, 0.5, 1.0, 1.0, 1.0]]), WEIGHTS, DIMENSION)

    assert pytest.approx(np.array([[0, 1, 1 / 3, 1 / 3, 1 / 3]])) == inner
    assert pytest.approx(np.array([[0.4, 0.6]])) == outer


def test_an_empty_dimension_is_reshared_among_the_others() -> None:
    """Without any metric of the first dimension the second one is everything; without any at all nothing has weight."""
    gap = np.nan
    inner, outer = hierarchy.reshare(np.array([[gap, gap, 1.0, gap, 1.0], [gap, gap, gap, gap, gap]]), WEIGHTS, DIMENSION)

    assert pytest.approx(np.array([[0, 0, 0.5, 0, 0.5], [0, 0, 0, 0, 0]])) == inner
    assert pytest.approx(np.array([[0.0, 1.0], [0.0, 0.0]])) == outer


def test_geometric_over_arithmetic_by_hand() -> None:
    """Dimensions of 0.25 (weight 0.5) and 1 make 50 geometrically; the 50 lost are the first one's, by what its metrics lost."""
    weights, dimension = np.array([0.25, 0.25, 0.5]), np.array([0, 0, 1])
    normalised = np.array([[0.5, 0.0, 1.0]])
    inner, outer = hierarchy.reshare(normalised, weights, dimension)
    within = aggregate.arithmetic(normalised, inner)
    scores = hierarchy.subtotals(within, inner, dimension)

    points = hierarchy.points(within, inner, aggregate.geometric(scores, outer), outer, dimension)

    assert [[0.25, 1.0]] == scores.tolist()
    # The dimension is left with 0 of its 50; its metrics lost 25 and 50 of 100 within it, so a third and two thirds of the 50.
    assert pytest.approx(np.array([[25 - 50 / 3, 25 - 100 / 3, 50.0]])) == points


def test_a_loss_that_no_metric_explains_is_shared_by_weight() -> None:
    """All metrics are at their best, and yet the dimension only drew against a peer: each metric loses in proportion to its weight."""
    points, parts, _ = climb(np.ones((2, 5)), aggregate.arithmetic, outrank.copeland)

    assert pytest.approx(np.array([[20.0, 30.0]] * 2)) == parts
    assert pytest.approx(np.array([[15.0, 5.0, 10.0, 10.0, 10.0]] * 2)) == points


@pytest.mark.parametrize("inner", MEANS)
@pytest.mark.parametrize("outer", MEANS)
def test_points_sum_on_both_levels(inner: str, outer: str) -> None:
    """Whatever aggregates: the points of the metrics sum to those of their dimension, and these to the score of 0 to 100."""
    rng = np.random.default_rng(20)
    normalised = np.round(rng.random((40, 5)), 1)
    normalised[rng.random((40, 5)) < 0.2] = np.nan
    normalised[0] = 1.0

    points, parts, _ = climb(normalised, MEANS[inner], MEANS[outer])

    assert (np.isnan(points) == np.isnan(normalised)).all()
    assert pytest.approx(np.nan_to_num(parts), abs=1e-9) == hierarchy.totals(points, DIMENSION)
    assert ((aggregate.score(parts) >= -1e-9) & (aggregate.score(parts) <= 100 + 1e-9)).all()


def test_arithmetic_on_both_levels_is_the_flat_mean() -> None:
    """Without gaps, and with a gap that empties no dimension of more than its own part, points are 100 w x."""
    normalised = np.random.default_rng(4).random((30, 5))

    points, _, _ = climb(normalised, aggregate.arithmetic, aggregate.arithmetic)

    assert pytest.approx(aggregate.arithmetic(normalised, missing.reshare(normalised, WEIGHTS)), abs=1e-12) == points


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5), st.integers(0, 4), st.floats(0, 1))
def test_better_is_never_worse(row: list[float], at: int, more: float) -> None:
    """A harmonic mean of geometric means does not fall when a metric rises."""
    normalised = np.array([row, row])
    normalised[1, at] = max(row[at], more)

    before, after = aggregate.score(climb(normalised, aggregate.geometric, aggregate.harmonic)[0])

    assert after >= before - 1e-9


def test_a_deeper_tree_is_the_same_step_again() -> None:
    """Three arithmetic levels with weights 1/2 each give every one of eight metrics an eighth."""
    normalised, eighth = np.random.default_rng(8).random((3, 8)), np.full(8, 1 / 8)
    pairs, halves = np.arange(8) // 2, np.arange(4) // 2
    low, middle = hierarchy.reshare(normalised, eighth, pairs)
    within = aggregate.arithmetic(normalised, low)
    scores = hierarchy.subtotals(within, low, pairs)
    middle, high = hierarchy.reshare(scores, np.full(4, 1 / 4), halves)
    between = aggregate.arithmetic(scores, middle)
    top = aggregate.arithmetic(hierarchy.subtotals(between, middle, halves), high)

    parts = hierarchy.points(between, middle, top, high, halves)
    points = hierarchy.points(within, low, parts, high[:, halves] * middle, pairs)

    assert pytest.approx(100 * normalised / 8) == points


def test_inputs_are_not_written_to() -> None:
    """Read-only arrays are enough."""
    normalised = np.array([[0.1, np.nan, 0.5, 0.2, 1.0]])
    normalised.flags.writeable = False
    below, above = hierarchy.reshare(normalised, WEIGHTS, DIMENSION)
    for array in (below, above):
        array.flags.writeable = False

    assert np.isfinite(hierarchy.points(100 * below * normalised, below, 100 * above, above, DIMENSION)[0, 0])


@pytest.mark.parametrize("dimension", [np.array([0, 2]), np.array([0]), np.array([1, 1])])
def test_every_metric_has_a_dimension(dimension: NDArray[np.int64]) -> None:
    """Dimensions are numbered from 0 without a gap, one per metric."""
    with pytest.raises(ShapeError, match="each of 2 metrics must have a dimension"):
        hierarchy.totals(np.ones((1, 2)), dimension)
