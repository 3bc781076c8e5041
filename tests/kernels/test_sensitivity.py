"""Sensitivity indices."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import sensitivity


def ishigami(points: np.ndarray) -> np.ndarray:
    """Return sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1, x from -pi to pi."""
    x = math.pi * (2 * points - 1)
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


@pytest.mark.parametrize("seed", range(5))
def test_ishigami(seed: int) -> None:
    """The analytic indices of Ishigami & Homma 1990: 0.3139 0.4424 0, total 0.5576 0.4424 0.2437."""
    first, total = sensitivity.sobol_indices(ishigami(sensitivity.saltelli_sample(8192, 3, seed)), 3)

    assert pytest.approx([0.3139, 0.4424, 0.0], abs=0.012) == first
    assert pytest.approx([0.5576, 0.4424, 0.2437], abs=0.012) == total


def test_an_additive_model_has_no_interactions() -> None:
    """The model 1 u1 + 2 u2 + 0 u3: shares 1/5, 4/5 and 0, first order and total alike."""
    points = sensitivity.saltelli_sample(4096, 3, 1)
    first, total = sensitivity.sobol_indices(points @ np.array([1.0, 2.0, 0.0]) + 1000, 3)

    assert pytest.approx([0.2, 0.8, 0.0], abs=0.01) == first
    assert pytest.approx([0.2, 0.8, 0.0], abs=0.01) == total
    assert 0.0 == total[2]


def test_a_constant_model_is_sensitive_to_nothing() -> None:
    """No variance is divided by."""
    first, total = sensitivity.sobol_indices(np.full(40, 7.0), 2)

    assert [0.0, 0.0] == first.tolist() == total.tolist()


def test_the_sample_is_laid_out_as_saltelli_says() -> None:
    """A, B, then A with one column after the other from B; the same seed gives the same points, another seed others."""
    points = sensitivity.saltelli_sample(10, 2, 1)
    a, b, first, second = points.reshape(4, 10, 2)

    np.testing.assert_array_equal(np.column_stack([b[:, 0], a[:, 1]]), first)
    np.testing.assert_array_equal(np.column_stack([a[:, 0], b[:, 1]]), second)
    np.testing.assert_array_equal(points, sensitivity.saltelli_sample(10, 2, 1))
    assert not np.array_equal(points, sensitivity.saltelli_sample(10, 2, 2))


@given(st.integers(1, 300), st.integers(1, 6), st.integers(0, 9))
def test_points_lie_in_the_unit_cube(base: int, choices: int, seed: int) -> None:
    """From 0 to below 1, and spread out: the mean of each column is near one half."""
    points = sensitivity.saltelli_sample(base, choices, seed)

    assert (base * (choices + 2), choices) == points.shape
    assert ((points >= 0) & (points < 1)).all()
    assert (np.abs(points.mean(axis=0) - 0.5) < 1 / math.sqrt(base)).all()


def test_wrong_sizes_are_refused() -> None:
    """No points, results that do not fit, results that are not finite."""
    with pytest.raises(ShapeError, match="at least one point"):
        sensitivity.saltelli_sample(0, 2, 1)
    with pytest.raises(ShapeError, match=r"N \(d \+ 2\)"):
        sensitivity.sobol_indices(np.zeros(7), 2)
    with pytest.raises(ShapeError, match="1 that are not"):
        sensitivity.sobol_indices(np.array([1.0, 2.0, np.inf]), 1)


def test_weights_scatter_around_the_declared_ones() -> None:
    """Mean w and variance w (1 - w) / (c + 1); rows sum to 1, none is negative, and 0 stays 0."""
    declared = np.array([0.5, 0.3, 0.2, 0.0])
    drawn = sensitivity.dirichlet_weights(declared, 100.0, 20_000, 1)

    assert pytest.approx(declared, abs=0.002) == drawn.mean(axis=0)
    assert pytest.approx(declared * (1 - declared) / 101, rel=0.05) == drawn.var(axis=0)
    np.testing.assert_allclose(drawn.sum(axis=1), 1.0)
    assert (drawn >= 0).all()
    assert (drawn[:, 3] == 0).all()
    assert [0.13, 0.28] == np.quantile(drawn[:, 2], [0.025, 0.975]).round(2).tolist()


def test_weights_survive_a_tiny_concentration() -> None:
    """Where every draw underflows, the declared weights stand, and never NaN."""
    drawn = sensitivity.dirichlet_weights(np.array([0.5, 0.5]), 1e-8, 100, 1)

    np.testing.assert_allclose(drawn.sum(axis=1), 1.0)


@pytest.mark.parametrize(("declared", "concentration"), [([0.5, -0.5], 10.0), ([0.0, 0.0], 10.0), ([np.nan, 1.0], 10.0), ([1.0], 0.0)])
def test_impossible_weights_are_refused(declared: list[float], concentration: float) -> None:
    """As everywhere: finite, not negative, not all 0."""
    with pytest.raises(ShapeError):
        sensitivity.dirichlet_weights(np.array(declared), concentration, 10, 1)
