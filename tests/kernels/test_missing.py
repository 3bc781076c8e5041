"""Kernels for gaps."""

from __future__ import annotations

import numpy as np
import pytest

from kpicore.kernels import missing

NAN = np.nan
WEIGHTS = np.array([0.5, 0.3, 0.2])
SHARE = np.array([[1.0, 0.0, 0.5], [1.0, NAN, 0.5], [NAN, NAN, NAN]])


def test_coverage_is_the_weight_with_data() -> None:
    """All, 0.5 + 0.2, nothing."""
    assert pytest.approx([1.0, 0.7, 0.0]) == missing.coverage(SHARE, WEIGHTS).tolist()


def test_reshare_keeps_proportions() -> None:
    """5 : 2 of what is there; a row without values weighs nothing."""
    effective = missing.reshare(SHARE, WEIGHTS)

    assert [0.5, 0.3, 0.2] == effective.tolist()[0]
    assert pytest.approx([5 / 7, 0.0, 2 / 7]) == effective.tolist()[1]
    assert [0.0, 0.0, 0.0] == effective.tolist()[2]


def test_fill_touches_only_what_is_absent() -> None:
    """A cell that is not marked stays missing, a value stays as it is, the input is not written to."""
    before = SHARE.copy()
    absent = np.array([[True, False, False], [False, True, False], [False, True, False]])

    filled = missing.fill(SHARE, absent, 0.5)

    assert np.array_equal(filled, [[1.0, 0.0, 0.5], [1.0, 0.5, 0.5], [NAN, 0.5, NAN]], equal_nan=True)
    assert np.array_equal(SHARE, before, equal_nan=True)


def test_incomplete_excuses_what_does_not_apply_or_weighs_nothing() -> None:
    """A gap counts only where the metric applies and has weight."""
    excused = np.array([[False] * 3, [False] * 3, [True, True, False]])

    assert [False, True, True] == missing.incomplete(SHARE, WEIGHTS, excused).tolist()
    assert [False, False, True] == missing.incomplete(SHARE, np.array([0.5, 0.0, 0.5]), excused).tolist()
    assert [False, True, False] == missing.incomplete(SHARE, np.array([0.5, 0.5, 0.0]), excused).tolist()
