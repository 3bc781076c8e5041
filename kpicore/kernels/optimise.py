"""Weights under which each metric decides as much about the score as was stated: a metric that varies widely then needs less of it.

Importance is the covariance share of the weights review. Weights are never negative and move no further than declared.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import PeersError, ScorecardError, ShapeError
from kpicore.kernels.weight import declared

FloatArray: TypeAlias = NDArray[np.float64]

MAXIMUM_MOVE = 0.1
"""How far a weight may move unless another limit is declared."""
TOLERANCE = 0.01
"""How far a share may stay from what was stated before the weights are refused."""
_SWEEPS = 10_000
_STEPS = 2_000


class Optimised(NamedTuple):
    """Weights, and how far they get."""

    weights: FloatArray
    """(metrics,), not negative, summing to 1."""
    share: FloatArray
    """(metrics,): the covariance shares that these weights have, summing to 1."""
    residual: float
    """The largest distance between a share and what was stated for it; 0 where all are reached."""


def optimised(
    values: FloatArray, importance: FloatArray, weights: FloatArray, maximum_move: float = MAXIMUM_MOVE, tolerance: float = TOLERANCE
) -> Optimised:
    """Return what `approach` finds, or refuse it where the stated importance cannot be reached.

    Args:
        values: as there.
        importance: as there.
        weights: as there.
        maximum_move: as there.
        tolerance: the largest residual that is accepted.
    Returns:
        As there.
    Raises:
        ScorecardError: no weights within the maximum move come closer than the tolerance.
        ShapeError: as there.
        PeersError: as there.
    """
    found = approach(values, importance, weights, maximum_move)
    if found.residual > tolerance:
        needed = np.ceil(1000 * np.abs(approach(values, importance, weights, 1.0).weights - declared(weights)).max()) / 1000
        says = (
            f"no weights within {maximum_move:g} of the present ones give the stated importance (the closest miss by {found.residual:.3f})"
        )
        raise ScorecardError(f"{says}; allow a move of {needed:g}, or state an importance closer to the present shares")
    return found


def approach(values: FloatArray, importance: FloatArray, weights: FloatArray, maximum_move: float = MAXIMUM_MOVE) -> Optimised:
    """Find the weights whose covariance shares come closest to a stated importance.

    c_j(w) = w_j (V w)_j / (w' V w), V the covariances of the metrics. Without a limit on the move, c(w) = importance has exactly one
    solution w > 0: the minimum of w' V w / 2 - sum_j importance_j ln w_j, scaled to sum to 1. For two metrics of equal importance it is
    w_1 = sd_2 / (sd_1 + sd_2). Within a limit: the minimum of |c(w) - importance|^2 over the simplex, by projected gradient from where the
    limit is met on the way to that solution.

    Args:
        values: (subjects, metrics), normalised, better upwards; NaN is missing and taken as the metric's mean.
        importance: (metrics,), stated, any scale; 0 leaves a metric out.
        weights: (metrics,), the present ones, any scale.
        maximum_move: how far each weight may move, above 0; 1 for any distance.
    Returns:
        The weights, their shares and what remains.
    Raises:
        ShapeError: a value is infinite, importance or weights are negative or all 0, or the move is not above 0.
        PeersError: a metric of stated importance does not vary, or the metrics cancel each other out: no weights would do.
    Source:
        Becker, Saisana, Paruolo & Vandecasteele, Ecological Indicators 80, 2017 (the aim); Maillard, Roncalli & Teïletche, Journal of
        Portfolio Management 36, 2010, and Griveau-Billion, Richard & Roncalli, 2013 (existence, and the algorithm without a limit).
    """
    wanted, present = declared(importance), declared(weights)
    if not maximum_move > 0:
        raise ShapeError(f"the maximum move must be above 0 (got {maximum_move!r})")
    spread = _covariance(values)
    counts = wanted > 0
    _refuse_constant(np.diag(spread), counts)
    goal = np.zeros(wanted.size)
    goal[counts] = _unbounded(spread[np.ix_(counts, counts)], wanted[counts])
    away = np.abs(goal - present).max()
    found = goal
    if away > maximum_move:
        low, high = np.maximum(present - maximum_move, 0.0), np.minimum(present + maximum_move, 1.0)
        found = _descend(spread, wanted, present + (goal - present) * maximum_move / away, low, high)
    share = _shares(spread, found)
    return Optimised(found, share, float(np.abs(share - wanted).max()))


def _covariance(values: FloatArray) -> FloatArray:
    if values.ndim != 2 or np.isinf(values).any():
        raise ShapeError(f"values must be (subjects, metrics), finite or NaN for missing (got shape {values.shape})")
    known = ~np.isnan(values)
    mean = np.nansum(values, axis=0) / np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, values - mean, 0.0)
    spread = np.asarray(centred.T @ centred)
    # A column of equal numbers deviates from its mean by rounding only.
    spread[:, np.diag(spread) <= 1e-24 * len(values) * np.maximum(mean**2, 1e-300)] = 0.0
    return spread


def _refuse_constant(variances: FloatArray, counts: NDArray[np.bool_]) -> None:
    if (constant := np.flatnonzero(counts & ~(variances > 0))).size:
        columns = ", ".join(str(at + 1) for at in constant)
        raise PeersError(f"nobody differs on metric {columns} of {counts.size}, so no weight gives it importance; state 0 for it")


def _unbounded(spread: FloatArray, wanted: FloatArray) -> FloatArray:
    """Solve w_j (V w)_j = importance_j by turns: each is a quadratic equation in w_j with one positive root."""
    w = np.sqrt(wanted / np.diag(spread))
    for _ in range(_SWEEPS):
        before = w.copy()
        for j in range(w.size):
            others = spread[j] @ w - spread[j, j] * w[j]
            w[j] = (np.sqrt(others**2 + 4.0 * spread[j, j] * wanted[j]) - others) / (2.0 * spread[j, j])
        if np.abs(w - before).max() <= 1e-14 * w.max():
            return np.asarray(w / w.sum())
    raise PeersError("the metrics cancel each other out: some weights give all subjects the same score, and no importance is reached")


def _shares(spread: FloatArray, w: FloatArray) -> FloatArray:
    pull = spread @ w
    return np.asarray(w * pull / (w @ pull))


def _descend(spread: FloatArray, wanted: FloatArray, w: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Lower |c(w) - importance|^2 step by step within the bounds, halving a step that does not, until none does."""
    error, step = _shares(spread, w) - wanted, 1.0
    for _ in range(_STEPS):
        direction = _gradient(spread, w, error)
        while step > 1e-14:
            tried = _on_simplex(w - step * direction, low, high)
            off = _shares(spread, tried) - wanted
            if off @ off < error @ error:
                break
            step /= 2.0
        else:
            return w
        w, error, step = tried, off, 2.0 * step
    return w


def _gradient(spread: FloatArray, w: FloatArray, error: FloatArray) -> FloatArray:
    """Return J' error, the slope of |error|^2 / 2: J_ij = (d_ij g_i + w_i V_ij) / q - 2 w_i g_i g_j / q^2, g = V w, q = w' g."""
    g = spread @ w
    q = w @ g
    return np.asarray((g * error + spread @ (w * error)) / q - 2.0 * ((w * g) @ error) * g / q**2)


def _on_simplex(point: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the nearest weights within the bounds that sum to 1: all shifted alike, then cut; the shift is found by halving."""
    below, above = float((point - high).min()), float((point - low).max())
    for _ in range(100):
        shift = (below + above) / 2.0
        if np.clip(point - shift, low, high).sum() > 1.0:
            below = shift
        else:
            above = shift
    cut = np.clip(point - above, low, high)
    return np.asarray(cut / cut.sum())
