"""Declared complexity: a table of coefficients, one per class of cases, that says how much harder each class is.

A coefficient above 1 means harder, and always helps who has many of these cases: they earn more credit, or less is expected of them.
Proportions are never multiplied, because 0.8 times 1.5 is no share; their expectation moves through the odds.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]
Better: TypeAlias = Literal["higher", "lower"]


def normalised(kappa: FloatArray, cases: FloatArray) -> FloatArray:
    """Scale coefficients so that the average case of the reference has 1: sum_c N_c kappa_c / N = 1.

    Otherwise a generous table would raise everybody, and targets would mean less than they say.

    Args:
        kappa: (classes,), above 0.
        cases: (classes,), N_c, how many cases of each class the reference has; 0 or more.
    Returns:
        (classes,); as given where the reference has no case.
    Raises:
        ShapeError: a coefficient is not a finite number above 0, or a number of cases is negative.
    """
    if kappa.shape != cases.shape or not (np.isfinite(kappa) & (kappa > 0)).all() or not (np.isfinite(cases) & (cases >= 0)).all():
        raise ShapeError(f"coefficients must be finite and above 0, one per number of cases (got {kappa.tolist()!r}, {cases.tolist()!r})")
    total = cases.sum()
    return np.asarray(kappa * (total / (cases @ kappa)) if total > 0 else kappa.copy())


def credits_of(kappa: FloatArray, cases: FloatArray, better: Better) -> FloatArray:
    """Return what one unit of a volume counts: kappa where more is better, in proportion to 1 / kappa where less is; 1 on average.

    Args:
        kappa: (classes,), above 0.
        cases: (classes,), units of the reference per class.
        better: 'higher' or 'lower'.
    Returns:
        (classes,).
    """
    return normalised(kappa if better == "higher" else 1.0 / kappa, cases)


def credit(amount: FloatArray, per_unit: FloatArray) -> FloatArray:
    """Add up a volume, each unit at what its class counts: sum_c q_c kappa_c.

    Args:
        amount: (subjects, classes), in the metric's unit.
        per_unit: (classes,), see `credits_of`.
    Returns:
        (subjects,), in the metric's unit.
    """
    return np.asarray(amount @ per_unit)


def declared_means(kappa: FloatArray, cases: FloatArray, mean: float, better: Better) -> FloatArray:
    """Return the expected mean of each class: in proportion to kappa where less is better (time, cost, defects), else to 1 / kappa.

    Held against it in the ratio form, kappa is an exposure: theta = sum_i y_i / sum_i kappa_c(i).

    Args:
        kappa: (classes,), above 0.
        cases: (classes,), exposure of the reference per class.
        mean: of the reference, in the metric's unit.
        better: 'higher' or 'lower'.
    Returns:
        (classes,), in the metric's unit; their average over the reference's cases is its mean.
    """
    return mean * normalised(kappa if better == "lower" else 1.0 / kappa, cases)


def declared_shares(kappa: FloatArray, cases: FloatArray, successes: float, better: Better) -> FloatArray:
    """Return the expected share of each class: kappa divides the odds where more is better, and multiplies them where less is.

    logit e_c = b -+ ln kappa_c, with b such that sum_c N_c e_c = sum O

    Args:
        kappa: (classes,), above 0.
        cases: (classes,), trials of the reference per class.
        successes: of the reference, from 0 to the trials.
        better: 'higher' or 'lower'.
    Returns:
        (classes,), from 0 to 1; unchanged when all coefficients are multiplied by the same number.
    """
    return calibrated_shares(np.log(kappa) * (-1.0 if better == "higher" else 1.0), cases, successes)


def calibrated_shares(logit: FloatArray, cases: FloatArray, successes: float) -> FloatArray:
    """Shift log odds until as many successes are expected as there were: sum_c N_c expit(b + l_c) = O, by bisection.

    Args:
        logit: (classes,), up to a common constant.
        cases: (classes,), trials per class.
        successes: O; at 0 or at all trials every class expects just that.
    Returns:
        (classes,), from 0 to 1.
    Raises:
        ShapeError: there are fewer than 0 or more successes than trials, or no trial.
    """
    total = cases.sum()
    if not (total > 0 and 0 <= successes <= total):
        raise ShapeError(f"successes must be from 0 to the number of trials, and there must be a trial (got {successes:g} of {total:g})")
    if successes in (0, total):
        return np.full(logit.shape, successes / total)
    crude = np.log(successes / (total - successes))
    low, high = crude - logit.max(), crude - logit.min()
    for _ in range(100):
        middle = 0.5 * (low + high)
        is_low = cases @ expit(middle + logit) < successes
        low, high = (middle, high) if is_low else (low, middle)
    return expit(0.5 * (low + high) + logit)


def expit(logit: FloatArray) -> FloatArray:
    """Return the share that belongs to log odds, 1 / (1 + exp(-x)), without overflow."""
    shrunk = np.exp(-np.abs(logit))
    return np.asarray(np.where(logit >= 0, 1.0, shrunk) / (1.0 + shrunk))
