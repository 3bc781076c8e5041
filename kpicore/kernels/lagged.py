"""Whether one figure moves before another: correlations within people over the months, with a lag."""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]

LEAST = 30
"""Fewer pairs than this show nothing."""


class Lagged(NamedTuple):
    """The correlation of x with y some periods later."""

    lag: int
    r: float
    """NaN where there are too few pairs, or nothing varies."""
    low: float
    high: float
    n: int
    """Pairs of a subject's x and its later y."""
    subjects: int
    """Subjects with at least two pairs; the others have no mean of their own to differ from."""


def lagged_correlation(x: FloatArray, y: FloatArray, lag: int, level: float = 0.95) -> Lagged:
    """Correlate x_t with y_(t + lag), each as its distance from the subject's own mean over the pairs used.

        r = sum (x - x̄_i)(y - ȳ_i) / sqrt(sum (x - x̄_i)² sum (y - ȳ_i)²)

    Differences between subjects (a better territory has more of everything) cancel out. The interval is Fisher's,
    atanh(r) ± z / sqrt(k - 3) with k = n - subjects + 1, as each subject's mean costs one pair; months that resemble each other make it
    somewhat too narrow.

    Args:
        x: (subjects, periods) in time order; NaN where there is no value.
        y: of the same shape.
        lag: 0 or more periods.
        level: of the interval.
    Source: Fisher 1921, Metron 1:3; the within estimator as in Bland & Altman 1995, BMJ 310:446.
    """
    _refuse(x, y, lag)
    early, late = (x, y) if lag == 0 else (x[:, :-lag], y[:, lag:])
    both = np.isfinite(early) & np.isfinite(late)
    both &= both.sum(axis=1, keepdims=True) >= 2
    n, subjects = int(both.sum()), int(both.any(axis=1).sum())
    dx, dy = _within(early, both), _within(late, both)
    spread = float(np.sqrt((dx * dx).sum() * (dy * dy).sum()))
    if n < LEAST or spread <= 1e-12 * _size(early, both) * _size(late, both):
        return Lagged(lag, np.nan, np.nan, np.nan, n, subjects)
    r = float(np.clip((dx * dy).sum() / spread, -1.0, 1.0))
    return Lagged(lag, r, *_interval(r, n - subjects + 1, level), n, subjects)


def strongest(x: FloatArray, y: FloatArray, lags: tuple[int, ...], level: float = 0.95) -> Lagged:
    """Return the lag with the strongest correlation; its interval allows for having chosen among them (Bonferroni).

    Args:
        x: as for `lagged_correlation`.
        y: of the same shape.
        lags: which to try; of equally strong ones the first is returned.
        level: of the interval.
    """
    fine = 1.0 - (1.0 - level) / len(lags)
    tried = [lagged_correlation(x, y, lag, fine) for lag in lags if lag < x.shape[1]]
    known = [each for each in tried if np.isfinite(each.r)]
    if not known:
        return max(tried, key=lambda each: each.n) if tried else Lagged(lags[0], np.nan, np.nan, np.nan, 0, 0)
    return max(known, key=lambda each: abs(each.r))


def _within(values: FloatArray, both: NDArray[np.bool_]) -> FloatArray:
    number = np.maximum(both.sum(axis=1, keepdims=True), 1)
    kept = np.where(both, values, 0.0)
    return np.where(both, kept - kept.sum(axis=1, keepdims=True) / number, 0.0)


def _size(values: FloatArray, both: NDArray[np.bool_]) -> float:
    return float(np.sqrt((np.where(both, values, 0.0) ** 2).sum()))


def _interval(r: float, pairs: int, level: float) -> tuple[float, float]:
    if pairs <= 3 or abs(r) >= 1.0:
        return (-1.0, 1.0) if pairs <= 3 else (r, r)
    step = NormalDist().inv_cdf(0.5 + level / 2.0) / (pairs - 3) ** 0.5
    centre = np.arctanh(r)
    return float(np.tanh(centre - step)), float(np.tanh(centre + step))


def _refuse(x: FloatArray, y: FloatArray, lag: int) -> None:
    if x.ndim != 2 or x.shape != y.shape:
        raise ShapeError(f"x and y must have the same shape (subjects, periods) (got {x.shape} and {y.shape})")
    if not 0 <= lag < max(x.shape[1], 1):
        raise ShapeError(f"lag must be 0 or more and less than the number of periods (got {lag} of {x.shape[1]})")
    if np.isinf(x).any() or np.isinf(y).any():
        raise ShapeError("x and y must be finite, or NaN where there is no value")
