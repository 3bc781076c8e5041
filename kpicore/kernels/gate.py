"""Gates: published conditions that cap, discount or void a score, after aggregation; each effect is a number of points."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]


def cap(score: FloatArray, fired: BoolArray, limit: float) -> FloatArray:
    """Points lost to a cap: min(score, limit) - score.

    Args:
        score: (subjects,), points.
        fired: (subjects,), for whom the gate fired.
        limit: the highest score left, points.
    Returns:
        (subjects,), 0 or negative.
    """
    return np.where(fired, np.minimum(limit - score, 0.0), 0.0)


def discount(score: FloatArray, fired: BoolArray, share: float) -> FloatArray:
    """Points lost to a discount: -share * score.

    Args:
        score: (subjects,), points.
        fired: (subjects,), for whom the gate fired.
        share: of the score that is lost, 0 to 1.
    Returns:
        (subjects,), 0 or negative.
    """
    return np.where(fired, -share * score, 0.0)


def void(score: FloatArray, fired: BoolArray) -> FloatArray:
    """Points lost where a score is voided: all of them."""
    return discount(score, fired, 1.0)
