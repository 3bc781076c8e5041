"""The coefficients that fitted expectations stand for: what declared ones are reviewed against."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.kernels.casemix import normalised

if TYPE_CHECKING:
    from kpicore.kernels.casemix import Better

FloatArray: TypeAlias = NDArray[np.float64]


def by_means(per_case: FloatArray, cases: FloatArray, better: Better) -> FloatArray:
    """Return the coefficients that expected means stand for: in proportion to e_c where less is better, else to 1 / e_c; 1 on average.

    Args:
        per_case: (classes,), e_c, in the metric's unit.
        cases: (classes,), of the reference.
        better: 'higher' or 'lower'.
    Returns:
        (classes,), above 1 is harder; NaN where nothing above 0 is expected.
    """
    return _scaled(np.where(per_case > 0, per_case, np.nan), cases, better)


def by_shares(per_case: FloatArray, cases: FloatArray, better: Better) -> FloatArray:
    """Return the coefficients that expected shares stand for: in proportion to the odds where less is better, else to their inverse.

    Args:
        per_case: (classes,), e_c, from 0 to 1.
        cases: (classes,), of the reference.
        better: 'higher' or 'lower'.
    Returns:
        (classes,), above 1 is harder; NaN where the odds are 0 or endless.
    """
    inside = np.where((per_case > 0) & (per_case < 1), per_case, np.nan)
    return _scaled(inside / (1.0 - inside), cases, better)


def _scaled(harder: FloatArray, cases: FloatArray, better: Better) -> FloatArray:
    known = np.isfinite(harder)
    kappa = np.full(harder.shape, np.nan)
    kappa[known] = normalised(harder[known] if better == "lower" else 1.0 / harder[known], cases[known])
    return kappa
