"""Imputation: hand-computed figures and properties; the computed ones are in test_coinr.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kpicore.errors import ShapeError
from kpicore.kernels import impute

NAN = np.nan
VALUES = np.array([[1.0, NAN, 4.0], [3.0, NAN, NAN], [8.0, NAN, 2.0]])
NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.just(NAN))


def test_figures_of_the_metrics() -> None:
    """Mean and median of those with a value; nobody's is missing."""
    np.testing.assert_array_equal([4.0, NAN, 3.0], impute.mean(VALUES))
    np.testing.assert_array_equal([3.0, NAN, 3.0], impute.median(VALUES))


def test_figures_of_groups() -> None:
    """The first and the last are one group; the other has a value of the first metric alone."""
    means = impute.group_means(VALUES, np.array([0, 1, 0]))

    np.testing.assert_array_equal([[4.5, NAN, 3.0], [3.0, NAN, NAN]], means)
    with pytest.raises(ShapeError, match=r"every subject needs a group, \(subjects,\) = \(3,\) \(got \(2,\)\)"):
        impute.group_means(VALUES, np.array([0, 1]))


def test_fill_leaves_what_was_measured() -> None:
    """Only gaps are filled, and only where there is a figure."""
    np.testing.assert_array_equal([[1, 5, 4], [3, 5, NAN], [8, 5, 2]], impute.fill(VALUES, np.array([0.0, 5.0, NAN])))


def test_availability_counts_metrics() -> None:
    """Shares of the metrics with a value."""
    assert pytest.approx([2 / 3, 1 / 3, 2 / 3]) == impute.availability(VALUES).tolist()


@given(arrays(np.float64, (7, 3), elements=NUMBERS), st.permutations(range(7)))
def test_order_of_rows_does_not_matter(values: np.ndarray[tuple[int, int], np.dtype[np.float64]], turn: list[int]) -> None:
    """To the last bit; and the median is numpy's."""
    group = np.array([0, 0, 1, 2, 1, 2, 2])
    before = values.copy()

    np.testing.assert_array_equal(impute.mean(values), impute.mean(values[turn]))
    np.testing.assert_array_equal(impute.median(values), impute.median(values[turn]))
    np.testing.assert_array_equal(impute.group_means(values, group), impute.group_means(values[turn], group[turn]))
    np.testing.assert_array_equal(before, values)
    known = ~np.isnan(values).all(axis=0)
    np.testing.assert_array_equal(np.nanmedian(values[:, known], axis=0), impute.median(values)[known])
