"""Weighting: how much each metric of a scorecard counts, before anybody's gaps are known."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]


def declared(weights: FloatArray) -> FloatArray:
    """Scale declared weights to sum to 1.

    w_j = d_j / sum d

    Args:
        weights: (metrics,), any scale, finite, not negative, with a positive sum.
    Returns:
        (metrics,), summing to 1.
    Raises:
        ShapeError: a weight is negative or not finite, or all are 0.
    """
    return np.asarray(_checked(weights) / weights.sum())


def equal(weights: FloatArray) -> FloatArray:
    """Weigh all metrics alike, except those declared with weight 0, which stay out.

    w_j = 1 / m over the m metrics with d_j > 0

    Args:
        weights: (metrics,), as for `declared`.
    Returns:
        (metrics,), summing to 1.
    Raises:
        ShapeError: as for `declared`.
    """
    counts = _checked(weights) > 0
    return np.asarray(counts / counts.sum())


def path_weights(weights: FloatArray, parents: IntArray) -> FloatArray:
    """Multiply weights down a hierarchy: how much each node counts for the whole.

    W_i = W_parent(i) w_i / sum of w over the siblings of i; 1 for the whole

    Args:
        weights: (nodes,), any scale within siblings, finite and not negative; the sum over siblings is positive.
        parents: (nodes,), the index of each node's parent; -1 for the nodes at the top, which are siblings of each other.
    Returns:
        (nodes,); the nodes below the same parent sum to its own weight, all leaves sum to 1.
    Raises:
        ShapeError: weights as for `declared`, siblings that all weigh 0, or a node that is above itself.
    Source:
        OECD/JRC, Handbook on Constructing Composite Indicators, 2008; COINr calls them effective weights.
    """
    if parents.shape != weights.shape or (parents < -1).any() or (parents >= weights.size).any():
        raise ShapeError(f"parents must be an index of a node or -1, one per weight (got {parents.tolist()!r} for {weights.size})")
    family = parents + 1
    sums = np.bincount(family, weights=_checked(weights), minlength=weights.size + 1)
    if not (sums[family] > 0).all():
        raise ShapeError(f"weights of siblings must not all be 0 (got {weights.tolist()!r} below {parents.tolist()!r})")
    within = path = weights / sums[family]
    above = parents
    for _ in range(weights.size):
        if (above < 0).all():
            return np.asarray(path)
        path = path * np.where(above < 0, 1.0, within[above])
        above = np.where(above < 0, -1, parents[above])
    raise ShapeError(f"a hierarchy must lead upwards to -1 from every node (got parents {parents.tolist()!r})")


def _checked(weights: FloatArray) -> FloatArray:
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.sum() > 0:
        raise ShapeError(f"weights must be finite, not negative, and not all 0 (got {weights.tolist()!r})")
    return weights
