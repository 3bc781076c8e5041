"""Overdispersion kernels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import overdispersion


def test_log_ratio_by_hand() -> None:
    """ln(20 / 10) = 0.693; at 0 observed ln(.5 / 10.5); nothing expected or missing stays unknown."""
    observed, expected = np.array([20.0, 0.0, 3.0, np.nan]), np.array([10.0, 10.0, 0.0, 5.0])

    found = overdispersion.log_ratio(observed, expected)

    assert pytest.approx([math.log(2), math.log(0.5 / 10.5), np.nan, np.nan], nan_ok=True) == found.tolist()
    assert pytest.approx(math.sqrt(10) * math.log(2)) == overdispersion.z_ratio(observed, expected)[0]


def test_ends_are_moved_or_left_out() -> None:
    """Of ten z scores one at each end is moved to its neighbour, or left out; missing ones do not count."""
    z = np.array([9.0, -8.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 0.0, np.nan])

    assert [0, 0, 1, 2, 3, 4, 5, 6, 7, 7] == overdispersion.tame(z).tolist()
    assert [0, 1, 2, 3, 4, 5, 6, 7] == overdispersion.tame(z, "drop").tolist()
    assert [] == overdispersion.tame(np.array([np.nan])).tolist()


def test_a_share_of_half_is_refused() -> None:
    """Nobody would be left."""
    with pytest.raises(ShapeError, match=r"below 0.5 \(got 0.5\)"):
        overdispersion.tame(np.ones(3), share=0.5)


def test_between_by_hand() -> None:
    """For equal variances v: tau2 = v (k phi - (k - 1)) / (k - 1)."""
    z = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])

    assert 2.0 == overdispersion.phi(z)
    assert pytest.approx(0.25 * (5 * 2 - 4) / 4) == overdispersion.between(z, np.full(5, 0.25))


def test_chance_alone_adds_nothing() -> None:
    """Z scores closer than chance give tau2 = 0, and so do fewer than two subjects."""
    assert 0.0 == overdispersion.between(np.array([0.1, -0.1, 0.0]), np.ones(3))
    assert 0.0 == overdispersion.between(np.array([5.0, np.nan]), np.ones(2))
    assert math.isnan(overdispersion.phi(np.array([np.nan])))


def test_dropped_subjects_take_their_weight_along() -> None:
    """What is left out counts neither in phi nor in the weights."""
    z = np.array([50.0, -2.0, -1.0, 0.0, 1.0, 2.0, -3.0, 3.0, 1.5, -50.0])
    variance = np.array([1e-9, *[0.25] * 8, 1e-9])

    inner = overdispersion.between(z[1:-1], variance[1:-1], share=0.0)

    assert pytest.approx(inner) == overdispersion.between(z, variance, "drop")


def test_the_estimate_recovers_a_known_variance() -> None:
    """2 000 subjects with tau = 0.2 give back 0.04 without taming; winsorising takes over half of it away, by design."""
    rng = np.random.default_rng(7)
    variance = rng.uniform(0.005, 0.05, 2000)
    y = rng.normal(0.0, np.sqrt(variance + 0.04))

    whole = overdispersion.between(y / np.sqrt(variance), variance, share=0.0)
    tamed = overdispersion.between(y / np.sqrt(variance), variance)

    assert pytest.approx(0.04, rel=0.1) == whole
    assert 0.3 * whole < tamed < whole


def test_ratio_limits_by_hand() -> None:
    """exp(-+ 1.96 sqrt(1 / 25 + 0.05)); nothing expected has no limits."""
    low, high = overdispersion.ratio_limits(np.array([25.0, 0.0]), 0.05, 1.96)

    assert pytest.approx([math.exp(-1.96 * 0.3), np.nan], nan_ok=True) == low.tolist()
    assert pytest.approx(math.exp(1.96 * 0.3)) == high[0]


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 2)), min_size=2, max_size=20), st.sampled_from(["winsorise", "drop"]))
def test_row_order_does_not_matter(rows: list[tuple[float, float]], ends: overdispersion.Ends) -> None:
    """Subjects in another order give the same variance, where no two tie."""
    z, variance = np.array(rows).T
    if len(set(z.tolist())) < z.size:
        return

    expected = overdispersion.between(z, variance, ends)

    assert pytest.approx(expected) == overdispersion.between(z[::-1].copy(), variance[::-1].copy(), ends)
