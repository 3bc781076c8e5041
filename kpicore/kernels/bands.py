"""Bands: the grade in which a published score lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]


def band(score: FloatArray, starts: Sequence[float]) -> IntArray:
    """Find the half-open band [start_k, start_{k+1}) of each score; the last one has no end.

    Args:
        score: (subjects,), points; NaN is unscored.
        starts: where the bands begin, strictly ascending.
    Returns:
        (subjects,), the index of the band, -1 below the first and for NaN.
    Raises:
        ShapeError: the starts are not strictly ascending.
    """
    edges = np.asarray(starts, dtype=np.float64)
    if not (np.diff(edges) > 0).all():
        raise ShapeError(f"bands must start at strictly ascending scores (got {list(starts)!r})")
    index = np.searchsorted(edges, score, side="right") - 1
    return np.where(np.isnan(score), -1, index).astype(np.int64)
