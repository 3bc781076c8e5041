"""Rounding kernel."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.kernels.rounding import largest_remainder, significant


def test_thirds_sum_to_the_whole() -> None:
    """100 / 3 three times: the first part takes the unit that is left."""
    whole, parts = largest_remainder(np.full((1, 3), 100 / 3), decimals=1)

    assert [1000] == whole.tolist()
    assert [[334, 333, 333]] == parts.tolist()


def test_the_largest_remainder_comes_first() -> None:
    """18.26 + 41.17 - 11.4 = 48.03: the third decimal decides nothing, and a missing part stays 0."""
    whole, parts = largest_remainder(np.array([[18.26, 41.17, -11.4, np.nan]]), decimals=1)

    assert [480] == whole.tolist()
    assert [[182, 412, -114, 0]] == parts.tolist()


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=12))
def test_parts_sum_to_the_rounded_sum_and_move_less_than_a_unit(row: list[float]) -> None:
    """No part moves by a unit, and the sum is the rounded sum."""
    whole, parts = largest_remainder(np.array([row]))

    assert whole[0] == parts.sum()
    assert abs(whole[0] - sum(row) * 1e4) <= 0.5 + 1e-4
    assert np.abs(parts[0] - np.array(row) * 1e4).max() < 1 + 1e-4


@given(st.lists(st.lists(st.floats(-50, 100) | st.just(float("nan")), min_size=4, max_size=4), min_size=1, max_size=6))
def test_parts_are_those_of_a_slow_oracle(rows: list[list[float]]) -> None:
    """Exact decimal numbers, sorted one row at a time: the largest remainders first, and of equal ones the first part."""
    whole, parts = largest_remainder(np.array(rows))

    for at, row in enumerate(rows):
        fine = [round(1e10 * (0.0 if math.isnan(cell) else cell)) for cell in row]
        down, rest = [each // 10**6 for each in fine], [each % 10**6 for each in fine]
        missing = round(Fraction(sum(rest), 10**6))
        first = sorted(range(len(row)), key=lambda place: -rest[place])[:missing]
        assert [each + (place in first) for place, each in enumerate(down)] == parts[at].tolist()
        assert sum(down) + missing == whole[at]


def test_equal_remainders_of_unequal_parts_go_to_the_first() -> None:
    """100.1 and 3.1 have the same remainder, whatever is left of it in binary."""
    assert [[1002, 31, 8]] == largest_remainder(np.array([[100.14, 3.14, 0.82]]), decimals=1)[1].tolist()


def test_no_parts_make_nothing() -> None:
    """And many parts still fit."""
    assert [0, 0] == largest_remainder(np.empty((2, 0)))[0].tolist()
    assert 3000 * 10_000 == largest_remainder(np.ones((1, 3000)))[0][0]


def test_significant_digits_hide_the_order_of_addition() -> None:
    """Whatever its size, a number keeps ten digits; NaN and infinity stay, and minus zero is zero."""
    numbers = np.array([123456789.123456, 0.1 + 0.2, -2.5, -0.0, np.nan, np.inf, 1e300])

    rounded = significant(numbers)

    assert [123456789.1, 0.3, -2.5, 0.0] == rounded[:4].tolist()
    assert str(rounded[3]) == "0.0"
    assert np.isnan(rounded[4])
    assert significant(np.array([5e-320])).item() == pytest.approx(5e-320, abs=1e-300)
    assert [np.inf, 1e300] == rounded[5:].tolist()
