"""Treatment of outliers, before goalposts are fitted: one extreme value must not decide what everybody else's differences are worth.

Fitting gives plain numbers (limits, or the range for a logarithm) that can be frozen; applying them treats peers and newcomers alike.
`audit` tells which values were changed, from what to what.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError
from kpicore.kernels.normalise import known_peers

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
Moments: TypeAlias = tuple[FloatArray, FloatArray, FloatArray, FloatArray]

SKEWNESS = 2.0
"""The absolute skewness beyond which, together with `KURTOSIS`, a metric has outliers."""
KURTOSIS = 3.5
"""The excess kurtosis beyond which, together with `SKEWNESS`, a metric has outliers."""
POINTS = 5
"""How many values are winsorised at most before a logarithm is taken instead."""


class Shape(NamedTuple):
    """How lopsided and how heavy-tailed the values of a metric are; NaN where they are too few or all equal."""

    skewness: float
    kurtosis: float

    @property
    def has_outliers(self) -> bool:
        """Whether both figures are beyond their limits."""
        return abs(self.skewness) > SKEWNESS and self.kurtosis > KURTOSIS


class Treatment(NamedTuple):
    """What is done to the values of a metric: nothing, winsorising to limits, or a logarithm over a range."""

    by: Literal["nothing", "winsorise", "log"] = "nothing"
    low: float = -math.inf
    """Lower limit, or the least value of the peers for a logarithm; the metric's unit."""
    high: float = math.inf
    """Upper limit, or the greatest value of the peers for a logarithm."""
    is_mirrored: bool = False
    """Whether the logarithm spreads the high end instead of the low one, for peers with a long lower tail."""


class Audit(NamedTuple):
    """What a treatment did."""

    rows: IntArray
    """(changed,): which subjects' values changed."""
    before: FloatArray
    """(changed,), in the metric's unit."""
    after: FloatArray
    """(changed,)."""
    shape_before: Shape
    shape_after: Shape


def skewness(values: FloatArray) -> FloatArray:
    """Return the skewness of each metric, with the correction for small samples.

    G1 = sqrt(n (n - 1)) / (n - 2) * m3 / m2^1.5, m_k = mean of (x - mean)^k

    Args:
        values: (subjects,), or (subjects, metrics[, periods]); NaN is missing.
    Returns:
        Shape without the subjects; NaN for fewer than 3 values or values that are all equal.
    Source:
        Joanes and Gill, The Statistician 47, 1998 (type 2, as in Excel, SAS and COINr).
    """
    return _skewness(_moments(values))


def _skewness(moments: Moments) -> FloatArray:
    n, m2, m3, _ = moments
    enough = (n > 2) & (m2 > 0)
    n, m2 = np.where(enough, n, 3.0), np.where(enough, m2, 1.0)
    return np.where(enough, np.sqrt(n * (n - 1)) / (n - 2) * m3 / m2**1.5, np.nan)


def kurtosis(values: FloatArray) -> FloatArray:
    """Return the excess kurtosis of each metric, with the correction for small samples; 0 for a normal distribution.

    G2 = (n - 1) / ((n - 2) (n - 3)) * ((n + 1) (m4 / m2^2 - 3) + 6), m_k = mean of (x - mean)^k

    Args:
        values: as for `skewness`.
    Returns:
        Shape without the subjects; NaN for fewer than 4 values or values that are all equal.
    Source:
        As for `skewness`.
    """
    return _kurtosis(_moments(values))


def _kurtosis(moments: Moments) -> FloatArray:
    n, m2, _, m4 = moments
    enough = (n > 3) & (m2 > 0)
    n, m2 = np.where(enough, n, 4.0), np.where(enough, m2, 1.0)
    return np.where(enough, (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (m4 / m2**2 - 3) + 6), np.nan)


def _moments(values: FloatArray) -> Moments:
    """Return n and the central moments 2 to 4 of each metric, up to a common scale; the second is 0 where all are equal."""
    ordered = np.sort(values, axis=0)  # so that the order of rows cannot change a sum
    low, high = (end.reduce(ordered, axis=0, initial=np.nan) for end in (np.fmin, np.fmax))
    n = np.asarray((~np.isnan(ordered)).sum(axis=0), dtype=np.float64)
    spread = np.where(high > low, high - low, 1.0)
    # Within the range of the values, so that fourth powers neither overflow nor vanish.
    place = np.where(high > low, (ordered - low) / spread, np.where(np.isnan(ordered), np.nan, 0.0))
    mean = np.nansum(place, axis=0) / np.maximum(n, 1.0)
    away = np.nan_to_num(place - mean)
    square = away * away
    m2, m3, m4 = (np.asarray(power.sum(axis=0) / np.maximum(n, 1.0)) for power in (square, square * away, square * square))
    return n, m2, m3, m4


def shape(values: FloatArray) -> Shape:
    """Return skewness and kurtosis of one metric.

    Args:
        values: (subjects,); NaN is missing.
    """
    moments = _moments(values)
    return Shape(float(_skewness(moments)), float(_kurtosis(moments)))


def winsor_limits(peers: FloatArray, points: int = POINTS, *, force: bool = False) -> tuple[float, float]:
    """Find the limits to which outliers are drawn in: the most extreme value becomes the next one, until there are no outliers.

    The end that is drawn in is the one to which the peers are skewed, at each step anew. Equal values count one by one, and are left
    where drawing them in together would change more values than allowed.

    Args:
        peers: (peers,), in the metric's unit; NaN is missing.
        points: how many values may change at most.
        force: go on until that many are changed, outliers or not.
    Returns:
        The lower and the upper limit; infinite where that end is left alone.
    Source:
        COINr's winsorise; European Commission, JRC, COIN Tool user guide, 2019.
    """
    known = known_peers(peers, at_least=1)
    low, high = -math.inf, math.inf
    while True:
        now = winsorise(known, low, high)
        form = shape(now)
        if now[0] == now[-1] or not (force or form.has_outliers):
            return low, high
        closer = (float(now[now > now[0]][0]), high) if form.skewness < 0 else (low, float(now[now < now[-1]][-1]))
        if ((known < closer[0]) | (known > closer[1])).sum() > points:
            return low, high
        low, high = closer


def quantile_limits(peers: FloatArray, share: float) -> tuple[float, float]:
    """Find the limits that leave out a share of the peers at either end.

    Args:
        peers: (peers,), in the metric's unit; NaN is missing.
        share: left out at each end, 0 to below 0.5.
    Returns:
        The quantiles `share` and 1 - `share`, on a straight line between neighbours.
    Raises:
        ShapeError: the share is not from 0 to below 0.5.
    """
    if not 0.0 <= share < 0.5:
        raise ShapeError(f"the share winsorised at each end must be from 0 to below 0.5 (got {share!r})")
    low, high = np.quantile(known_peers(peers, at_least=1), [share, 1.0 - share])
    return float(low), float(high)


def winsorise(values: FloatArray, low: float, high: float) -> FloatArray:
    """Draw values beyond the limits in to them.

    x' = min(max(x, low), high)

    Args:
        values: any shape, in the metric's unit; NaN is missing.
        low: the lower limit; -inf for none.
        high: the upper limit; inf for none.
    Returns:
        Same shape, in the metric's unit; NaN stays NaN.
    Source:
        Tukey, Annals of Mathematical Statistics 33, 1962, who names it after Winsor.
    """
    return np.clip(values, low, high)


def log_coin(values: FloatArray, low: float, high: float, *, mirrored: bool = False) -> FloatArray:
    """Take the logarithm of the distance from the least value: a long upper tail is drawn in, and nobody's order changes.

    y = ln(x - low + a), a = (high - low) / 100; below `low` the line goes on straight, with the slope that it has there.
    Mirrored, for a long lower tail: y = -ln(high - x + a), straight above `high`.

    Args:
        values: any shape, in the metric's unit; NaN is missing.
        low: the least value of the peers.
        high: the greatest value of the peers, above `low`.
        mirrored: whether the tail is the lower one.
    Returns:
        Same shape, rising with the values; NaN stays NaN.
    Raises:
        ShapeError: low is not below high.
    Source:
        European Commission, JRC, COIN Tool user guide, 2019; COINr's log_CT.
    """
    if not low < high:
        raise ShapeError(f"a logarithm needs a least value below the greatest (got low = {low!r}, high = {high!r})")
    if mirrored:
        return -log_coin(-values, -high, -low)
    start = (high - low) / 100.0
    return np.asarray(np.log(np.maximum(values - low, 0.0) + start) + np.minimum(values - low, 0.0) / start)


def log_gii(values: FloatArray, low: float, high: float, factor: float = 1.0) -> FloatArray:
    """Take the logarithm as the Global Innovation Index does: 0 at the least value, ln(factor * high) at the greatest.

    y = ln(1 + (f high - 1) (x - low) / (high - low)); below `low` the line goes on straight, with the slope that it has there.

    Args:
        values: any shape, in the metric's unit; NaN is missing.
        low: the least value of the peers.
        high: the greatest value of the peers, above `low`.
        factor: f, by which the metric is scaled so that its greatest value is above 1.
    Returns:
        Same shape, rising with the values; NaN stays NaN.
    Raises:
        ShapeError: low is not below high, or factor * high is not above 1, where the order would be reversed.
    Source:
        World Intellectual Property Organization and others, Global Innovation Index 2020, appendix IV.
    """
    if not low < high:
        raise ShapeError(f"a logarithm needs a least value below the greatest (got low = {low!r}, high = {high!r})")
    if not factor * high > 1.0:
        raise ShapeError(f"the greatest value must be above 1 after scaling (got {factor!r} * {high!r}); choose a larger factor")
    slope = (factor * high - 1.0) / (high - low)
    return np.asarray(np.log1p(slope * np.maximum(values - low, 0.0)) + slope * np.minimum(values - low, 0.0))


def log_treatment(peers: FloatArray) -> Treatment:
    """Fit a logarithm to the peers: over their range, from the end at which most of them are.

    Args:
        peers: (peers,), in the metric's unit; NaN is missing.
    Returns:
        The treatment; nothing where the peers do not differ.
    """
    known = known_peers(peers, at_least=1)
    if known[0] == known[-1]:
        return Treatment()
    return Treatment("log", float(known[0]), float(known[-1]), is_mirrored=bool(skewness(known) < 0))


def outlier_treatment(peers: FloatArray, points: int = POINTS) -> Treatment:
    """Decide what outliers need: nothing while there are none, limits while few values have to change, else a logarithm.

    Args:
        peers: (peers,), in the metric's unit; NaN is missing.
        points: how many values may be winsorised.
    Returns:
        The treatment.
    Source:
        OECD/JRC, Handbook on Constructing Composite Indicators, 2008, step 3; COINr's Treat.
    """
    if not shape(peers).has_outliers:
        return Treatment()
    low, high = winsor_limits(peers, points)
    if not shape(winsorise(peers, low, high)).has_outliers:
        return Treatment("winsorise", low, high)
    return log_treatment(peers)


def treat(values: FloatArray, treatment: Treatment) -> FloatArray:
    """Apply a treatment.

    Args:
        values: any shape, in the metric's unit; NaN is missing.
        treatment: fitted to the peers.
    Returns:
        Same shape, a new array; the order of values is kept; NaN stays NaN.
    """
    if treatment.by == "log":
        return log_coin(values, treatment.low, treatment.high, mirrored=treatment.is_mirrored)
    return winsorise(values, treatment.low, treatment.high)


def audit(before: FloatArray, after: FloatArray) -> Audit:
    """Tell what a treatment changed.

    Args:
        before: (subjects,), in the metric's unit; NaN is missing.
        after: same shape.
    """
    rows = np.flatnonzero((before != after) & ~np.isnan(before))
    return Audit(rows, before[rows], after[rows], shape(before), shape(after))
