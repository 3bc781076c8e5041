"""Ridge logistic regression."""

from __future__ import annotations

import numpy as np
import pytest
from mixes import wins

from kpicore.kernels import logistic, sweep
from kpicore.kernels.casemix import expit


def test_the_fit_solves_the_penalised_score_equations() -> None:
    """At the solution X'(y - np) = lambda b for the classes, and sum (y - np) = rho a for each subject."""
    drawn = wins(1, leaning=0.6, subjects=12)

    found = logistic.fit(drawn.total, drawn.cases, np.eye(4), 2.0, 0.7)
    left = drawn.total - drawn.cases * expit(found.logit)
    intercepts = found.logit[:, 0] - found.effects[0]

    assert pytest.approx(2.0 * found.effects, abs=1e-6) == left.sum(axis=0)
    assert pytest.approx(0.7 * (intercepts - intercepts.mean()), abs=1e-6) == left.sum(axis=1)


def test_without_subject_intercepts_one_class_has_its_own_share() -> None:
    """The pooled model with hardly any penalty fits each class's share."""
    drawn = wins(2, leaning=0.0)

    found = logistic.fit(drawn.total, drawn.cases, np.eye(4), 1e-8, sweep.POOLED)

    assert pytest.approx(drawn.total.sum(axis=0) / drawn.cases.sum(axis=0), rel=1e-5) == expit(found.logit[0])


def test_who_always_wins_does_not_break_the_fit() -> None:
    """All or nothing in every cell still has finite effects, and hardly differing ones."""
    cases = np.array([[5.0, 5.0], [5.0, 5.0], [3.0, 0.0]])

    found = logistic.fit(cases * np.array([[1.0], [0.0], [1.0]]), cases, np.eye(2), 0.1)

    assert np.isfinite(found.logit).all()
    assert pytest.approx(0.0, abs=0.5) == found.effects[0] - found.effects[1]


def test_effects_are_recovered_within_subjects() -> None:
    """Where skill goes with difficulty, the slope on the true log odds is near 1 within subjects, and too small pooled."""
    slopes: dict[float, list[float]] = {logistic.WEAK: [], sweep.POOLED: []}
    for seed in range(12):
        drawn = wins(seed, leaning=0.6)
        for rho, found in slopes.items():
            penalty = logistic.leave_one_out(drawn.total, drawn.cases, np.eye(4), rho)
            effects = logistic.fit(drawn.total, drawn.cases, np.eye(4), penalty, rho).effects
            found.append(float(np.polyfit(drawn.effect, effects, 1)[0]))

    assert pytest.approx(1.0, abs=0.07) == np.mean(slopes[logistic.WEAK])
    assert np.mean(slopes[sweep.POOLED]) < 0.9


def test_approximate_leave_one_out_is_near_the_refit() -> None:
    """The deviance of prediction by one step is close to that of refitting without each cell."""
    drawn = wins(3, leaning=0.6, subjects=10)
    slow = 0.0
    for s, c in np.argwhere(drawn.cases > 0):
        cases, total = drawn.cases.copy(), drawn.total.copy()
        cases[s, c] = total[s, c] = 0.0
        if cases[s].sum() > 0:
            logit = logistic.fit(total, cases, np.eye(4), 1.0, 2.0).logit[s, c]
            won, lost = drawn.total[s, c], drawn.cases[s, c] - drawn.total[s, c]
            slow += 2.0 * (won * np.logaddexp(0.0, -logit) + lost * np.logaddexp(0.0, logit))

    whole = logistic.fit(drawn.total, drawn.cases, np.eye(4), 1.0, 2.0)

    assert pytest.approx(slow, rel=0.05) == logistic.deviance(drawn.total, drawn.cases, np.eye(4), 1.0, whole, 2.0)
