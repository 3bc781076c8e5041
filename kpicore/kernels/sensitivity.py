"""Sensitivity: how much of a result's variance each choice carries, alone and together with the others, by Saltelli's sample."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]


def saltelli_sample(base: int, choices: int, seed: int) -> FloatArray:
    """Return the points at which a model is to be run: two independent samples A and B, and A with one column at a time from B.

    Args:
        base: N, points in A and in B.
        choices: d, uncertain inputs.
        seed: of the random shift; the same seed gives the same sample.
    Returns:
        (N (d + 2), d), 0 to below 1: A, then B, then A with column 1 from B, ..., A with column d from B.
    Raises:
        ShapeError: there are no points, or no choices.
    Source:
        Saltelli et al., Variance based sensitivity analysis of model output, Computer Physics Communications 181, 2010.
    """
    if base < 1 or choices < 1:
        raise ShapeError(f"a sample needs at least one point and one choice (got base = {base}, choices = {choices})")
    both = _even(base, 2 * choices, seed)
    a, b = both[:, :choices], both[:, choices:]
    mixed = np.repeat(a[None], choices, axis=0)
    for at in range(choices):
        mixed[at, :, at] = b[:, at]
    return np.concatenate([a, b, mixed.reshape(-1, choices)])


def _even(points: int, columns: int, seed: int) -> FloatArray:
    """Spread points evenly over the unit cube, shifted at random, so that far fewer of them do than of independent ones.

    u_ij = frac(shift_j + i / phi^j), where phi > 1 solves phi^(columns + 1) = phi + 1

    Source:
        Roberts, The unreasonable effectiveness of quasirandom sequences, 2018; shifted as in Cranley & Patterson, 1976.
    """
    phi = 2.0
    for _ in range(64):
        phi = (1.0 + phi) ** (1.0 / (columns + 1))
    step = phi ** -np.arange(1.0, columns + 1)
    shift = np.random.default_rng(seed).random(columns)
    return np.asarray((shift + np.arange(1.0, points + 1)[:, None] * step) % 1.0)


def sobol_indices(results: FloatArray, choices: int) -> tuple[FloatArray, FloatArray]:
    """Return the first-order and total indices of each choice.

    S_i = mean(f_B (f_ABi - f_A)) / V,  ST_i = mean((f_A - f_ABi)^2) / (2 V),  V = variance of f over A and B

    Args:
        results: (N (d + 2),), the model at the points of `saltelli_sample`, in their order.
        choices: d.
    Returns:
        First-order: the share of the variance that goes away when this choice alone is settled. Total: the share that is left while this
        choice alone is open. Both (d,); all 0 where the results do not vary. An estimate of a share near 0 may come out slightly negative.
    Raises:
        ShapeError: the number of results does not fit, or one is not finite.
    Source:
        First order: Saltelli et al. 2010, table 2 (b). Total: Jansen, Analysis of variance designs for model output, 1999.
    """
    if choices < 1 or results.ndim != 1 or results.size == 0 or results.size % (choices + 2):
        raise ShapeError(f"there must be N (d + 2) results for d = {choices} choices (got shape {results.shape})")
    if not np.isfinite(results).all():
        raise ShapeError(f"results must be finite (got {int((~np.isfinite(results)).sum())} that are not)")
    f_a, f_b, *mixed = results.reshape(choices + 2, -1)
    variance = results[: 2 * f_a.size].var()
    if variance <= 1e-24 * max(1.0, float(np.abs(results).max())) ** 2:
        return np.zeros(choices), np.zeros(choices)
    # Taken from the common mean, which leaves the expectation as it is and makes the estimate far steadier.
    centre = results[: 2 * f_a.size].mean()
    first = [float(((f_b - centre) * (f_ab - f_a)).mean()) for f_ab in mixed]
    total = [float(((f_a - f_ab) ** 2).mean()) / 2 for f_ab in mixed]
    return np.array(first) / variance, np.array(total) / variance


def dirichlet_weights(declared: FloatArray, concentration: float, draws: int, seed: int) -> FloatArray:
    """Draw weights around the declared ones.

    w ~ Dirichlet(c w_1, ..., c w_m), so that E w_j = w_j and var w_j = w_j (1 - w_j) / (c + 1)

    Args:
        declared: (metrics,), not negative, summing to 1.
        concentration: c; at 100 a weight of 0.2 lies between 0.13 and 0.28 nineteen times out of twenty.
        draws: how many.
        seed: the same seed gives the same weights.
    Returns:
        (draws, metrics), never negative, rows summing to 1; a weight of 0 stays 0.
    Raises:
        ShapeError: the declared weights are no weights, or the concentration is not above 0.
    """
    if not np.isfinite(declared).all() or (declared < 0).any() or not declared.sum() > 0:
        raise ShapeError(f"weights must be finite, not negative, and not all 0 (got {declared.tolist()!r})")
    if not (np.isfinite(concentration) and concentration > 0):
        raise ShapeError(f"the concentration must be a number above 0 (got {concentration!r})")
    shape = concentration * declared / declared.sum()
    drawn = np.random.default_rng(seed).standard_gamma(np.broadcast_to(shape, (draws, declared.size)))
    total = drawn.sum(axis=1, keepdims=True)
    return np.where(total > 0, drawn / np.where(total > 0, total, 1.0), shape / concentration)
