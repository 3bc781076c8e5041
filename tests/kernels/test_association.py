"""Correlation, and the correlation ratio."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels.association import correlation, correlation_ratio

NAN = np.nan


def slow_correlation(values: np.ndarray) -> np.ndarray:
    """Return numpy's correlation of each pair over the rows that have both."""
    size = values.shape[1]
    r = np.full((size, size), NAN)
    for i in range(size):
        for j in range(size):
            both = values[~np.isnan(values[:, [i, j]]).any(axis=1)][:, [i, j]]
            if len(both) > 1 and (np.ptp(both, axis=0) > 0).all():
                r[i, j] = np.corrcoef(both.T)[0, 1]
    return r


def test_correlation_by_hand() -> None:
    """1 2 3 against 1 2 3, 3 2 1 and 1 3 2."""
    values = np.array([[1, 1, 3, 1], [2, 2, 2, 3], [3, 3, 1, 2]], dtype=float)

    assert pytest.approx([1, 1, -1, 0.5]) == correlation(values)[0]


@given(st.lists(st.lists(st.integers(-3, 3).map(float) | st.just(NAN), min_size=4, max_size=4), min_size=1, max_size=12))
def test_correlation_is_numpys_pair_by_pair(rows: list[list[float]]) -> None:
    """Gaps leave a subject out of a pair only; what does not vary has no correlation."""
    values = np.array(rows)
    before = values.copy()

    assert np.allclose(slow_correlation(values), correlation(values), atol=1e-9, equal_nan=True)
    assert np.array_equal(before, values, equal_nan=True)


def test_correlation_keeps_its_digits() -> None:
    """A column around a million that varies by ones correlates as that column less a million; a constant 0.1 does not vary."""
    x = np.array([1.0, 4.0, 2.0, 8.0])
    y = np.array([2.0, 1.0, 7.0, 7.0])

    r = correlation(np.column_stack([x, y, 1e6 + x, np.full(4, 0.1)]))

    assert pytest.approx([np.corrcoef(x, y)[0, 1], 1.0], abs=1e-9) == r[[0, 0], [1, 2]]
    assert np.isnan(r[3]).all()
    assert np.isnan(r[:, 3]).all()


def test_infinite_values_are_refused() -> None:
    """Infinity has no distance from a mean."""
    with pytest.raises(ShapeError, match="finite or NaN"):
        correlation(np.array([[1.0, np.inf], [2.0, 3.0]]))


@pytest.mark.parametrize("n", [40, 400])
def test_a_curve_is_seen(n: int) -> None:
    """A parabola has no straight line in it: r is 0, yet x explains nearly all of y."""
    x = np.linspace(-1, 1, n)

    assert pytest.approx(0.0, abs=1e-12) == np.corrcoef(x, x**2)[0, 1]
    assert correlation_ratio(x, x**2) > (0.9 if n < 50 else 0.999)


@pytest.mark.parametrize(("n", "near"), [(40, 0.08), (60, 0.05), (400, 0.02)])
def test_chance_is_not_mistaken_for_a_curve(n: int, near: float) -> None:
    """Noise explains nothing, and a parabola with as much noise as curve explains half; the mean of 200 draws is close to both.

    Values are cut off at 0, so the mean for noise lies a little above it.
    """
    rng = np.random.default_rng(11)
    x = rng.normal(size=(200, n))
    curve = (x**2 - 1) / np.sqrt(2)

    noise = np.mean([correlation_ratio(a, b) for a, b in zip(x, rng.normal(size=(200, n)), strict=True)])
    half = np.mean([correlation_ratio(a, b) for a, b in zip(x, curve + rng.normal(size=(200, n)), strict=True)])

    assert noise < near
    assert abs(half - 0.5) < (0.25 if n < 50 else near)


def test_a_straight_line_is_the_adjusted_r2() -> None:
    """With x and y on a line with noise the spline is nearly that line, and the ratio nearly r^2 paid for two parameters."""
    rng = np.random.default_rng(5)
    x = rng.uniform(size=2000)
    y = x + rng.normal(size=2000) / 3
    r2 = np.corrcoef(x, y)[0, 1] ** 2

    assert pytest.approx(1 - (1 - r2) * 1999 / 1998, abs=0.005) == correlation_ratio(x, y)


@pytest.mark.parametrize("n", [30, 80])
def test_order_and_units_do_not_matter(n: int) -> None:
    """Subjects in another order, x in another unit, gaps elsewhere."""
    rng = np.random.default_rng(2)
    x, y = np.round(rng.normal(size=n), 1), rng.normal(size=n)
    turn = rng.permutation(n)
    came = correlation_ratio(x, x + y)

    assert pytest.approx(came, abs=1e-9) == correlation_ratio(x[turn], (x + y)[turn])
    assert pytest.approx(came, abs=1e-9) == correlation_ratio(1000 * x + 7, -3 * (x + y))
    assert pytest.approx(came, abs=1e-9) == correlation_ratio(np.append(x, NAN), np.append(x + y, 1.0))


def test_what_cannot_be_told_is_nan() -> None:
    """Too few, or nothing that varies."""
    ten = np.arange(10.0)

    assert np.isnan(correlation_ratio(ten[:9], ten[:9]))
    assert np.isnan(correlation_ratio(np.ones(10), ten))
    assert np.isnan(correlation_ratio(ten, np.ones(10)))
    assert 0 <= correlation_ratio(np.repeat([0.0, 1.0], 30), np.arange(60.0)) <= 1
