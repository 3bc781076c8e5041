"""The stages of scoring, by name, in order: from what was measured to points, scores, ranks and bands."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from attrs import frozen

from kpicore.model.scale import Scale
from kpicore.scorecard import complexity, small, stages, treating
from kpicore.scorecard.levels import Levels
from kpicore.scorecard.prepare import prepare
from kpicore.scorecard.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpicore.matrix import MetricMatrix
    from kpicore.model.casemix import CaseMix
    from kpicore.model.cells import FloatArray
    from kpicore.model.scorecard import Scorecard
    from kpicore.scorecard.complexity import Allowed
    from kpicore.scorecard.prepare import Offers
    from kpicore.scorecard.sheet import BoolArray, Gaps, Published
    from kpicore.scorecard.small import Settled
    from kpicore.scorecard.stages import Evidence, Normalised
    from kpicore.scorecard.treating import Treated


@frozen(eq=False)
class Scored:
    """All figures of a scoring, as arrays; S subjects, M metrics, D dimensions, G gates."""

    subjects: tuple[str, ...]
    scorecard: Scorecard
    measured: Evidence
    """(S, M)."""
    gated: Evidence
    """(S, G): the gates' metrics, adjusted as those that are scored."""
    allowed: Allowed
    """(S, M): what was measured, with complexity allowed for."""
    settled: Settled
    """(S, M): with figures of few observations shrunk or set aside."""
    treated: Treated
    """(S, M)."""
    normalised: Normalised
    """(S, M), before gaps were filled."""
    nominal: FloatArray
    """(M,): nominal weights, summing to 1."""
    levels: Levels
    dimensions: FloatArray
    """(S, D): the scores of the dimensions, 0 to 1; NaN is empty."""
    gaps: Gaps
    fired: BoolArray
    """(S, G)."""
    published: Published
    scale: Scale
    """What values were held against, frozen or fitted."""
    why: Mapping[str, str]
    """Per metric, why cells have no value, as the measuring said."""

    @cached_property
    def filled(self) -> FloatArray:
        """(S, M): normalised, with what the policy put into gaps."""
        return stages.fill_gaps(self.normalised.share, self.measured.state, self.scorecard.missing)

    @cached_property
    def weight(self) -> FloatArray:
        """(S, M): nominal weights reshared over the metrics with data."""
        return self.levels.weights(self.normalised.share, self.nominal)


def score(
    matrix: MetricMatrix,
    scorecard: Scorecard,
    offers: Offers,
    directions: Mapping[str, str],
    scale: Scale | None = None,
    mixes: Mapping[str, CaseMix] | None = None,
) -> Scored:
    """Score the subjects of a matrix, who are each other's peers.

    Args:
        matrix: one period, with all metrics that the scorecard uses.
        scorecard: of the subjects' role.
        offers: normalisers, weightings, aggregators and complexity methods.
        directions: per metric 'higher', 'lower' or 'none'.
        scale: what is frozen of an earlier run; what it does not hold is fitted to the subjects.
        mixes: the case mix of each metric with `complexity`; rows as in the matrix.
    Returns:
        All figures, as arrays; `people` makes values of them.
    Raises:
        ConfigError: the scorecard names or asks for what there is not.
        PluginError: an offer failed.
        ScorecardError: a case mix does not add up to its metric.
        ShapeError: a value is infinite.
    """
    prepared, held = prepare(scorecard, offers, directions), scale or Scale()
    measured = stages.evidence(matrix, [metric.use for metric in scorecard.metrics])
    allowed = complexity.allow(matrix, measured.value, prepared.steps, mixes or {}, held.complexity)
    gated = complexity.at_gates(allowed, stages.evidence(matrix, [gate.use for gate in scorecard.gates]), scorecard.gates)
    settled = small.settle(scorecard, allowed.value, small.columns(allowed, measured, matrix), held.priors)
    gated = small.at_gates(settled, gated, scorecard.gates)
    treated = treating.treat(settled.value, prepared.steps, held)
    normalised = complexity.noted(allowed, stages.normalise(treated.value, prepared.steps, held.goalposts))
    levels = Levels.of(scorecard, prepared)
    nominal = levels.nominal(stages.weigh(prepared.weighting, scorecard, normalised))
    sheet = Sheet(scorecard, measured, gated, settled, normalised, levels, nominal)
    fitted = Scale(goalposts=normalised.goalposts, complexity=allowed.coefficients, treatments=treated.treatments, priors=settled.priors)
    return Scored(
        subjects=matrix.subjects,
        scorecard=scorecard,
        measured=measured,
        gated=gated,
        allowed=allowed,
        settled=settled,
        treated=treated,
        normalised=normalised,
        nominal=nominal,
        levels=levels,
        **sheet.filled_in(),
        scale=fitted,
        why=matrix.why,
    )
