"""Aggregation: one score from the normalised metrics, as points per metric whose sum is the score."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]

FLOOR = 0.01
"""The least that a metric contributes to a geometric mean: one bad metric costs much, but does not erase the others."""


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
    """Points of the weighted geometric mean: a weakness cannot be bought off in full.

    S = 100 prod max(x_j, floor)^w_j. Every metric starts with its full 100 w_j, and what is lost is shared in proportion to the logarithms,
    which add up where the factors multiply:

    points_j = 100 w_j - (100 - S) w_j ln x_j / ln(S / 100); score = sum of the points

    A metric can cost more than its own share; its points are then negative.

    Args:
        normalised: (subjects, metrics), 0 to 1; NaN is missing.
        weights: same shape; rows sum to 1 over the cells with a value.
        floor: the least value that is reckoned with, above 0 and below 1.
    Returns:
        Same shape, points of 100; NaN stays NaN.
    Raises:
        ShapeError: the floor is not above 0 and below 1.
    """
    _same_shape(normalised, weights)
    if not 0.0 < floor < 1.0:
        raise ShapeError(f"the floor of a geometric mean must be above 0 and below 1 (got {floor!r})")
    known = ~np.isnan(normalised)
    losses = weights * np.log(np.maximum(normalised, floor, where=known, out=np.ones_like(normalised)))
    total = losses.sum(axis=1, keepdims=True)
    # expm1, because S / 100 - 1 would lose its digits where S is close to 100; where nothing is lost there is nothing to share.
    rate = np.divide(100.0 * np.expm1(total), total, out=np.zeros_like(total), where=total != 0)
    return np.where(known, 100.0 * weights + rate * losses, np.nan)


def score(points: FloatArray) -> FloatArray:
    """Sum the points of each subject.

    Args:
        points: (subjects, metrics); NaN is missing.
    Returns:
        (subjects,), 0 to 100; 0 where all are missing.
    """
    return np.asarray(np.nansum(points, axis=1))


def _same_shape(normalised: FloatArray, weights: FloatArray) -> None:
    if normalised.ndim != 2 or normalised.shape != weights.shape:
        raise ShapeError(f"values and weights must both be (subjects, metrics) (got {normalised.shape} and {weights.shape})")
