"""How well a score tells what will happen, against pairs counted one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.kernels.prognosis import area_under_curve, logistic_line, mid_ranks


def test_ranks_of_ties() -> None:
    """Equal values share their ranks' mean; each cell counts from 1."""
    np.testing.assert_array_equal([1.5, 3.0, 1.5, 1.0, 2.0], mid_ranks(np.array([4.0, 5, 4, 9, 10]), np.array([0, 0, 0, 1, 1])))


def test_area_by_hand() -> None:
    """Of four pairs three are in the right order and one is tied: 3.5 / 4. Where it happened to nobody nothing can be told."""
    score, happened = np.array([9.0, 5, 5, 1, 3]), np.array([True, True, False, False, False])

    np.testing.assert_array_equal([3.5 / 4, np.nan, np.nan], area_under_curve(score, happened, np.array([0, 0, 0, 0, 1]), 3))


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 2)), max_size=30))
def test_area_is_the_share_of_pairs(rows: list[tuple[int, bool, int]]) -> None:
    """In every cell, with ties as halves."""
    score, happened, cell = (np.array([row[at] for row in rows], dtype=kind) for at, kind in enumerate((float, bool, np.int64)))

    expected: list[float] = []
    for here in range(3):
        pairs = [(one, two) for one, is_one, at in rows for two, is_two, other in rows if at == other == here and is_one and not is_two]
        expected.append(float(np.mean([(one > two) + (one == two) / 2 for one, two in pairs])) if pairs else np.nan)
    np.testing.assert_allclose(area_under_curve(score, happened, cell, 3), expected)


def test_line_is_found_again() -> None:
    """Of events drawn with logit -1 - 2 x the line is that, up to chance."""
    rng = np.random.default_rng(3)
    x = rng.uniform(-1, 1, 40_000)
    happened = rng.uniform(size=len(x)) < 1 / (1 + np.exp(1 + 2 * x))

    assert (-1.0, -2.0) == pytest.approx(logistic_line(x, happened), abs=0.06)


def test_line_where_nothing_happened() -> None:
    """The chance is small and the same for all, rather than none."""
    a, b = logistic_line(np.linspace(-1, 1, 8), np.zeros(8, dtype=bool))

    assert a == pytest.approx(-np.log(9))
    assert b == pytest.approx(0.0, abs=1e-6)
