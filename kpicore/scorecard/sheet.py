"""From normalised metrics to published figures. Nobody's depend on anybody else's here, so people are taken in blocks that fit a cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kpicore.kernels import aggregate, bands, missing, rank, rounding
from kpicore.model.cells import State
from kpicore.scorecard import stages

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kpicore.model.cells import FloatArray
    from kpicore.model.scorecard import Scorecard
    from kpicore.scorecard.levels import Levels
    from kpicore.scorecard.small import Settled
    from kpicore.scorecard.stages import Evidence, Normalised

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]
    Units = NDArray[np.int32]

CELLS = 100_000
"""So many cells are in a block: a few arrays of them fit into the cache of a processor."""


@frozen(eq=False)
class Gaps:
    """Who lacks what; arrays (subjects,)."""

    coverage: FloatArray
    """Share of the nominal weight with data."""
    blocked: BoolArray
    """Lacks a metric, and the policy is `block`."""
    is_thin: BoolArray
    """Was measured on enough of the weight, but on too few observations."""
    is_scored: BoolArray
    """Has data for enough of the weight."""


@frozen(eq=False)
class Published:
    """The figures as they are published, rounded; S subjects, M metrics, G gates."""

    points: Units
    """(S, M), in units of 10^-4 points."""
    gate_points: Units
    """(S, G), in units of 10^-4 points."""
    score: FloatArray
    """(S,); NaN is unscored."""
    rank: IntArray
    """(S,); 0 is unscored."""
    band: IntArray
    """(S,): index of the band; -1 is none."""


@frozen(eq=False)
class Sheet:
    """A scorecard with everything that had to be learnt from all subjects; what is left is figured out for each."""

    scorecard: Scorecard
    measured: Evidence
    gated: Evidence
    settled: Settled
    normalised: Normalised
    levels: Levels
    nominal: FloatArray

    def filled_in(self) -> dict[str, Any]:
        """Return gaps, published figures, scores of dimensions, and which gates fired, for all subjects.

        Raises:
            PluginError: a normaliser or an aggregator failed, or did not give what it must.
        """
        people, metrics = self.measured.value.shape
        # Who is compared with others must be taken together with them.
        step = people if self.levels.compares else max(1, CELLS // max(1, metrics))
        points, taken, total, fired, dimensions, *gaps = in_blocks(people, step, self._rows)
        found = Gaps(*gaps)
        score = np.where(found.is_scored, total / 10.0**rounding.DECIMALS, np.nan)
        band = bands.band(score, [band.start for band in self.scorecard.bands])
        published = Published(points, taken, score, rank.rank(score), band)
        return {"gaps": found, "published": published, "dimensions": dimensions, "fired": fired}

    def _rows(self, rows: slice) -> tuple[Any, ...]:
        share = self.normalised.of(rows)
        filled = stages.fill_gaps(share, self.measured.state[rows], self.scorecard.missing)
        points, dimensions = self.levels.points(filled, self.nominal)
        gates = self.scorecard.gates
        fired, taken = stages.judge(aggregate.score(points) if gates else np.zeros(len(points)), self.gated.value[rows], gates)
        total, units = rounding.largest_remainder(np.hstack([points, taken]) if gates else points)
        metrics, others = units[:, : points.shape[1]].astype(np.int32), units[:, points.shape[1] :].astype(np.int32)
        return metrics, others, total, fired, dimensions, *self._gaps(rows, share)

    def _gaps(self, rows: slice, share: FloatArray) -> tuple[FloatArray, BoolArray, BoolArray, BoolArray]:
        is_lacking = self.settled.is_lacking[rows]
        coverage = missing.coverage(share, self.nominal)
        would_cover = coverage + np.where(is_lacking, self.nominal, 0.0).sum(axis=1) if is_lacking.any() else coverage
        blocked = np.zeros(len(share), dtype=np.bool_)
        if self.scorecard.missing == "block":
            blocked = missing.incomplete(share, self.nominal, (self.measured.state[rows] == State.NOT_APPLICABLE) | is_lacking)
        # Rounded, because 0.6 of the weight may come out as 0.59999999999999998.
        least = self.scorecard.minimum_coverage
        is_covered, is_measured = ((each > 0) & (np.round(each, 9) >= least) for each in (coverage, would_cover))
        return coverage, blocked, is_measured & ~is_covered, ~blocked & is_covered


def in_blocks(people: int, step: int, compute: Callable[[slice], tuple[Any, ...]]) -> list[Any]:
    """Compute arrays for some rows at a time, and put them together.

    Args:
        people: how many rows there are.
        step: how many are taken at a time.
        compute: given rows, returns arrays with one row each.
    Returns:
        The arrays for all rows.
    """
    first = compute(slice(0, step))
    if step >= people:
        return list(first)
    whole = [np.empty((people, *part.shape[1:]), dtype=part.dtype) for part in first]
    for start in range(0, people, step):
        rows = slice(start, start + step)
        for array, part in zip(whole, compute(rows) if start else first, strict=True):
            array[rows] = part
    return whole
