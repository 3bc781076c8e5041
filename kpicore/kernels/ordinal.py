"""Normalisation by order: ranks among the peers, and bands between cut points; how far apart values lie does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import PeersError, ShapeError
from kpicore.kernels.normalise import NEUTRAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore.kernels.normalise import Ties

FloatArray: TypeAlias = NDArray[np.float64]


def ranks(values: FloatArray, ties: Ties = "min") -> FloatArray:
    """Rank the values of each metric, the lowest first; negate what is better when lower.

    r = 1 + number of lower values ('min'), plus half the number of other equal ones ('mid')

    Args:
        values: (subjects,), or (subjects, metrics[, periods]); NaN is missing and is not counted.
        ties: whether equal values share the smallest rank or the middle one.
    Returns:
        Same shape, 1 to n; NaN stays NaN.
    """
    result = np.full(values.shape, np.nan)
    for column in np.ndindex(values.shape[1:]):
        at = (slice(None), *column)
        result[at] = _ranks(values[at], ties)
    return result


def _ranks(values: FloatArray, ties: Ties) -> FloatArray:
    known = np.sort(values[~np.isnan(values)])
    lower = np.searchsorted(known, values, side="left")
    shared = (np.searchsorted(known, values, side="right") - lower - 1) / 2 if ties == "mid" else 0.0
    return np.where(np.isnan(values), np.nan, 1.0 + lower + shared)


def borda(values: FloatArray, ties: Ties = "min") -> FloatArray:
    """Give one point for each value that is left behind.

    b = r - 1

    Args:
        values: as for `ranks`.
        ties: as for `ranks`.
    Returns:
        Same shape, 0 to n - 1; NaN stays NaN.
    Source:
        Borda, Mémoire sur les élections au scrutin, 1784.
    """
    return np.asarray(ranks(values, ties) - 1.0)


def percentile_rank(values: FloatArray, ties: Ties = "min") -> FloatArray:
    """Return the share of the other subjects that each one leaves behind.

    y = (r - 1) / (n - 1); `NEUTRAL` for everybody where all are equal

    Args:
        values: as for `ranks`; at least two values per metric.
        ties: as for `ranks`.
    Returns:
        Same shape, 0 to 1; NaN stays NaN.
    Raises:
        PeersError: a metric has fewer than two values.
    """
    n = (~np.isnan(values)).sum(axis=0)
    if (n < 2).any():
        raise PeersError(f"a percentile rank needs at least 2 values of each metric (got {int(n.min())})")
    is_constant = np.fmin.reduce(values, axis=0) == np.fmax.reduce(values, axis=0)
    return np.where(is_constant & ~np.isnan(values), NEUTRAL, borda(values, ties) / (n - 1))


def steps(values: FloatArray, cuts: Sequence[float], worth: Sequence[float]) -> FloatArray:
    """Give each value what its band is worth; the band [cut_k, cut_{k+1}) is closed below.

    y = worth_k, where k is the number of cuts at or below x

    Args:
        values: any shape, in the metric's unit; NaN is missing.
        cuts: strictly ascending, in the metric's unit.
        worth: of each band, the lowest first: one more than there are cuts.
    Returns:
        Same shape; NaN stays NaN.
    Raises:
        ShapeError: the cuts are not strictly ascending and finite, or the number of worths does not fit.
    Source:
        OECD/JRC, Handbook on Constructing Composite Indicators, 2008, table 15 (categorical scale).
    """
    edges, heights = np.asarray(cuts, dtype=np.float64), np.asarray(worth, dtype=np.float64)
    if not (np.isfinite(edges).all() and (np.diff(edges) > 0).all()):
        raise ShapeError(f"cut points must be finite and strictly ascending (got {list(cuts)!r})")
    if heights.size != edges.size + 1:
        raise ShapeError(f"{edges.size} cut points make {edges.size + 1} bands, each with its worth (got {heights.size}: {list(worth)!r})")
    return np.where(np.isnan(values), np.nan, heights[np.searchsorted(edges, values, side="right")])
