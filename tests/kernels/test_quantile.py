"""Quantiles of beta and gamma against closed forms, numerical integration and each other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import quantile

SHARES = [0.001, 0.025, 0.3, 0.5, 0.9, 0.975, 0.999]


@pytest.mark.parametrize("share", SHARES)
def test_beta_where_the_distribution_is_a_formula(share: float) -> None:
    """I_x(a, 1) = x^a, I_x(1, b) = 1 - (1 - x)^b, and Beta(1/2, 1/2) is the arcsine law."""
    sizes = np.array([0.5, 1.0, 7.0, 250.0, 4e5])
    ones = np.ones_like(sizes)

    assert pytest.approx((share ** (1 / sizes)).tolist(), rel=1e-10) == quantile.beta(share, sizes, ones).tolist()
    assert pytest.approx((1 - (1 - share) ** (1 / sizes)).tolist(), rel=1e-9) == quantile.beta(share, ones, sizes).tolist()
    half = np.array([0.5])
    assert pytest.approx(math.sin(math.pi * share / 2) ** 2, rel=1e-10) == quantile.beta(share, half, half).item()


@pytest.mark.parametrize("share", SHARES)
def test_gamma_where_the_distribution_is_a_formula(share: float) -> None:
    """Shape 1 is the exponential law; twice a gamma of shape 1/2 is the square of a normal number."""
    from statistics import NormalDist

    assert pytest.approx(-math.log1p(-share), rel=1e-10) == quantile.gamma(share, np.ones(1)).item()
    square = NormalDist().inv_cdf((1 + share) / 2) ** 2
    assert pytest.approx(square / 2, rel=1e-9) == quantile.gamma(share, np.array([0.5])).item()


def test_gamma_is_the_beta_of_rare_events() -> None:
    """As n grows, n Beta(a, n) tends to Gamma(a); both are found by different expansions."""
    shapes = np.array([0.3, 1.0, 12.5, 300.0])

    many = 1e7 * quantile.beta(0.975, shapes, np.full(4, 1e7))

    assert pytest.approx(many.tolist(), rel=1e-4) == quantile.gamma(0.975, shapes).tolist()


@given(st.floats(0.5, 2000), st.floats(0.5, 2000), st.sampled_from(SHARES))
def test_beta_matches_integration(a: float, b: float, share: float) -> None:
    """The density between 0 and the quantile, summed on a fine grid of the log-odds, gives the share back."""
    x = quantile.beta(share, np.array([a]), np.array([b])).item()

    odds = np.linspace(*_reach(a, b), 200_001)
    log_density = a * odds - (a + b) * np.logaddexp(0, odds)
    mass = np.exp(log_density - log_density.max())
    below = np.concatenate([[0.0], np.cumsum((mass[1:] + mass[:-1]) / 2)])
    at = math.log(x) - math.log1p(-x) if 0 < x < 1 else math.copysign(1e4, x - 0.5)

    assert pytest.approx(share, abs=1e-6) == float(np.interp(at, odds, below / below[-1]))


def _reach(a: float, b: float) -> tuple[float, float]:
    middle, wide = math.log(a / b), 40 / min(a, b) + 20 * math.sqrt(1 / a + 1 / b)
    return middle - wide, middle + wide


def test_log_gamma_is_that_of_the_library() -> None:
    """To the last digits over twelve orders of magnitude."""
    numbers = np.logspace(-4, 8, 500)

    assert pytest.approx([math.lgamma(number) for number in numbers], rel=1e-13, abs=1e-13) == quantile.log_gamma(numbers).tolist()


def test_unknown_shapes_stay_unknown() -> None:
    """NaN stays NaN and changes nothing else."""
    first, second = quantile.beta(0.5, np.array([np.nan, 2.0]), np.array([1.0, 2.0]))

    assert math.isnan(first)
    assert pytest.approx(0.5) == second
    assert np.isnan(quantile.gamma(0.5, np.array([np.nan]))).all()


@pytest.mark.parametrize("shape", [0.0, -1.0, np.inf])
def test_a_shape_is_finite_and_above_zero(shape: float) -> None:
    """Anything else is no distribution."""
    with pytest.raises(ShapeError, match="finite and above 0"):
        quantile.gamma(0.5, np.array([shape]))


@pytest.mark.parametrize("share", [0.0, 1.0, np.nan])
def test_a_share_is_within_its_ends(share: float) -> None:
    """The quantiles 0 and 1 are the ends of the scale, and none is asked for."""
    with pytest.raises(ShapeError, match="above 0 and below 1"):
        quantile.beta(share, np.ones(1), np.ones(1))


@pytest.mark.parametrize("share", SHARES)
def test_large_shapes_are_right_to_eight_digits(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a shape of 100,000 approximations stand in for the expansions, and agree with them."""
    first, second = np.array([1.1e5, 2e5, 9e5]), np.array([3e6, 1.1e5, 4e5])
    quick = quantile.beta(share, first, second), quantile.gamma(share, first)

    monkeypatch.setattr(quantile, "_LARGE", np.inf)
    exact = quantile.beta(share, first, second), quantile.gamma(share, first)

    for one, other in zip(quick, exact, strict=True):
        assert pytest.approx(other.tolist(), rel=1e-8) == one.tolist()


def test_one_large_shape_is_no_obstacle() -> None:
    """Five of a billion: as many as a gamma of shape 5 says."""
    rare = 1e9 * quantile.beta(0.975, np.array([5.0]), np.array([1e9]))

    assert pytest.approx(quantile.gamma(0.975, np.array([5.0])).item(), rel=1e-6) == rare.item()
