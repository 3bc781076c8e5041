"""Weighting: how much each metric of a scorecard counts, before anybody's gaps are known."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]


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


def _checked(weights: FloatArray) -> FloatArray:
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.sum() > 0:
        raise ShapeError(f"weights must be finite, not negative, and not all 0 (got {weights.tolist()!r})")
    return weights
