"""Aggregation by comparing subjects with each other: the outranking matrix and Copeland's score.

Only the order of values counts, so nothing can be bought off; but the score of a subject depends on who the others are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import PeersError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Iterator

FloatArray: TypeAlias = NDArray[np.float64]

MOST = 20_000
"""Subjects. Time grows with their square: 10,000 with 30 metrics take half a minute, a million would take days."""

_BLOCK = 1 << 17
"""Pairs that are compared at a time: some 10 MB, however many subjects there are."""

_DECIMALS = 9
"""Beyond which a difference is rounding: two sums that should be equal are equal, and weights of 0.1 and 0.2 against 0.3 are a draw."""


def outranking(normalised: FloatArray, weights: FloatArray) -> FloatArray:
    """Say with which share of the weight each subject is ahead of each other one.

    o_st = sum of w_j over the metrics with x_sj > x_tj, and half of w_j where they are equal

    Only metrics that both have count, and their weights are reshared; o_st + o_ts = 1, whatever is missing and in whatever order.

    Args:
        normalised: (subjects, metrics), higher is better; NaN is missing.
        weights: same shape; rows sum to 1 over the cells with a value, all reshared from the same nominal weights.
    Returns:
        (subjects, subjects), 0 to 1; 0.5 on the diagonal and where two have no metric in common.
    Source:
        OECD/JRC, Handbook on Constructing Composite Indicators, 2008, step 7; Munda & Nardo 2009.
    """
    _checked(normalised, weights)
    return np.vstack([0.5 + 0.5 * lead for _, lead, _ in _duels(normalised, weights)])


def copeland(normalised: FloatArray, weights: FloatArray) -> FloatArray:
    """Points of Copeland's score: the share of the peers that a subject beats, a draw being half.

    C_s = number of t with o_st > 1/2, less those with o_st < 1/2; S = 100 (C + n - 1) / (2 (n - 1)). The n - 1 peers are those with whom
    the subject has a metric in common. Every metric starts with its full 100 w_j, and what is lost is shared in proportion to the support
    that the metric did not give, its mean over the peers:

    points_j = 100 w_j - (100 - S) l_j / sum l, l_j = w_j (1 - mean_t [x_sj > x_tj] - mean_t [x_sj = x_tj] / 2)

    Args:
        normalised: (subjects, metrics), higher is better; NaN is missing.
        weights: same shape; rows sum to 1 over the cells with a value, all reshared from the same nominal weights.
    Returns:
        Same shape, points of 100; NaN stays NaN. Who has a metric in common with nobody gets the neutral score of 50.
    Raises:
        PeersError: there is only one subject.
        ShapeError: there are too many subjects to compare all pairs.
    Source:
        Copeland 1951, as in Saari & Merlin, The Copeland method, 1996.
    """
    _checked(normalised, weights)
    if len(normalised) == 1:
        raise PeersError("Copeland's score compares subjects, so there must be two or more (got 1); aggregate one by a mean")
    lost, support = np.empty((len(normalised), 1)), np.empty_like(normalised)
    for rows, lead, common in _duels(normalised, weights):
        peers = np.maximum((common > 0).sum(axis=1, keepdims=True), 1)
        lost[rows] = 50.0 * (1.0 - np.sign(lead).sum(axis=1, keepdims=True) / peers)
        support[rows] = _unsupported(normalised, weights, rows, common) / peers
    total = support.sum(axis=1, keepdims=True)
    shared = np.divide(support, total, out=weights.copy(), where=total > 0)
    return np.where(np.isnan(normalised), np.nan, 100.0 * weights - lost * shared)


def _duels(normalised: FloatArray, weights: FloatArray) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Yield rows, the lead of each over every subject (-1 to 1), and the weight of what they have in common (0 for oneself)."""
    step = max(1, _BLOCK // max(1, len(normalised)))
    for start in range(0, len(normalised), step):
        rows = slice(start, min(start + step, len(normalised)))
        lead, common = np.zeros((2, rows.stop - start, len(normalised)))
        for own, sign, both in _by_metric(normalised, weights, rows):
            lead += own * sign
            common += own * both
        np.divide(lead, common, out=lead, where=common > 0)
        lead = np.round(lead, _DECIMALS)
        common[np.arange(rows.stop - start), np.arange(start, rows.stop)] = 0.0
        yield rows, lead, common


def _unsupported(normalised: FloatArray, weights: FloatArray, rows: slice, common: FloatArray) -> FloatArray:
    """Return, per metric, the weight that did not speak for a subject, summed over its peers."""
    part = np.divide(1.0, common, out=np.zeros_like(common), where=common > 0)
    sums = [(own[:, 0] * (part * (both - sign)).sum(axis=1) / 2) for own, sign, both in _by_metric(normalised, weights, rows)]
    return np.stack(sums, axis=1)


def _by_metric(normalised: FloatArray, weights: FloatArray, rows: slice) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
    """Yield, for each metric, the weight of each row, who is ahead (1, 0, -1), and whether both have a value."""
    for metric in range(normalised.shape[1]):
        column = np.round(normalised[:, metric], _DECIMALS)
        mine = column[rows, None]
        ahead, behind = mine > column, mine < column
        both = ~np.isnan(mine) & ~np.isnan(column)
        yield weights[rows, metric, None], np.subtract(ahead, behind, dtype=np.float64), both.astype(np.float64)


def _checked(normalised: FloatArray, weights: FloatArray) -> None:
    if normalised.ndim != 2 or normalised.shape != weights.shape:
        raise ShapeError(f"values and weights must both be (subjects, metrics) (got {normalised.shape} and {weights.shape})")
    if len(normalised) > MOST:
        raise ShapeError(f"every pair of subjects is compared, so there must be at most {MOST:,} (got {len(normalised):,})")
