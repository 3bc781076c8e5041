"""Shrinkage of shares and counts, whose chance follows from their size: beta-binomial and gamma-Poisson.

As in `shrink`, `fit` learns from the peers and `apply` holds each figure against that. The prior is the same few numbers: mean mu and
variance tau^2 of people's true figures. A share's beta prior has the weight M = mu (1 - mu) / tau^2 - 1 trials, a rate's gamma prior
b = mu / tau^2 of exposure.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError
from kpicore.kernels import quantile
from kpicore.kernels.estimate import ratio
from kpicore.kernels.interval import LEVEL, z_of
from kpicore.kernels.shrink import FEWEST, Prior, shrinkage, surplus

FloatArray: TypeAlias = NDArray[np.float64]

JEFFREYS = 0.5
"""Successes and failures, or events, that are added where there is no prior: the interval then holds about as often as it says."""


class Shapes(NamedTuple):
    """What is known of each person afterwards; all of the shape (subjects,), NaN where there is no value."""

    mean: FloatArray
    """The shrunk figure."""
    variance: FloatArray
    """Of the true figure around it."""
    reliability: FloatArray
    """The share of what is seen that is the person and not chance; 0 to 1."""
    first: FloatArray
    """alpha of a share's beta distribution; the shape of a rate's gamma distribution."""
    second: FloatArray
    """beta of a share's beta distribution; the rate (inverse scale) of a rate's gamma distribution."""


def fit_rates(successes: FloatArray, trials: FloatArray) -> Prior:
    """Learn from the peers how much shares differ, by moments.

    p = sum x / sum n; rho = (sum n (y - p)^2 / (p (1 - p)) - (k - 1)) / (N - sum n^2 / N - (k - 1)); tau^2 = rho p (1 - p)

    Args:
        successes: x, (peers,), 0 to n; NaN is missing.
        trials: n, same shape.
    Returns:
        Mean, variance between people, mean sampling variance, number of peers; nothing is learnt from fewer than four.
    Raises:
        ShapeError: more successes than trials, a negative or an infinite number.
    Source:
        Kleinman, Proportions with extraneous variance, JASA 68, 1973, with weights n.
    """
    x, n = _peers(successes, trials)
    if (x > n).any():
        raise ShapeError(f"there cannot be more successes than trials (got {x[x > n][0]:g} of {n[x > n][0]:g})")
    total = n.sum()
    mean = float(x.sum() / total) if total else math.nan
    chance = mean * (1 - mean)
    room = total - (n**2).sum() / total - (n.size - 1) if total else 0.0
    if n.size < FEWEST or chance == 0 or room <= 0:
        return Prior(mean, 0.0, float((chance / n).mean()) if n.size else math.nan, float(n.size))
    excess = (n * (x / n - mean) ** 2).sum() / chance - (n.size - 1)
    between = chance * min(max(0.0, float(excess / room)), 1.0)
    return Prior(mean, between, float(((chance - between) / n).mean()), float(n.size))


def rates(successes: FloatArray, trials: FloatArray, prior: Prior) -> Shapes:
    """Shrink shares: (x + alpha) / (n + alpha + beta).

    alpha = M mu, beta = M (1 - mu) with M such that B = M / (n + M) = (k - 3) / (k - 1) * v / (v + tau^2), v = (mu (1 - mu) - tau^2) / n:
    as for means, because tau^2 is an estimate. Its uncertainty and that of mu widen the posterior.

    Args:
        successes: x, (subjects,), 0 to n; NaN is missing.
        trials: n, same shape.
        prior: from `fit_rates`, or declared.
    Returns:
        Shares between the raw one and the mean, and their beta distributions.
    Raises:
        ShapeError: an impossible number, or a declared variance of 0 or beyond mu (1 - mu).
    Source:
        Morris, JASA 78, 1983, for the correction; Carlin & Louis, Bayesian Methods for Data Analysis, 2008.
    """
    chance = prior.mean * (1 - prior.mean) - prior.between
    if chance < 0:
        raise ShapeError(f"shares around {prior.mean:g} cannot differ by a variance of {prior.between:g}: the most is mu (1 - mu)")
    update = _update(successes, trials, prior, chance)
    alpha, beta = update.first, trials - successes + np.where(update.weight > 0, update.weight * (1 - prior.mean), JEFFREYS)
    mean = alpha / (alpha + beta)
    variance = mean * (1 - mean) / (alpha + beta + 1) + update.surplus
    # The beta distribution of that mean and variance, but never with less weight than the trial or two without any prior.
    size = np.maximum(ratio(mean * (1 - mean), variance) - 1, np.minimum(alpha + beta, 2 * JEFFREYS))
    return Shapes(update.mean, variance, update.reliability, size * mean, size * (1 - mean))


def fit_counts(events: FloatArray, exposure: FloatArray) -> Prior:
    """Learn from the peers how much rates differ, by moments.

    mu = sum O / sum E; tau^2 = (sum E (y - mu)^2 - (k - 1) mu) / (sum E - sum E^2 / sum E)

    Args:
        events: O, (peers,), counts; NaN is missing.
        exposure: E, same shape: what was expected, or time, or customers; 1 for plain counts.
    Returns:
        Mean, variance between people, mean sampling variance, number of peers; nothing is learnt from fewer than four.
    Raises:
        ShapeError: a negative or an infinite number.
    Source:
        The moments of Marshall, Applied Statistics 40, 1991, without his bias for few peers: what DerSimonian & Laird 1986 is for means.
    """
    o, e = _peers(events, exposure)
    mean, _ = marshall(events, exposure)
    within = float((mean / e).mean()) if e.size else math.nan
    room = e.sum() - (e**2).sum() / e.sum() if e.size else 0.0
    if e.size < FEWEST or room <= 0:
        return Prior(mean, 0.0, within, float(e.size))
    excess = (e * (o / e - mean) ** 2).sum() - (e.size - 1) * mean
    return Prior(mean, max(0.0, float(excess / room)), within, float(e.size))


def marshall(events: FloatArray, exposure: FloatArray) -> tuple[float, float]:
    """Estimate mean and variance of rates as published; the variance comes out too small for few peers.

    mu = sum O / sum E; tau^2 = sum E (y - mu)^2 / sum E - mu / mean E

    Args:
        events: O, (peers,), counts; NaN is missing.
        exposure: E, same shape.
    Returns:
        mu and tau^2.
    Raises:
        ShapeError: a negative or an infinite number.
    Source:
        Marshall, Mapping disease and mortality rates using empirical Bayes estimators, Applied Statistics 40, 1991.
    """
    o, e = _peers(events, exposure)
    if not e.size:
        return math.nan, 0.0
    mean = float(o.sum() / e.sum())
    return mean, max(0.0, float((e * (o / e - mean) ** 2).sum() / e.sum() - mean / e.mean()))


def counts(events: FloatArray, exposure: FloatArray, prior: Prior) -> Shapes:
    """Shrink rates: (O + a) / (E + b).

    a = b mu with b such that B = b / (E + b) = (k - 3) / (k - 1) * v / (v + tau^2), v = mu / E: as for means, because tau^2 is an
    estimate. Its uncertainty and that of mu widen the posterior.

    Args:
        events: O, (subjects,), counts; NaN is missing.
        exposure: E, same shape; 1 for plain counts.
        prior: from `fit_counts`, or declared.
    Returns:
        Rates between the raw one and the mean, and their gamma distributions.
    Raises:
        ShapeError: a negative or an infinite number, or a declared variance of 0.
    Source:
        Clayton & Kaldor, Biometrics 43, 1987; Marshall, Applied Statistics 40, 1991.
    """
    update = _update(events, exposure, prior, prior.mean)
    rate = np.where(exposure > 0, exposure, np.nan) + update.weight
    mean = update.first / rate
    variance = mean / rate + update.surplus
    return Shapes(update.mean, variance, update.reliability, ratio(mean**2, variance), ratio(mean, variance))


def beta_interval(shapes: Shapes, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Return the quantiles (1 -+ level) / 2 of the posterior of a share."""
    z_of(level)
    low, high = (quantile.beta(0.5 + side * level / 2, shapes.first, shapes.second) for side in (-1, 1))
    return low, high


def gamma_interval(shapes: Shapes, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Return the quantiles (1 -+ level) / 2 of the posterior of a rate."""
    z_of(level)
    low, high = (quantile.gamma(0.5 + side * level / 2, shapes.first) / shapes.second for side in (-1, 1))
    return low, high


class _Update(NamedTuple):
    mean: FloatArray
    reliability: FloatArray
    weight: FloatArray
    """Of the prior, in trials or exposure."""
    first: FloatArray
    """Successes or events, with those of the prior."""
    surplus: FloatArray


def _update(hits: FloatArray, size: FloatArray, prior: Prior, chance: float) -> _Update:
    """Add the prior; chance / size is the sampling variance around the mean."""
    _refuse_impossible(hits, size)
    if math.isinf(prior.peers) and prior.between <= 0:
        raise ShapeError(f"a declared variance between people must be above 0 (got {prior.between!r})")
    value = ratio(hits, size)
    variance = ratio(np.full_like(value, chance), size)
    noise = shrinkage(variance, prior)
    shrunk = prior.trust * noise
    distance = np.where(shrunk > 0, value - prior.mean, 0.0)
    weight = np.where(shrunk > 0, size * ratio(shrunk, 1 - shrunk), 0.0)
    first = np.where(np.isnan(value), np.nan, hits + np.where(weight > 0, weight * prior.mean, JEFFREYS))
    reliability = np.where(np.isnan(value), np.nan, 1 - noise) if prior.is_known else np.full_like(value, np.nan)
    return _Update(value - shrunk * distance, reliability, weight, first, surplus(variance, distance, prior))


def _refuse_impossible(hits: FloatArray, size: FloatArray) -> None:
    if np.shape(hits) != np.shape(size):
        raise ShapeError(f"counts and sizes must have the same shape (got {np.shape(hits)} and {np.shape(size)})")
    if np.isinf(hits).any() or np.isinf(size).any() or (hits < 0).any() or (size < 0).any():
        raise ShapeError("counts and sizes must be finite and not negative, or NaN where they are missing")


def _peers(hits: FloatArray, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what is known, sorted, so that the order of the peers cannot change a sum."""
    _refuse_impossible(hits, size)
    known = ~np.isnan(hits) & (size > 0)
    x, n = hits[known], size[known]
    order = np.lexsort((n, x))
    return x[order], n[order]
