"""One metric for everybody, with complexity allowed for: how it varies by chance, and the interval of each value before shrinkage."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kpicore.kernels import estimate, interval, shrink

if TYPE_CHECKING:
    from kpicore.model.cells import Family, FloatArray

VOLUMES = ("poisson", "compound")
"""Families of counts and sums: few observations are little performance there, not little data."""
CENSUS = "exact"
"""Family of figures that look at all there is: few observations are no small sample there."""


@frozen(eq=False)
class Column:
    """One metric for all subjects; arrays (subjects,)."""

    value: FloatArray
    """In the metric's unit, adjusted where complexity is allowed for; NaN is missing."""
    n: FloatArray
    variance: FloatArray
    """Sampling variance; NaN is unknown."""
    family: Family | None
    is_adjusted: bool
    reach: tuple[float, float] = (-math.inf, math.inf)
    """The lowest and the highest value that there can be."""

    @property
    def law(self) -> str:
        """Return what the value follows: 'share', 'count' or 'mean'; an adjusted share or count is close to normal."""
        return "mean" if self.is_adjusted else {"binomial": "share", "poisson": "count"}.get(self.family or "", "mean")

    @property
    def hits(self) -> FloatArray:
        """Return successes or events; NaN where the value is none that the law knows, such as more reversals than events."""
        if self.law == "share":
            return np.where((self.value >= 0) & (self.value <= 1), self.value * self.n, np.nan)
        return np.where(self.value >= 0, self.value, np.nan)

    def within(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Cut an interval at what can be, and widen it to the value."""
        least, most = (0.0, 1.0) if self.family == "binomial" else self.reach
        ends = np.maximum(low, least), np.minimum(high, most)
        return np.minimum(ends[0], self.value), np.maximum(ends[1], self.value)


def variances(column: Column, single: float | None) -> tuple[FloatArray, float]:
    """Return the sampling variances that shrinkage goes by, and what they rest on: learnt from the subjects where it is None.

    Of a sum it is the same for everybody, as it would be 0 for who sold nothing. Of a mean it is the pooled one, until there are enough
    observations of one's own.
    """
    if column.family == "compound" and not column.is_adjusted:
        known = np.sort(column.variance[~np.isnan(column.variance) & ~np.isnan(column.value)])
        usual = (float(known.mean()) if known.size else math.nan) if single is None else single
        return np.where(np.isnan(column.value), np.nan, usual), usual
    variance = np.where(column.variance > 0, column.variance, np.nan)
    usual = shrink.pooled_variance(column.variance, column.n) if single is None else single
    if column.is_adjusted:
        return np.where(np.isnan(variance), estimate.ratio(np.full_like(variance, usual), column.n), variance), usual
    return shrink.of_means(column.variance, column.n, usual), usual


def limits(column: Column, level: float) -> tuple[FloatArray, FloatArray]:
    """Return the interval of each value that is not shrunk: Wilson's of a share, Byar's of a count, else normal.

    A sum, and a ratio of sums, varies like a count of amounts of one size, so its interval is Byar's of that count; what is below 0 is no
    count, and normal.
    """
    if column.family == CENSUS:
        return column.value, column.value
    if column.law == "share":
        return interval.wilson(column.hits, column.n, level)
    if column.family == "gaussian" or (column.is_adjusted and column.family == "binomial"):
        return interval.normal(column.value, variances(column, None)[0], level)
    size = np.ones_like(column.value) if column.law == "count" else 1 / estimate.exposure(column.value, column.variance)
    low, high = (end * size for end in interval.byar(np.where(column.value >= 0, column.value / size, np.nan), level))
    below = interval.normal(column.value, column.variance, level)
    return np.where(column.value < 0, below[0], low), np.where(column.value < 0, below[1], high)
