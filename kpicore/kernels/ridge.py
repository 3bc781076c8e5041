"""Ridge regression of class effects on the columns that make the classes: many sparse combinations share what they have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.kernels.estimate import ratio as divided
from kpicore.kernels.sweep import equations, sums

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kpicore.kernels.sweep import Sums

FloatArray: TypeAlias = NDArray[np.float64]

STEPS = np.logspace(-5.0, 3.0, 17)
"""Penalties that are tried, in multiples of the average information of a dummy."""


def dummies(codes: NDArray[np.int64]) -> FloatArray:
    """Make one dummy per value of each column; none is left out, since the penalty decides between them.

    Args:
        codes: (classes, columns), which value each class has, from 0.
    Returns:
        (classes, dummies), 0 or 1.
    """
    parts = [np.eye(int(column.max()) + 1)[column] for column in codes.T]
    return np.hstack(parts) if parts else np.zeros((codes.shape[0], 0))


def effects(of: Sums, design: FloatArray, penalty: float) -> FloatArray:
    """Fit class effects: b = X (X'LX + lambda I)^-1 X'r; intercepts are swept out, so that they are not penalised.

    Args:
        of: sums over subjects.
        design: (classes, dummies), X.
        penalty: lambda, above 0.
    Returns:
        (classes,), up to a constant.
    """
    information, response = equations(of)
    squared = design.T @ information @ design + penalty * np.eye(design.shape[1])
    return np.asarray(design @ np.linalg.solve(squared, design.T @ response))


def penalties(of: Sums, design: FloatArray) -> FloatArray:
    """Return penalties worth trying, in the scale of the data.

    Args:
        of: sums over subjects.
        design: (classes, dummies).
    """
    information, _ = equations(of)
    average = np.trace(design.T @ information @ design) / max(design.shape[1], 1)
    return STEPS * (average if average > 0 else 1.0)


def leave_one_out(amount: FloatArray, exposure: FloatArray, design: FloatArray, rho: float = 0.0) -> float:
    """Choose the penalty that predicts each cell best from all others.

    Args:
        amount: (subjects, classes), sums.
        exposure: (subjects, classes), w, cases.
        design: (classes, dummies).
        rho: of the subject intercepts, see `kpicore.kernels.sweep.sums`: 0 or `POOLED`.
    Returns:
        lambda; of two alike the smaller.
    """
    tried = penalties(sums(amount, exposure, rho), design)
    return float(tried[int(np.argmin(cross_validation(amount, exposure, design, tried, rho)))])


def cross_validation(amount: FloatArray, exposure: FloatArray, design: FloatArray, tried: Iterable[float], rho: float = 0.0) -> list[float]:
    """Return the error of predicting each cell from all others, per penalty, in closed form.

    PRESS(lambda) = sum_i w_i (r_i / (1 - h_i))^2 over cells with cases; a cell that is all of its subject predicts nothing

    Args:
        amount: (subjects, classes), sums.
        exposure: (subjects, classes), w, cases.
        design: (classes, dummies).
        tried: penalties, above 0.
        rho: of the subject intercepts, 0 or `POOLED`.
    Source: Allen 1974, Technometrics 16:125; Golub, Heath & Wahba 1979.
    """
    information, response = equations(sums(amount, exposure, rho))
    size, axes = np.linalg.eigh(design.T @ information @ design)
    turned, answer = design @ axes, axes.T @ (design.T @ response)
    centre, base = centres(exposure, rho)
    value, axis = np.nan_to_num(divided(amount, exposure)), None if np.isinf(rho) else 1
    errors = []
    for penalty in tried:
        root = 1.0 / np.sqrt(size.clip(0.0) + penalty)
        left = value - (turned * root) @ (root * answer)
        left = left - base * (exposure * left).sum(axis=axis, keepdims=True)
        errors.append(press(left, exposure, leverage(exposure, centre, base, turned * root)))
    return errors


def centres(exposure: FloatArray, rho: float) -> tuple[FloatArray, FloatArray]:
    """Return the mix that a cell is compared with, and how far a single case moves its mean.

    Args:
        exposure: (subjects, classes), cases.
        rho: of the subject intercepts; `POOLED` compares with everybody's mix, otherwise with the subject's own.
    Returns:
        (subjects, classes), and (subjects, 1).
    """
    weight = exposure if np.isfinite(rho) else np.broadcast_to(exposure.sum(axis=0), exposure.shape)
    total = weight.sum(axis=1, keepdims=True) + (rho if np.isfinite(rho) else 0.0)
    one = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    return weight * one, one


def leverage(exposure: FloatArray, centre: FloatArray, base: FloatArray, root: FloatArray) -> FloatArray:
    """Return how much of each cell's fitted value is its own: h = w (1 / w_s + |z - zbar_s|^2), z z' = X A X'.

    Args:
        exposure: (subjects, classes), w.
        centre: (subjects, classes), the mix that a cell is compared with.
        base: (subjects, 1), 1 / w_s.
        root: (classes, any), z; A is the inverse of the penalised normal equations.
    Returns:
        (subjects, classes).
    """
    own, mean = (root * root).sum(axis=1), centre @ root
    return np.asarray(exposure * (base + own - 2.0 * (mean @ root.T) + (mean * mean).sum(axis=1, keepdims=True)))


def press(left: FloatArray, exposure: FloatArray, own: FloatArray) -> float:
    """Add up squared errors of prediction, sum_i w_i (r_i / (1 - h_i))^2, of the cells that others can predict.

    Args:
        left: (subjects, classes), residuals r.
        exposure: (subjects, classes), w.
        own: (subjects, classes), leverages h.
    """
    free = (exposure > 0) & (own < 1.0 - 1e-6)
    error = np.divide(left, 1.0 - own, out=np.zeros_like(left), where=free)
    return float((exposure * error * error).sum())
