"""Scorings with other choices than the declared ones, many at a time: other weights, normalisers and aggregators, and a metric less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, frozen

from kpicore.config.structure import structure
from kpicore.kernels import bands, rank
from kpicore.kernels.rounding import DECIMALS
from kpicore.kernels.sensitivity import dirichlet_weights
from kpicore.scorecard import stages
from kpicore.scorecard.holding import total_units
from kpicore.scorecard.prepare import Used

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from kpicore.model.cells import FloatArray
    from kpicore.model.offer import Aggregator
    from kpicore.scorecard.prepare import Offers, Prepared
    from kpicore.scorecard.run import Scored

    IntArray = NDArray[np.int64]
    Units = NDArray[np.int32]

DECLARED = "as declared"
NORMALISERS = ("min_max", "percentile", "z_score")
"""Tried for all metrics at once in place of the declared ones; they need no parameters."""
AGGREGATORS = ("arithmetic", "geometric", "harmonic")
"""Tried in place of the declared one."""
CELLS = 4_000_000
"""So many normalised values are scored at a time."""


@frozen(eq=False)
class Trial:
    """The people of a scoring, and everything that can be chosen otherwise; the first option of each choice is what was declared."""

    scored: Scored
    shares: Mapping[str, FloatArray]
    """Per normaliser, (rows, metrics): normalised and filled."""
    aggregators: Mapping[str, Used[Aggregator]]
    weights: FloatArray
    """(sets, metrics)."""
    left_out: tuple[int, ...]
    """Columns of metrics; -1 leaves none out."""
    rows: IntArray
    """Who is scored together: those with a score, or everybody where the aggregator compares people."""
    table: IntArray
    """Where those with a score stand among the rows, in the order of the league table."""

    @classmethod
    def of(cls, scored: Scored, prepared: Prepared, offers: Offers, weight_sets: FloatArray) -> Trial:
        """Collect what can be chosen.

        Args:
            scored: the scoring.
            prepared: its scorecard's offers and parameters.
            offers: what else could have been chosen.
            weight_sets: (sets, metrics), other weights.
        """
        table = rank.order(scored.published.score, scored.subjects)
        rows = np.arange(len(scored.subjects)) if scored.levels.compares else table
        counting = tuple(int(at) for at in np.flatnonzero(scored.nominal > 0))
        has_weights = len(counting) > 1
        return cls(
            scored,
            dict(_shares(scored, prepared, offers, rows)),
            dict(_aggregators(prepared, offers)),
            np.vstack([scored.nominal, weight_sets]) if has_weights else scored.nominal[None],
            (-1, *counting) if has_weights else (-1,),
            rows,
            np.argsort(rows)[np.searchsorted(np.sort(rows), table)],
        )

    def options(self) -> tuple[tuple[str, ...], ...]:
        """Return the options of weights, normaliser, aggregator and metric left out, by name."""
        names = [metric.use for metric in self.scored.scorecard.metrics]
        weights = tuple(DECLARED if at == 0 else f"drawn {at}" for at in range(len(self.weights)))
        return weights, tuple(self.shares), tuple(self.aggregators), tuple("none" if at < 0 else names[at] for at in self.left_out)

    def published(self) -> Units:
        """Return the published scores in units, in the order of the league table."""
        return self._published(self.rows)[self.table]

    def scores(self, chosen: IntArray) -> Units:
        """Score once per row of (trials, 4) indices of options; returns (trials, people) in the order of the league table."""
        found = np.empty((len(chosen), self.table.size), dtype=np.int32)
        for at, share in enumerate(self.shares.values()):
            for how, used in enumerate(self.aggregators.values()):
                mine = np.flatnonzero((chosen[:, 1] == at) & (chosen[:, 2] == how))
                together = 1 if used.offer.compares or self.scored.levels.compares else max(1, CELLS // max(1, share.size))
                for start in range(0, mine.size, together):
                    part = mine[start : start + together]
                    found[part] = self._part(chosen[part], share, used)[:, self.table]
        return found

    def _part(self, chosen: IntArray, share: FloatArray, used: Used[Aggregator]) -> Units:
        out = np.array(self.left_out)[chosen[:, 3], None]
        weights = np.where(np.arange(share.shape[1]) == out, 0.0, self.weights[chosen[:, 0]])
        filled, each = np.tile(share, (len(chosen), 1)), np.repeat(weights, self.rows.size, axis=0)
        gated = np.tile(self.scored.gated.value[self.rows], (len(chosen), 1))
        units = total_units(evolve(self.scored.levels, top=used), filled, each, gated, self.scored.scorecard.gates).reshape(
            len(chosen), self.rows.size
        )
        # Of whom nothing is left without a metric, the score stays as it was.
        is_left = (np.where(np.isnan(filled), 0.0, each).sum(axis=1) > 0).reshape(units.shape)
        return np.where(is_left, units, self._published(self.rows)).astype(np.int32)

    def _published(self, rows: IntArray) -> Units:
        return np.rint(np.nan_to_num(self.scored.published.score[rows]) * 10.0**DECIMALS).astype(np.int32)

    def bands(self, scores: Units) -> IntArray:
        """Return the band of each score, -1 for none."""
        starts = [band.start for band in self.scored.scorecard.bands]
        return bands.band(scores.ravel() / 10.0**DECIMALS, starts).reshape(scores.shape)


def weight_sets(scored: Scored, concentration: float, sets: int, seed: int) -> FloatArray:
    """Return weights around the nominal ones, (sets, metrics)."""
    return dirichlet_weights(scored.nominal, concentration, sets, seed)


def _shares(scored: Scored, prepared: Prepared, offers: Offers, rows: IntArray) -> Iterator[tuple[str, FloatArray]]:
    """Yield normalised values, first as declared; where a metric cannot be normalised otherwise, it stays as declared."""
    declared, card = scored.normalised.share, scored.scorecard
    yield DECLARED, scored.filled[rows]
    for name in NORMALISERS:
        if name in offers.normalisers:
            offer = offers.normalisers[name]
            steps = [evolve(step, offer=offer, parameters=structure(offer.parameters, {}, name)) for step in prepared.steps]
            share = stages.normalise(scored.treated.value, steps, {}).share
            share = np.where(np.isnan(share), declared, share)
            if not np.array_equal(share, declared, equal_nan=True):
                yield name, stages.fill_gaps(share, scored.measured.state, card.missing)[rows]


def _aggregators(prepared: Prepared, offers: Offers) -> Iterator[tuple[str, Used[Aggregator]]]:
    declared = prepared.aggregator
    yield DECLARED, declared
    for name in AGGREGATORS:
        if name in offers.aggregators and name != declared.offer.name:
            offer = offers.aggregators[name]
            yield name, Used(offer, structure(offer.parameters, {}, name))
