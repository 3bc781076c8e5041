"""Distances and ratios: hand-computed and published figures, and the slips of other packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import distance

if TYPE_CHECKING:
    from collections.abc import Callable

NAN = np.nan
KERNELS = [
    lambda x: distance.distance(x, 5.0, -5.0, cap=True),
    lambda x: distance.reached(x, 1.0),
    lambda x: distance.fraction_of_maximum(x, 9.0),
    lambda x: distance.ratio_to(x, 3.0),
    lambda x: distance.difference_to(x, 3.0),
    lambda x: distance.above_or_below(x, 3.0, 0.5),
]


def test_distance_is_1_at_the_goal() -> None:
    """0 at the worst, 1 at the goal, more beyond it unless capped; lower is better where the worst is above the goal."""
    assert pytest.approx([0.0, 0.5, 1.0, 1.5, NAN], nan_ok=True) == distance.distance(np.array([2.0, 4.0, 6.0, 8.0, NAN]), 6.0, 2.0)
    assert [0.0, 0.5, 1.0, 1.0] == distance.distance(np.array([2.0, 4.0, 6.0, 8.0]), 6.0, 2.0, cap=True).tolist()
    assert [1.0, 0.5, 0.0] == distance.distance(np.array([-6.0, -4.0, -2.0]), -6.0, -2.0).tolist()


def test_distance_of_several_metrics() -> None:
    """One goal and one worst per metric; a metric in which they are equal is neutral, and the others are not touched."""
    values = np.array([[1.0, 5.0], [3.0, 5.0], [NAN, NAN]])

    share = distance.distance(values, np.array([3.0, 5.0]), np.array([1.0, 5.0]))

    np.testing.assert_array_equal([[0.0, 0.5], [1.0, 0.5], [NAN, NAN]], share)


def test_reached_is_all_or_nothing() -> None:
    """At the goal it is reached; for a metric of which less is better, at or below it."""
    values = np.array([1.0, 2.0, 3.0, NAN])

    np.testing.assert_array_equal([0.0, 1.0, 1.0, NAN], distance.reached(values, 2.0))
    np.testing.assert_array_equal([1.0, 1.0, 0.0, NAN], distance.reached(values, 2.0, -1.0))


def test_fraction_of_maximum_with_less_being_better() -> None:
    """(1, 2, 4): the lowest is the best and gets the highest share, which COINr gives to the worst."""
    assert [0.25, 0.5, 1.0] == distance.fraction_of_maximum(np.array([1.0, 2.0, 4.0]), 4.0).tolist()
    assert [0.75, 0.5, 0.0] == distance.fraction_of_maximum(np.array([1.0, 2.0, 4.0]), 4.0, -1.0).tolist()


def test_fraction_of_a_negative_maximum_is_refused() -> None:
    """(-4, -2, -1) / -1 would be (4, 2, 1), as in pymcdm: the worst on top. A distance keeps the order."""
    column = np.array([-4.0, -2.0, -1.0])

    with pytest.raises(ShapeError, match=r"reference above 0, or better and worse change places \(got -1.0\); use min_max"):
        distance.fraction_of_maximum(column, -1.0)
    assert (np.diff(distance.distance(column, -1.0, -4.0)) > 0).all()


def test_above_or_below_needs_a_margin() -> None:
    """20 % around a mean of 10: 8 and 12 still are about there."""
    values = np.array([7.9, 8.0, 10.0, 12.0, 12.1, NAN])

    np.testing.assert_array_equal([-1.0, 0.0, 0.0, 0.0, 1.0, NAN], distance.above_or_below(values, 10.0, 0.2))
    with pytest.raises(ShapeError, match=r"margin .* 0 or more \(got -0.2\)"):
        distance.above_or_below(values, 10.0, -0.2)


@pytest.mark.parametrize("kernel", KERNELS)
@given(values=st.lists(st.floats(-1e6, 1e6) | st.just(NAN), min_size=1, max_size=9))
def test_gaps_stay_and_more_is_never_less(kernel: Callable[[distance.FloatArray], distance.FloatArray], values: list[float]) -> None:
    """A gap changes nobody else's result, the order is kept, and inputs are not written to."""
    column = np.sort(np.array(values))
    before = column.copy()

    came = kernel(column)

    known = ~np.isnan(column)
    assert known.tolist() == (~np.isnan(came)).tolist()
    np.testing.assert_array_equal(kernel(column[known]), came[known])
    assert (np.diff(came[known]) >= 0).all()
    np.testing.assert_array_equal(before, column)
