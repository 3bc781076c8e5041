"""Point estimates and their sampling variances, from the sums that the engine returns."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]


def ratio(over: FloatArray, under: FloatArray) -> FloatArray:
    """Divide; anything over 0 is NaN, 0 over something is 0.

    Args:
        over: any shape, any unit.
        under: same shape.
    Returns:
        over / under; NaN where `under` is 0 or NaN.
    """
    quotient: FloatArray = np.divide(over, under, out=np.full(np.shape(over), np.nan), where=(under != 0) & ~np.isnan(under))
    return quotient


def proportion(successes: FloatArray, trials: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Estimate a share: p = x / n, var = p (1 - p) / n.

    Args:
        successes: any shape, counts.
        trials: same shape, counts.
    Returns:
        Share, trials and variance; share and variance are NaN where there is no trial.
    """
    share = ratio(successes, trials)
    return share, trials, ratio(share * (1 - share), trials)


def mean(sums: FloatArray, n: FloatArray, squares: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Estimate a mean: m = S / n, var = s^2 / n with s^2 = (Q - S^2 / n) / (n - 1).

    Args:
        sums: sums of the values, any shape, in the value's unit.
        n: numbers of values, same shape.
        squares: sums of the squared values, same shape.
    Returns:
        Mean, n and variance of the mean; the mean is NaN for n = 0, the variance for n < 2.
    """
    centre = ratio(sums, n)
    spread = np.maximum(squares - sums * np.nan_to_num(centre), 0.0)
    return centre, n, ratio(ratio(spread, np.where(n > 1, n - 1, 0.0)), n)
