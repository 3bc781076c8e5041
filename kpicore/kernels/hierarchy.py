"""Hierarchies: metrics make the scores of dimensions, dimensions make the score, each level by its own aggregator.

Gaps are reshared inside a dimension first; only a dimension without any value is reshared among the other dimensions. A deeper tree is the
same step again: the points of one level are the outer points of the level below.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

_NOTHING = 1e-9
"""Points below which a loss is rounding."""


def reshare(normalised: FloatArray, weights: FloatArray, dimension: IntArray) -> tuple[FloatArray, FloatArray]:
    """Share the weight of missing metrics inside their dimension, and the weight of an empty dimension among the others.

    w_sj|d = w_j / sum of w_k over the metrics k of d with a value; W_sd = W_d / sum of W_e over the dimensions e that have one,
    W_d = sum of w_j over the metrics of d

    Args:
        normalised: (subjects, metrics), NaN is missing.
        weights: (metrics,), nominal, summing to 1; or one row per subject.
        dimension: (metrics,), index of the dimension of each metric, 0 and up.
    Returns:
        Inner weights (subjects, metrics), summing to 1 within each dimension that has a value, and outer weights (subjects, dimensions),
        summing to 1; 0 where there is none.
    """
    here = np.where(np.isnan(normalised), 0.0, weights)
    known = totals(here, dimension)
    inner = np.divide(here, known[:, dimension], out=np.zeros_like(here), where=known[:, dimension] > 0)
    outer = np.where(known > 0, totals(np.atleast_2d(weights), dimension), 0.0)
    left = outer.sum(axis=1, keepdims=True)
    return inner, np.divide(outer, left, out=outer, where=left > 0)


def nested(weights: FloatArray, dimensions: FloatArray, dimension: IntArray) -> FloatArray:
    """Scale weights of metrics to those of their dimensions.

    w_j = W_d / sum W * w_j / sum of w_k over the metrics k of d

    Args:
        weights: (metrics,), on any scale.
        dimensions: (dimensions,), their weights on any scale.
        dimension: (metrics,), index of the dimension of each metric, 0 and up.
    Returns:
        (metrics,), summing to 1; 0 in a dimension whose metrics all weigh 0.
    """
    inside = totals(weights[None], dimension)[0][dimension]
    within = np.divide(weights, inside, out=np.zeros_like(weights), where=inside > 0)
    return np.asarray(within * dimensions[dimension] / dimensions.sum())


def totals(parts: FloatArray, dimension: IntArray) -> FloatArray:
    """Sum the metrics of each dimension.

    Args:
        parts: (subjects, metrics); NaN counts as 0.
        dimension: (metrics,), index of the dimension of each metric, 0 and up.
    Returns:
        (subjects, dimensions).
    Raises:
        ShapeError: there is not one dimension per metric, or a number is left out.
    """
    count = int(dimension.max(initial=-1)) + 1
    if dimension.shape != parts.shape[1:] or set(dimension.tolist()) != set(range(count)):
        raise ShapeError(f"each of {parts.shape[1]} metrics must have a dimension, numbered from 0 with no gap (got {dimension.tolist()})")
    known = np.where(np.isnan(parts), 0.0, parts)
    return np.stack([known[:, dimension == at].sum(axis=1) for at in range(count)], axis=1)


def subtotals(inner_points: FloatArray, inner_weights: FloatArray, dimension: IntArray) -> FloatArray:
    """Return the score of each dimension, as the next level takes it.

    y_d = sum of p_j over the metrics of d / 100

    Args:
        inner_points: (subjects, metrics), of 100 within the dimension; NaN is missing.
        inner_weights: same shape.
        dimension: (metrics,).
    Returns:
        (subjects, dimensions), 0 to 1; NaN where the dimension has no value with a weight.
    """
    scores = np.clip(totals(inner_points, dimension) / 100.0, 0.0, 1.0)
    return np.where(totals(inner_weights, dimension) > 0, scores, np.nan)


def points(
    inner_points: FloatArray, inner_weights: FloatArray, outer_points: FloatArray, outer_weights: FloatArray, dimension: IntArray
) -> FloatArray:
    """Hand the points of the dimensions on to their metrics, so that the points of the metrics sum to the score.

    points_j = W_d p_j + (P_d - W_d sum p) k_j, for the metrics j of dimension d with inner points p and the dimension's points P_d

    The first term is the metric's part of what the dimension weighs; the second one is what the outer aggregator made more or less of it,
    shared in proportion to what each metric cost the dimension: k_j = l_j / sum l, l_j = 100 w_j|d - p_j. Where nothing was lost, or a
    metric gave more than its weight, it is shared by weight: k_j = w_j|d. With arithmetic means on both levels it is 0, and the points are
    those of the flat mean, 100 W_d w_j|d x_j.

    Args:
        inner_points: (subjects, metrics), of 100 within the dimension; NaN is missing.
        inner_weights: same shape, summing to 1 within each dimension.
        outer_points: (subjects, dimensions), of 100; NaN is missing.
        outer_weights: same shape, summing to 1.
        dimension: (metrics,), index of the dimension of each metric.
    Returns:
        (subjects, metrics), points of 100; NaN stays NaN.
    """
    outer = np.where(np.isnan(outer_points), 0.0, outer_points)
    change = outer - outer_weights * totals(inner_points, dimension)
    return outer_weights[:, dimension] * inner_points + change[:, dimension] * _key(inner_points, inner_weights, dimension)


def _key(inner_points: FloatArray, inner_weights: FloatArray, dimension: IntArray) -> FloatArray:
    loss = np.where(np.isnan(inner_points), 0.0, 100.0 * inner_weights - inner_points)
    lost = totals(loss, dimension)
    by_loss = (lost > _NOTHING) & (totals((loss < -_NOTHING).astype(np.float64), dimension) == 0)
    return np.divide(loss, lost[:, dimension], out=inner_weights.copy(), where=by_loss[:, dimension])
