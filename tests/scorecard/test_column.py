"""One metric of everybody, before shrinkage: its law, and the interval of each value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.kernels import interval
from kpicore.scorecard.column import Column, limits

FAMILIES = ["binomial", "poisson", "gaussian", "compound", None]


def column(value: list[float], n: float, variance: list[float], family: str | None, *, is_adjusted: bool = False) -> Column:
    """Make a column of people with n observations each."""
    return Column(np.array(value), np.full(len(value), n), np.array(variance), family, is_adjusted)  # type: ignore[arg-type]  # as text


def test_a_sum_of_nothing_has_an_interval() -> None:
    """Amounts of 50: nobody's nothing may be up to what Byar says of 0 amounts, and what others sold says how large those are."""
    low, high = limits(column([0.0, 200.0, 400.0], 4, [0.0, 1e4, 2e4], "compound"), 0.95)

    least, most = interval.byar(np.array([0.0, 4.0, 8.0]), 0.95)
    assert pytest.approx((50 * least).tolist()) == low.tolist()
    assert pytest.approx((50 * most).tolist()) == high.tolist()


def test_a_sum_below_nothing_is_normal() -> None:
    """More was returned than sold: no count of amounts, so its interval is that of its own variance, and lies around it."""
    low, high = limits(column([-100.0, 200.0], 4, [2500.0, 1e4], "compound"), 0.95)

    assert pytest.approx(-100 - 1.959964 * 50) == low[0]
    assert pytest.approx(-100 + 1.959964 * 50) == high[0]


def test_a_ratio_of_sums_is_not_below_nothing() -> None:
    """0.5 by an exposure of 4 is a count of 2."""
    low, high = limits(column([0.5], 2, [0.125], None), 0.95)

    least, most = interval.byar(np.array([2.0]), 0.95)
    assert (least[0] / 4, most[0] / 4) == (low[0], high[0])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("is_adjusted", [False, True])
@given(data=st.data())
def test_an_interval_holds_its_value(family: str | None, *, is_adjusted: bool, data: st.DataObject) -> None:
    """Whatever the law, also of values that it does not know; none is turned round."""
    least, most = (0, 1000) if family == "binomial" else (-1_000_000, 1_000_000)
    value = [number / 1000 for number in data.draw(st.lists(st.integers(least, most), min_size=1, max_size=6))]
    variance = [number / 1000 for number in data.draw(st.lists(st.integers(0, most), min_size=len(value), max_size=len(value)))]
    given = column(value, 10, variance, family, is_adjusted=is_adjusted)

    low, high = given.within(*limits(given, 0.95))

    known = ~np.isnan(low)
    assert (known == ~np.isnan(high)).all()
    assert (low[known] <= given.value[known]).all()
    assert (given.value[known] <= high[known]).all()


def test_what_cannot_be_is_cut() -> None:
    """A mean of shares does not reach beyond 1, however few there are."""
    given = Column(np.array([0.9, 0.5]), np.full(2, 4.0), np.array([0.04, 0.04]), "gaussian", is_adjusted=False, reach=(0.0, 1.0))

    low, high = given.within(*limits(given, 0.95))

    assert (1.0, True) == (high[0], low[0] < 0.9)


def test_nobody_else_decides_the_law() -> None:
    """One person with more reversals than events leaves the others' counts what they are."""
    found = column([3.0, -1.0], 3, [3.0, 1.0], "poisson")

    assert "count" == found.law
    assert np.array_equal([3.0, np.nan], found.hits, equal_nan=True)
