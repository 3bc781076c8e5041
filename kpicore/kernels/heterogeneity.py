"""How much people truly differ: the variance between them, apart from what chance adds to each one's figure.

All estimators take figures y_s with their sampling variances v_s and return tau^2, where y_s ~ N(mu, v_s + tau^2); w_s = 1 / (v_s + tau^2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

FloatArray: TypeAlias = NDArray[np.float64]

_STEPS = 1000
_CLOSE = 1e-13


def weighted_mean(value: FloatArray, variance: FloatArray) -> tuple[float, FloatArray]:
    """Weigh figures by their precision: mu = sum w y / sum w with w = 1 / var; what is known exactly outweighs everything else.

    Args:
        value: (peers,), no NaN.
        variance: same shape, 0 and up.
    Returns:
        The mean, and the weights in the unit of 1 / var; all 1 for figures that are known exactly, 0 for the others beside them.
    """
    is_exact = variance == 0
    weight = is_exact.astype(np.float64) if is_exact.any() else 1 / variance
    return float((weight * value).sum() / weight.sum()), weight


def paule_mandel(value: FloatArray, variance: FloatArray) -> float:
    """Find tau^2 at which the weighted squares are as many as their degrees of freedom: sum w (y - mu)^2 = k - 1.

    Args:
        value: y, (peers,), no NaN, at least two.
        variance: v, same shape, 0 and up.
    Returns:
        tau^2; 0 where the figures differ no more than by chance.
    Source:
        Paule & Mandel, J. Res. NBS 87, 1982; the steps are DerSimonian & Kacker, Contemp. Clin. Trials 28, 2007.
    """
    return _climb(value, variance, lambda y, w: (w * y**2).sum() - (y.size - 1), lambda y, w: (w**2 * y**2).sum())


def restricted_likelihood(value: FloatArray, variance: FloatArray) -> float:
    """Maximise the restricted likelihood (REML) by Fisher scoring.

    Args:
        value: y, (peers,), no NaN, at least two.
        variance: v, same shape, above 0.
    Returns:
        tau^2, 0 and up.
    Source:
        Viechtbauer, J. Educ. Behav. Stat. 30, 2005.
    """

    def excess(y: FloatArray, w: FloatArray) -> float:
        return float((w**2 * y**2).sum() - w.sum() + (w**2).sum() / w.sum())

    def information(_: FloatArray, w: FloatArray) -> float:
        return float((w**2).sum() - 2 * (w**3).sum() / w.sum() + ((w**2).sum() / w.sum()) ** 2)

    return _climb(value, variance, excess, information)


def maximum_likelihood(value: FloatArray, variance: FloatArray) -> float:
    """Maximise the likelihood by Fisher scoring; biased downwards for few peers, because mu is estimated too.

    Args:
        value: y, (peers,), no NaN, at least two.
        variance: v, same shape, above 0.
    Returns:
        tau^2, 0 and up.
    Source:
        Viechtbauer, J. Educ. Behav. Stat. 30, 2005.
    """
    return _climb(value, variance, lambda y, w: (w**2 * y**2).sum() - w.sum(), lambda _, w: (w**2).sum())


def dersimonian_laird(value: FloatArray, variance: FloatArray) -> float:
    """Estimate tau^2 in closed form: (Q - (k - 1)) / (sum w - sum w^2 / sum w) with w = 1 / v and Q = sum w (y - mu)^2.

    Args:
        value: y, (peers,), no NaN, at least two.
        variance: v, same shape, above 0.
    Returns:
        tau^2, 0 and up.
    Source:
        DerSimonian & Laird, Controlled Clinical Trials 7, 1986.
    """
    mean, weight = weighted_mean(value, variance)
    excess = (weight * (value - mean) ** 2).sum() - (value.size - 1)
    return max(0.0, float(excess / (weight.sum() - (weight**2).sum() / weight.sum())))


def hedges(value: FloatArray, variance: FloatArray) -> float:
    """Take what is left of the plain variance: sum (y - mean)^2 / (k - 1) - mean v.

    Args:
        value: y, (peers,), no NaN, at least two.
        variance: v, same shape, 0 and up.
    Returns:
        tau^2, 0 and up.
    Source:
        Hedges & Olkin, Statistical Methods for Meta-Analysis, 1985.
    """
    return max(0.0, float(value.var(ddof=1) - variance.mean()))


def sidik_jonkman(value: FloatArray, variance: FloatArray) -> float:
    """Correct a first guess t = sum (y - mean)^2 / k once: sum w (y - mu)^2 / (k - 1) with w = t / (v + t).

    Args:
        value: y, (peers,), no NaN, at least two.
        variance: v, same shape, 0 and up.
    Returns:
        tau^2; above 0 unless all figures are equal.
    Source:
        Sidik & Jonkman, Applied Statistics 54, 2005.
    """
    guess = float(value.var())
    if guess == 0:
        return 0.0
    mean, weight = weighted_mean(value, variance + guess)
    return float(guess * (weight * (value - mean) ** 2).sum() / (value.size - 1))


def _climb(
    value: FloatArray,
    variance: FloatArray,
    excess: Callable[[FloatArray, FloatArray], float],
    slope: Callable[[FloatArray, FloatArray], float],
) -> float:
    """Step from 0 by excess / slope, both of (y - mu, w), until nothing moves; steps never leave 0 and up."""
    largest = float(((value - value.mean()) ** 2).max())
    if largest == 0:
        return 0.0
    # A figure known exactly has no finite weight at 0. The excess falls ever more slowly, so steps from below do not pass the root.
    start = found = 0.0 if variance.min() > 0 else 1e-12 * largest
    for _ in range(_STEPS):
        mean, weight = weighted_mean(value, variance + found)
        following = found + excess(value - mean, weight) / slope(value - mean, weight)
        if following <= start:
            return 0.0
        if abs(following - found) <= _CLOSE * following:
            return following
        found = following
    return found
