"""Stratified means: the expectation of a class is its own mean, shrunk to that of all cases where the class is small."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.kernels.sweep import equations

if TYPE_CHECKING:
    from kpicore.kernels.sweep import Sums

FloatArray: TypeAlias = NDArray[np.float64]

STRENGTH = 10.0
"""The cases that the mean of all counts for in that of a class."""


def pooled(of: Sums, strength: float = STRENGTH) -> FloatArray:
    """Return shrunk class means: e_c = (S_c + m ybar) / (N_c + m).

    Args:
        of: sums over subjects.
        strength: m, in cases, above 0.
    Returns:
        (classes,), in the metric's unit.
    """
    return np.asarray((of.total + strength * of.mean()) / (of.cases + strength))


def within(of: Sums, strength: float = STRENGTH) -> FloatArray:
    """Return shrunk class means as they differ within subjects: (L + m I) d = r, e_c = ybar + d_c.

    With all subjects in one this is the pooled form; see `kpicore.kernels.sweep` for L and r.

    Args:
        of: sums over subjects.
        strength: m, in cases, above 0.
    Returns:
        (classes,), in the metric's unit, such that sum_c N_c e_c = sum y.
    """
    information, response = equations(of)
    effects = np.linalg.solve(information + strength * np.eye(len(response)), response)
    return calibrated(np.asarray(effects, dtype=np.float64), of)


def calibrated(effects: FloatArray, of: Sums) -> FloatArray:
    """Shift class effects until as much is expected of all as there was: sum_c N_c e_c = sum y.

    Args:
        effects: (classes,), up to a constant.
        of: sums over subjects.
    Returns:
        (classes,), in the metric's unit.
    """
    return np.asarray(effects + of.mean() - (of.cases @ effects) / of.cases.sum())
