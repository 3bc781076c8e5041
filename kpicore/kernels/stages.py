"""A funnel from the visits of cases to stages: who reached what, who went on, how long they stayed, where they were lost.

Stages have an order, 0 the first. A visit to a stage outside of the order, such as 'lost', has the stage -1 and only ends the one before.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

DAY = 86400.0


class StageFunnel(NamedTuple):
    """One funnel; every array has the shape (stages,)."""

    reached: IntArray
    """Cases that were ever in the stage."""
    went_on: IntArray
    """Of these, cases that entered a later stage after they first entered this one."""
    skipped: IntArray
    """Cases that reached a later stage and were never in this one."""
    turned_back: IntArray
    """Moves from the stage to an earlier one."""
    lost: IntArray
    """Cases that are closed without success and were last in the stage."""
    staying: IntArray
    """Stays that have not ended."""
    median_days: FloatArray
    """Median of the stays; one that has not ended counts with its age. NaN where there is none, and for the goal."""

    @property
    def conversion(self) -> FloatArray:
        """The share of those who reached a stage that went on; NaN where nobody reached it, and for the goal."""
        share: FloatArray = np.divide(self.went_on, self.reached, out=np.full(len(self.reached), np.nan), where=self.reached > 0)
        share[-1] = np.nan
        return share

    @property
    def slowest(self) -> int | None:
        """The stage with the longest median stay; None where nobody stayed anywhere."""
        return None if np.isnan(self.median_days).all() else int(np.nanargmax(self.median_days))

    @property
    def most_losing(self) -> int | None:
        """The stage in which most cases were lost; None where none was."""
        return int(np.argmax(self.lost)) if self.lost.any() else None


def stage_funnel(
    case: IntArray, stage: IntArray, at: FloatArray, ended: FloatArray, failed: BoolArray, *, stages: int, now: float
) -> StageFunnel:
    """Count a funnel.

    Args:
        case: (visits,) whose visit, 0 to cases - 1; the visits of a case stand together, in the order in which they happened.
            A visit to the stage in which the case already is changes nothing.
        stage: (visits,) which stage was entered, -1 for one outside of the order.
        at: (visits,) when, in seconds.
        ended: (cases,) when the case was closed, in seconds; NaN while it is open.
        failed: (cases,) whether it is closed without success.
        stages: how many stages there are.
        now: up to when visits are known, in seconds.
    Raises:
        ShapeError: there is no stage, or arrays do not fit together.
    """
    _refuse_unfit(case, stage, at, ended, failed, stages)
    case, stage, at = _moved(case, stage, at)
    first, last = _entries(case, stage, at, len(ended), stages)
    is_reached = np.isfinite(first)
    # The latest entry into any later stage; none after the goal.
    later = np.maximum.accumulate(last[:, ::-1], axis=1)[:, ::-1]
    beyond = np.concatenate([later[:, 1:], np.full((len(ended), 1), -np.inf)], axis=1)
    before, after = _moves(case, stage)
    median, staying = _stays(case, stage, at, ended, stages, now)
    return StageFunnel(
        reached=is_reached.sum(axis=0),
        went_on=(is_reached & (beyond >= first)).sum(axis=0),
        skipped=(~is_reached & np.isfinite(beyond)).sum(axis=0),
        turned_back=np.bincount(before[after < before], minlength=stages),
        lost=np.bincount(_last_stage(case, stage, len(ended))[failed & is_reached.any(axis=1)], minlength=stages),
        staying=staying,
        median_days=median,
    )


def _moved(case: IntArray, stage: IntArray, at: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Leave out visits to the stage in which the case already was."""
    is_new = np.append(True, (case[1:] != case[:-1]) | (stage[1:] != stage[:-1]))[: len(case)]
    return case[is_new], stage[is_new], at[is_new]


def _refuse_unfit(case: IntArray, stage: IntArray, at: FloatArray, ended: FloatArray, failed: BoolArray, stages: int) -> None:
    if stages < 1:
        raise ShapeError(f"a funnel must have at least one stage (got {stages})")
    if not len(case) == len(stage) == len(at) or len(ended) != len(failed):
        raise ShapeError(
            f"visits and cases must each have one length (got {len(case)}, {len(stage)}, {len(at)}; {len(ended)}, {len(failed)})"
        )
    if not np.isfinite(at).all():
        raise ShapeError("the times of visits must be finite (got NaN or infinity)")


def _entries(case: IntArray, stage: IntArray, at: FloatArray, cases: int, stages: int) -> tuple[FloatArray, FloatArray]:
    """Return when each case first and last entered each stage, (cases, stages); inf and -inf where it never did."""
    listed = stage >= 0
    first, last = np.full((cases, stages), np.inf), np.full((cases, stages), -np.inf)
    np.minimum.at(first, (case[listed], stage[listed]), at[listed])
    np.maximum.at(last, (case[listed], stage[listed]), at[listed])
    return first, last


def _moves(case: IntArray, stage: IntArray) -> tuple[IntArray, IntArray]:
    """Return from where to where each move between two listed stages went."""
    is_move = (case[1:] == case[:-1]) & (stage[1:] >= 0) & (stage[:-1] >= 0)
    return stage[:-1][is_move], stage[1:][is_move]


def _last_stage(case: IntArray, stage: IntArray, cases: int) -> IntArray:
    found = np.zeros(cases, dtype=np.int64)
    listed = stage >= 0
    # Of several visits of a case the last one is written last.
    found[case[listed]] = stage[listed]
    return found


def _stays(case: IntArray, stage: IntArray, at: FloatArray, ended: FloatArray, stages: int, now: float) -> tuple[FloatArray, IntArray]:
    is_left = np.append(case[1:] == case[:-1], False)[: len(case)]
    closed = ended[case]
    until = np.where(is_left, np.append(at[1:], np.nan)[: len(at)], np.where(np.isnan(closed), now, closed))
    days = np.maximum(until - at, 0.0) / DAY
    # Nothing is left of a case that has reached the goal.
    medians = [_median(days[stage == one]) for one in range(stages - 1)]
    is_staying = ~is_left & np.isnan(closed) & (stage >= 0)
    return np.array([*medians, np.nan]), np.bincount(stage[is_staying], minlength=stages)


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if len(values) else float("nan")
