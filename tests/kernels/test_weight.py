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
