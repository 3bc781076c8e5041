"""Weights from several judges, or from one who only says which of two metrics matters more."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]


def budget_allocation(points: FloatArray) -> FloatArray:
    """Average the points that each judge gave out of the same budget.

    w_j = mean over judges of p_kj / budget

    Args:
        points: (judges, metrics), finite, not negative; each row sums to the same budget, above 0.
    Returns:
        (metrics,), summing to 1.
    Raises:
        ShapeError: points are negative or not finite, or the judges had different budgets.
    Source:
        OECD/JRC, Handbook on Constructing Composite Indicators, 2008, step 6 (budget allocation process).
    """
    if points.ndim != 2 or not points.size or not np.isfinite(points).all() or (points < 0).any():
        raise ShapeError(f"points must be a row per judge, finite and not negative (got {points.tolist()!r})")
    budgets = points.sum(axis=1)
    if not budgets[0] > 0 or not np.allclose(budgets, budgets[0], rtol=1e-9, atol=0.0):
        raise ShapeError(f"every judge must give out the same points in all, more than 0 (got {[float(f'{b:.10g}') for b in budgets]!r})")
    return np.asarray((points / budgets[:, None]).mean(axis=0))


def rancom(comparisons: FloatArray) -> FloatArray:
    """Weigh metrics by how many others each outranks.

    w_i = sum_j a_ij / sum a; a_ij is 1 where i matters more than j, 0.5 where both matter alike, 0 where j does.

    Args:
        comparisons: (metrics, metrics); a_ii = 0.5, a_ij + a_ji = 1. Left as it is.
    Returns:
        (metrics,), summing to 1.
    Raises:
        ShapeError: it is no such matrix.
    Source:
        Więckowski, Kizielewicz, Shekhovtsov & Sałabun, RANCOM, Engineering Applications of Artificial Intelligence 122, 2023.
    """
    given = np.asarray(comparisons, dtype=np.float64)
    if given.ndim != 2 or given.shape[0] != given.shape[1] or not given.size:
        raise ShapeError(f"comparisons must be a square table (got shape {given.shape})")
    if not np.isin(given, (0.0, 0.5, 1.0)).all() or not (given + given.T == 1.0).all():
        raise ShapeError(f"comparisons must be 0, 0.5 or 1, a pair summing to 1 and a metric against itself 0.5 (got {given.tolist()!r})")
    return np.asarray(given.sum(axis=1) / given.sum())


def comparisons_of(ranks: FloatArray) -> FloatArray:
    """Compare metrics by their rank of importance, 1 the most important; equal ranks matter alike.

    Args:
        ranks: (metrics,), finite; left as it is.
    Returns:
        (metrics, metrics), as `rancom` takes them.
    Raises:
        ShapeError: a rank is not finite.
    """
    given = np.asarray(ranks, dtype=np.float64)
    if given.ndim != 1 or not given.size or not np.isfinite(given).all():
        raise ShapeError(f"ranks of importance must be finite, one per metric (got {given.tolist()!r})")
    return 0.5 * (1.0 + np.sign(given - given[:, None]))
