"""Uncertainty of scores and ranks: what many draws of everybody's score say together. Draws are (draws, subjects), rounded as published."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
RankArray: TypeAlias = NDArray[np.int32]
Draws: TypeAlias = NDArray[Any]
"""Scores in points, or in whole units of the last published digit, which take half the room and compare exactly."""

_CELLS = 4_000_000
"""So many cells are compared or sorted at a time."""


def interval(draws: Draws, level: float, published: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the middle part of the draws, widened to the published score where that lies outside.

    low, high = quantiles (1 - level) / 2 and (1 + level) / 2

    Args:
        draws: (draws, subjects), points.
        level: share of the draws inside, above 0 and below 1.
        published: (subjects,), points.
    Returns:
        Low and high, (subjects,), points.
    Raises:
        ShapeError: the level is no share, or the draws are not of these subjects.
    """
    _check(draws, level, published)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return np.minimum(low, published), np.maximum(high, published)


def reaches(draws: Draws, target: float) -> FloatArray:
    """Return the share of draws in which each subject reaches a score.

    p_s = P(score_s >= target)

    Args:
        draws: (draws, subjects), points.
        target: points.
    Returns:
        (subjects,), 0 to 1.
    """
    return np.asarray((draws >= target).mean(axis=0))


def ranks(draws: Draws) -> RankArray:
    """Rank the subjects within each draw, the highest first; ties share the smallest rank.

    Args:
        draws: (draws, subjects), points, no NaN.
    Returns:
        Same shape, 1 and up.
    """
    found = np.empty(draws.shape, dtype=np.int32)
    step = max(1, _CELLS // max(1, draws.shape[1]))
    for start in range(0, draws.shape[0], step):
        found[start : start + step] = _ranks(draws[start : start + step])
    return found


def _ranks(draws: Draws) -> RankArray:
    turn = np.argsort(-draws, axis=1)
    falls = np.diff(np.take_along_axis(draws, turn, axis=1), axis=1, prepend=np.inf) < 0
    place = np.maximum.accumulate(np.where(falls, np.arange(1, draws.shape[1] + 1, dtype=np.int32), 0), axis=1)
    found = np.empty(draws.shape, dtype=np.int32)
    np.put_along_axis(found, turn, place, axis=1)
    return found


def rank_interval(drawn: RankArray, level: float, published: IntArray) -> tuple[IntArray, IntArray]:
    """Return the middle part of the drawn ranks, widened to the published rank where that lies outside.

    Args:
        drawn: (draws, subjects), ranks within each draw.
        level: share of the draws inside at least, above 0 and below 1.
        published: (subjects,), ranks.
    Returns:
        The best and the worst rank, (subjects,).
    Raises:
        ShapeError: as for `interval`.
    """
    _check(drawn, level, published)
    # Inverted: a rank is a whole number, and one that was drawn.
    best, worst = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0, method="inverted_cdf").astype(np.int64)
    return np.minimum(best, published), np.maximum(worst, published)


def above(draws: Draws, one: IntArray, other: IntArray) -> FloatArray:
    """Return how likely one subject is truly above another, pair by pair; a tie counts half.

    p = P(score_one > score_other) + P(score_one = score_other) / 2

    Args:
        draws: (draws, subjects), points.
        one: (pairs,), indices of subjects.
        other: (pairs,), indices of subjects, or one index for all.
    Returns:
        (pairs,), 0 to 1; p of the pair turned round is 1 - p.
    Source:
        Goldstein & Healy, The graphical presentation of a collection of means, 1995: compare pairs, not whether two bars overlap.
    """
    pairs = np.broadcast(one, other).size
    firsts, seconds = np.broadcast_to(one, pairs), np.broadcast_to(other, pairs)
    found = np.empty(pairs)
    step = max(1, _CELLS // max(1, draws.shape[0]))
    for start in range(0, pairs, step):
        part = slice(start, start + step)
        found[part] = _lead(draws[:, firsts[part]].T, draws[:, seconds[part]].T)
    return np.asarray(0.5 + found / (2 * draws.shape[0]))


def _lead(left: Draws, right: Draws) -> RankArray:
    """Return in how many draws (the last axis) the left is above, less those in which it is below."""
    won, lost = ((left > right).view(np.int8), (left < right).view(np.int8))
    return np.asarray(won.sum(axis=-1, dtype=np.int32) - lost.sum(axis=-1, dtype=np.int32))


def pairwise(draws: Draws) -> FloatArray:
    """Return how likely each subject is truly above each other one; see `above`.

    Args:
        draws: (draws, subjects), points.
    Returns:
        (subjects, subjects): row above column; 0.5 on the diagonal.
    """
    count, everybody = draws.shape
    lead = np.zeros((everybody, everybody))
    step = max(1, _CELLS // max(1, everybody))
    for start in range(0, count, step):
        # Subject by subject, so that a row of draws lies together in memory.
        block = np.ascontiguousarray(draws[start : start + step].T)
        for at in range(everybody - 1):
            lead[at, at + 1 :] += _lead(block[at], block[at + 1 :])
    return np.asarray(0.5 + (lead - lead.T) / (2 * max(1, count)))


def grades(draws: Draws, published: FloatArray, table: IntArray, sure: float = 0.9) -> IntArray:
    """Put subjects into as many grades as the data can tell apart.

    Down the league table, whoever opened the grade speaks for it. The next subject joins while the opener is not above them with
    P > sure, and otherwise opens the next grade. Equal published scores share a grade. So two openers differ with P > sure, while the
    last of one grade and the first of the next may well be alike.

    Args:
        draws: (draws, subjects), points.
        published: (subjects,), points.
        table: (subjects,), indices in the order of the league table.
        sure: how likely two openers must be in the right order, at least 0.5.
    Returns:
        (subjects,), 1 is the best grade.
    Raises:
        ShapeError: `sure` is below 0.5, or not below 1.
    Source:
        Kline, Rose & Walters, A discrimination report card, 2024, whose grades minimise a loss over all pairs; this is the greedy form.
    """
    if not 0.5 <= sure < 1.0:
        raise ShapeError(f"the probability that parts two grades must be at least 0.5 and below 1 (got {sure!r})")
    found = np.empty(table.size, dtype=np.int64)
    opens, grade = 0, 1
    while opens < table.size:
        found[table[opens:]] = grade
        rest = table[opens + 1 :]
        is_apart = above(draws, np.full(rest.size, table[opens]), rest) > sure
        is_apart &= published[rest] < published[table[opens:-1]]
        opens, grade = (opens + 1 + int(is_apart.argmax()) if is_apart.any() else table.size), grade + 1
    return found


def delta(rates: FloatArray, variances: FloatArray) -> FloatArray:
    """Return the variance of a score that is linear in its metrics: the delta method.

    var_s = sum over j of (w_j g_j)^2 var_sj, with w_j the weight and g_j the slope of the normalised metric.

    Args:
        rates: (subjects, metrics), w_j g_j: points of the score per unit of the metric; NaN where there is no value.
        variances: same shape, of the metrics, in their unit squared; NaN counts as known exactly.
    Returns:
        (subjects,), points squared. Exact where the score is linear as far as the metrics may reach, and their errors are independent.
    Raises:
        ShapeError: shapes differ.
    Source:
        Oehlert, A note on the delta method, The American Statistician 46, 1992.
    """
    if rates.shape != variances.shape or rates.ndim != 2:
        raise ShapeError(f"rates and variances must both be (subjects, metrics) (got {rates.shape} and {variances.shape})")
    return np.asarray(np.nansum(rates**2 * variances, axis=1))


def _check(draws: Draws, level: float, published: FloatArray | IntArray) -> None:
    if not 0.0 < level < 1.0:
        raise ShapeError(f"the level of an interval must be above 0 and below 1 (got {level!r})")
    if draws.ndim != 2 or draws.shape[1:] != published.shape:
        raise ShapeError(f"draws must be (draws, subjects), published (subjects,) (got {draws.shape} and {published.shape})")
