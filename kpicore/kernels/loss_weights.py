"""Weights read off what would be lost: without a metric (MEREC), or by choosing the subject that is best on another one (CILOS).

Like all weights from data they are advice. They need values above 0 on scales with a true zero; a subject with a missing value is left out.
A metric on which nobody differs gets 0.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import PeersError, ShapeError
from kpicore.kernels.data_weights import checked_directions, entropy, varying

FloatArray: TypeAlias = NDArray[np.float64]


def merec(values: FloatArray, directions: FloatArray) -> FloatArray:
    """Weigh metrics by how far the subjects' overall result would move without each (MEthod based on the Removal Effects of Criteria).

    n_sj = min_j / x_sj, or x_sj / max_j where lower is better; S_s = ln(1 + mean_j |ln n_sj|); S'_sj the same without metric j, still over
    m; w_j = E_j / sum E with E_j = sum_s |S'_sj - S_s|

    Args:
        values: (subjects, metrics), above 0; NaN is missing.
        directions: (metrics,), 1 where higher is better, -1 where lower is.
    Returns:
        (metrics,), summing to 1.
    Raises:
        ShapeError: a value is not above 0 or infinite, or a direction is neither 1 nor -1.
        PeersError: no metric varies among the subjects who have all of them.
    Source:
        Keshavarz-Ghorabaee et al., Symmetry 13, 2021.
    """
    x = _complete(values)
    ratio = np.where(checked_directions(x, directions) > 0, x.min(axis=0) / x, x / x.max(axis=0))
    lost = np.abs(np.log(ratio))
    total = lost.sum(axis=1, keepdims=True)
    effect = np.abs(np.log1p((total - lost) / x.shape[1]) - np.log1p(total / x.shape[1])).sum(axis=0)
    return np.asarray(effect / effect.sum())


def cilos(values: FloatArray, directions: FloatArray) -> FloatArray:
    """Weigh metrics by how little is lost on them where another one is at its best (Criterion Impact LOSs).

    a_ij: the share of metric j of the subject who is best on metric i (the mean of those who tie); p_ij = (a_jj - a_ij) / a_jj;
    F = P - diag(column sums of P); F w = 0, sum w = 1

    Args:
        values: (subjects, metrics), above 0; NaN is missing.
        directions: (metrics,), 1 where higher is better, -1 where lower is.
    Returns:
        (metrics,), summing to 1.
    Raises:
        ShapeError: as for `merec`.
        PeersError: as for `merec`.
    Source:
        Zavadskas & Podvezko, International Journal of Information Technology & Decision Making 15, 2016.
    """
    x = _complete(values)
    varies = varying(x)
    signs = checked_directions(x, directions)[varies]
    x = x[:, varies]
    better_up = np.where(signs > 0, x, x.min(axis=0) / x)
    is_best = (better_up == better_up.max(axis=0)).astype(np.float64)
    at_best = (is_best / is_best.sum(axis=0)).T @ better_up
    losses = 1.0 - at_best / np.diag(at_best)
    weights = np.zeros(varies.size)
    weights[varies] = _balanced(losses)
    return weights


def idocriw(values: FloatArray, directions: FloatArray) -> FloatArray:
    """Weigh metrics by entropy and by impact loss together (Integrated Determination of Objective CRIteria Weights).

    w_j = e_j q_j / sum e q, with e the weights of `entropy` and q those of `cilos`

    Args:
        values: (subjects, metrics), above 0; NaN is missing.
        directions: (metrics,), 1 where higher is better, -1 where lower is.
    Returns:
        (metrics,), summing to 1.
    Raises:
        ShapeError: as for `merec`.
        PeersError: as for `merec`.
    Source:
        Zavadskas & Podvezko, International Journal of Information Technology & Decision Making 15, 2016.
    """
    both = entropy(_complete(values)) * cilos(values, directions)
    return np.asarray(both / both.sum())


def _complete(values: FloatArray) -> FloatArray:
    if values.ndim != 2 or np.isinf(values).any() or (values <= 0).any():
        raise ShapeError("weights from losses need finite values above 0, or NaN for missing, (subjects, metrics); critic takes others")
    complete = values[~np.isnan(values).any(axis=1)]
    if len(complete) < 2:
        raise PeersError(f"weights from losses need 2 or more subjects with a value on all metrics (got {len(complete)} of {len(values)})")
    varying(complete)
    return complete


def _balanced(losses: FloatArray) -> FloatArray:
    """Solve F w = 0 with sum w = 1; of several solutions the smallest, so that metrics that lose nothing anywhere share alike."""
    size = len(losses)
    system = np.vstack([losses - np.diag(losses.sum(axis=0)), np.ones(size)])
    found = np.maximum(np.linalg.lstsq(system, np.append(np.zeros(size), 1.0), rcond=None)[0], 0.0)
    return np.asarray(found / found.sum())
