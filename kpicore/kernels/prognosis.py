"""How well a score tells beforehand what will happen: who is told apart from whom, and how near the stated probabilities are."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.kernels.estimate import ratio

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]


def mid_ranks(values: FloatArray, cell: IntArray) -> FloatArray:
    """Return the rank of each value within its cell, from 1; equal values share the mean of their ranks.

    Args:
        values: (rows,).
        cell: (rows,), to which cell a row belongs.
    """
    order = np.lexsort((values, cell))
    ordered, where = values[order], cell[order]
    starts = np.append(True, (ordered[1:] != ordered[:-1]) | (where[1:] != where[:-1]))[: len(order)]
    run = np.cumsum(starts) - 1
    size = np.bincount(run)
    first = np.flatnonzero(starts)
    begin = np.append(True, where[1:] != where[:-1])[: len(order)]
    offset = np.maximum.accumulate(np.where(begin, np.arange(len(order)), 0))
    ranks = np.empty(len(order))
    ranks[order] = (first + (size - 1) / 2.0)[run] - offset + 1.0
    return ranks


def area_under_curve(score: FloatArray, happened: BoolArray, cell: IntArray, cells: int) -> FloatArray:
    """Return, per cell, the probability that a row to which it happened scores above one to which it did not; ties count half.

    AUC = (R - m (m + 1) / 2) / (m k), R being the sum of the m mid-ranks of those to which it happened, and k the number of others.

    Args:
        score: (rows,), higher where it is thought likelier.
        happened: (rows,), whether it did.
        cell: (rows,), to which cell a row belongs, 0 and above.
        cells: how many there are.
    Returns:
        (cells,), from 0 to 1; NaN where it happened to all or to none.
    Source:
        Hanley & McNeil (1982), Radiology 143, 29-36.
    """
    m = np.bincount(cell, happened.astype(np.float64), cells)
    others = np.bincount(cell, (~happened).astype(np.float64), cells)
    ranks = np.bincount(cell, mid_ranks(score, cell) * happened, cells)
    return ratio(np.asarray(ranks - m * (m + 1.0) / 2.0, dtype=np.float64), np.asarray(m * others, dtype=np.float64))


def logistic_line(score: FloatArray, happened: BoolArray, steps: int = 50) -> tuple[float, float]:
    """Fit logit P = a + b score by maximum likelihood, to targets a little inside of 0 and 1, so that it exists for any rows.

    Args:
        score: (rows,), about -1 to 1.
        happened: (rows,).
        steps: of Newton's method.
    Source:
        Platt (1999), Probabilistic outputs for support vector machines, whose smoothed targets keep the slope finite.
    """
    m, k = float(happened.sum()), float((~happened).sum())
    target = np.where(happened, (m + 1.0) / (m + 2.0), 1.0 / (k + 2.0))
    design = np.column_stack([np.ones(len(score)), score])
    line = np.zeros(2)
    for _ in range(steps):
        share = 1.0 / (1.0 + np.exp(-np.clip(design @ line, -30.0, 30.0)))
        slope = design.T @ (target - share)
        curve = (design * (share * (1.0 - share))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(curve, slope)
        line = line + np.clip(step, -5.0, 5.0)
        if np.abs(step).max() < 1e-12:
            break
    return float(line[0]), float(line[1])
