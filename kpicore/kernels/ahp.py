"""Analytic hierarchy process: weights from pairwise comparisons, and how far the comparisons contradict each other."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]

RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
"""Saaty's mean consistency index of random judgements, for 1 to 15 metrics."""

CONSISTENT = 0.10
"""Saaty: judgements with a consistency ratio above this are to be made again."""

ROUNDED = 0.03
"""How far a_ij a_ji may be from 1: 0.33 is written for 1/3, 0.14 for 1/7."""


def principal_eigenvector(comparisons: FloatArray) -> tuple[FloatArray, float]:
    """Weigh metrics by how often each outweighs the others.

    A w = lambda_max w, sum w = 1; a_ij says how many times as much metric i counts as metric j.

    Args:
        comparisons: (metrics, metrics), above 0, a_ii = 1, a_ji = 1 / a_ij; at most 15 metrics.
    Returns:
        The weights (metrics,), above 0 and summing to 1, and lambda_max: the number of metrics if no judgement contradicts another.
    Raises:
        ShapeError: it is no such matrix.
    Source:
        Saaty, The Analytic Hierarchy Process, 1980.
    """
    _refuse_malformed(comparisons)
    values, vectors = np.linalg.eig(comparisons)
    at = int(np.argmax(values.real))
    principal = np.abs(vectors[:, at].real)
    return principal / principal.sum(), float(values[at].real)


def consistency_index(lambda_max: float, metrics: int) -> float:
    """Return the mean deviation of the other eigenvalues from 0.

    CI = (lambda_max - m) / (m - 1); 0 for a single metric.
    """
    return 0.0 if metrics < 2 else (lambda_max - metrics) / (metrics - 1)


def consistency_ratio(lambda_max: float, metrics: int) -> float:
    """Return the inconsistency in units of that of random judgements.

    CR = CI / RI; 0 for one or two metrics, which cannot contradict each other. Above `CONSISTENT` the judgements should be made again.
    """
    random = RANDOM_INDEX[metrics - 1]
    return consistency_index(lambda_max, metrics) / random if random else 0.0


def worst_judgement(comparisons: FloatArray, weights: FloatArray) -> tuple[int, int, float]:
    """Find the judgement that the others contradict most.

    The pair i, j with the largest |ln(a_ij w_j / w_i)|

    Args:
        comparisons: (metrics, metrics), as for `principal_eigenvector`.
        weights: (metrics,), what it returned.
    Returns:
        i and j with i < j, and w_i / w_j: what the judgements together imply for a_ij.
    """
    implied = weights[:, None] / weights
    apart = np.triu(np.abs(np.log(comparisons / implied)), k=1)
    i, j = np.unravel_index(int(np.argmax(apart)), apart.shape)
    return int(i), int(j), float(implied[i, j])


def _refuse_malformed(comparisons: FloatArray) -> None:
    if comparisons.ndim != 2 or comparisons.shape[0] != comparisons.shape[1] or not 1 <= len(comparisons) <= len(RANDOM_INDEX):
        raise ShapeError(f"pairwise comparisons must be a square table of 1 to {len(RANDOM_INDEX)} metrics (got shape {comparisons.shape})")
    if not np.isfinite(comparisons).all() or not (comparisons > 0).all():
        raise ShapeError(f"pairwise comparisons must be finite and above 0 (got {comparisons.tolist()!r})")
    wrong = np.argwhere(np.abs(comparisons * comparisons.T - 1.0) > ROUNDED)
    if len(wrong):
        i, j = (int(at) for at in wrong[0])
        came = f"{comparisons[i, j]:g} in row {i + 1}, column {j + 1}, and {comparisons[j, i]:g} in row {j + 1}, column {i + 1}"
        raise ShapeError(
            f"pairwise comparisons must be reciprocal: 1 on the diagonal, and 1/3 where the other way round says 3 (got {came})"
        )
