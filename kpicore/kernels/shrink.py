"""Shrinkage: the figure of somebody with few observations is drawn towards the peers, as far as chance makes it uncertain.

Two steps: `fit` learns from the peers how much people truly differ (plain numbers, which can be frozen with a period), and `apply` holds
each figure against that. With frozen numbers nobody's figure depends on who else is there.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError
from kpicore.kernels.estimate import ratio
from kpicore.kernels.heterogeneity import paule_mandel, weighted_mean

if TYPE_CHECKING:
    from collections.abc import Callable

FloatArray: TypeAlias = NDArray[np.float64]

OWN_VARIANCE_FROM = 20
"""From so many observations on, a person's own variance is better than the pooled one."""
FEWEST = 4
"""Fewer peers say nothing about how much people differ."""


class Prior(NamedTuple):
    """What is known of people before one of them is looked at; plain numbers, which can be stored and used again."""

    mean: float
    """mu: what is expected of anybody, in the metric's unit."""
    between: float
    """tau^2: variance of people's true figures, in the unit squared."""
    within: float = 0.0
    """Mean sampling variance of the peers, in the unit squared."""
    peers: float = math.inf
    """k: from how many people this was learnt; infinite where it was declared and is taken as certain."""

    @property
    def is_known(self) -> bool:
        """Say whether anything is known of how much people differ."""
        return self.peers >= FEWEST

    @property
    def trust(self) -> float:
        """Return how much of the shrinkage is applied: (k - 3) / (k - 1), because tau^2 is an estimate; none for k <= 3."""
        if math.isinf(self.peers):
            return 1.0
        return (self.peers - 3) / (self.peers - 1) if self.is_known else 0.0


class Posterior(NamedTuple):
    """What is known of each person afterwards; all of the shape (subjects,), NaN where there is no value."""

    mean: FloatArray
    """The shrunk figure, in the metric's unit."""
    variance: FloatArray
    """Of the true figure around it, in the unit squared."""
    reliability: FloatArray
    """1 - v / (v + tau^2): the share of what is seen that is the person and not chance; 0 to 1; NaN without a prior."""


def pooled(variance: FloatArray, n: FloatArray) -> FloatArray:
    """Replace the sampling variances of means of few observations by what all observations together say.

    v_s = s^2 / n_s, with s^2 = sum (n - 1) s_s^2 / sum (n - 1); the own s_s^2 / n_s from n_s = 20 on

    Args:
        variance: s_s^2 / n_s, (subjects,); NaN where n < 2.
        n: observations, same shape.
    Returns:
        Same shape; NaN where n is 0, or where nobody has two observations.
    """
    return of_means(variance, n, pooled_variance(variance, n))


def pooled_variance(variance: FloatArray, n: FloatArray) -> float:
    """Return s^2, the variance of one observation within subjects: sum (n - 1) s_s^2 / sum (n - 1); NaN where nobody has two."""
    free = np.where(np.isnan(variance), 0.0, np.maximum(n - 1, 0.0))
    # Sorted, so that the order of the subjects cannot change a sum.
    squares = np.sort(free * n * np.nan_to_num(variance))
    return float(squares.sum() / np.sort(free).sum()) if free.any() else math.nan


def of_means(variance: FloatArray, n: FloatArray, single: float) -> FloatArray:
    """Return the sampling variances of means: s^2 / n, but the own one from 20 observations on.

    Args:
        variance: own sampling variance, (subjects,); NaN is unknown.
        n: observations, same shape.
        single: s^2, as from `pooled_variance`.
    Returns:
        Same shape; NaN where n is 0.
    """
    return np.where((n >= OWN_VARIANCE_FROM) & ~np.isnan(variance), variance, ratio(np.full(np.shape(n), single), n))


def fit(value: FloatArray, variance: FloatArray, expected: FloatArray | None = None, between: Callable[..., float] = paule_mandel) -> Prior:
    """Learn from the peers how much people differ.

    mu = sum w y / sum w with w = 1 / (v + tau^2)

    Args:
        value: y, (peers,), in the metric's unit; NaN is missing.
        variance: v, same shape; NaN is unknown, and the peer then says nothing.
        expected: what each peer's own case mix lets expect, same shape; mu is then the mean of what lies above it.
        between: how tau^2 is estimated.
    Returns:
        Mean, variance between people, mean sampling variance and number of the peers; nothing is learnt from fewer than four.
    Raises:
        ShapeError: a value is infinite, or a variance negative or infinite.
    """
    y, v = _known(value if expected is None else value - expected, variance)
    if y.size < FEWEST:
        return Prior(float(y.mean()) if y.size else math.nan, 0.0, float(v.mean()) if y.size else math.nan, float(y.size))
    tau2 = float(between(y, v))
    return Prior(weighted_mean(y, v + tau2)[0], tau2, float(v.mean()), float(y.size))


def apply(value: FloatArray, variance: FloatArray, prior: Prior, expected: FloatArray | None = None) -> Posterior:
    """Shrink means, with Morris's correction for tau^2 being an estimate.

    B = (k - 3) / (k - 1) * v / (v + tau^2); theta = mu + (1 - B) (y - mu);
    var = v (1 - B (k - 1) / k) + 2 / (k - 3) * B^2 (vbar + tau^2) / (v + tau^2) (y - mu)^2

    Args:
        value: y, (subjects,), in the metric's unit; NaN is missing.
        variance: v, same shape; NaN is unknown, and the value is then left as it is, without a variance.
        prior: from `fit`, or declared.
        expected: what each subject's own case mix lets expect, same shape; shrunk is what lies above it.
    Returns:
        Figures between the raw one and the mean, their variance, and reliability.
    Raises:
        ShapeError: a value is infinite, or a variance negative or infinite.
    Source:
        Morris, Parametric empirical Bayes inference, JASA 78, 1983.
    """
    _refuse_impossible(value, variance)
    towards = prior.mean if expected is None else prior.mean + expected
    noise = shrinkage(variance, prior)
    shrunk = prior.trust * noise
    distance = np.where(shrunk > 0, value - towards, 0.0)
    posterior = variance * (1 - shrunk) + surplus(variance, distance, prior)
    has_variance = ~np.isnan(variance) & ~np.isnan(value)
    mean = np.where(has_variance, value - shrunk * distance, value)
    reliability = np.where(has_variance & prior.is_known, 1 - noise, np.nan)
    return Posterior(mean, np.where(has_variance, posterior, np.nan), reliability)


def shrinkage(variance: FloatArray, prior: Prior) -> FloatArray:
    """Return v / (v + tau^2): the share of what is seen that is chance; 0 where nothing is.

    Args:
        variance: v, any shape; NaN is unknown.
        prior: with tau^2.
    Returns:
        Same shape, 0 to 1; NaN stays NaN.
    """
    total = variance + prior.between
    return np.where(total > 0, ratio(variance, total), np.where(np.isnan(total), np.nan, 0.0))


def surplus(variance: FloatArray, distance: FloatArray, prior: Prior) -> FloatArray:
    """Return the variance that comes from mu and tau^2 being estimates, beyond v (1 - B).

    v B / k + 2 / (k - 3) * B^2 (vbar + tau^2) / (v + tau^2) (y - mu)^2

    Args:
        variance: v, any shape.
        distance: y - mu, same shape.
        prior: from `fit`; a declared one is certain and adds nothing.
    Returns:
        Same shape, 0 and up.
    """
    if math.isinf(prior.peers) or not prior.is_known:
        return np.zeros(np.shape(variance))
    shrunk = prior.trust * shrinkage(variance, prior)
    total = variance + prior.between
    scale = ratio(np.full(np.shape(total), prior.within + prior.between), total)
    of_tau = 2 / (prior.peers - 3) * shrunk**2 * np.where(np.isnan(scale), 0.0, scale) * distance**2
    return np.asarray(variance * shrunk / prior.peers + of_tau)


def james_stein(value: FloatArray, variance: float) -> FloatArray:
    """Shrink figures of equal variance towards their mean, never beyond it.

    theta = mean + c (y - mean) with c = max(0, 1 - (k - 3) v / sum (y - mean)^2)

    Args:
        value: y, (subjects,), at least four known; NaN is missing.
        variance: v, of every figure.
    Returns:
        Same shape; NaN stays NaN.
    Raises:
        ShapeError: fewer than four figures are known, or one is infinite.
    Source:
        Efron & Morris, Data analysis using Stein's estimator, JASA 70, 1975.
    """
    known, _ = _known(value, np.full_like(value, variance))
    if known.size < FEWEST:
        raise ShapeError(f"shrinkage towards a mean needs at least {FEWEST} figures (got {known.size})")
    mean, squares = known.mean(), ((known - known.mean()) ** 2).sum()
    kept = max(0.0, 1 - (known.size - 3) * variance / squares) if squares > 0 else 0.0
    return np.asarray(mean + kept * (value - mean))


def arcsine(share: FloatArray, trials: FloatArray) -> FloatArray:
    """Bring shares to a scale on which each has a variance of 1, whatever it is: sqrt(n) arcsin(2 p - 1).

    Args:
        share: p, any shape, 0 to 1; NaN is missing.
        trials: n, same shape.
    Returns:
        Same shape.
    Source:
        Efron & Morris, Data analysis using Stein's estimator, JASA 70, 1975.
    """
    return np.asarray(np.sqrt(trials) * np.arcsin(2 * share - 1))


def from_arcsine(value: FloatArray, trials: FloatArray) -> FloatArray:
    """Bring figures of `arcsine` back to shares: (1 + sin(x / sqrt n)) / 2."""
    return np.asarray((1 + np.sin(value / np.sqrt(trials))) / 2)


def _known(value: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what is known, sorted, so that the order of the peers cannot change a sum."""
    _refuse_impossible(value, variance)
    known = ~np.isnan(value) & ~np.isnan(variance)
    y, v = value[known], variance[known]
    order = np.lexsort((v, y))
    return y[order], v[order]


def _refuse_impossible(value: FloatArray, variance: FloatArray) -> None:
    if np.shape(value) != np.shape(variance):
        raise ShapeError(f"values and variances must have the same shape (got {np.shape(value)} and {np.shape(variance)})")
    if np.isinf(value).any() or np.isinf(variance).any() or (variance < 0).any():
        raise ShapeError("values must be finite and variances finite and not negative, or NaN where they are missing")
