"""Estimates and their sampling variances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.kernels import estimate

ROWS = st.lists(st.tuples(st.floats(0, 1e4), st.floats(0.5, 1e4)), min_size=1, max_size=20)


def sums(rows: list[tuple[float, float]]) -> list[np.ndarray]:
    """Return sum(x), sum(y), sum(x^2), sum(x y), sum(y^2)."""
    x, y = np.array(rows).T
    return [np.array([part.sum()]) for part in (x, y, x * x, x * y, y * y)]


def test_variance_of_a_ratio_by_hand() -> None:
    """With x = 1, 2, 6 over y = 2, 4, 3: R = 1, residuals -1, -2, 3, so var = 14 / 81."""
    assert pytest.approx(14 / 81) == estimate.ratio_variance(*sums([(1, 2), (2, 4), (6, 3)]))[0]


@given(ROWS)
def test_variance_of_a_ratio_is_that_of_its_residuals(rows: list[tuple[float, float]]) -> None:
    """The three sums give what the residuals give."""
    x, y = np.array(rows).T
    residuals = x - x.sum() / y.sum() * y

    found = estimate.ratio_variance(*sums(rows))[0]

    assert pytest.approx((residuals**2).sum() / y.sum() ** 2, rel=1e-6, abs=1e-300 + 1e-9 * (x @ x) / y.sum() ** 2) == found


def test_a_rate_over_a_known_exposure_is_poisson() -> None:
    """12 events in 400 hours: the variance is 12 / 400^2, that of a Poisson rate; a known exposure of 0 has none."""
    found = estimate.ratio_variance(np.array([12.0, 1.0]), np.array([400.0, 0.0]), np.array([12.0, 1.0]))

    assert pytest.approx(np.array([12 / 400**2, np.nan]), nan_ok=True) == found


def test_a_share_of_rows_has_a_binomial_variance() -> None:
    """30 of 100: with x and y counts of the same rows, the residuals give p (1 - p) / n."""
    found = estimate.ratio_variance(*(np.array([part]) for part in (30.0, 100.0, 30.0, 30.0, 100.0)))

    assert pytest.approx(0.3 * 0.7 / 100) == found[0]


def test_variance_of_a_ratio_agrees_with_simulation() -> None:
    """Over 4,000 draws of a random number of rows the spread of the ratio is what the formula says, to 5 %."""
    draw = np.random.default_rng(7)
    found, said = [], []
    for _ in range(4000):
        y = draw.gamma(2.0, 50.0, draw.poisson(200))
        x = y * draw.beta(2, 3, len(y))
        found.append(x.sum() / y.sum())
        said.append(estimate.ratio_variance(*sums(list(zip(x, y, strict=True))))[0])

    assert pytest.approx(np.var(found), rel=0.05) == np.mean(said)
