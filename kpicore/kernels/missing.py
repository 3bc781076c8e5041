"""Gaps: what happens to the weight of a metric for which a person has no value, before aggregation."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]


def coverage(normalised: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the share of the nominal weight for which each subject has data.

    c_s = sum of w_j over the metrics with a value

    Args:
        normalised: (subjects, metrics), NaN is missing.
        weights: (metrics,), summing to 1.
    Returns:
        (subjects,), 0 to 1.
    """
    return np.asarray(np.where(np.isnan(normalised), 0.0, weights).sum(axis=1))


def fill(normalised: FloatArray, absent: BoolArray, value: float) -> FloatArray:
    """Put a value where there is none.

    Args:
        normalised: (subjects, metrics), NaN is missing.
        absent: same shape, which of the missing cells to fill.
        value: 0.5 (policy neutral) or 0 (policy zero).
    Returns:
        Same shape; a new array.
    """
    return np.where(absent & np.isnan(normalised), value, normalised)


def blank(values: FloatArray, absent: BoolArray, value: float) -> FloatArray:
    """Put the same value into all absent cells.

    Args:
        values: (subjects, metrics).
        absent: same shape.
        value: NaN, or a number.
    Returns:
        Same shape; the very array where it is so already, which spares a copy of everything.
    """
    is_blank = np.isnan(values) if np.isnan(value) else values == value
    return values if (is_blank | ~absent).all() else np.where(absent, value, values)


def reshare(normalised: FloatArray, weights: FloatArray) -> FloatArray:
    """Share the weight of missing metrics among the others, in proportion.

    w_sj = w_j / sum of w_k over the metrics k with a value, and 0 where there is none

    Args:
        normalised: (subjects, metrics), NaN is missing.
        weights: (metrics,), summing to 1.
    Returns:
        (subjects, metrics), rows summing to 1; a row without any weighted value is all 0.
    """
    effective = np.where(np.isnan(normalised), 0.0, weights)
    total = effective.sum(axis=1, keepdims=True)
    effective /= np.where(total > 0, total, 1.0)
    return effective


def incomplete(normalised: FloatArray, weights: FloatArray, excused: BoolArray) -> BoolArray:
    """Say which subjects lack a metric that counts (policy block).

    Args:
        normalised: (subjects, metrics), NaN is missing.
        weights: (metrics,).
        excused: (subjects, metrics), cells to which the metric does not apply.
    Returns:
        (subjects,).
    """
    return np.asarray((np.isnan(normalised) & ~excused & (weights > 0)).any(axis=1))
