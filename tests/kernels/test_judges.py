"""Weights from judges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import judges


def test_the_mean_of_what_the_judges_gave() -> None:
    """100 points each: 50 and 30, 30 and 30, 20 and 40 are 40, 30, 30 of 100."""
    assert pytest.approx([0.4, 0.3, 0.3]) == judges.budget_allocation(np.array([[50.0, 30, 20], [30, 30, 40]]))


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ([[50.0, 50.0], [60.0, 30.0]], r"same points in all, more than 0 \(got \[100.0, 90.0\]\)"),
        ([[0.0, 0.0]], "more than 0"),
        ([[120.0, -20.0]], "finite and not negative"),
        ([[np.nan, 100.0]], "finite and not negative"),
        (np.zeros((0, 3)), "a row per judge"),
    ],
)
def test_unequal_budgets_are_refused(points: list[list[float]], says: str) -> None:
    """A judge with more to give would count more; negative or missing points mean nothing."""
    with pytest.raises(ShapeError, match=says):
        judges.budget_allocation(np.array(points))


@given(st.lists(st.integers(0, 50), min_size=4, max_size=4), st.integers(1, 9))
def test_judges_in_any_order_and_unit(points: list[int], factor: int) -> None:
    """The order of the judges and the size of the budget do not matter."""
    rest = 200 - sum(points)
    given_ = np.array([[*points, rest], [10, 20, 30, 40, 100], [40, 40, 40, 40, 40]], dtype=float)

    came = judges.budget_allocation(given_)

    assert pytest.approx(came) == judges.budget_allocation(factor * given_[::-1])
    assert pytest.approx(1.0) == came.sum()


def test_rancom_leaves_the_callers_table_alone() -> None:
    """Integers are as good as floats, and nothing is written to."""
    ranks = np.array([1, 2, 2])
    comparisons = np.array([[0.5, 1, 1], [0, 0.5, 0.5], [0, 0.5, 0.5]])
    before = comparisons.copy()

    came = judges.rancom(comparisons)

    assert pytest.approx([2.5 / 4.5, 1 / 4.5, 1 / 4.5]) == came
    assert (before == comparisons).all()
    assert (comparisons == judges.comparisons_of(ranks)).all()
    assert [1, 2, 2] == ranks.tolist()


@pytest.mark.parametrize(
    ("comparisons", "says"),
    [
        (np.ones((1, 2)), "square"),
        (np.array([[0.5, 1.0], [1.0, 0.5]]), "a pair summing to 1"),
        (np.array([[0.5, 0.7], [0.3, 0.5]]), "0, 0.5 or 1"),
        (np.array([[1, 0], [1, 0]]), "itself 0.5"),
        (np.array([[0.5, np.nan], [0.0, 0.5]]), "0, 0.5 or 1"),
    ],
)
def test_rancom_refuses_contradictions(comparisons: np.ndarray, says: str) -> None:
    """Not square, both sides winning, anything between, a diagonal other than a tie, missing."""
    with pytest.raises(ShapeError, match=says):
        judges.rancom(comparisons)


def test_ranks_must_be_finite() -> None:
    """A metric without a rank cannot be compared."""
    with pytest.raises(ShapeError, match="ranks of importance must be finite"):
        judges.comparisons_of(np.array([1.0, np.nan]))
