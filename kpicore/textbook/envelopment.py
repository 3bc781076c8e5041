"""Benefit of the doubt: everybody is scored with the weights that suit them best, within bounds, against the best of their peers.

It needs a solver of linear programmes, so it stands here and not among the kernels, which know only numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kpicore.errors import ConfigError, PeersError, ScorecardError

if TYPE_CHECKING:
    from kpicore.model.cells import FloatArray

MOST = 2_000
"""Subjects. Each of them is a programme with a row per peer: 500 with 30 metrics take a quarter of a minute, 2,000 take four."""


def benefit_of_the_doubt(normalised: FloatArray, weights: FloatArray, low: float, high: float) -> FloatArray:
    """Points of the benefit of the doubt: one linear programme per subject.

    S_s = 100 max over v of sum v_j x_sj, where nobody passes 100 with the same v: sum v_j x_tj <= 1 for every t, and each metric keeps
    close to its weight: low w_sj <= v_j / sum v <= high w_sj. points_j = 100 v_j x_sj; score = sum of the points

    Bounds are relative to the weights, which are reshared before, so that they can be kept whatever is missing. What a peer lacks does not
    speak against the subject: it counts as 0 in the peer's sum.

    Args:
        normalised: (subjects, metrics), 0 to 1; NaN is missing.
        weights: same shape; rows sum to 1 over the cells with a value.
        low: the least share of a metric in the weights, as a multiple of its weight, 0 to 1.
        high: the greatest one, 1 or more.
    Returns:
        Same shape, points of 100; NaN stays NaN.
    Raises:
        ConfigError: scipy is not installed.
        PeersError: there is only one subject.
        ScorecardError: there are too many, or the solver failed.
    Source:
        Melyn & Moesen 1991; Cherchye, Moesen, Rogge & Van Puyenbroeck 2007; OECD/JRC, Handbook on Constructing Composite Indicators, 2008,
        step 6.
    """
    _refuse_number(len(normalised))
    points = np.where(np.isnan(normalised), np.nan, 0.0)
    share = np.nan_to_num(normalised)
    counted = (weights > 0) & ~np.isnan(normalised)
    for pattern in np.unique(counted[counted.any(axis=1)], axis=0):
        # In a fixed order, so that among equally good weights the same are found whatever the order of the subjects.
        peers = _frontier(np.unique(share[:, pattern], axis=0))
        for row in np.flatnonzero((counted == pattern).all(axis=1)):
            points[row, pattern] = 100.0 * _best(share[row, pattern], weights[row, pattern], peers, (low, high))
    return points


def _refuse_number(subjects: int) -> None:
    if subjects == 1:
        raise PeersError("the benefit of the doubt compares subjects, so there must be two or more (got 1); aggregate one by a mean")
    if subjects > MOST:
        raise ScorecardError(f"the benefit of the doubt solves one programme each, so there must be at most {MOST:,} (got {subjects:,})")


def _solver() -> Any:
    try:
        from scipy.optimize import linprog
    except ImportError:
        raise ConfigError("the benefit of the doubt needs scipy; install it with pip install 'kpicore[stats]'") from None
    return linprog


def _frontier(peers: FloatArray) -> FloatArray:
    """Leave out who is nowhere ahead of some other peer: the bound of the other one is at least as tight."""
    return peers[[not ((peers >= row).all(axis=1).sum() > 1) for row in peers]]


def _best(own: FloatArray, weights: FloatArray, peers: FloatArray, bounds: tuple[float, float]) -> FloatArray:
    linprog = _solver()
    low, high = (np.outer(bound * weights, np.ones(len(weights))) for bound in bounds)
    limits = np.vstack([peers, low - np.eye(len(weights)), np.eye(len(weights)) - high])
    most = np.concatenate([np.ones(len(peers)), np.zeros(2 * len(weights))])
    found = linprog(-own, A_ub=limits, b_ub=most, method="highs")
    if found.status != 0:
        raise ScorecardError(f"the weights that suit a subject best could not be found: {found.message}")
    # The solver is exact to 7 digits; scaled by the best peer, nobody passes 100.
    top = (peers @ found.x).max()
    return np.asarray(found.x * own / top if top > 0 else np.zeros(len(own)))
