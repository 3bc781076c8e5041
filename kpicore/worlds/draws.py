"""Random draws on whole arrays: every generator of facts takes its numbers from here, from a stream of its own name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias
from zlib import crc32

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Rows: TypeAlias = dict[str, NDArray[Any]]
"""Columns of equal length, before they become an Arrow table. References are row numbers, -1 is none; moments are seconds, NaN is none."""

DAY = 86400.0
HOUR = 3600.0
MINUTE = 60.0


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random stream of one family of facts; a change in one family leaves the others as they were."""
    return np.random.Generator(np.random.PCG64([seed, crc32(name.encode())]))


def pick(rng: np.random.Generator, weights: Sequence[float] | Floats, size: int) -> Ints:
    """Draw `size` positions with probability proportional to `weights`."""
    ladder = np.cumsum(weights)
    at = np.searchsorted(ladder, rng.random(size) * ladder[-1], side="right")
    return np.asarray(np.minimum(at, len(ladder) - 1))


def happens(rng: np.random.Generator, share: float | Floats, size: int) -> Flags:
    """Draw `size` yes/no answers."""
    return np.asarray(rng.random(size) < share)


def log_normal(rng: np.random.Generator, median: float | Floats, sd: float, size: int) -> Floats:
    """Draw from the log-normal distribution with this median."""
    return np.asarray(median * np.exp(sd * rng.standard_normal(size)))


def logistic(logit: Floats) -> Floats:
    """Return the probability for a logit."""
    return np.asarray(1.0 / (1.0 + np.exp(-logit)))


def occurrences(rng: np.random.Generator, rate: Floats) -> tuple[Ints, Ints]:
    """Draw a Poisson number of events for each cell of `rate` and return each event's row and column, in row order."""
    count = rng.poisson(rate)
    rows, columns = np.nonzero(count)
    times = count[rows, columns]
    return np.repeat(rows, times), np.repeat(columns, times)


def in_office(rng: np.random.Generator, size: int) -> Floats:
    """Draw seconds of the day at which people work: before and after noon, 8:00 to 19:30."""
    morning = rng.random(size) < 0.5
    hour = np.where(morning, 10.3 + 1.0 * rng.standard_normal(size), 15.4 + 1.3 * rng.standard_normal(size))
    return np.asarray(np.clip(hour, 8.0, 19.5) * HOUR)


def day_of(moments: Floats) -> Ints:
    """Return the day number of moments; what was before the first day (none must be NaN) counts to it."""
    return np.asarray(np.maximum(moments // DAY, 0), dtype=np.int64)


def take(rows: Rows, chosen: NDArray[Any]) -> Rows:
    """Return the chosen rows (by number or by flag) of every column."""
    return {name: values[chosen] for name, values in rows.items()}


def stack(parts: Sequence[Rows]) -> Rows:
    """Put parts with the same columns one below the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def order(rows: Rows, by: str) -> Rows:
    """Sort the rows by one column, ties as they were."""
    return take(rows, np.argsort(rows[by], kind="stable"))


def recent(group: Ints, at: Floats, window: float) -> Ints:
    """Count, for each event, the earlier events of the same group in the `window` seconds before."""
    place = np.lexsort((at, group))
    span = float(at.max() - at.min()) + 2 * window if len(at) else window
    line = group[place] * span + (at[place] - at.min() if len(at) else 0.0)
    counted = np.empty(len(at), dtype=np.int64)
    counted[place] = np.arange(len(at)) - np.searchsorted(line, line - window)
    return counted


def rank_within(group: Ints, at: Floats) -> Ints:
    """Number the events of each group in time order, from 1."""
    place = np.lexsort((at, group))
    ordered = group[place]
    first = np.searchsorted(ordered, ordered)
    ranks = np.empty(len(at), dtype=np.int64)
    ranks[place] = np.arange(len(at)) - first + 1
    return ranks


@frozen(eq=False)
class Pool:
    """Members in groups, from which a member of a given group is drawn by weight."""

    members: Ints
    ladder: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, group: Ints, weight: Floats, groups: int) -> Pool:
        """Arrange members 0..n-1, each in one group."""
        members = np.argsort(group, kind="stable")
        ladder = np.cumsum(weight[members])
        edges = np.concatenate([[0.0], ladder])
        ordered = group[members]
        low, high = (edges[np.searchsorted(ordered, np.arange(groups), side=side)] for side in ("left", "right"))
        return cls(members, ladder, low, high)

    def draw(self, rng: np.random.Generator, group: Ints) -> Ints:
        """Draw one member for each wanted group; -1 where the group is empty or is -1."""
        low, high = self.low[group], self.high[group]
        at = np.searchsorted(self.ladder, low + rng.random(len(group)) * (high - low), side="right")
        found = self.members[np.minimum(at, len(self.members) - 1)]
        return np.where((group >= 0) & (high > low), found, -1)
