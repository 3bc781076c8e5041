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


def exposure(value: FloatArray, variance: FloatArray) -> FloatArray:
    """Return the exposure E of rates x / E of counts x, from their variance x / E^2: E = value / variance.

    Args:
        value: (subjects,), any unit.
        variance: same shape; NaN is unknown.
    Returns:
        Same shape. Of nobody's nothing the exposure does not show, and that of the others stands in (their median, 1 if there is none);
        NaN where the variance is unknown.
    """
    found = ratio(value, variance)
    is_known = np.isfinite(found) & (found > 0)
    usual = float(np.median(found[is_known])) if is_known.any() else 1.0
    return np.where(np.isnan(variance), np.nan, np.where(is_known, found, usual))


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


def ratio_variance(
    over: FloatArray,
    under: FloatArray,
    squares: FloatArray,
    products: FloatArray | None = None,
    under_squares: FloatArray | None = None,
) -> FloatArray:
    """Return the sampling variance of R = X / Y, where X = sum(x) and Y = sum(y) over rows that come at random.

    With both sums over the same rows, var = sum((x - R y)^2) / Y^2 = (sum(x^2) - 2 R sum(x y) + R^2 sum(y^2)) / Y^2, to first
    order. With Y known beforehand it is that of a compound Poisson sum, var = sum(x^2) / Y^2.

    Args:
        over: X, any shape, any unit.
        under: Y, same shape.
        squares: sum(x^2), same shape.
        products: sum(x y); None where Y is known beforehand.
        under_squares: sum(y^2); given with `products`.
    Returns:
        Variance of X / Y; NaN where Y is 0.
    Source:
        Cochran (1977), Sampling Techniques, section 6.3 (the residuals of the ratio estimator), for a random number of rows.
    """
    spread = squares
    if products is not None and under_squares is not None:
        share = ratio(over, under)
        spread = np.maximum(squares - 2 * share * products + share**2 * under_squares, 0.0)
    return ratio(ratio(spread, under), under)
