"""Funnel plots: how far a figure may lie from the common one by chance alone, as a function of the n that it rests on.

Small n spread widely and large n hardly, so a table of the best and the worst is mostly a table of small n. A figure within the limits
is not unusual, whatever its rank. Two steps: `fit` reads the common figure and the overdispersion from all, `limits` draws the funnel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError
from kpicore.kernels import overdispersion
from kpicore.kernels.interval import z_of
from kpicore.kernels.quantile import log_gamma

if TYPE_CHECKING:
    from collections.abc import Callable

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
Family: TypeAlias = Literal["binomial", "poisson", "gaussian"]

FEWEST = 5
"""Fewer figures make no funnel."""
LEVELS = (0.95, 0.998)
"""About two and about three standard deviations, the usual two pairs of limits."""
_REACH = 8.0
"""Standard deviations beyond which a distribution is not summed."""
_CELLS = 2_000_000
"""So many probabilities are held at a time."""


class Funnel(NamedTuple):
    """What all figures have in common; plain numbers."""

    family: Family
    centre: float
    """The common figure: sum n y / sum n."""
    unit: float
    """Sampling variance of a figure that rests on n = 1, in the unit squared."""
    tau2: float
    """Variance between subjects beyond chance, in the unit squared, of ln y for ratios; 0 where chance explains all."""
    phi: float
    """Mean squared z, its ends winsorised; about 1 where chance explains all."""


def fit(family: Family, value: FloatArray, n: FloatArray, variance: FloatArray | None = None) -> Funnel:
    """Read the common figure and the overdispersion.

    unit = theta (1 - theta) for shares, theta for ratios O / E, the pooled variance within subjects for means; s^2 = unit / n;
    z = (y - theta) / s, for ratios sqrt(E) ln(O / E theta)

    Args:
        family: binomial for shares, poisson for O / E, gaussian for means.
        value: (subjects,), y; NaN is missing.
        n: (subjects,), observations, for O / E the expected number.
        variance: (subjects,), sampling variances, for means.
    Raises:
        ShapeError: fewer than five figures, or no sampling variances for means.
    Source:
        Spiegelhalter, Funnel plots for comparing institutional performance, Statistics in Medicine 24, 2005.
    """
    known = ~np.isnan(value) & (n > 0)
    if known.sum() < FEWEST:
        raise ShapeError(f"a funnel needs at least {FEWEST} figures with an n above 0 (got {int(known.sum())})")
    y, size = value[known], n[known]
    centre = float((y * size).sum() / size.sum())
    unit = {"binomial": centre * (1 - centre), "poisson": centre}.get(family)
    unit = _pooled(variance[known], size) if unit is None and variance is not None else unit
    if unit is None or np.isnan(unit):
        raise ShapeError("a funnel of means needs the sampling variance of each (got none)")
    z, spread = _z(family, y, size, centre, unit)
    return Funnel(family, centre, unit, overdispersion.between(z, spread), overdispersion.phi(overdispersion.tame(z)))


def _pooled(variance: FloatArray, n: FloatArray) -> float:
    """Return the variance of single observations within subjects: sum (n - 1) s^2 / sum (n - 1)."""
    known = ~np.isnan(variance) & (n > 1)
    freedom = n[known] - 1
    return float((freedom * n[known] * variance[known]).sum() / freedom.sum()) if known.any() else float("nan")


def _z(family: Family, y: FloatArray, n: FloatArray, centre: float, unit: float) -> tuple[FloatArray, FloatArray]:
    if family == "poisson":
        return overdispersion.z_ratio(y * n, centre * n), 1 / (centre * n) if centre > 0 else np.full_like(n, np.nan)
    spread = unit / n
    return np.divide(y - centre, np.sqrt(spread), out=np.full_like(y, np.nan), where=spread > 0), spread


def limits(funnel: Funnel, n: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Return between which figures chance, and the overdispersion, leave everything as usual.

    Chance limits are exact for shares and ratios. They are moved away from the centre by the factor sqrt((s^2 + tau2) / s^2), for ratios
    on the scale of logarithms, which is the additive model where n is large.

    Args:
        funnel: what `fit` found.
        n: any shape, as for `fit`.
        level: the share within the limits, e.g. 0.95 or 0.998.
    Returns:
        Lower and upper limit, same shape; NaN where n is not above 0.
    Source:
        Spiegelhalter 2005; Spiegelhalter et al., JRSS A 175, 2012.
    """
    tail = (1 - level) / 2
    shape, flat = np.shape(n), np.asarray(n, dtype=np.float64).ravel()
    known = flat > 0
    low, high = np.full(flat.shape, np.nan), np.full(flat.shape, np.nan)
    low[known], high[known] = _widened(funnel, flat[known], *_chance(funnel, flat[known], tail, level))
    return low.reshape(shape), high.reshape(shape)


def _chance(funnel: Funnel, n: FloatArray, tail: float, level: float) -> tuple[FloatArray, FloatArray]:
    if funnel.family == "gaussian" or funnel.unit <= 0:
        half = z_of(level) * np.sqrt(max(funnel.unit, 0.0) / n)
        return funnel.centre - half, funnel.centre + half
    exact = binomial_quantile if funnel.family == "binomial" else poisson_quantile
    trials = np.maximum(np.rint(n), 1.0) if funnel.family == "binomial" else n
    return exact(tail, trials, funnel.centre) / trials, exact(1 - tail, trials, funnel.centre) / trials


def _widened(funnel: Funnel, n: FloatArray, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    if funnel.tau2 == 0 or funnel.unit <= 0:
        return low, high
    if funnel.family == "poisson":
        stretch = np.sqrt(1 + funnel.tau2 * funnel.centre * n)
        return funnel.centre * (low / funnel.centre) ** stretch, funnel.centre * (high / funnel.centre) ** stretch
    stretch = np.sqrt(1 + funnel.tau2 * n / funnel.unit)
    low, high = funnel.centre + (low - funnel.centre) * stretch, funnel.centre + (high - funnel.centre) * stretch
    return (np.maximum(low, 0.0), np.minimum(high, 1.0)) if funnel.family == "binomial" else (low, high)


def binomial_quantile(share: float, trials: FloatArray, p: float) -> FloatArray:
    """Find the number of successes with so much of the binomial distribution below it, between whole numbers too.

    Args:
        share: of the distribution below, half of the probability of the number itself included (mid-P).
        trials: n, (subjects,), whole numbers.
        p: probability of success, above 0 and below 1.
    Returns:
        (subjects,), 0 to n.
    Source:
        Spiegelhalter 2005, A.1, interpolates so; in the mid-P form of Lancaster, JASA 56, 1961, which treats both sides alike.
    """

    def log_probability(r: FloatArray, at: IntArray) -> FloatArray:
        n = trials[at][:, None]
        rest = np.maximum(n - r, 0.0)
        ways = log_gamma(n + 1) - log_gamma(r + 1) - log_gamma(rest + 1)
        return np.where(r <= n, ways + r * np.log(p) + rest * np.log1p(-p), -np.inf)

    return np.minimum(_crossing(log_probability, trials * p, np.sqrt(trials * p * (1 - p)), share), trials)


def poisson_quantile(share: float, expected: FloatArray, ratio: float) -> FloatArray:
    """Find the count with so much of the Poisson distribution below it, as `binomial_quantile` does.

    Args:
        share: of the distribution below.
        expected: E, (subjects,), above 0.
        ratio: O / E that all have in common, above 0.
    Returns:
        (subjects,), 0 and up.
    """
    mean = expected * ratio

    def log_probability(r: FloatArray, at: IntArray) -> FloatArray:
        of = mean[at][:, None]
        return np.asarray(r * np.log(of) - of - log_gamma(r + 1))

    return _crossing(log_probability, mean, np.sqrt(mean), share)


def _crossing(
    log_probability: Callable[[FloatArray, IntArray], FloatArray], mean: FloatArray, spread: FloatArray, share: float
) -> FloatArray:
    """Find where the mid-distribution function reaches a share, on straight lines between whole numbers."""
    found = np.empty_like(mean)
    first = np.floor(np.maximum(mean - _REACH * spread - _REACH, 0.0))
    width = int(np.ceil(2 * _REACH * (spread.max(initial=0.0) + 2)))
    rows = max(1, _CELLS // width)
    for start in range(0, mean.size, rows):
        at = np.arange(start, min(start + rows, mean.size))
        r = np.asarray(first[at][:, None] + np.arange(width), dtype=np.float64)
        chance = np.exp(log_probability(r, at))
        found[at] = _interpolated(r, np.cumsum(chance, axis=1) - chance / 2, share)
    return found


def _interpolated(r: FloatArray, below: FloatArray, share: float) -> FloatArray:
    after, row = np.argmax(below > share, axis=1), np.arange(len(r))
    before = np.maximum(after - 1, 0)
    step = below[row, after] - below[row, before]
    part = np.divide(share - below[row, before], step, out=np.zeros_like(step), where=step > 0)
    # Where even the last number is below the share there is no limit on that side but the end.
    is_beyond = below[:, -1] <= share
    return np.where(is_beyond, np.inf, r[row, before] + part)


def side(value: FloatArray, low: FloatArray, high: FloatArray) -> IntArray:
    """Return -1 below the limits, 1 above them, 0 within and where a figure is missing; same shape."""
    return (value > high).astype(np.int64) - (value < low).astype(np.int64)
