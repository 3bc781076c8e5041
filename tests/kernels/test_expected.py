"""Indirect standardisation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kpicore.kernels import expected

CASES = np.array([[8.0, 2.0], [2.0, 8.0], [0.0, 0.0]])
SHARES = np.array([0.5, 0.25])


def test_expectation_by_hand() -> None:
    """8 * .5 + 2 * .25 = 4.5, and 2 * .5 + 8 * .25 = 3; an expectation of one's own takes its place."""
    assert [4.5, 3.0, 0.0] == expected.expected(CASES, SHARES).tolist()
    assert [4.5, 10.0, 0.0] == expected.expected(CASES, np.array([[0.5, 0.25], [1.0, 1.0], [0.0, 0.0]])).tolist()


def test_forms_by_hand() -> None:
    """With ybar = .4: 6 of an expected 4.5 is .4 * 6 / 4.5 in the ratio form, .4 + 1.5 / 10 in the difference form."""
    observed, expectation, n = np.array([6.0, 3.0, 0.0]), np.array([4.5, 3.0, 0.0]), np.array([10.0, 10.0, 0.0])

    ratio = expected.ratio_form(observed, expectation, 0.4)
    difference = expected.difference_form(observed, expectation, n, 0.4)
    odds = expected.odds_form(observed, expectation, n, 0.4)

    assert pytest.approx([0.4 * 6 / 4.5, 0.4, np.nan], nan_ok=True) == ratio.tolist()
    assert pytest.approx([0.55, 0.4, np.nan], nan_ok=True) == difference.tolist()
    by_hand = (0.4 / 0.6) * (0.6 / 0.4) / (0.45 / 0.55)
    assert pytest.approx([by_hand / (1 + by_hand), 0.4, np.nan], nan_ok=True) == odds.tolist()


def test_the_odds_form_keeps_none_and_all() -> None:
    """Who won nothing has 0 and who won all has 1, whatever was expected."""
    found = expected.odds_form(np.array([0.0, 10.0]), np.array([5.0, 9.0]), np.array([10.0, 10.0]), 0.5)

    assert [0.0, 1.0] == found.tolist()


def test_what_leaves_the_range_is_cut_and_told() -> None:
    """1.1 becomes 1 and 0.1 is told; missing stays missing."""
    share, cut = expected.within_bounds(np.array([1.1, -0.2, 0.5, np.nan]))

    assert pytest.approx([1.0, 0.0, 0.5, np.nan], nan_ok=True) == share.tolist()
    assert pytest.approx([0.1, -0.2, 0.0, np.nan], nan_ok=True) == cut.tolist()


def test_the_coefficient_is_above_one_for_hard_cases() -> None:
    """Hours expected to be 12 where 10 are average: 1.2; wins expected to be 3 where 4 are average: 4 / 3."""
    hours = expected.coefficient(np.array([10.0, 0.0]), np.array([12.0, 0.0]), harder_expects_more=True)
    wins = expected.coefficient(np.array([4.0, 4.0]), np.array([3.0, -1.0]), harder_expects_more=False)

    assert pytest.approx([1.2, np.nan], nan_ok=True) == hours.tolist()
    assert pytest.approx([4 / 3, np.nan], nan_ok=True) == wins.tolist()


def test_variances_by_hand() -> None:
    """8 * .25 + 2 * .1875 = 2.375 for wins; 8 * 4 + 2 * 9 for cases that vary by 4 and 9."""
    assert pytest.approx([2.375, 2.0, 0.0]) == expected.binomial(CASES, SHARES).tolist()
    assert [50.0, 80.0, 0.0] == expected.of_sums(CASES, np.array([4.0, 9.0])).tolist()


def test_spread_is_pooled_within_subject_and_class() -> None:
    """Values 1, 3 and 10, 14 of two subjects: (2 + 8) / (1 + 1) = 5, shared by classes with few cases."""
    amount, n = np.array([[4.0, 7.0], [24.0, 0.0]]), np.array([[2.0, 1.0], [2.0, 0.0]])
    squares = np.array([[10.0, 49.0], [296.0, 0.0]])

    assert [5.0, 5.0] == expected.pooled_spread(amount, n, squares).tolist()
    assert np.isnan(expected.pooled_spread(amount[:1, 1:], n[:1, 1:], squares[:1, 1:])).all()


def test_a_class_with_enough_cases_has_its_own_spread() -> None:
    """From 20 degrees of freedom on."""
    rng = np.random.default_rng(1)
    values = rng.normal(0.0, 3.0, 22)

    found = expected.pooled_spread(np.array([[values.sum(), 4.0]]), np.array([[22.0, 2.0]]), np.array([[(values**2).sum(), 10.0]]))

    assert pytest.approx([values.var(ddof=1), (21 * values.var(ddof=1) + 2) / 22]) == found.tolist()


@given(arrays(float, (4, 3), elements=st.integers(0, 9).map(float)), arrays(float, 3, elements=st.floats(0.1, 0.9)))
def test_the_average_subject_is_left_as_it_is(cases: np.ndarray, rate: np.ndarray) -> None:
    """Who did exactly what was expected gets the mean, in every form; one subject's gap spreads to nobody."""
    n, expectation = cases.sum(axis=1), expected.expected(cases, rate)

    for found in (
        expected.ratio_form(expectation, expectation, 0.3),
        expected.difference_form(expectation, expectation, n, 0.3),
        expected.odds_form(expectation, expectation, n, 0.3),
    ):
        assert pytest.approx(np.where(n > 0, 0.3, np.nan), nan_ok=True) == found
