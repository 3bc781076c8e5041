"""Weighting kernels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import weight


def test_declared_weights_are_scaled_to_one() -> None:
    """25, 20 and 5 of 50."""
    assert [0.5, 0.4, 0.1] == weight.declared(np.array([25.0, 20.0, 5.0])).tolist()


def test_equal_weights_leave_out_what_weighs_nothing() -> None:
    """A declared 0 stays 0."""
    assert [0.5, 0.0, 0.5] == weight.equal(np.array([25.0, 0.0, 5.0])).tolist()


@given(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=12), st.floats(1e-3, 1e3))
def test_scale_does_not_matter(weights: list[float], factor: float) -> None:
    """Ten times all weights are the same weights."""
    assert pytest.approx(weight.declared(np.array(weights))) == weight.declared(np.array(weights) * factor)


@pytest.mark.parametrize("weights", [[1.0, -1.0, 3.0], [1.0, np.nan], [np.inf, 1.0], [0.0, 0.0], []])
@pytest.mark.parametrize("function", [weight.declared, weight.equal])
def test_bad_weights_are_refused(function: type, weights: list[float]) -> None:
    """Negative, NaN, infinite, all 0, none."""
    with pytest.raises(ShapeError, match="weights must be finite, not negative, and not all 0"):
        function(np.array(weights))


def test_weights_down_a_hierarchy() -> None:
    """Two dimensions 3 to 1; two metrics of equal weight in the first, two 1 to 4 in the second."""
    weights, parents = np.array([3.0, 1.0, 1.0, 1.0, 1.0, 4.0]), np.array([-1, -1, 0, 0, 1, 1])

    path = weight.path_weights(weights, parents)

    assert pytest.approx([0.75, 0.25, 0.375, 0.375, 0.05, 0.2]) == path


def test_a_flat_hierarchy_is_the_declared_weights() -> None:
    """Without dimensions nothing is multiplied."""
    weights = np.array([25.0, 20.0, 5.0])

    assert weight.declared(weights).tolist() == weight.path_weights(weights, np.full(3, -1)).tolist()


@pytest.mark.parametrize(
    ("weights", "parents", "says"),
    [
        ([1.0, 1.0], [1, 0], "must lead upwards"),
        ([1.0, 1.0], [-1, 1], "must lead upwards"),
        ([1.0, 0.0, 0.0], [-1, 0, 0], "weights of siblings must not all be 0"),
        ([1.0, -1.0], [-1, -1], "not negative"),
        ([1.0, 1.0], [-1, 2], "parents must be an index"),
        ([1.0, 1.0], [-1], "parents must be an index"),
    ],
)
def test_what_is_no_hierarchy_is_refused(weights: list[float], parents: list[int], says: str) -> None:
    """Circles, siblings that weigh nothing, negative weights, parents that are not there."""
    with pytest.raises(ShapeError, match=says):
        weight.path_weights(np.array(weights), np.array(parents))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20), st.data())
def test_siblings_share_what_their_parent_has(weights: list[int], data: st.DataObject) -> None:
    """Below every node the weights sum to its own, at the top to 1."""
    parents = np.array([data.draw(st.integers(-1, at - 1)) for at in range(len(weights))])

    path = weight.path_weights(np.array(weights, dtype=float), parents)

    for node in set(parents.tolist()):
        assert pytest.approx(1.0 if node < 0 else path[node]) == path[parents == node].sum()
