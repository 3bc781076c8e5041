"""Intervals of single figures: how far a share, a count or a mean may lie from what was measured, by chance alone."""

from __future__ import annotations

from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError
from kpicore.kernels import quantile
from kpicore.kernels.estimate import ratio

FloatArray: TypeAlias = NDArray[np.float64]

LEVEL = 0.95
"""How often an interval shall hold the true value."""


def z_of(level: float) -> float:
    """Return how many standard deviations a normal interval goes to either side: 1.96 for 0.95.

    Raises:
        ShapeError: the level is not above 0 and below 1.
    """
    if not 0.0 < level < 1.0:
        raise ShapeError(f"the level of an interval must be above 0 and below 1 (got {level!r})")
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(successes: FloatArray, trials: FloatArray, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Bound a share by the score interval, which holds even where the share is 0 or 1.

    (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)

    Args:
        successes: x, any shape, 0 to n; NaN is missing.
        trials: n, same shape.
        level: how often the interval shall hold the true share.
    Returns:
        Lower and upper limit, 0 to 1; NaN where there is no trial.
    Source:
        Wilson, Probable inference, JASA 22, 1927; Newcombe, Statistics in Medicine 17, 1998, method 3.
    """
    z = z_of(level)
    p = ratio(successes, trials)
    grows = 1 + ratio(np.full_like(p, z**2), trials)
    middle = (p + ratio(np.full_like(p, z**2 / 2), trials)) / grows
    half = z * np.sqrt(np.maximum(ratio(p * (1 - p), trials) + ratio(np.full_like(p, z**2 / 4), trials**2), 0.0)) / grows
    # At either end the limit is the end itself; the sums above miss it by the last digit.
    return np.where(p == 0, 0.0, np.maximum(middle - half, 0.0)), np.where(p == 1, 1.0, np.minimum(middle + half, 1.0))


def clopper_pearson(successes: FloatArray, trials: FloatArray, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Bound a share by the exact interval, which holds the true share at least as often as it says.

    Beta quantiles (1 - level) / 2 of (x, n - x + 1) and (1 + level) / 2 of (x + 1, n - x)

    Args:
        successes: x, any shape, 0 to n; NaN is missing.
        trials: n, same shape.
        level: how often the interval shall hold the true share.
    Returns:
        Lower and upper limit, 0 to 1; NaN where there is no trial.
    Source:
        Clopper & Pearson, Biometrika 26, 1934.
    """
    z_of(level)
    known = (trials > 0) & ~np.isnan(successes)
    has_some, lacks_some = known & (successes > 0), known & (successes < trials)
    low = quantile.beta((1 - level) / 2, np.where(has_some, successes, np.nan), np.where(has_some, trials - successes + 1, np.nan))
    high = quantile.beta((1 + level) / 2, np.where(lacks_some, successes + 1, np.nan), np.where(lacks_some, trials - successes, np.nan))
    return np.where(known & ~has_some, 0.0, low), np.where(known & ~lacks_some, 1.0, high)


def wald(successes: FloatArray, trials: FloatArray, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Bound a share by the textbook interval, for comparison only: it fails for few trials and near 0 and 1.

    p +- z sqrt(p (1 - p) / n), not cut off at 0 and 1

    Args:
        successes: x, any shape, 0 to n; NaN is missing.
        trials: n, same shape.
        level: how often the interval should hold the true share.
    Returns:
        Lower and upper limit; NaN where there is no trial.
    """
    p = ratio(successes, trials)
    return normal(p, ratio(p * (1 - p), trials), level)


def byar(counts: FloatArray, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Bound the expectation of a count, close to the exact mid-P interval; the lower limit of 0 is 0.

    a (1 - 1 / 9a -+ z / (3 sqrt a))^3 with a = x + 1/2

    Args:
        counts: x, any shape, 0 and up; NaN is missing.
        level: how often the interval shall hold the true expectation.
    Returns:
        Lower and upper limit, 0 and up; NaN stays NaN.
    Source:
        Rothman & Boice, Epidemiologic Analysis with a Programmable Calculator, 1979.
    """
    a = counts + 0.5
    middle, half = 1 - 1 / (9 * a), z_of(level) / (3 * np.sqrt(a))
    return np.maximum(a * (middle - half) ** 3, 0.0), a * (middle + half) ** 3


def garwood(counts: FloatArray, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Bound the expectation of a count by the exact interval.

    Gamma quantiles (1 - level) / 2 of x and (1 + level) / 2 of x + 1

    Args:
        counts: x, any shape, 0 and up; NaN is missing.
        level: how often the interval shall hold the true expectation.
    Returns:
        Lower and upper limit, 0 and up; NaN stays NaN.
    Source:
        Garwood, Fiducial limits for the Poisson distribution, Biometrika 28, 1936.
    """
    z_of(level)
    low = quantile.gamma((1 - level) / 2, np.where(counts > 0, counts, np.nan))
    return np.where(counts == 0, 0.0, low), quantile.gamma((1 + level) / 2, counts + 1)


def normal(value: FloatArray, variance: FloatArray, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Bound a mean, or anything else that varies normally.

    x +- z sqrt(var)

    Args:
        value: any shape, any unit.
        variance: sampling variance, same shape; NaN is unknown.
        level: how often the interval shall hold the true value.
    Returns:
        Lower and upper limit; NaN where value or variance is NaN.
    """
    half = z_of(level) * np.sqrt(variance)
    return value - half, value + half
