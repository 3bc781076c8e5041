"""Class effects within subjects: sums, normal equations, and who may judge whom."""

from __future__ import annotations

import numpy as np
import pytest
from mixes import world

from kpicore.kernels import sweep


def regression(amount: np.ndarray, exposure: np.ndarray, penalty: float, rho: float) -> np.ndarray:
    """Fit the same model the slow way: one row per cell, a dummy per subject and class, least squares with a penalty."""
    subjects, classes = exposure.shape
    rows = []
    for s in range(subjects):
        for c in range(classes):
            if exposure[s, c] > 0:
                row = np.zeros(1 + subjects + classes)
                row[0], row[1 + s], row[1 + subjects + c] = 1.0, 1.0 if np.isfinite(rho) else 0.0, 1.0
                rows.append((exposure[s, c], amount[s, c] / exposure[s, c], row))
    weight, value = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    design = np.array([row[2] for row in rows])
    ridge = np.diag([0.0, *[rho if np.isfinite(rho) else 1.0] * subjects, *[penalty] * classes])
    solved = np.linalg.lstsq(design.T @ (weight[:, None] * design) + ridge, design.T @ (weight * value), rcond=None)[0]
    return np.asarray(solved[1 + subjects :])


@pytest.mark.parametrize("rho", [0.0, 3.0, sweep.POOLED])
def test_sweeping_equals_the_regression_with_dummies(rho: float) -> None:
    """Swept-out intercepts, free, shrunk or common, give the effects of the regression that has them all."""
    drawn = world(1, leaning=0.6, subjects=7)

    information, response = sweep.equations(sweep.sums(drawn.total, drawn.cases, rho))
    effects = np.linalg.solve(information + 2.0 * np.eye(4), response)

    assert pytest.approx(regression(drawn.total, drawn.cases, 2.0, rho)) == effects


def test_a_subject_can_be_taken_out_of_the_sums() -> None:
    """Sums of all without those of one are the sums of the others."""
    drawn = world(2, leaning=0.0, subjects=5)

    found = sweep.sums(drawn.total, drawn.cases).without(sweep.sums(drawn.total[:1], drawn.cases[:1]))

    for mine, theirs in zip(found, sweep.sums(drawn.total[1:], drawn.cases[1:]), strict=True):
        assert pytest.approx(theirs) == mine


def test_sums_of_nobody_have_no_mean() -> None:
    """Without cases the mean is unknown."""
    assert np.isnan(sweep.sums(np.zeros((2, 3)), np.zeros((2, 3))).mean())


def test_who_has_one_class_alone_says_nothing_within_subjects() -> None:
    """A subject with a single class adds no information about how classes differ."""
    information, response = sweep.equations(sweep.sums(np.array([[30.0, 0.0]]), np.array([[10.0, 0.0]])))

    assert not information.any()
    assert not response.any()


def test_classes_are_linked_through_chains_of_subjects() -> None:
    """One has a and b, another b and c: linked. d is done by one who does nothing else, e by nobody."""
    cases = np.array([[1.0, 1, 0, 0, 0], [0, 1, 5, 0, 0], [0, 0, 0, 2, 0]])

    assert [0, 0, 0, 1, -1] == sweep.linked(cases).tolist()
    assert [1, 1, 1, 0, -1] == sweep.linked(cases * np.array([1, 1, 1, 9, 1])).tolist()


def test_long_chains_are_linked() -> None:
    """Each of nine subjects has two neighbouring classes of ten; all ten are one group."""
    cases = np.eye(9, 10) + np.eye(9, 10, 1)

    assert [0] * 10 == sweep.linked(cases).tolist()


def test_who_has_over_a_fifth_of_a_class_dominates_it() -> None:
    """21 of 100 do, 20 of 100 do not."""
    assert [True, False, True] == sweep.dominant(np.array([[21.0], [20.0], [59.0]])).tolist()
