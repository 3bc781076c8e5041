"""What is known of each metric's true value after it was measured: the distribution that draws are taken from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kpicore.kernels import estimate
from kpicore.kernels.draws import BETA, EXACT, GAMMA, MISSING, NORMAL, Posterior

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kpicore.model.cells import Family, FloatArray

    BoolArray = NDArray[np.bool_]
    Column = tuple[BoolArray, FloatArray, FloatArray]

OWN_VARIANCE_FROM = 20
"""From so many observations on, a mean's own variance is steadier than what it would borrow from the others."""
PRIOR = 0.5
"""Jeffreys' prior of a share and of a count: half an observation of either kind."""


@frozen(eq=False)
class Knowledge:
    """What is known of (subjects, metrics)."""

    posterior: Posterior
    is_known: BoolArray
    """Whether there is a value whose error is known; a value of unknown error is drawn as if it were exact."""

    def columns(self, chosen: Sequence[int]) -> BoolArray:
        """Return `is_known` of some metrics."""
        return self.is_known[:, list(chosen)]


def knowledge(value: FloatArray, n: FloatArray, variance: FloatArray, families: Sequence[Family | None]) -> Knowledge:
    """Say what is known of each metric's true value.

    A share of x in n is Beta(x + 1/2, n - x + 1/2) and a count of x is Gamma(x + 1/2) by its exposure, after Jeffreys; whatever else has a
    variance is normal.

    Args:
        value: (subjects, metrics), in each metric's unit; NaN is missing.
        n: same shape, how many observations a value rests on.
        variance: same shape, sampling variance; NaN is unknown.
        families: (metrics,), how values vary by chance.
    Source:
        Brown, Cai & DasGupta, Interval estimation for a binomial proportion, Statistical Science 16, 2001, on Jeffreys' prior.
    """
    family = np.where(np.isnan(value), MISSING, EXACT).astype(np.int8)
    first, second = value.copy(), np.zeros(value.shape)
    for at, kind in enumerate(families):
        chosen, one, two = _column(value[:, at], n[:, at], variance[:, at], kind)
        rows = np.flatnonzero(chosen & ~np.isnan(value[:, at]))
        family[rows, at] = {"binomial": BETA, "poisson": GAMMA}.get(kind or "", NORMAL)
        first[rows, at], second[rows, at] = one[rows], two[rows]
    return Knowledge(Posterior(family, first, second), family > EXACT)


def _column(value: FloatArray, n: FloatArray, variance: FloatArray, kind: Family | None) -> Column:
    if kind == "binomial":
        successes = value * n
        return (n > 0) & (value >= 0) & (value <= 1), successes + PRIOR, n - successes + PRIOR
    if kind == "poisson":
        return _counted(value, variance)
    spread = pooled(variance, n) if kind == "gaussian" else variance
    return np.isfinite(spread), value, spread


def _counted(value: FloatArray, variance: FloatArray) -> Column:
    """A count is its own variance; a count by exposure E is x / E with variance x / E^2, so E = value / variance."""
    exposure = estimate.ratio(value, variance)
    known = exposure[np.isfinite(exposure) & (exposure > 0)]
    # Of nobody's nothing the exposure does not show; that of the others stands in.
    usual = float(np.median(known)) if known.size else 1.0
    exposure = np.where(np.isfinite(exposure) & (exposure > 0), exposure, usual)
    return np.isfinite(variance) & (value >= 0), value * exposure + PRIOR, exposure


def pooled(variance: FloatArray, n: FloatArray) -> FloatArray:
    """Return sampling variances of means; those of few observations borrow the spread of everybody's.

    v_s = s^2 / n_s with s^2 = sum (n_t - 1) s_t^2 / sum (n_t - 1), and s_s^2 / n_s from `OWN_VARIANCE_FROM` observations on

    Args:
        variance: (subjects,), s_s^2 / n_s; NaN for fewer than two observations.
        n: (subjects,), observations.
    Returns:
        (subjects,); NaN where there is nothing to borrow from.
    """
    weight = np.where(np.isfinite(variance) & (n >= 2), n - 1, 0.0)
    within = np.where(weight > 0, np.nan_to_num(variance) * n, 0.0)
    if not weight.sum() > 0:
        return variance
    # Sorted, as sums of floats depend on their order and nobody's figures may depend on the order of the rows.
    shared = np.sort(weight * within).sum() / weight.sum()
    borrows = (n >= 1) & ((n < OWN_VARIANCE_FROM) | ~np.isfinite(variance))
    return np.where(borrows, estimate.ratio(np.full(n.shape, shared), n), variance)
