"""Aggregation: one score from the normalised metrics, as points per metric whose sum is the score.

Arithmetic, geometric and harmonic mean are one family, the generalised means; outrank.py aggregates by comparing subjects, and
hierarchy.py from metrics to dimensions to the score. Gaps were dealt with before: all of them take the weights that missing.py reshared.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]

FLOOR = 0.01
"""The least that a metric contributes to a geometric or harmonic mean: one bad metric costs much, but does not erase the others."""

_LEAST = 1e-300
"""What a zero is reckoned as where the power is positive: it has a logarithm, and changes no digit of a mean."""

_NEARLY_ALL = -1.0 + 1e-15
"""What the terms of a mean can lack of the greatest one: all but the last digit, where the greatest one has hardly any weight."""

_MOST = 700.0
"""The logarithm of the largest number that floor ** power may become."""


def arithmetic(normalised: FloatArray, weights: FloatArray) -> FloatArray:
    """Points of the weighted arithmetic mean: a strength buys off a weakness.

    points_j = 100 w_j x_j; score = sum of the points

    Args:
        normalised: (subjects, metrics), 0 to 1; NaN is missing.
        weights: same shape; rows sum to 1 over the cells with a value.
    Returns:
        Same shape, points of 100; NaN stays NaN.
    """
    _same_shape(normalised, weights)
    return 100.0 * weights * normalised


def geometric(normalised: FloatArray, weights: FloatArray, floor: float = FLOOR) -> FloatArray:
    """Points of the weighted geometric mean, the power 0: a weakness cannot be bought off in full.

    S = 100 prod max(x_j, floor)^w_j; see `generalised_mean`.
    """
    return generalised_mean(normalised, weights, 0.0, floor)


def harmonic(normalised: FloatArray, weights: FloatArray, floor: float = FLOOR) -> FloatArray:
    """Points of the weighted harmonic mean, the power -1: the weakest metric decides most of the score.

    S = 100 / sum w_j / max(x_j, floor); see `generalised_mean`.
    """
    return generalised_mean(normalised, weights, -1.0, floor)


def generalised_mean(normalised: FloatArray, weights: FloatArray, power: float, floor: float = FLOOR) -> FloatArray:
    """Points of the weighted power mean: the lower the power, the less a strength buys off a weakness.

    S = 100 (sum w_j x_j^p)^(1/p), and 100 prod x_j^w_j at p = 0. Every metric starts with its full 100 w_j, and what is lost is shared in
    proportion to what the metric lacks on the scale on which the mean is a sum, g(x) = (1 - x^p) / p, and -ln x at p = 0:

    points_j = 100 w_j - (100 - S) w_j g(x_j) / sum w g(x); score = sum of the points

    At p = 1 that is 100 w_j x_j. At another power a metric can cost more than its own share; its points are then negative.

    Args:
        normalised: (subjects, metrics), 0 to 1; NaN is missing.
        weights: same shape; rows sum to 1 over the cells with a value.
        power: 1 arithmetic, 0 geometric, -1 harmonic.
        floor: the least value that is reckoned with where the power is 0 or less, above 0 and below 1.
    Returns:
        Same shape, points of 100; NaN stays NaN.
    Raises:
        ShapeError: the floor is not above 0 and below 1, or the power is too far from 0 to be reckoned with.
    Source:
        Hardy, Littlewood & Polya, Inequalities, 1934, chapter 2; OECD/JRC, Handbook on Constructing Composite Indicators, 2008, step 7.
    """
    _same_shape(normalised, weights)
    _usable(power, floor)
    missing = np.isnan(normalised)
    logarithm = np.where(missing, 1.0, normalised)
    np.log(np.maximum(logarithm, floor if power <= 0 else _LEAST, out=logarithm), out=logarithm)
    losses = weights * _lack(logarithm, power)
    total = losses.sum(axis=1, keepdims=True)
    mean = -total if power == 0 else _log_mean(logarithm, weights, power)
    # expm1, because 1 - S / 100 would lose its digits where S is close to 100; where nothing is lost there is nothing to share.
    losses *= np.divide(-100.0 * np.expm1(mean), total, out=np.zeros_like(total), where=total > 0)
    points = np.subtract(100.0 * weights, losses, out=losses)
    points[missing] = np.nan
    return points


def _lack(logarithm: FloatArray, power: float) -> FloatArray:
    """Return g(x) from ln x."""
    if power == 0:
        return -logarithm
    lack = power * logarithm
    np.expm1(lack, out=lack)
    return np.divide(lack, -power, out=lack)


def _log_mean(logarithm: FloatArray, weights: FloatArray, power: float) -> FloatArray:
    """Return ln of the mean, reckoned from the greatest term, so that none is too large or too small to be added."""
    terms = power * logarithm
    terms[weights <= 0] = -np.inf
    greatest = terms.max(axis=1, keepdims=True, initial=-np.inf)
    greatest[np.isinf(greatest)] = 0.0  # a row without any weight
    terms -= greatest
    excess = (np.expm1(terms, out=terms) * weights).sum(axis=1, keepdims=True)
    return np.asarray((greatest + np.log1p(np.maximum(excess, _NEARLY_ALL))) / power)


def _usable(power: float, floor: float) -> None:
    if not 0.0 < floor < 1.0:
        raise ShapeError(f"the floor of a mean must be above 0 and below 1 (got {floor!r})")
    most = _MOST / -math.log(floor)
    if not abs(power) <= most:
        raise ShapeError(f"the power of a mean with floor {floor!r} must be from {-most:.4g} to {most:.4g} (got {power!r})")


def score(points: FloatArray) -> FloatArray:
    """Sum the points of each subject.

    Args:
        points: (subjects, metrics); NaN is missing.
    Returns:
        (subjects,), 0 to 100; 0 where all are missing.
    """
    return np.asarray(np.where(np.isnan(points), 0.0, points).sum(axis=1))


def _same_shape(normalised: FloatArray, weights: FloatArray) -> None:
    if normalised.ndim != 2 or normalised.shape != weights.shape:
        raise ShapeError(f"values and weights must both be (subjects, metrics) (got {normalised.shape} and {weights.shape})")
