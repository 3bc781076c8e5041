"""Overdispersion: how much further subjects lie apart than chance explains, and the limits that allow for it.

With many cases chance limits become so narrow that nearly everybody lies outside. What spreads people then is mostly what no model
knows, so that a common variance tau2 between subjects is added before anybody is called unusual.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]
Ends: TypeAlias = Literal["winsorise", "drop"]


def log_ratio(observed: FloatArray, expected: FloatArray) -> FloatArray:
    """Return the logarithm of observed over expected, ln(O / E); at O = 0 of (O + .5) / (E + .5).

    Args:
        observed: any shape, 0 or more; NaN is missing.
        expected: same shape, above 0.
    Returns:
        Same shape; NaN where a figure is missing or nothing was expected. Its sampling variance is 1 / E.
    """
    known = (expected > 0) & (observed >= 0)
    half = np.where(observed == 0, 0.5, 0.0)
    quotient = np.divide(observed + half, expected + half, out=np.full(np.shape(expected), np.nan), where=known)
    return np.asarray(np.log(quotient))


def z_ratio(observed: FloatArray, expected: FloatArray) -> FloatArray:
    """Return how far observed lies from expected, in standard errors of the log ratio: z = sqrt(E) ln(O / E).

    Args:
        observed: any shape, 0 or more; NaN is missing.
        expected: same shape.
    Returns:
        Same shape; NaN as in `log_ratio`.
    """
    return np.asarray(np.sqrt(np.maximum(expected, 0.0)) * log_ratio(observed, expected))


def tame(z: FloatArray, ends: Ends = "winsorise", share: float = 0.1) -> FloatArray:
    """Take the ends out of z scores, so that who is truly unusual does not widen the limits.

    Args:
        z: (subjects,); NaN is missing.
        ends: 'winsorise' moves the lowest and highest share to the next value inwards, 'drop' leaves them out.
        share: how much at each end, 0 to below 0.5; rounded down to whole subjects.
    Returns:
        Sorted: (known subjects,), or fewer where ends are dropped.
    Raises:
        ShapeError: the share is out of range.
    Source: Spiegelhalter 2005, Statistics in Medicine 24:1185, winsorises; NHS Digital's SHMI drops.
    """
    if not 0 <= share < 0.5:
        raise ShapeError(f"the share at each end must be 0 or more and below 0.5 (got {share!r})")
    known = np.sort(z[~np.isnan(z)])
    cut = int(known.size * share)
    inner = known[cut : known.size - cut]
    return inner if ends == "drop" or not known.size else np.clip(known, inner[0], inner[-1])


def phi(z: FloatArray) -> float:
    """Return the overdispersion factor: the mean of z^2; 1 is chance alone, NaN without subjects.

    Args:
        z: (subjects,), tamed; NaN is missing.
    Source: Spiegelhalter 2005.
    """
    known = z[~np.isnan(z)]
    return float((known * known).mean()) if known.size else float("nan")


def between(z: FloatArray, variance: FloatArray, ends: Ends = "winsorise", share: float = 0.1) -> float:
    """Estimate the variance between subjects that chance does not explain.

    Args:
        z: (subjects,), (y - centre) / s; NaN is missing.
        variance: (subjects,), s^2, of the same y.
        ends: what is done with the most extreme z, see `tame`.
        share: how much at each end.
    Returns:
        tau2, in the unit of s^2; 0 for fewer than two subjects. Taming makes it smaller, also where nobody is unusual.
    Source: Spiegelhalter 2005.
    """
    known = ~np.isnan(z) & (variance > 0)
    kept = _kept(z, known, share) if ends == "drop" else known
    return excess(phi(tame(z[known], ends, share)), variance[kept])


def excess(factor: float, variance: FloatArray) -> float:
    """Return the variance between subjects that an overdispersion factor stands for.

    tau2 = max(0, (k phi - (k - 1)) / (sum w - sum w^2 / sum w)), w = 1 / s^2

    Args:
        factor: phi.
        variance: (subjects,), s^2, above 0.
    Returns:
        tau2, in the unit of s^2; 0 for fewer than two subjects.
    Source: Spiegelhalter 2005, from DerSimonian & Laird 1986.
    """
    k, w = variance.size, 1.0 / variance
    if k < 2:
        return 0.0
    return float(max(0.0, (k * factor - (k - 1)) / (w.sum() - (w * w).sum() / w.sum())))


def _kept(z: FloatArray, known: NDArray[np.bool_], share: float) -> NDArray[np.intp]:
    order = np.flatnonzero(known)[np.argsort(z[known], kind="stable")]
    cut = int(order.size * share)
    return order[cut : order.size - cut]


def ratio_limits(expected: FloatArray, tau2: float, quantile: float) -> tuple[FloatArray, FloatArray]:
    """Return within which O / E is not unusual: exp(-+ z sqrt(1 / E + tau2)).

    Args:
        expected: any shape, above 0.
        tau2: variance between subjects of ln(O / E); 0 allows for chance alone.
        quantile: z, e.g. 1.96 for 95 %, 3.09 for 99.8 %.
    Returns:
        Lower and upper limit, same shape; NaN where nothing is expected.
    """
    spread = quantile * np.sqrt(np.divide(1.0, expected, out=np.full(np.shape(expected), np.nan), where=expected > 0) + tau2)
    return np.asarray(np.exp(-spread)), np.asarray(np.exp(spread))
