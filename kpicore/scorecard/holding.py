"""The scorecard as it was fitted, held still: any other values of the same people are scored as theirs were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kpicore.kernels import aggregate, rounding
from kpicore.scorecard import stages, treating

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kpicore.model.cells import FloatArray
    from kpicore.model.scorecard import Gate
    from kpicore.scorecard.levels import Levels
    from kpicore.scorecard.prepare import Prepared
    from kpicore.scorecard.run import Scored

    Units = NDArray[np.int32]


@frozen(eq=False)
class Held:
    """A scorecard with the goalposts, weights and gates of one scoring."""

    scored: Scored
    prepared: Prepared
    uses: tuple[str, ...]
    """The metrics in the columns of the values to be scored: those of the scorecard, then those that only gates look at."""

    @classmethod
    def of(cls, scored: Scored, prepared: Prepared) -> Held:
        """Hold a scoring still."""
        return cls(scored, prepared, scored.scorecard.uses())

    @property
    def compares(self) -> bool:
        """Whether a score depends on the other people's, so that all of a draw must be scored together."""
        return self.scored.levels.compares

    @property
    def effort(self) -> float:
        """How long comparing people takes, as offers say it; 0 where people are not compared."""
        used = (self.scored.levels.top, *self.scored.levels.below)
        return sum(each.offer.effort for each in used if each.offer.compares)

    def units(self, values: FloatArray, rows: NDArray[np.int64]) -> Units:
        """Score values.

        Args:
            values: (draws, subjects, uses), in the metrics' units; NaN is missing.
            rows: (subjects,), who they are among the subjects of the scoring; everybody where people are compared.
        Returns:
            (draws, subjects), in units of 10^-4 points, as scores are published.
        """
        if not self.compares:
            return self._units(values.reshape(-1, len(self.uses)), np.tile(rows, values.shape[0])).reshape(values.shape[:2])
        return np.stack([self._units(draw, rows) for draw in values])

    def _units(self, values: FloatArray, rows: NDArray[np.int64]) -> Units:
        card = self.scored.scorecard
        filled = stages.fill_gaps(self._shares(values), self.scored.measured.state[rows], card.missing)
        gated = values[:, [self.uses.index(gate.use) for gate in card.gates]]
        return total_units(self.scored.levels, filled, self.scored.nominal, gated, card.gates)

    def _shares(self, values: FloatArray) -> FloatArray:
        """Treat outliers and normalise; a metric without goalposts had too few peers, and is missing for everyone."""
        posts = self.scored.normalised.goalposts
        held = [at for at, step in enumerate(self.prepared.steps) if step.metric in posts]
        share = np.full((values.shape[0], len(self.prepared.steps)), np.nan)
        steps = [self.prepared.steps[at] for at in held]
        share[:, held] = stages.normalise(treating.again(values[:, held], steps, self.scored.scale.treatments), steps, posts).share
        return share


def total_units(levels: Levels, filled: FloatArray, nominal: FloatArray, gated: FloatArray, rules: Sequence[Gate]) -> Units:
    """Aggregate and apply the gates.

    Args:
        levels: what aggregates what.
        filled: (rows, metrics), 0 to 1; NaN is missing.
        nominal: (metrics,) or (rows, metrics), weights.
        gated: (rows, gates), of each gate's metric, in its unit.
        rules: the gates, in order.
    Returns:
        (rows,), in units of 10^-4 points.
    """
    total = aggregate.score(levels.points(filled, nominal)[0])
    if rules:
        total = total + stages.judge(total, gated, rules)[1].sum(axis=1)
    return np.rint(np.round(total * 10.0**rounding.DECIMALS, 6)).astype(np.int32)
