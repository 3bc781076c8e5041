"""Correlations within people, with a lag."""

from __future__ import annotations

import numpy as np
import pytest

from kpicore.errors import ShapeError
from kpicore.kernels.lagged import LEAST, lagged_correlation, strongest


def panel(lag: int, subjects: int = 20, periods: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Return x, and y that follows it by some periods, each subject on a level of its own that runs against it."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(subjects, periods))
    y = np.roll(x, lag, axis=1) + 0.1 * rng.normal(size=x.shape)
    level = np.arange(subjects)[:, np.newaxis] * 10.0
    return x + level, y - level


def test_the_lag_is_found_within_people() -> None:
    """Although people with a higher x have a lower y, months with more x are followed by more y two months later."""
    x, y = panel(2)
    found = strongest(x, y, (0, 1, 2, 3))

    assert (2, 20 * 10, 20) == (found.lag, found.n, found.subjects)
    assert found.r > 0.95
    assert found.low > 0.9
    assert lagged_correlation(x, y, 0).r < 0.5


def test_equal_to_a_slow_oracle() -> None:
    """Pairs are collected one by one, the mean of each person taken off, and numpy's corrcoef asked."""
    x, y = panel(1)
    y[3, 4:] = np.nan
    x[7, 2] = np.nan
    x[8, 1:] = np.nan
    left, right, subjects = [], [], 0
    for one, two in zip(x, y, strict=True):
        pairs = [(one[at], two[at + 1]) for at in range(11) if np.isfinite(one[at]) and np.isfinite(two[at + 1])]
        if len(pairs) < 2:
            continue
        subjects += 1
        a, b = np.array(pairs).T
        left += list(a - a.mean())
        right += list(b - b.mean())
    found = lagged_correlation(x, y, 1)
    step = 1.959963984540054 / np.sqrt(len(left) - subjects + 1 - 3)

    assert (len(left), subjects) == (found.n, found.subjects)
    assert np.corrcoef(left, right)[0, 1] == pytest.approx(found.r)
    assert [np.tanh(np.arctanh(found.r) - step), np.tanh(np.arctanh(found.r) + step)] == pytest.approx([found.low, found.high])


def test_choosing_among_lags_widens_the_interval() -> None:
    """The best of four is not as sure as the only one."""
    x, y = panel(1)
    one, best = lagged_correlation(x, y, 1), strongest(x, y, (0, 1, 2, 3))

    assert one.r == best.r
    assert best.low < one.low


def test_too_few_pairs_and_what_does_not_vary_show_nothing() -> None:
    """NaN, with how many pairs there were."""
    x, y = panel(0, subjects=2, periods=5)
    few, flat = lagged_correlation(x, y, 0), lagged_correlation(np.ones((10, 10)) * 0.1, panel(0, 10, 10)[1], 0)

    assert few.n < LEAST
    assert np.isnan([few.r, few.low, flat.r, flat.high]).all()
    assert np.isnan(strongest(x, y, (0, 1)).r)


def test_one_person_with_nothing_spreads_to_nobody() -> None:
    """NaN leaves the pairs of others as they are."""
    x, y = panel(0)
    lost = np.vstack([x, np.full((1, 12), np.nan)]), np.vstack([y, np.ones((1, 12))])

    assert lagged_correlation(x, y, 0) == lagged_correlation(*lost, 0)


@pytest.mark.parametrize(
    ("x", "y", "lag", "says"),
    [
        (np.ones((2, 3)), np.ones((3, 2)), 0, "the same shape"),
        (np.ones((2, 3)), np.ones((2, 3)), 3, "less than the number of periods"),
        (np.full((2, 3), np.inf), np.ones((2, 3)), 0, "must be finite"),
    ],
)
def test_what_is_refused(x: np.ndarray, y: np.ndarray, lag: int, says: str) -> None:
    """With what must hold and what came."""
    with pytest.raises(ShapeError, match=says):
        lagged_correlation(x, y, lag)
