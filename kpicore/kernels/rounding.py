"""Rounding: once, at the very end, so that the printed parts sum to the printed whole."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

DECIMALS = 4
"""Of scores and points. Fine enough that rounding makes no ties, coarse enough to be the same on every machine."""


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
    # The sixth further digit is beyond what a score means, and within what two machines agree on.
    scaled = np.round(np.nan_to_num(parts) * 10.0**decimals, 6)
    down = np.floor(scaled)
    rest = scaled - down
    whole = down.sum(axis=1) + np.rint(np.round(rest.sum(axis=1), 6))
    missing = whole - down.sum(axis=1)
    turn = np.argsort(-rest, axis=1, kind="stable")
    gets_one = np.zeros(down.shape)
    np.put_along_axis(gets_one, turn, (np.arange(down.shape[1]) < missing[:, None]).astype(np.float64), axis=1)
    return whole.astype(np.int64), (down + gets_one).astype(np.int64)


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
