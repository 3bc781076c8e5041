"""Drift of the case mix: whose cases have become harder on paper, beyond what happened to everybody and beyond chance.

A coefficient pays for calling ordinary cases hard: 20 % of them moved from 1.0 to 1.5 are 10 % more credit. The work has not changed, the
labels have. An honest change of the mix looks different: it comes to the peers as well, or it is no larger than few cases make it.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.kernels.estimate import ratio as divided
from kpicore.kernels.overdispersion import excess

FloatArray: TypeAlias = NDArray[np.float64]

UNUSUAL = 3.0
"""The robust z from which a drift is worth a look; of a thousand honest people, one or two."""
PEERS = 5
"""With fewer peers there is no telling what happened to everybody."""
_PRIOR = 2.0  # cases of the peers' mix that are added to a subject's, so that few cases of one class do not look certain
_NORMAL = 1.4826  # median absolute deviation to standard deviation


class Drift(NamedTuple):
    """How the mix of each subject moved; (subjects,), NaN where unknown."""

    before: FloatArray
    """Mean coefficient in the period before."""
    now: FloatArray
    """Mean coefficient in this period."""
    peers: float
    """What happened to everybody: the median of ln(now / before)."""
    z: FloatArray
    """Robust z of ln(now / before) against the peers; above `UNUSUAL` is upward drift."""


def mean_coefficient(exposure: FloatArray, kappa: FloatArray) -> FloatArray:
    """Return K_s = sum_c n_sc kappa_c / n_s.

    Args:
        exposure: (subjects, classes), cases.
        kappa: (classes,).
    Returns:
        (subjects,); NaN without cases.
    """
    return divided(exposure @ kappa, exposure.sum(axis=1))


def drift(before: FloatArray, now: FloatArray, kappa: FloatArray) -> Drift:
    """Compare how each subject's mean coefficient moved with how the peers' did.

    d_s = ln(K_now / K_before), z_s = (d_s - median d) / sqrt(v_s + tau2), with tau2 from the median absolute deviation of the peers

    Args:
        before: (subjects, classes), cases in the period before, 0 or more.
        now: (subjects, classes), cases in this period.
        kappa: (classes,), above 0.
    Returns:
        The drift; z is NaN where a subject lacks one of the periods or has fewer than five peers.
    """
    first, second = mean_coefficient(before, kappa), mean_coefficient(now, kappa)
    change = np.log(divided(second, first))
    variance = _sampling(before, kappa) / first**2 + _sampling(now, kappa) / second**2
    known = np.isfinite(change) & (variance > 0)
    if known.sum() <= PEERS:
        return Drift(first, second, float("nan"), np.full(change.shape, np.nan))
    middle = float(np.median(change[known]))
    alone = (change - middle) / np.sqrt(np.where(known, variance, np.nan))
    factor = (_NORMAL * float(np.median(np.abs(alone[known] - np.median(alone[known]))))) ** 2
    return Drift(first, second, middle, (change - middle) / np.sqrt(np.where(known, variance + excess(factor, variance[known]), np.nan)))


def _sampling(exposure: FloatArray, kappa: FloatArray) -> FloatArray:
    peers = exposure.sum(axis=0) / max(exposure.sum(), 1.0)
    total = exposure.sum(axis=1)
    mix = (exposure + _PRIOR * peers) / (total[:, None] + _PRIOR)
    centre = mix @ kappa
    return divided(mix @ (kappa * kappa) - centre * centre, total)
