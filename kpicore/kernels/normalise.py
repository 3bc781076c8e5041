"""Normalisation: every metric to one scale, 0 worst to 1 best, after it was measured and before it is weighted.

Curves may leave 0 to 1; `clip` brings them back and says by how much, so that nothing is cut off in silence.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import PeersError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatArray: TypeAlias = NDArray[np.float64]
Figure: TypeAlias = "float | NDArray[np.float64]"
"""One number for all metrics, or an array with one per metric."""
Ties: TypeAlias = Literal["min", "mid"]

NEUTRAL = 0.5
"""What everybody gets where the peers do not differ: neither the best nor the worst."""


def refuse_infinite(values: FloatArray, name: str) -> FloatArray:
    """Return the values as they are, or refuse an infinite one.

    Args:
        values: any shape; NaN is missing.
        name: of what, for the error.
    Raises:
        ShapeError: a value is infinite.
    """
    if np.isinf(values).any():
        raise ShapeError(f"values of {name} must be finite or NaN for missing (got {int(np.isinf(values).sum())} infinite)")
    return values


def curve(values: FloatArray, at: Sequence[float], share: Sequence[float]) -> FloatArray:
    """Read values off a line through points; the first and last piece go on beyond the ends.

    y = share_k + (x - at_k) (share_{k+1} - share_k) / (at_{k+1} - at_k)

    Args:
        values: any shape, in the metric's unit; NaN is missing.
        at: at least two places, strictly ascending or strictly descending, in the metric's unit.
        share: the height at each place.
    Returns:
        Same shape, unitless, not clipped; NaN stays NaN.
    Raises:
        ShapeError: the places are not strictly ordered.
    """
    x, y = (at, share) if at[0] < at[-1] else (at[::-1], share[::-1])
    steps = [after - before for before, after in pairwise(x)]
    if len(x) < 2 or len(x) != len(y) or not all(step > 0 for step in steps):
        raise ShapeError(f"a curve needs two or more places in strict order, each with a height (got {list(at)!r} and {list(share)!r})")
    slope = [(after - before) / step for (before, after), step in zip(pairwise(y), steps, strict=True)]
    # Piece by piece, each from its left end: as exact as np.interp, and for a few pieces faster than its search.
    line = np.asarray(y[0] + (values - x[0]) * slope[0])
    for start, height, rise in zip(x[1:], y[1:], [*slope[1:], slope[-1]], strict=True):
        np.copyto(line, height + (values - start) * rise, where=values >= start)
    return line


def min_max(values: FloatArray, worst: Figure, best: Figure) -> FloatArray:
    """Place values between the worst and the best.

    y = (x - worst) / (best - worst); lower is better where best < worst.

    Args:
        values: (subjects,) or (subjects, metrics), in the metrics' units; NaN is missing.
        worst: the value that becomes 0; one, or one per metric.
        best: the value that becomes 1; one, or one per metric.
    Returns:
        Same shape, unitless, not clipped; NaN stays NaN; all `NEUTRAL` where worst equals best.
    Source:
        OECD/JRC, Handbook on Constructing Composite Indicators, 2008, step 5.
    """
    return _scaled(values, worst, np.subtract(best, worst), NEUTRAL)


def log_min_max(values: FloatArray, worst: float, best: float) -> FloatArray:
    """Place values between the worst and the best by their logarithms, so that doubling counts the same everywhere.

    y = (ln x - ln worst) / (ln best - ln worst); below the lower of both the line goes on straight, with the slope that it has there.

    Args:
        values: any shape, in the metric's unit; NaN is missing.
        worst: the value that becomes 0, above 0.
        best: the value that becomes 1, above 0.
    Returns:
        Same shape, unitless, not clipped; NaN stays NaN; all `NEUTRAL` where worst equals best.
    Raises:
        ShapeError: worst or best is not above 0.
    Source:
        United Nations Development Programme, Human Development Report, technical note 1 (income).
    """
    low = min(worst, best)
    if not low > 0:
        raise ShapeError(f"a logarithm needs worst and best above 0 (got worst = {worst!r}, best = {best!r})")
    logarithm = np.log(np.maximum(values, low)) + np.minimum(values - low, 0.0) / low
    return min_max(logarithm, np.log(worst), np.log(best))


def z_score(values: FloatArray, mean: Figure, deviation: Figure) -> FloatArray:
    """Standardise values.

    z = (x - mean) / deviation

    Args:
        values: (subjects,) or (subjects, metrics), in the metrics' units; NaN is missing.
        mean: of the peers; one, or one per metric.
        deviation: standard deviation of the peers (n - 1); one, or one per metric.
    Returns:
        Same shape, in standard deviations; NaN stays NaN; all 0 where the deviation is 0.
    Source:
        OECD/JRC, Handbook on Constructing Composite Indicators, 2008, step 5.
    """
    return _scaled(values, mean, np.asarray(deviation), 0.0)


def _scaled(values: FloatArray, start: Figure, span: FloatArray, otherwise: float) -> FloatArray:
    """Return (x - start) / span; where the span is 0 there is nothing to compare, and everybody gets `otherwise`."""
    scaled = np.asarray(values - start, dtype=np.float64)
    np.divide(scaled, np.where(span == 0, 1.0, span), out=scaled)
    return np.where((span == 0) & ~np.isnan(values), otherwise, scaled) if np.any(span == 0) else scaled


def t_score(values: FloatArray, mean: Figure, deviation: Figure) -> FloatArray:
    """Standardise values to a mean of 50 and a deviation of 10.

    T = 50 + 10 z

    Args:
        values: as for `z_score`.
        mean: as for `z_score`.
        deviation: as for `z_score`.
    Returns:
        Same shape; most lie between 20 and 80; NaN stays NaN; all 50 where the deviation is 0.
    Source:
        McCall, How to Measure in Education, 1922.
    """
    return np.asarray(50.0 + 10.0 * z_score(values, mean, deviation))


def logistic(values: FloatArray, midpoint: Figure, scale: Figure) -> FloatArray:
    """Bend values into an S: differences count most in the middle, and less and less towards either end.

    y = 1 / (1 + exp(-(x - midpoint) / scale))

    Args:
        values: (subjects,) or (subjects, metrics), in the metrics' units; NaN is missing.
        midpoint: the value that becomes 0.5; one, or one per metric.
        scale: how far from the midpoint y is 0.73; negative where lower is better; 0 is nothing to compare.
    Returns:
        Same shape, 0 to 1; NaN stays NaN; all `NEUTRAL` where the scale is 0.
    """
    # tanh, because exp would overflow far from the midpoint.
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * z_score(values, midpoint, scale)))


def percentile_places(peers: FloatArray, ties: Ties = "min") -> tuple[FloatArray, FloatArray]:
    """Rank the peers, the lowest value first: the share of the other peers that a peer leaves behind.

    y = (rank - 1) / (n - 1). Tied peers share the smallest rank ('min': only strictly lower peers are left behind) or the middle of
    their ranks ('mid'). Peers that are all equal get `NEUTRAL`.

    Args:
        peers: (peers,), no NaN, at least two.
        ties: which rank tied peers share.
    Returns:
        The distinct values, ascending, and the share 0 to 1 of each.
    """
    places, counts = np.unique(peers, return_counts=True)
    if places.size == 1:
        return places, np.array([NEUTRAL])
    behind = np.cumsum(counts) - counts
    shared = behind + (counts - 1) / 2 if ties == "mid" else behind
    return places, shared / (peers.size - 1)


def percentile(values: FloatArray, places: FloatArray, share: FloatArray) -> FloatArray:
    """Read values off the ranked peers; between two peers on a straight line, beyond the last ones flat.

    Args:
        values: any shape; NaN is missing.
        places: distinct peers' values, ascending.
        share: what each of them leaves behind.
    Returns:
        Same shape, 0 to 1; NaN stays NaN.
    """
    # With a single place, interp would give its height to NaN too.
    return np.where(np.isnan(values), np.nan, np.interp(values, places, share))


def neutral(values: FloatArray) -> FloatArray:
    """Return `NEUTRAL` for every value; NaN stays NaN."""
    return np.where(np.isnan(values), np.nan, NEUTRAL)


def clip(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Cut off what lies beyond 0 to 1, and say how much that was.

    Args:
        values: any shape, unitless; NaN is missing.
    Returns:
        The values within 0 to 1, and what was cut off: positive above 1, negative below 0, else 0. NaN stays NaN in both.
    """
    inside = np.clip(values, 0.0, 1.0)
    return inside, values - inside


def peers_range(values: FloatArray) -> tuple[float, float]:
    """Return the lowest and the highest of the peers.

    Args:
        values: (peers,), in the metric's unit; NaN is missing.
    Raises:
        PeersError: fewer than two peers have a value.
        ShapeError: a value is infinite.
    """
    known = int(values.size - np.isnan(refuse_infinite(values, "the peers")).sum())
    _refuse_few(known, 2)
    return float(np.fmin.reduce(values)), float(np.fmax.reduce(values))


def _refuse_few(known: int, at_least: int) -> None:
    if known < at_least:
        raise PeersError(f"a comparison with peers needs at least {at_least} of them with a value (got {known})")


def known_peers(values: FloatArray, at_least: int = 2) -> FloatArray:
    """Return the peers' values without the missing ones, ascending, so that their order cannot change a sum.

    Args:
        values: (peers,), in the metric's unit; NaN is missing.
        at_least: how many are needed.
    Raises:
        PeersError: fewer peers than needed have a value.
        ShapeError: a value is infinite.
    """
    known = np.sort(refuse_infinite(values, "the peers")[~np.isnan(values)])
    _refuse_few(known.size, at_least)
    return known
