"""Funnel kernels: limits by hand, the tails that they really leave, and overdispersion."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import funnel
from kpicore.kernels.funnel import Funnel, fit, limits


def shares(p: float, tau2: float = 0.0) -> Funnel:
    """Return a funnel of shares."""
    return Funnel("binomial", p, p * (1 - p), tau2, 1.0)


def test_binomial_limits_by_hand() -> None:
    """Ten trials at one half: below 1 and half of it lie 6/1024, below 2 and half of it 33.5/1024; 2.5 % is between the two."""
    one, two = 6 / 1024, 33.5 / 1024
    lower = 1 + (0.025 - one) / (two - one)

    low, high = limits(shares(0.5), np.array([10.0]), 0.95)

    assert pytest.approx(lower / 10) == low[0]
    assert pytest.approx(1 - lower / 10) == high[0]


def test_poisson_limits_by_hand() -> None:
    """Two expected: nobody can be unusually low; above, the mid-distribution passes 97.5 % between 5 and 6."""
    chance = [math.exp(-2) * 2**r / math.factorial(r) for r in range(8)]
    five, six = sum(chance[:5]) + chance[5] / 2, sum(chance[:6]) + chance[6] / 2
    upper = 5 + (0.975 - five) / (six - five)

    low, high = limits(Funnel("poisson", 1.0, 1.0, 0.0, 1.0), np.array([2.0]), 0.95)

    assert [0.0] == low.tolist()
    assert pytest.approx(upper / 2) == high[0]


def test_normal_limits_by_hand() -> None:
    """A mean of 50 with a standard deviation of 10 within: at n = 25, 50 -+ 1.96 * 2; with tau2 = 12, 50 -+ 1.96 * 4."""
    low, high = limits(Funnel("gaussian", 50.0, 100.0, 0.0, 1.0), np.array([25.0]), 0.95)
    wide = limits(Funnel("gaussian", 50.0, 100.0, 12.0, 4.0), np.array([25.0]), 0.95)

    assert pytest.approx([46.080, 53.920], abs=1e-3) == [low[0], high[0]]
    assert pytest.approx([42.160, 57.840], abs=1e-3) == [wide[0][0], wide[1][0]]


def test_limits_approach_the_normal_ones() -> None:
    """Many trials: theta -+ z sqrt(theta (1 - theta) / n), and for ratios exp(-+ z sqrt(1 / E + tau2))."""
    n = np.array([1e6])
    low, high = limits(shares(0.3), n, 0.998)
    ratio = limits(Funnel("poisson", 1.0, 1.0, 0.04, 9.0), n, 0.95)

    assert pytest.approx([0.3 - 3.0902 * math.sqrt(0.21e-6), 0.3 + 3.0902 * math.sqrt(0.21e-6)], abs=2e-6) == [low[0], high[0]]
    assert pytest.approx([math.exp(-1.96 * 0.2), math.exp(1.96 * 0.2)], rel=1e-3) == [ratio[0][0], ratio[1][0]]


@pytest.mark.parametrize("p", [0.05, 0.3, 0.5, 0.9])
def test_as_many_lie_outside_as_the_level_says(p: float) -> None:
    """On the average over n, by the binomial distribution itself; never far more."""
    outside = []
    for n in range(20, 120):
        low, high = limits(shares(p), np.array([float(n)]), 0.95)
        chance = np.array([math.comb(n, r) * p**r * (1 - p) ** (n - r) for r in range(n + 1)])
        y = np.arange(n + 1) / n
        outside.append(chance[(y < low[0]) | (y > high[0])].sum())

    assert 0.035 < np.mean(outside) < 0.06
    assert max(outside) < 0.09


def test_common_figure_and_chance_alone() -> None:
    """Seeded people who do not differ: phi near 1, and the pooled share, not the mean of shares."""
    n = np.array([5.0, 10, 20, 40, 80, 160, 320] * 40)
    y = np.random.default_rng(1).binomial(n.astype(int), 0.4) / n

    found = fit("binomial", y, n)

    assert pytest.approx((y * n).sum() / n.sum()) == found.centre
    assert 0.7 < found.phi < 1.2
    assert found.tau2 < 1e-4


def test_overdispersion_is_found_and_widens_the_limits() -> None:
    """Seeded people whose true shares have a variance of 0.01."""
    draw = np.random.default_rng(2)
    n = np.full(2000, 400.0)
    y = draw.binomial(400, np.clip(draw.normal(0.5, 0.1, n.size), 0, 1)) / n

    found = fit("binomial", y, n)
    low, high = limits(found, n, 0.95)

    # A tenth winsorised at each end keeps 68 % of a normal variance, so that 89 % and not 95 % lie within.
    assert 0.006 < found.tau2 < 0.0105
    assert 0.87 < (funnel.side(y, low, high) == 0).mean() < 0.96


def test_pooled_variance_within_by_hand() -> None:
    """Variances 4 and 16 of single values, with 2 and 4 observations: (1 * 4 + 3 * 16) / 4 = 13; one observation says nothing."""
    n = np.array([2.0, 4.0, 1.0, 1.0, 1.0])

    assert 13.0 == fit("gaussian", np.array([1.0, 2, 3, 4, 5]), n, np.array([2.0, 4.0, np.nan, np.nan, np.nan])).unit


def test_what_makes_no_funnel_is_refused() -> None:
    """Too few figures, and means without variances."""
    y, n = np.array([0.1, 0.2, np.nan, 0.4, 0.5]), np.ones(5)

    with pytest.raises(ShapeError, match=r"at least 5 figures with an n above 0 \(got 4\)"):
        fit("binomial", y, n)
    with pytest.raises(ShapeError, match="needs the sampling variance"):
        fit("gaussian", np.ones(5), n)


def test_everybody_alike_and_missing_n() -> None:
    """All shares 1: no width, and nobody is outside; without n there is no limit."""
    found = fit("binomial", np.ones(5), np.full(5, 10.0))
    low, high = limits(found, np.array([10.0, 0.0, np.nan]), 0.95)

    assert (1.0, 0.0) == (found.centre, found.tau2)
    assert [1.0, np.nan, np.nan] == pytest.approx(low.tolist(), nan_ok=True)
    assert [0, 0, 0] == funnel.side(np.array([1.0, 1.0, np.nan]), low, high).tolist()


@given(st.floats(0.02, 0.98), st.lists(st.integers(1, 3000), min_size=1, max_size=8), st.floats(0, 0.05))
def test_limits_hold_the_centre_and_each_other(p: float, n: list[int], tau2: float) -> None:
    """0 <= low <= centre <= high <= 1; 99.8 % holds 95 %; inputs are not written to."""
    sizes = np.array(n, dtype=float)
    before = sizes.copy()
    (low, high), (lowest, highest) = (limits(shares(p, tau2), sizes, level) for level in funnel.LEVELS)

    for smaller, larger in ((np.zeros(1), lowest), (lowest, low), (low, p + 1 / sizes), (p - 1 / sizes, high), (high, highest)):
        assert (smaller <= larger + 1e-12).all()
    assert (highest <= 1).all()
    assert np.array_equal(before, sizes)


def test_a_fraction_of_a_credit_counts_as_the_nearest_whole() -> None:
    """Shared credit makes n a fraction; exact limits are of whole trials."""
    assert limits(shares(0.3), np.array([9.6]), 0.95) == limits(shares(0.3), np.array([10.0]), 0.95)
