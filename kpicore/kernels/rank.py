"""Ranks: standard competition ranking of the scores as they are published."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]


def rank(score: FloatArray) -> IntArray:
    """Rank scores, the highest first; ties share the smallest rank.

    rank_s = 1 + number of scores above score_s

    Args:
        score: (subjects,), rounded as published; NaN is unscored.
    Returns:
        (subjects,), 1 and up; 0 for NaN.
    """
    known = np.sort(score[~np.isnan(score)])
    above = known.size - np.searchsorted(known, score, side="right")
    return np.where(np.isnan(score), 0, above + 1).astype(np.int64)


def order(score: FloatArray, subjects: Sequence[str]) -> IntArray:
    """Put subjects in the order of a league table: by score, the highest first, then by id; NaN is left out.

    Args:
        score: (subjects,), rounded as published; NaN is unscored.
        subjects: their ids.
    Returns:
        Indices of the scored subjects.
    """
    by_id = np.asarray(sorted(range(len(subjects)), key=subjects.__getitem__), dtype=np.int64)
    by_id = by_id[~np.isnan(score[by_id])]
    return by_id[np.argsort(-score[by_id], kind="stable")]
