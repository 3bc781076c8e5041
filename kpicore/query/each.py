"""The answers with one row per group, such as a customer: placed, put in order, and matched with what other facts say of the group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen

from kpicore.errors import MetricError
from kpicore.model.groups import Groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from kpicore.model.cells import FloatArray
    from kpicore.model.measure import Measure

    IntArray = NDArray[np.int64]


@frozen(eq=False)
class Each:
    """The values of one measure, a row per group and window, by key, window and subject."""

    subject: IntArray
    """-1 for none of those that are measured."""
    window: IntArray
    key: pa.Array
    values: FloatArray

    def places(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Return which subjects have a group in which window."""
        found = np.zeros(shape, dtype=bool)
        here = self.subject >= 0
        found[self.subject[here], self.window[here]] = True
        return found


def each_group(measures: Sequence[Measure], table: pa.Table, subject: IntArray, window: IntArray) -> dict[str, Each]:
    """Return the values of each measure of a branch.

    Args:
        measures: of one branch, in the order of the columns m0, m1, ...
        table: the answer.
        subject: per row of the answer, the subject's position or -1.
        window: per row of the answer, the window's position.
    """
    key = table.column("key").cast(pa.string())
    order = pc.sort_indices(
        pa.table({"key": key, "window": window, "subject": subject}),
        sort_keys=[("key", "ascending"), ("window", "ascending"), ("subject", "ascending")],
    )
    at = order.to_numpy()
    keys, who, when = key.take(order).combine_chunks(), subject[at], window[at]
    found = {}
    for number, measure in enumerate(measures):
        values = table.column(f"m{number}").cast(pa.float64()).to_numpy(zero_copy_only=False)
        found[measure.key] = Each(who, when, keys, np.asarray(values, dtype=np.float64)[at])
    return found


def merged(found: Mapping[str, Each], windows: IntArray, shape: tuple[int, int]) -> Groups:
    """Return the rows of the first measure that have a value, with the values that the others have for the same key and window.

    Args:
        found: name -> values.
        windows: the window's position of each period.
        shape: subjects x periods.
    Raises:
        MetricError: another measure has two rows for one key and window.
    """
    first = next(iter(found.values()))
    period = np.full(max(int(first.window.max(initial=-1)), int(windows.max(initial=-1))) + 1, -1, dtype=np.int64)
    period[windows] = np.arange(len(windows))
    kept = (period[first.window] >= 0) & ~np.isnan(first.values)
    values = {name: (part.values if part.key is first.key else _matched(first, part))[kept] for name, part in found.items()}
    return Groups(first.subject[kept], period[first.window][kept], values, shape)


def _matched(first: Each, other: Each) -> FloatArray:
    code = pc.index_in(other.key, value_set=first.key.unique()).to_numpy(zero_copy_only=False).astype(np.float64)
    mine = pc.index_in(first.key, value_set=first.key.unique()).to_numpy(zero_copy_only=False).astype(np.int64)
    shared = np.isfinite(code)
    width = int(max(first.window.max(initial=0), other.window.max(initial=0))) + 1
    theirs = code[shared].astype(np.int64) * width + other.window[shared]
    if len(np.unique(theirs)) < len(theirs):
        raise MetricError("a group must belong to one subject at a time to be matched with other facts (got a group with two)")
    order = np.argsort(theirs)
    wanted = mine * width + first.window
    at = np.searchsorted(theirs[order], wanted)
    values = np.append(other.values[shared][order], np.nan)
    hit = np.append(theirs[order], -1)[np.minimum(at, len(theirs))] == wanted
    return np.where(hit, values[np.minimum(at, len(theirs))], np.nan)
