"""Weights read off the data: a metric counts more where the subjects differ more on it.

They follow the data and move with it from period to period, so they are advice beside declared weights and no basis of pay.
What all of them do: a metric on which nobody differs gets 0, and the others are weighed as if it were not there; a missing value leaves its
subject out of that metric only; where all metrics say the same, they share alike.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import PeersError, ShapeError
from kpicore.kernels.association import correlation

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]


def entropy(values: FloatArray) -> FloatArray:
    """Weigh metrics by how unevenly they are spread over the subjects.

    p_sj = x_sj / sum_s x_sj; e_j = -sum_s p ln p / ln n_j; w_j = (1 - e_j) / sum (1 - e)

    Args:
        values: (subjects, metrics), on a scale with a true zero, not negative; NaN is missing.
    Returns:
        (metrics,), summing to 1. A metric's unit does not matter, where its zero lies does.
    Raises:
        ShapeError: a value is negative or infinite.
        PeersError: no metric varies.
    Source:
        Shannon 1948; Hwang & Yoon, Multiple Attribute Decision Making, 1981.
    """
    varies = varying(values)
    if (values < 0).any():
        raise ShapeError("entropy weights need values that are not negative (got a negative one); normalise them to 0 to 1 first")
    x = np.nan_to_num(values[:, varies])
    p = x / x.sum(axis=0)
    surprise = -np.sum(p * np.log(p, out=np.zeros_like(p), where=p > 0), axis=0)
    return _shared(1.0 - surprise / np.log((~np.isnan(values[:, varies])).sum(axis=0)), varies)


def standard_deviation(values: FloatArray) -> FloatArray:
    """Weigh metrics by the standard deviation of their min-max values, so that units do not matter.

    z_sj = (x_sj - min_j) / (max_j - min_j); w_j = sd(z_j) / sum sd(z)

    Args:
        values: (subjects, metrics), any unit; NaN is missing.
    Returns:
        (metrics,), summing to 1.
    Raises:
        ShapeError: a value is infinite.
        PeersError: no metric varies.
    Source:
        Jahan & Edwards, Materials & Design 49, 2013.
    """
    varies = varying(values)
    return _shared(_deviation(values[:, varies]), varies)


def variance(values: FloatArray) -> FloatArray:
    """Weigh metrics by the variance of their min-max values.

    w_j = var(z_j) / sum var(z), z as in `standard_deviation`

    Args:
        values: as there.
    Returns:
        As there.
    Raises:
        ShapeError: as there.
        PeersError: as there.
    """
    varies = varying(values)
    return _shared(_deviation(values[:, varies]) ** 2, varies)


def critic(values: FloatArray, directions: FloatArray) -> FloatArray:
    """Weigh metrics by how much they vary and how little the others say the same (CRiteria Importance Through Intercriteria Correlation).

    C_j = sd(z_j) sum_k (1 - r_jk); w_j = C_j / sum C, with z_j the min-max values, 1 the best

    Args:
        values: (subjects, metrics), any unit; NaN is missing.
        directions: (metrics,), 1 where higher is better and -1 where lower is: it decides which metrics contradict each other.
    Returns:
        (metrics,), summing to 1.
    Raises:
        ShapeError: a value is infinite, or a direction is neither 1 nor -1.
        PeersError: no metric varies.
    Source:
        Diakoulaki, Mavrotas & Papayannakis, Computers & Operations Research 22, 1995.
    """
    varies, signs = varying(values), checked_directions(values, directions)
    better_up = values[:, varies] * signs[varies]
    # Two metrics without a subject in common neither agree nor disagree.
    conflict = 1.0 - np.nan_to_num(correlation(better_up))
    return _shared(_deviation(better_up) * conflict.sum(axis=1), varies)


def pca_loadings(values: FloatArray) -> tuple[FloatArray, float]:
    """Return the first principal component of the standardised metrics.

    R v = lambda v with R the correlations and lambda the largest eigenvalue

    Args:
        values: (subjects, metrics), any unit; NaN is missing.
    Returns:
        The loadings (metrics,), of length 1, their sum not negative, 0 for a metric that does not vary; and the share of variance
        explained.
    Raises:
        ShapeError: a value is infinite.
        PeersError: no metric varies.
    Source:
        OECD/JRC, Handbook on Constructing Composite Indicators, 2008, step 4.
    """
    varies = varying(values)
    eigenvalues, vectors = np.linalg.eigh(np.nan_to_num(correlation(values[:, varies])))
    first = vectors[:, -1] if vectors[:, -1].sum() >= 0 else -vectors[:, -1]
    loadings = np.zeros(values.shape[1])
    loadings[varies] = first
    return loadings, float(eigenvalues[-1] / varies.sum())


def pca(values: FloatArray) -> FloatArray:
    """Weigh metrics by their part in what they have in common.

    w_j = v_j^2, with v the loadings of the first principal component; a loading may be negative, a weight is not

    Args:
        values: as for `pca_loadings`.
    Returns:
        (metrics,), summing to 1.
    Raises:
        ShapeError: as there.
        PeersError: as there.
    Source:
        Nicoletti, Scarpetta & Boylaud, OECD Economics Department Working Paper 226, 2000 (squared loadings).
    """
    squared = pca_loadings(values)[0] ** 2
    return np.asarray(squared / squared.sum())


def varying(values: FloatArray) -> BoolArray:
    """Return which metrics have two different values.

    Raises:
        ShapeError: a value is infinite.
        PeersError: none has.
    """
    if values.ndim != 2 or np.isinf(values).any():
        raise ShapeError(f"values must be (subjects, metrics), finite or NaN for missing (got shape {values.shape})")
    lowest = np.min(values, axis=0, where=~np.isnan(values), initial=np.inf)
    varies: BoolArray = np.max(values, axis=0, where=~np.isnan(values), initial=-np.inf) > lowest
    if not varies.any():
        raise PeersError(f"weights from data need a metric on which the subjects differ (got {len(values)} subjects who do not)")
    return varies


def checked_directions(values: FloatArray, directions: FloatArray) -> FloatArray:
    """Return the directions, or refuse them.

    Raises:
        ShapeError: a direction is neither 1 nor -1, or there is not one per metric.
    """
    if directions.shape != values.shape[1:] or not np.isin(directions, (-1.0, 1.0)).all():
        raise ShapeError(f"directions must be 1 or -1, one per metric (got {directions.tolist()!r} for {values.shape[1]})")
    return directions


def _deviation(values: FloatArray) -> FloatArray:
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    return np.asarray(np.nanstd((values - low) / (high - low), axis=0, ddof=1))


def _shared(information: FloatArray, varies: BoolArray) -> FloatArray:
    weights = np.zeros(varies.size)
    information = np.maximum(information, 0.0)
    # What rounding leaves of nothing is no information.
    is_any = information.sum() > 1e-12
    weights[varies] = information / information.sum() if is_any else 1.0 / varies.sum()
    return weights
