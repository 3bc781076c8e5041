"""Weights review: what each metric really decides about the differences between scores, beside the weight that it was given.

A weight of 20 % on a metric on which everybody is alike decides nothing; the same weight on one that varies widely may decide half.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError
from kpicore.kernels.association import correlation, correlation_ratio

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]

LOW, HIGH = 0.5, 2.0
"""A covariance share below half or above double the weight is out of proportion."""
HALF = 0.5
"""A metric with a larger covariance share decides more than all others together."""
ALIKE = 0.9
"""Two metrics that correlate above this count the same thing twice."""
FEWEST = 5
"""Fewer subjects say nothing of a correlation: of two people's, each is 1 or -1."""


def covariance_share(points: FloatArray) -> FloatArray:
    """Share out the variance of the score among the metrics.

    c_j = cov(p_j, y) / var(y), with y the sum of the points p; where p_j = w_j x_j that is w_j cov(x_j, y) / var(y). The shares sum to 1.
    One below 0 belongs to a metric on which those with a high score do worse.

    Args:
        points: (subjects, metrics), whose row sum is the score; NaN is missing and gave no points.
    Returns:
        (metrics,), summing to 1; all NaN where the scores do not differ.
    Raises:
        ShapeError: points are infinite.
    Source:
        Saisana, Saltelli & Tarantola, JRSS A 168, 2005; the decomposition of a sum's variance.
    """
    if points.ndim != 2 or np.isinf(points).any():
        raise ShapeError(f"points must be (subjects, metrics), finite or NaN for missing (got shape {points.shape})")
    given = np.nan_to_num(points)
    if len(given) < 2:
        return np.full(given.shape[1], np.nan)
    centred = given - given.mean(axis=0)
    score = centred.sum(axis=1)
    spread = score @ score
    # Scores that differ by rounding only do not differ.
    if spread <= 1e-24 * max(1.0, np.abs(given).max(initial=0.0)) ** 2 * len(given):
        return np.full(given.shape[1], np.nan)
    return np.asarray(centred.T @ score / spread)


def score_correlation(values: FloatArray, score: FloatArray) -> FloatArray:
    """Correlate each metric with the score: Pearson's r; its square is the share of the score's variance on a straight line.

    Args:
        values: (subjects, metrics), normalised; NaN is missing.
        score: (subjects,); NaN is unscored.
    Returns:
        (metrics,), -1 to 1; NaN where a metric does not vary.
    """
    return np.asarray(correlation(np.column_stack([values, score]))[-1, :-1])


def score_ratio(values: FloatArray, score: FloatArray) -> FloatArray:
    """Return each metric's correlation ratio with the score: as r^2, but on any curve; see `correlation_ratio`.

    Args:
        values: (subjects, metrics), normalised; NaN is missing.
        score: (subjects,); NaN is unscored.
    Returns:
        (metrics,), 0 to 1; NaN where it cannot be told.
    """
    return np.array([correlation_ratio(column, score) for column in values.T])


def works_against(share: FloatArray) -> BoolArray:
    """Return which metrics pull the other way: those with a high score do worse on them.

    Args:
        share: (metrics,), covariance shares; NaN is unknown and never flagged.
    """
    return np.asarray(share < 0)


def out_of_proportion(share: FloatArray, nominal: FloatArray) -> BoolArray:
    """Return which metrics decide less than `LOW` or more than `HIGH` times their weight.

    Args:
        share: (metrics,), covariance shares.
        nominal: (metrics,), weights summing to 1; a metric of weight 0 is never flagged.
    """
    ratio = np.divide(share, nominal, out=np.ones_like(share), where=nominal > 0)
    return (ratio < LOW) | (ratio > HIGH)


def dominates(share: FloatArray) -> BoolArray:
    """Return which metric decides more than all others together."""
    return np.asarray(share > HALF)


def largest_gap(share: FloatArray, nominal: FloatArray) -> tuple[int, float]:
    """Return which metric's covariance share is farthest from its weight, and max |c_j - w_j|; -1 and NaN if no share is known."""
    gap = np.abs(share - nominal)
    if np.isnan(gap).all():
        return -1, float("nan")
    at = int(np.nanargmax(gap))
    return at, float(gap[at])


def counted_twice(values: FloatArray) -> list[tuple[int, int, float]]:
    """Return the pairs of metrics that correlate above `ALIKE` over five subjects or more, with their correlation.

    Args:
        values: (subjects, metrics), normalised; NaN is missing.
    """
    known = (~np.isnan(values)).astype(np.float64)
    r = np.triu(np.where(known.T @ known >= FEWEST, np.nan_to_num(correlation(values)), 0.0), k=1)
    return [(int(i), int(j), float(r[i, j])) for i, j in np.argwhere(r > ALIKE)]
