"""Rounding: once, at the very end, so that the printed parts sum to the printed whole."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

DECIMALS = 4
"""Of scores and points. Fine enough that rounding makes no ties, coarse enough to be the same on every machine."""


_FINE = 1e6
"""Remainders are told apart in millionths of the last digit."""


def largest_remainder(parts: FloatArray, decimals: int = DECIMALS) -> tuple[IntArray, IntArray]:
    """Round the parts of each row down, then give what is left to the largest remainders, the first part first.

    Args:
        parts: (subjects, parts), points; NaN counts as 0.
        decimals: digits after the point.
    Returns:
        Whole and parts in units of 10^-decimals: (subjects,) and (subjects, parts). The parts of a row sum to its whole, which is the
        sum of the row, rounded.
    Source:
        Hamilton's method, as in Balinski & Young, Fair Representation, 1982.
    """
    # The sixth further digit is beyond what a score means, and within what two machines agree on. Numbers stay whole from here on.
    fine = np.where(np.isnan(parts), 0.0, parts)
    fine *= 10.0**decimals * _FINE
    np.rint(fine, out=fine)
    down = fine / _FINE
    np.floor(down, out=down)
    rest = fine
    rest -= down * _FINE
    missing = np.rint(rest.sum(axis=1) / _FINE)
    units = down.astype(np.int64, order="C")
    units += _largest(rest, missing.astype(np.int64))
    return (down.sum(axis=1) + missing).astype(np.int64), units


def _largest(rest: FloatArray, count: IntArray) -> NDArray[np.bool_]:
    """Return which remainders are the `count` largest of their row; of equal ones the first are.

    Sorting whole numbers that hold both the remainder and its place is several times as fast as ordering places by remainders.
    """
    size = rest.shape[1]
    if not size:
        return np.zeros(rest.shape, dtype=np.bool_)
    kind: type[np.int32 | np.int64] = np.int32 if _FINE * size < np.iinfo(np.int32).max else np.int64
    key: NDArray[Any] = rest.astype(kind, order="C")
    key *= size
    key += np.arange(size - 1, -1, -1, dtype=kind)
    least = np.sort(key, axis=1)[np.arange(len(key)), size - np.maximum(count, 1)]
    # Where none is left over, no key is as large.
    return np.asarray(key >= np.where(count > 0, least, np.iinfo(kind).max)[:, None])


def significant(values: FloatArray, digits: int = 10) -> FloatArray:
    """Round to significant digits, so that the order in which an engine adds up does not show.

    Args:
        values: any shape; NaN and infinity stay.
        digits: how many digits are kept.
    Returns:
        Same shape; minus zero becomes zero.
    """
    size = np.abs(values)
    known = np.isfinite(values) & (size > 0)
    power = np.floor(np.log10(size, out=np.zeros_like(size), where=known))
    scale = 10.0 ** np.clip(digits - 1 - power, -300, 300)
    rounded: FloatArray = np.where(known, np.round(values * scale) / scale, values) + 0.0
    return rounded
