"""How two columns go together: Pearson correlation, and the correlation ratio, which sees any curve and not only a straight line."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]

SPLINE_FROM = 50
"""From this many subjects a spline is fitted; fewer are put into bins."""
_PER_BIN = 5
_MOST_BINS = 10
_INTERVALS = 10
_PENALTIES = 10.0 ** np.arange(-4.0, 7.0, 0.5)


def correlation(values: FloatArray) -> FloatArray:
    """Correlate columns pairwise, each pair over the subjects who have both.

    r_ij = cov(x_i, x_j) / (sd_i sd_j)

    Args:
        values: (subjects, metrics); NaN is missing.
    Returns:
        (metrics, metrics), -1 to 1; NaN where a column does not vary over the subjects who have both. The diagonal is 1 where it varies.
    Raises:
        ShapeError: a value is infinite.
    """
    if values.ndim != 2 or np.isinf(values).any():
        raise ShapeError(f"values to correlate must be (subjects, metrics), finite or NaN for missing (got shape {values.shape})")
    known = (~np.isnan(values)).astype(np.float64)
    centred = _standardised(values, known)
    n, sums, squares = known.T @ known, centred.T @ known, (centred**2).T @ known
    with np.errstate(divide="ignore", invalid="ignore"):
        cross = centred.T @ centred - sums * sums.T / n
        spread = squares - sums**2 / n
        spread[(n < 2) | (spread <= 1e-12 * squares)] = np.nan
        r: FloatArray = np.clip(cross / np.sqrt(spread * spread.T), -1.0, 1.0)
    np.fill_diagonal(r, np.where(np.isnan(np.diag(r)), np.nan, 1.0))
    return r


def _standardised(values: FloatArray, known: FloatArray) -> FloatArray:
    """Subtract means and divide by the largest deviation, missing as 0, so that no digits are lost in the sums of squares."""
    n = np.maximum(known.sum(axis=0), 1.0)
    centred = np.where(known > 0, values - np.nansum(values, axis=0) / n, 0.0)
    largest = np.abs(centred).max(axis=0, initial=0.0)
    magnitude = np.abs(np.where(known > 0, values, 0.0)).max(axis=0, initial=0.0)
    # A column of equal numbers deviates from its mean by rounding only.
    varies = largest > 1e-12 * magnitude
    return np.where(varies, centred / np.where(varies, largest, 1.0), 0.0)


def correlation_ratio(x: FloatArray, y: FloatArray) -> float:
    """Return the share of y's variance that is explained by knowing x, whatever the curve.

    S = var(E[y | x]) / var(y), with E[y | x] a cubic spline with a penalty on its roughness (from `SPLINE_FROM` subjects on) or the mean of
    each of up to ten bins of x (fewer subjects). A curve fits chance too, so the b parameters that it used are paid for:

    S = 1 - (1 - R^2) (n - 1) / (n - b), not below 0

    Args:
        x: (subjects,), any unit; NaN is missing.
        y: (subjects,), any unit; NaN is missing.
    Returns:
        0 to 1; NaN where x or y does not vary, or fewer than ten subjects have both.
    Source:
        Paruolo, Saisana & Saltelli, JRSS A 176, 2013; Becker, Saisana, Paruolo & Vandecasteele, Ecological Indicators 80, 2017.
    """
    both = ~np.isnan(x) & ~np.isnan(y)
    x, y = x[both], y[both]
    if x.size < 2 * _PER_BIN or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    fitted, parameters = _spline(x, y) if x.size >= SPLINE_FROM else _bins(x, y)
    unexplained = np.sum((y - fitted) ** 2) / np.sum((y - y.mean()) ** 2)
    return float(np.clip(1.0 - unexplained * (x.size - 1) / (x.size - parameters), 0.0, 1.0))


def _bins(x: FloatArray, y: FloatArray) -> tuple[FloatArray, float]:
    """Return the mean of y in each quantile bin of x; equal values of x share a bin, whatever the order of the subjects."""
    count = min(_MOST_BINS, x.size // _PER_BIN)
    edges = np.quantile(x, np.arange(1, count) / count)
    _, at = np.unique(np.searchsorted(edges, x, side="right"), return_inverse=True)
    means = np.bincount(at, weights=y) / np.bincount(at)
    return np.asarray(means[at], dtype=np.float64), float(means.size)


def _spline(x: FloatArray, y: FloatArray) -> tuple[FloatArray, float]:
    """Fit a P-spline (Eilers & Marx, 1996), the penalty chosen by generalised cross-validation; also return its degrees of freedom."""
    basis = _cubic_basis((x - x.min()) / np.ptp(x))
    curvature = np.diff(np.eye(basis.shape[1]), n=2, axis=0)
    gram, moment, rough = basis.T @ basis, basis.T @ (y - y.mean()), curvature.T @ curvature
    fits = [_penalised(gram, moment, penalty * rough) for penalty in _PENALTIES]
    centred = float(np.sum((y - y.mean()) ** 2))
    gcv = [(centred - 2 * a @ moment + a @ gram @ a) / (x.size - freedom) ** 2 for a, freedom in fits]
    chosen, freedom = fits[int(np.argmin(gcv))]
    return np.asarray(y.mean() + basis @ chosen, dtype=np.float64), freedom


def _penalised(gram: FloatArray, moment: FloatArray, penalty: FloatArray) -> tuple[FloatArray, float]:
    system = gram + penalty
    return np.asarray(np.linalg.solve(system, moment), dtype=np.float64), float(np.trace(np.linalg.solve(system, gram)))


def _cubic_basis(u: FloatArray) -> FloatArray:
    """Return the uniform cubic B-splines at places from 0 to 1: (subjects, intervals + 3), four of them above 0 in each row."""
    cell = np.minimum((u * _INTERVALS).astype(np.int64), _INTERVALS - 1)
    t = u * _INTERVALS - cell
    heights = np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=1) / 6.0
    basis = np.zeros((u.size, _INTERVALS + 3))
    np.put_along_axis(basis, cell[:, None] + np.arange(4), heights, axis=1)
    return basis
