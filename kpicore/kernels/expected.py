"""Indirect standardisation: what a subject did, held against what would be expected of anybody with the same cases.

Two subjects with very different mixes are each fairly compared with the average, but not with each other: each expectation weighs the
classes by the subject's own cases (PMC3618107).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.kernels.casemix import expit
from kpicore.kernels.estimate import ratio as divided

FloatArray: TypeAlias = NDArray[np.float64]

MINIMUM = 5.0
"""Where fewer events are expected, observed over expected says little."""
OWN = 20
"""Degrees of freedom from which a class has a variance of its own; below, it shares that of all classes."""


def expected(exposure: FloatArray, per_case: FloatArray) -> FloatArray:
    """Return E_s = sum_c n_sc e_c.

    Args:
        exposure: (subjects, classes), cases.
        per_case: (classes,), or (subjects, classes) where subjects have expectations of their own; in the metric's unit.
    Returns:
        (subjects,), in the unit of the observed sum.
    """
    return np.asarray((exposure * per_case).sum(axis=1))


def ratio_form(observed: FloatArray, expectation: FloatArray, mean: float) -> FloatArray:
    """Return theta_s = O_s / E_s * ybar.

    Args:
        observed: (subjects,), O_s, sums.
        expectation: (subjects,), E_s.
        mean: ybar of the reference.
    Returns:
        (subjects,), in the metric's unit; NaN where E is not above 0.
    """
    return mean * divided(observed, np.maximum(expectation, 0.0))


def difference_form(observed: FloatArray, expectation: FloatArray, cases: FloatArray, mean: float) -> FloatArray:
    """Return theta_s = ybar + (O_s - E_s) / n_s, the form for means and for what is bounded.

    Args:
        observed: (subjects,), O_s, sums.
        expectation: (subjects,), E_s.
        cases: (subjects,), n_s.
        mean: ybar of the reference.
    Returns:
        (subjects,), in the metric's unit; NaN without cases. A share may leave 0 to 1, see `within_bounds`.
    """
    return mean + divided(observed - expectation, cases)


def odds_form(observed: FloatArray, expectation: FloatArray, cases: FloatArray, mean: float) -> FloatArray:
    """Return a share that stays one: logit theta_s = logit ybar + logit(O_s / n_s) - logit(E_s / n_s).

    Args:
        observed: (subjects,), O_s, successes.
        expectation: (subjects,), E_s.
        cases: (subjects,), n_s, trials.
        mean: ybar of the reference, above 0 and below 1.
    Returns:
        (subjects,), 0 to 1; none or all stays 0 or 1, NaN without cases.
    """
    with np.errstate(divide="ignore"):
        logits = [np.log(part) - np.log1p(-part) for part in (np.float64(mean), divided(observed, cases), divided(expectation, cases))]
    share = expit(logits[0] + logits[1] - logits[2])
    return np.asarray(np.where(np.isfinite(logits[2]), share, divided(observed, cases)))


def within_bounds(share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Cut shares to 0 to 1, and tell by how much.

    Args:
        share: any shape; NaN is missing.
    Returns:
        The share, and what was cut off: positive above 1, negative below 0, NaN where missing.
    """
    inside = np.clip(share, 0.0, 1.0)
    return inside, share - inside


def coefficient(raw_sum: FloatArray, expectation: FloatArray, *, harder_expects_more: bool) -> FloatArray:
    """Return K_s, how much harder than average a subject's cases are; above 1 is harder.

    K_s = E_s / (n_s ybar) where harder cases make the value rise (time, cost, defects), else n_s ybar / E_s

    Args:
        raw_sum: (subjects,), n_s ybar, what average cases would lead to.
        expectation: (subjects,), E_s.
        harder_expects_more: whether the value is expected to rise with difficulty.
    Returns:
        (subjects,); NaN where either is not above 0.
    """
    over, under = (expectation, raw_sum) if harder_expects_more else (raw_sum, expectation)
    return divided(np.where(over > 0, over, np.nan), np.maximum(under, 0.0))


def binomial(exposure: FloatArray, per_case: FloatArray) -> FloatArray:
    """Return the variance of a number of successes under the expectation: sum_c n_sc e_c (1 - e_c).

    Args:
        exposure: (subjects, classes), trials.
        per_case: (classes,) or (subjects, classes), shares.
    """
    return expected(exposure, per_case * (1.0 - per_case))


def of_sums(exposure: FloatArray, spread: FloatArray) -> FloatArray:
    """Return the variance of a sum of independent cases: sum_c n_sc sigma2_c.

    Args:
        exposure: (subjects, classes), cases.
        spread: (classes,), variance of a single case.
    """
    return expected(exposure, spread)


def pooled_spread(amount: FloatArray, exposure: FloatArray, squares: FloatArray) -> FloatArray:
    """Estimate the variance of a single case in each class, from cases of the same subject and class.

    sigma2_c = sum_s (Q_sc - S_sc^2 / n_sc) / sum_s (n_sc - 1), over the cells with cases

    Args:
        amount: (subjects, classes), S, sums of the values.
        exposure: (subjects, classes), n.
        squares: (subjects, classes), Q, sums of the squared values.
    Returns:
        (classes,); a class with fewer than 20 degrees of freedom has that of all classes, NaN where there is none at all.
    """
    centred = np.maximum(squares - amount * np.nan_to_num(divided(amount, exposure)), 0.0)
    within, freedom = centred.sum(axis=0), np.maximum(exposure - 1.0, 0.0).sum(axis=0)
    overall = divided(within.sum(), freedom.sum())
    return np.asarray(np.where(freedom >= OWN, divided(within, freedom), overall))
