"""Imputation: putting likely values in the place of missing ones, for data sets that must be complete.

A scorecard does not impute: what was not measured is reshared, or said to be missing. Fitting gives one figure per metric (or per group
and metric), which can be frozen; `fill` puts it in.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError
from kpicore.kernels.estimate import ratio

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]


def mean(values: FloatArray) -> FloatArray:
    """Return the mean of each metric over the subjects with a value.

    Args:
        values: (subjects, metrics); NaN is missing.
    Returns:
        (metrics,); NaN where nobody has a value.
    """
    return np.asarray(group_means(values, np.zeros(len(values), dtype=np.int64))[0])


def median(values: FloatArray) -> FloatArray:
    """Return the median of each metric over the subjects with a value.

    Args:
        values: (subjects, metrics); NaN is missing.
    Returns:
        (metrics,); NaN where nobody has a value.
    """
    ordered = np.sort(values, axis=0)  # NaN last
    n = (~np.isnan(values)).sum(axis=0)
    middle = [np.take_along_axis(ordered, np.maximum(at, 0)[None], axis=0)[0] for at in ((n - 1) // 2, n // 2 - (n == 0))]
    return np.asarray((middle[0] + middle[1]) / 2.0)


def group_means(values: FloatArray, group: IntArray) -> FloatArray:
    """Return the mean of each metric within each group.

    Args:
        values: (subjects, metrics); NaN is missing.
        group: (subjects,), the index of each subject's group, from 0.
    Returns:
        (groups, metrics); NaN where nobody of the group has a value.
    Raises:
        ShapeError: not every subject has a group.
    """
    if group.shape != values.shape[:1]:
        raise ShapeError(f"every subject needs a group, (subjects,) = {values.shape[:1]} (got {group.shape})")
    sums, counts = np.zeros((2, int(group.max(initial=0)) + 1, values.shape[1]))
    for metric, column in enumerate(values.T):
        order = np.argsort(column)[: int((~np.isnan(column)).sum())]  # so that the order of rows cannot change a sum
        sums[:, metric] = np.bincount(group[order], column[order], minlength=len(sums))
        counts[:, metric] = np.bincount(group[order], minlength=len(sums))
    return ratio(sums, counts)


def fill(values: FloatArray, figures: FloatArray) -> FloatArray:
    """Put figures in the place of missing values.

    Args:
        values: (subjects, metrics); NaN is missing.
        figures: (metrics,), or (subjects, metrics), e.g. `group_means(values, group)[group]`.
    Returns:
        (subjects, metrics), a new array; NaN where the figure is NaN too.
    """
    return np.where(np.isnan(values), figures, values)


def availability(values: FloatArray) -> FloatArray:
    """Return the share of the metrics for which each subject has a value.

    Args:
        values: (subjects, metrics); NaN is missing.
    Returns:
        (subjects,), 0 to 1.
    """
    return np.asarray((~np.isnan(values)).mean(axis=1))
