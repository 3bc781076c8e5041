"""Normalisation by distance: how much of the way to a goal was made, and how a value compares with a reference.

The direction is applied before: `worst` and `goal` say which way is better. Ratios need a true zero, so they refuse a reference that is
not above it: divided by a negative maximum, the worst would come out as the best.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError
from kpicore.kernels.normalise import min_max

if TYPE_CHECKING:
    from kpicore.kernels.normalise import Figure

FloatArray: TypeAlias = NDArray[np.float64]


def distance(values: FloatArray, goal: Figure, worst: Figure, *, cap: bool = False) -> FloatArray:
    """Return what is left of the way from the worst to a goal, subtracted from 1.

    y = 1 - (goal - x) / (goal - worst)

    With the best peer as the goal it is the distance to the maximum, with a declared value the distance to target, with the value of a
    named peer the distance to a reference. It is the line of `min_max` from the worst to the goal, and may pass 1.

    Args:
        values: (subjects,) or (subjects, metrics), in the metrics' units; NaN is missing.
        goal: the value that becomes 1; one, or one per metric.
        worst: the value that becomes 0; above the goal where lower is better.
        cap: whether what lies beyond the goal is worth no more than the goal.
    Returns:
        Same shape, unitless; NaN stays NaN; all neutral where the goal equals the worst.
    Source:
        OECD/JRC, Handbook on Constructing Composite Indicators, 2008, step 5; COINr's n_dist2max, n_dist2targ and n_dist2ref.
    """
    share = min_max(values, worst, goal)
    return np.minimum(share, 1.0) if cap else share


def reached(values: FloatArray, goal: Figure, sign: float = 1.0) -> FloatArray:
    """Say who reached a goal: 1, else 0.

    Args:
        values: (subjects,) or (subjects, metrics), in the metrics' units; NaN is missing.
        goal: one, or one per metric.
        sign: -1 where lower is better.
    Returns:
        Same shape; NaN stays NaN.
    """
    return np.where(np.isnan(values), np.nan, (sign * values >= sign * np.asarray(goal)).astype(np.float64))


def fraction_of_maximum(values: FloatArray, maximum: Figure, sign: float = 1.0) -> FloatArray:
    """Divide by the maximum.

    y = x / max, and 1 - x / max where lower is better

    Args:
        values: (subjects,) or (subjects, metrics), in the metrics' units; NaN is missing.
        maximum: of the peers, above 0; one, or one per metric.
        sign: -1 where lower is better.
    Returns:
        Same shape, unitless; NaN stays NaN.
    Raises:
        ShapeError: the maximum is not above 0.
    Source:
        COINr's n_fracmax, for metrics of which more is better; Jahan and Edwards, Materials and Design 65, 2015, for the others.
    """
    share = ratio_to(values, maximum)
    return share if sign > 0 else 1.0 - share


def ratio_to(values: FloatArray, reference: Figure) -> FloatArray:
    """Divide by a reference, such as the mean, the best or the worst of the peers.

    y = x / reference

    Args:
        values: (subjects,) or (subjects, metrics), in the metrics' units; NaN is missing.
        reference: above 0; one, or one per metric.
    Returns:
        Same shape, unitless; NaN stays NaN.
    Raises:
        ShapeError: the reference is not above 0.
    Source:
        OECD/JRC, Handbook on Constructing Composite Indicators, 2008, table 15.
    """
    if not np.all(np.asarray(reference) > 0):
        raise ShapeError(
            f"a ratio needs a reference above 0, or better and worse change places (got {reference!r}); use min_max or z_score"
        )
    return np.asarray(values / reference)


def difference_to(values: FloatArray, reference: Figure) -> FloatArray:
    """Return the difference from a reference, in units of the reference.

    y = (x - reference) / reference

    Args:
        values: (subjects,) or (subjects, metrics), in the metrics' units; NaN is missing.
        reference: above 0; one, or one per metric.
    Returns:
        Same shape, unitless; NaN stays NaN.
    Raises:
        ShapeError: the reference is not above 0.
    Source:
        OECD/JRC, Handbook on Constructing Composite Indicators, 2008, table 15.
    """
    return ratio_to(values - np.asarray(reference), reference)


def above_or_below(values: FloatArray, reference: Figure, margin: float) -> FloatArray:
    """Say who lies clearly above a reference (1), clearly below (-1), or about there (0).

    y = 1 where x / reference > 1 + margin, -1 where x / reference < 1 - margin, else 0

    Args:
        values: (subjects,) or (subjects, metrics), in the metrics' units; NaN is missing.
        reference: above 0, such as the mean of the peers; one, or one per metric.
        margin: a share of the reference, 0 or more.
    Returns:
        Same shape; NaN stays NaN.
    Raises:
        ShapeError: the reference is not above 0, or the margin is below 0.
    Source:
        OECD/JRC, Handbook on Constructing Composite Indicators, 2008, table 15.
    """
    if not margin >= 0:
        raise ShapeError(f"the margin around the reference must be 0 or more (got {margin!r})")
    offset = difference_to(values, reference)
    return np.where(np.isnan(offset), np.nan, np.sign(offset) * (np.abs(offset) > margin))
