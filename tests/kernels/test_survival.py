"""Quantiles of times of which some are not over yet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels.survival import kaplan_meier_quantile

# Remission in weeks under 6-MP, a plus meaning that it goes on: Freireich et al. (1963), in Cox & Oakes (1984), table 1.1.
REMISSION = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"


def estimate(text: str, q: float = 0.5) -> float:
    """Return the quantile of one cell."""
    time = np.array([float(each.rstrip("+")) for each in text.split()])
    happened = np.array([not each.endswith("+") for each in text.split()])
    return float(kaplan_meier_quantile(time, happened, np.zeros(len(time), dtype=np.int64), 1, q)[0][0])


def slow(rows: list[tuple[float, bool]], q: float) -> float:
    """Return the quantile by the product formula, event time by event time."""
    survival, times = 1.0, sorted({time for time, happened in rows if happened})
    for at, time in enumerate(times):
        survival *= 1 - sum(happened and each == time for each, happened in rows) / sum(each >= time for each, _ in rows)
        if abs(survival - (1 - q)) < 1e-9 and at + 1 < len(times):
            return (time + times[at + 1]) / 2
        if survival <= 1 - q + 1e-9:
            return time
    return float("nan")


def test_published_median() -> None:
    """The median remission is 23 weeks; a quarter had relapsed after 13 weeks, S(10) being .753 and S(13) .690."""
    assert 23.0 == estimate(REMISSION)
    assert 13.0 == estimate(REMISSION, 0.25)


def test_without_open_rows_it_is_the_median() -> None:
    """Of an odd number the middle one, of an even number half-way between the middle two."""
    assert 3.0 == estimate("1 3 9")
    assert 5.0 == estimate("1 3 7 9")
    assert 3.0 == estimate("1 3 3 9")


def test_too_few_events() -> None:
    """Where most are still waiting the median is not known, rather than that of the quick ones."""
    assert np.isnan(estimate("1 2 9+ 9+ 9+"))
    assert np.isnan(estimate("9+"))


def test_the_open_ones_are_not_left_out() -> None:
    """Leaving out who still waits would give 2; counting them as done 5."""
    assert 8.0 == estimate("1 2 5+ 5+ 8")


@given(st.lists(st.tuples(st.integers(0, 9).map(float), st.booleans(), st.integers(-1, 2)), max_size=40), st.sampled_from([0.25, 0.5, 0.9]))
def test_equals_the_product_formula(rows: list[tuple[float, bool, int]], q: float) -> None:
    """In every cell, whatever ties and open rows there are; the order of the rows does not matter."""
    time, happened, cell = (np.array([row[at] for row in rows], dtype=kind) for at, kind in enumerate((float, bool, np.int64)))

    found, n = kaplan_meier_quantile(time, happened, cell, 3, q)
    turned, _ = kaplan_meier_quantile(time[::-1], happened[::-1], cell[::-1], 3, q)

    expected = [slow([(row[0], row[1]) for row in rows if row[2] == at], q) for at in range(3)]
    np.testing.assert_allclose(found, expected)
    np.testing.assert_array_equal(found, turned)
    np.testing.assert_array_equal(n, [sum(row[2] == at for row in rows) for at in range(3)])


def test_times_that_cannot_be() -> None:
    """A negative or unknown time is refused."""
    for time in (-1.0, np.nan, np.inf):
        with pytest.raises(ShapeError, match="finite and not negative"):
            kaplan_meier_quantile(np.array([time]), np.array([True]), np.zeros(1, dtype=np.int64), 1)
