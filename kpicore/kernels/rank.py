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
    turn = np.argsort(-score)
    known = turn[: score.size - int(np.isnan(score).sum())]
    ordered = score[known]
    falls = np.flatnonzero(ordered[1:] < ordered[:-1]) + 1
    place = np.zeros(known.size, dtype=np.int64)
    place[falls] = falls
    found = np.zeros(score.size, dtype=np.int64)
    found[known] = np.maximum.accumulate(place) + 1
    return found


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
