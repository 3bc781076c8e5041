"""Quantiles of the beta and the gamma distribution, to eight digits or more: exact intervals and posteriors read them."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]

_TINY = 1e-300
_SMALL = 1e-15
_CLOSE = 1e-11
"""A relative step of Newton's method this small leaves an error far smaller."""
_LARGE = 1e5
"""Of larger shapes the approximations are right to eight digits, and the expansions slow."""
_TERMS = 20_000
"""More than enough: the expansions need a few times the root of the smaller shape."""
_STEPS = 100
_FAR = 700.0
"""As far as the exponential of the log, or of the log-odds, stays a number."""


def beta(share: float, a: FloatArray, b: FloatArray) -> FloatArray:
    """Find x with I_x(a, b) = share, where I is the regularised incomplete beta function.

    Args:
        share: of the distribution that lies below x, above 0 and below 1.
        a: first shape, any shape of array, above 0; NaN is unknown.
        b: second shape, same.
    Returns:
        Same shape, 0 to 1; NaN where a shape is NaN.
    Raises:
        ShapeError: the share is not above 0 and below 1, or a shape is 0, negative or infinite.
    Source:
        DLMF 8.17.22 (continued fraction); Newton's method, held within a bracket.
    """
    a, b = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    known = _known(share, a, b)
    is_large = known & (np.minimum(a, b) > _LARGE)
    known &= ~is_large
    one, other = a[known], b[known]
    scale = log_gamma(one + other) - log_gamma(one) - log_gamma(other)

    def below(odds: FloatArray, at: IntArray) -> tuple[FloatArray, FloatArray]:
        # Both x and 1 - x keep their digits at either end.
        x, rest = 1 / (1 + np.exp(-odds)), 1 / (1 + np.exp(odds))
        density = np.exp(scale[at] + one[at] * np.log(x) + other[at] * np.log(rest))
        return _beta_below(x, one[at], other[at], density), density

    start = np.log(one / other) + NormalDist().inv_cdf(share) * np.sqrt(1 / one + 1 / other)
    every = _spread(known, 1 / (1 + np.exp(-_solve(below, share, start))))
    every[is_large] = _large_beta(NormalDist().inv_cdf(share), a[is_large], b[is_large])
    return every


def gamma(share: float, shape: FloatArray) -> FloatArray:
    """Find x with P(shape, x) = share, where P is the regularised lower incomplete gamma function; the rate is 1.

    Args:
        share: of the distribution that lies below x, above 0 and below 1.
        shape: any shape of array, above 0; NaN is unknown.
    Returns:
        Same shape, 0 and up; NaN where the shape is NaN.
    Raises:
        ShapeError: the share is not above 0 and below 1, or a shape is 0, negative or infinite.
    Source:
        DLMF 8.7.1 (series) and 8.9.2 (continued fraction); Newton's method, held within a bracket.
    """
    shape = np.asarray(shape, dtype=np.float64)
    known = _known(share, shape)
    is_large = known & (shape > _LARGE)
    known &= ~is_large
    one = shape[known]
    scale = log_gamma(one)

    def below(log: FloatArray, at: IntArray) -> tuple[FloatArray, FloatArray]:
        x = np.exp(log)
        density = np.exp(one[at] * log - x - scale[at])
        return _gamma_below(x, one[at], density), density

    start = np.log(one) + NormalDist().inv_cdf(share) * np.sqrt(1 / one)
    every = _spread(known, np.exp(_solve(below, share, start)))
    every[is_large] = _large_gamma(NormalDist().inv_cdf(share), shape[is_large])
    return every


def log_gamma(x: FloatArray) -> FloatArray:
    """Return ln Gamma(x), x > 0: Stirling's series ten steps up the recurrence, where six terms are exact to double precision."""
    up = x + 10
    steps = np.ones_like(x)
    for step in range(10):
        steps = steps * (x + step)
    inverse = 1 / up**2
    series = 1 / 1260 - inverse * (1 / 1680 - inverse * (1 / 1188 - inverse * 691 / 360360))
    tail = (1 / 12 - inverse * (1 / 360 - inverse * series)) / up
    return np.asarray((up - 0.5) * np.log(up) - up + 0.5 * np.log(2 * np.pi) + tail - np.log(steps))


def _large_beta(z: float, a: FloatArray, b: FloatArray) -> FloatArray:
    """Approximate the quantile of shapes so large that the beta distribution is nearly normal: Abramowitz & Stegun 26.5.22."""
    curve, h = (z * z - 3) / 6, 2 / (1 / (2 * a - 1) + 1 / (2 * b - 1))
    w = -z * np.sqrt(h + curve) / h - (1 / (2 * b - 1) - 1 / (2 * a - 1)) * (curve + 5 / 6 - 2 / (3 * h))
    return np.asarray(a / (a + b * np.exp(2 * w)))


def _large_gamma(z: float, shape: FloatArray) -> FloatArray:
    """Approximate the quantile of a shape so large that the gamma distribution is nearly normal: Wilson & Hilferty 1931."""
    return np.asarray(shape * (1 - 1 / (9 * shape) + z / (3 * np.sqrt(shape))) ** 3)


def _known(share: float, *shapes: FloatArray) -> NDArray[np.bool_]:
    if not 0.0 < share < 1.0:
        raise ShapeError(f"the share of a quantile must be above 0 and below 1 (got {share!r})")
    for shape in shapes:
        if ((shape <= 0) | np.isinf(shape)).any():
            raise ShapeError(f"the shapes of a distribution must be finite and above 0 (got {float(np.nanmin(shape))!r} as the least)")
    return np.asarray(~np.any([np.isnan(shape) for shape in shapes], axis=0))


def _spread(known: NDArray[np.bool_], x: FloatArray) -> FloatArray:
    every = np.full(known.shape, np.nan)
    every[known] = x
    return every


def _solve(below: Callable[[FloatArray, IntArray], tuple[FloatArray, FloatArray]], share: float, start: FloatArray) -> FloatArray:
    """Find where a distribution reaches a share: Newton's steps, and halves of the bracket where they would leave it."""
    u, low, high = np.clip(start, -_FAR, _FAR), np.full_like(start, -_FAR), np.full_like(start, _FAR)
    at = np.arange(u.size)
    for _ in range(_STEPS):
        reached, density = below(u[at], at)
        excess = reached - share
        low[at], high[at] = np.where(excess < 0, u[at], low[at]), np.where(excess > 0, u[at], high[at])
        following = u[at] - np.divide(excess, density, out=np.full_like(excess, np.inf), where=density > _TINY)
        is_within = (following > low[at]) & (following < high[at])
        following = np.where(is_within, following, np.where(excess == 0, u[at], (low[at] + high[at]) / 2))
        moved, u[at] = np.abs(following - u[at]), following
        at = at[moved > _CLOSE]
        if not at.size:
            break
    return u


def _beta_below(x: FloatArray, a: FloatArray, b: FloatArray, density: FloatArray) -> FloatArray:
    is_high = x > (a + 1) / (a + b + 2)
    one, other = np.where(is_high, b, a), np.where(is_high, a, b)
    part = density * _beta_fraction(np.where(is_high, 1 - x, x), one, other) / one
    return np.where(is_high, 1 - part, part)


def _beta_fraction(x: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Evaluate the continued fraction by Lentz's method as modified by Thompson and Barnett."""
    c, d = np.ones_like(x), 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    total = d.copy()
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d, c = 1 / _away_from_zero(1 + term * d), _away_from_zero(1 + term / c)
            total = total * d * c
        if (np.abs(d * c - 1) < _SMALL).all():
            break
    return total


def _gamma_below(x: FloatArray, shape: FloatArray, density: FloatArray) -> FloatArray:
    is_low = x < shape + 1
    series = _gamma_series(np.where(is_low, x, shape), shape)
    fraction = _gamma_fraction(np.where(is_low, shape + 1, x), shape)
    return np.where(is_low, density * series, 1 - density * fraction)


def _gamma_series(x: FloatArray, shape: FloatArray) -> FloatArray:
    term = 1 / shape
    total = term.copy()
    for m in range(1, _TERMS):
        term = term * x / (shape + m)
        total = total + term
        if (term < _SMALL * total).all():
            break
    return total


def _gamma_fraction(x: FloatArray, shape: FloatArray) -> FloatArray:
    b = x + 1 - shape
    c, d = np.full_like(x, 1 / _TINY), 1 / _away_from_zero(b)
    total = d.copy()
    for m in range(1, _TERMS):
        term = -m * (m - shape)
        b = b + 2
        d, c = 1 / _away_from_zero(b + term * d), _away_from_zero(b + term / c)
        total = total * d * c
        if (np.abs(d * c - 1) < _SMALL).all():
            break
    return total


def _away_from_zero(x: FloatArray) -> FloatArray:
    return np.where(np.abs(x) < _TINY, _TINY, x)
