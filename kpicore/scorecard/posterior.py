"""What is known of each metric's true value after it was measured: the distribution that draws are taken from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kpicore.kernels import estimate
from kpicore.kernels.draws import BETA, EXACT, GAMMA, MISSING, NORMAL, Posterior
from kpicore.kernels.shrink import pooled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kpicore.model.cells import Family, FloatArray

    BoolArray = NDArray[np.bool_]
    Column = tuple[NDArray[np.int64], FloatArray, FloatArray]

PRIOR = 0.5
"""Jeffreys' prior of a share and of a count: half an observation of either kind."""


@frozen(eq=False)
class Knowledge:
    """What is known of (subjects, metrics)."""

    posterior: Posterior
    is_known: BoolArray
    """Whether there is a value whose error is known; a value of unknown error is drawn as if it were exact."""


def knowledge(value: FloatArray, n: FloatArray, variance: FloatArray, families: Sequence[Family | None]) -> Knowledge:
    """Say what is known of each metric's true value.

    A share of x in n is Beta(x + 1/2, n - x + 1/2), and a count of x is Gamma(x + 1/2) by its exposure, both after Jeffreys. A sum of
    amounts, and a ratio of sums, varies like a count of amounts of one size, which cannot fall below 0 either. A mean is normal.

    Args:
        value: (subjects, metrics), in each metric's unit; NaN is missing.
        n: same shape, how many observations a value rests on.
        variance: same shape, sampling variance; NaN is unknown.
        families: (metrics,), how values vary by chance.
    Source:
        Brown, Cai & DasGupta, Interval estimation for a binomial proportion, Statistical Science 16, 2001, on Jeffreys' prior;
        Bohm & Zech, Statistics of weighted Poisson events, Nuclear Instruments and Methods A 748, 2014, on sums.
    """
    family = np.where(np.isnan(value), MISSING, EXACT).astype(np.int8)
    first, second = value.copy(), np.zeros(value.shape)
    for at, kind in enumerate(families):
        chosen, one, two = _column(value[:, at], n[:, at], variance[:, at], kind)
        rows = np.flatnonzero((chosen > EXACT) & ~np.isnan(value[:, at]))
        family[rows, at], first[rows, at], second[rows, at] = chosen[rows], one[rows], two[rows]
    is_census = np.array([kind == "exact" for kind in families], dtype=bool)
    return Knowledge(Posterior(family, first, second), (family > EXACT) | (is_census & ~np.isnan(value)))


def _column(value: FloatArray, n: FloatArray, variance: FloatArray, kind: Family | None) -> Column:
    if kind == "binomial":
        # As many trials as have this variance: those that were counted, unless the share was adjusted.
        trials = estimate.ratio(value * (1 - value), variance)
        trials = np.where(np.isfinite(trials) & (trials > 0), trials, n)
        is_share = (n > 0) & (value >= 0) & (value <= 1)
        return np.where(is_share, BETA, EXACT), value * trials + PRIOR, (1 - value) * trials + PRIOR
    if kind == "exact":
        return np.full(value.shape, EXACT), value, np.zeros(value.shape)
    if kind == "gaussian":
        spread = pooled(variance, n)
        return np.where(np.isfinite(spread), NORMAL, EXACT), value, spread
    return _counted(value, variance)


def _counted(value: FloatArray, variance: FloatArray) -> Column:
    """A count by exposure E is x / E with variance x / E^2, so E = value / variance; what is below 0 is no count, and normal."""
    exposure = estimate.exposure(value, variance)
    is_count = value >= 0
    family = np.where(np.isfinite(variance), np.where(is_count, GAMMA, NORMAL), EXACT)
    return family, np.where(is_count, value * exposure + PRIOR, value), np.where(is_count, exposure, variance)
