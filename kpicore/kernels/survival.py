"""Times to an event of which some have not happened yet: such rows are known to have lasted at least so long, and count as that."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

TOUCHES = 1e-9
"""How near a survival of exactly 1 - q is taken to be it."""


def kaplan_meier_quantile(
    time: FloatArray, happened: BoolArray, cell: IntArray, cells: int, q: float = 0.5
) -> tuple[FloatArray, FloatArray]:
    """Estimate a quantile of times per cell: the time by which the share q has had its event.

    The survival after the event at t is S(t) = prod over events up to t of (1 - d / n), n being those still waiting; the quantile is the
    first t with S(t) <= 1 - q, and half-way to the next event where S(t) is exactly that. Without censored rows it is the usual median.

    Args:
        time: (rows,), any unit, not negative; until the event, or as long as it is known that there was none.
        happened: (rows,), whether the event happened.
        cell: (rows,), to which cell a row belongs; rows below 0 belong to none.
        cells: how many cells there are.
        q: which quantile.
    Returns:
        Quantile and number of rows per cell, (cells,); NaN where too few events have happened to tell.
    Raises:
        ShapeError: a time is negative or not finite.
    Source:
        Kaplan & Meier (1958), JASA 53; Brookmeyer & Crowley (1982), Biometrics 38, for the median.
    """
    if not np.isfinite(time).all() or (time < 0).any():
        raise ShapeError("times to an event must be finite and not negative")
    mine = cell >= 0
    order = np.lexsort((~happened[mine], time[mine], cell[mine]))
    cell, time, happened = cell[mine][order], time[mine][order], happened[mine][order]
    n = np.bincount(cell, minlength=cells)
    waiting = n[cell] - (np.arange(len(cell)) - (np.cumsum(n) - n)[cell])
    # Events at one time are taken one after the other, which gives the same product. The last of all leaves nobody waiting.
    logs = np.where(happened, np.log1p(-1.0 / np.maximum(waiting, 2)), 0.0) - np.where(happened & (waiting == 1), 1e3, 0.0)
    steps = np.cumsum(logs)
    survival = np.exp(steps - np.append(0.0, steps)[(np.cumsum(n) - n)[cell]])
    return _first_below(time, happened & (survival <= 1.0 - q + TOUCHES), survival > 1.0 - q - TOUCHES, happened, cell, cells), n.astype(
        np.float64
    )


def _first_below(time: FloatArray, is_below: BoolArray, touches: BoolArray, happened: BoolArray, cell: IntArray, cells: int) -> FloatArray:
    found = np.full(cells, np.nan)
    below = np.flatnonzero(is_below)
    which, at = np.unique(cell[below], return_index=True)
    first = below[at]
    found[which] = time[first]
    events = np.flatnonzero(happened)
    following = np.append(events, -1)[np.searchsorted(events, first, side="right")]
    halved = touches[first] & (following >= 0)
    halved[halved] = cell[following[halved]] == cell[first[halved]]
    found[which[halved]] = (time[first[halved]] + time[following[halved]]) / 2.0
    return found
