"""Ridge logistic regression of shares on the columns that make the classes, by iteratively reweighted least squares."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.kernels import ridge, sweep
from kpicore.kernels.casemix import expit
from kpicore.kernels.estimate import ratio as divided

FloatArray: TypeAlias = NDArray[np.float64]

WEAK = 0.5
"""The prior precision of subject intercepts within subjects: weak, yet who always succeeds does not have an endless one."""
STEPS = np.logspace(-3.0, 2.0, 11)
"""Penalties that are tried, in multiples of the average information of a dummy."""
LIMIT = 30.0
"""The largest log odds; beyond, a share differs from 0 or 1 by less than a float can tell from it in a product."""


class Fit(NamedTuple):
    """A fit, with what it takes to leave a subject out of it."""

    effects: FloatArray
    """(classes,), log odds, up to a constant."""
    weight: FloatArray
    """(subjects, classes), n p (1 - p)."""
    response: FloatArray
    """(subjects, classes), weight times working response."""
    logit: FloatArray
    """(subjects, classes), with the intercepts."""


def fit(successes: FloatArray, trials: FloatArray, design: FloatArray, penalty: float, rho: float = WEAK, start: Fit | None = None) -> Fit:
    """Fit logit p_sc = a + a_s + x_c b, with b'b and a_s'a_s penalised.

    Args:
        successes: (subjects, classes).
        trials: (subjects, classes), at least the successes.
        design: (classes, dummies), X.
        penalty: lambda, above 0.
        rho: prior precision of the subject intercepts; `POOLED` has none.
        start: a fit with a penalty close to this one, which saves steps.
    Returns:
        The fit after at most 50 steps, or when no log odds moves by 1e-8.
    Source: le Cessie & van Houwelingen 1992, Applied Statistics 41:191.
    """
    share = (successes.sum() + 0.5) / (trials.sum() + 1.0)
    logit = np.full(trials.shape, np.log(share / (1.0 - share))) if start is None else start.logit
    for _ in range(50):
        before = logit
        weight, response = _working(successes, trials, logit)
        effects = ridge.effects(sweep.sums(response, weight, rho), design, penalty)
        logit = np.clip(_intercepts(response - weight * effects, weight, rho) + effects, -LIMIT, LIMIT)
        if np.abs(logit - before).max(initial=0.0) < 1e-8:
            break
    weight, response = _working(successes, trials, logit)
    return Fit(effects, weight, response, logit)


def _working(successes: FloatArray, trials: FloatArray, logit: FloatArray) -> tuple[FloatArray, FloatArray]:
    share = expit(logit)
    weight = trials * np.maximum(share * (1.0 - share), 1e-10)
    return weight, weight * logit + successes - trials * share


def _intercepts(left: FloatArray, weight: FloatArray, rho: float) -> FloatArray:
    of, total = left.sum(axis=1), weight.sum(axis=1)
    if np.isinf(rho):
        return np.full((len(of), 1), of.sum() / total.sum())
    free = rho / (total + rho)
    common = (of * free).sum() / (total * free).sum()
    return np.asarray(common + (of - total * common) / (total + rho))[:, None]


def leave_one_out(successes: FloatArray, trials: FloatArray, design: FloatArray, rho: float = WEAK) -> float:
    """Choose the penalty that predicts each cell best from all others.

    Args:
        successes: (subjects, classes).
        trials: (subjects, classes).
        design: (classes, dummies).
        rho: prior precision of the subject intercepts.
    Returns:
        lambda, by the smallest binomial deviance; of two alike the smaller.
    """
    share = successes.sum() / trials.sum()
    information, _ = sweep.equations(sweep.sums(trials * share, trials * max(share * (1.0 - share), 1e-10), rho))
    scale = max(float(np.trace(design.T @ information @ design)) / max(design.shape[1], 1), 1e-10)
    errors, found = [], None
    for penalty in STEPS * scale:
        found = fit(successes, trials, design, float(penalty), rho, found)
        errors.append(deviance(successes, trials, design, float(penalty), found, rho))
    return float(STEPS[int(np.argmin(errors))] * scale)


def deviance(successes: FloatArray, trials: FloatArray, design: FloatArray, penalty: float, found: Fit, rho: float = WEAK) -> float:
    """Return the deviance of predicting each cell from all others, with one Newton step per cell.

    eta_i - h_i / (1 - h_i) (y_i - n_i p_i) / w_i is what the others say of cell i

    Args:
        successes: (subjects, classes).
        trials: (subjects, classes).
        design: (classes, dummies).
        penalty: lambda, above 0.
        found: the fit with this penalty.
        rho: prior precision of the subject intercepts.
    Source: Rad & Maleki 2020, JRSS B 82:965.
    """
    information, _ = sweep.equations(sweep.sums(found.response, found.weight, rho))
    squared = design.T @ information @ design + penalty * np.eye(design.shape[1])
    size, axes = np.linalg.eigh(squared)
    own = ridge.leverage(found.weight, *ridge.centres(found.weight, rho), design @ (axes / np.sqrt(size)))
    free = (trials > 0) & (own < 1.0 - 1e-6)
    step = divided(found.response - found.weight * found.logit, found.weight)
    logit = found.logit - np.divide(own * step, 1.0 - own, out=np.zeros_like(own), where=free)
    likelihood = successes * -np.logaddexp(0.0, -logit) + (trials - successes) * -np.logaddexp(0.0, logit)
    return float(-2.0 * likelihood[free].sum())
