"""Ridge regression of class effects."""

from __future__ import annotations

import numpy as np
import pytest
from mixes import world

from kpicore.kernels import ridge, stratified, sweep

CODES = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def test_dummies_by_hand() -> None:
    """Two columns of two values each make four dummies."""
    assert [[1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 0, 1]] == ridge.dummies(CODES).tolist()
    assert (4, 0) == ridge.dummies(np.zeros((4, 0), dtype=np.int64)).shape


def test_a_dummy_per_class_is_the_stratified_form() -> None:
    """With one dummy per class and lambda for m, ridge within subjects is the shrunk stratified mean."""
    drawn = world(4, leaning=0.6, subjects=8)
    of = sweep.sums(drawn.total, drawn.cases)

    fitted = stratified.calibrated(ridge.effects(of, np.eye(4), 10.0), of)

    assert pytest.approx(stratified.within(of, 10.0)) == fitted


@pytest.mark.parametrize("rho", [0.0, sweep.POOLED])
def test_closed_form_leave_one_out_equals_leaving_cells_out(rho: float) -> None:
    """The error of prediction of each cell is what refitting without it gives."""
    drawn = world(5, leaning=0.6, subjects=6)
    design, penalty = ridge.dummies(CODES), 3.0
    slow = 0.0
    for s, c in np.argwhere(drawn.cases > 0):
        cases, total = drawn.cases.copy(), drawn.total.copy()
        cases[s, c] = total[s, c] = 0.0
        effects = ridge.effects(sweep.sums(total, cases, rho), design, penalty)
        rows = slice(None) if np.isinf(rho) else slice(s, s + 1)
        if cases[rows].sum() > 0:
            intercept = (total[rows].sum() - (cases[rows] @ effects).sum()) / cases[rows].sum()
            slow += drawn.cases[s, c] * (drawn.total[s, c] / drawn.cases[s, c] - intercept - effects[c]) ** 2

    assert pytest.approx(slow) == ridge.cross_validation(drawn.total, drawn.cases, design, [penalty], rho)[0]


def test_the_penalty_is_the_best_of_those_tried() -> None:
    """The choice is where the error of prediction is least."""
    drawn = world(6, leaning=0.6)
    design = ridge.dummies(CODES)
    tried = ridge.penalties(sweep.sums(drawn.total, drawn.cases), design)

    errors = ridge.cross_validation(drawn.total, drawn.cases, design, tried)

    assert tried[int(np.argmin(errors))] == ridge.leave_one_out(drawn.total, drawn.cases, design)


def test_noise_is_penalised_more_than_signal() -> None:
    """Where classes do not differ the penalty grows; where they do it stays small."""
    drawn = world(7, leaning=0.0)
    noise = np.random.default_rng(7).normal(size=drawn.cases.shape) * np.sqrt(drawn.cases)

    signal, none = (ridge.leave_one_out(total, drawn.cases, np.eye(4)) for total in (drawn.total, noise))

    assert signal * 10 < none


def test_effects_that_add_up_are_recovered() -> None:
    """Two columns whose effects add up: -1 and 1, -0.5 and 0.5, found within a tenth over 20 draws."""
    found = []
    for seed in range(20):
        drawn = world(seed, leaning=0.6)
        of, design = sweep.sums(drawn.total, drawn.cases), ridge.dummies(CODES)
        found.append(stratified.calibrated(ridge.effects(of, design, ridge.leave_one_out(drawn.total, drawn.cases, design)), of))
    effects = np.mean(found, axis=0)

    assert pytest.approx(drawn.effect - drawn.effect[0], abs=0.1) == effects - effects[0]


def test_a_subject_without_cases_changes_nothing() -> None:
    """Empty rows add nothing to the fit, nor to the choice of the penalty."""
    drawn = world(8, leaning=0.6, subjects=9)
    total, cases = (np.vstack([array, np.zeros((2, 4))]) for array in (drawn.total, drawn.cases))

    assert pytest.approx(ridge.leave_one_out(drawn.total, drawn.cases, np.eye(4))) == ridge.leave_one_out(total, cases, np.eye(4))
