"""The stages of scoring, by name, in order: from what was measured to points, scores, ranks and bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kpicore.kernels import aggregate, bands, missing, rank, rounding
from kpicore.model.cells import State
from kpicore.model.scale import Scale
from kpicore.scorecard import complexity, small, stages, treating
from kpicore.scorecard.levels import Levels
from kpicore.scorecard.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from kpicore.matrix import MetricMatrix
    from kpicore.model.casemix import CaseMix
    from kpicore.model.cells import FloatArray
    from kpicore.model.scorecard import Scorecard
    from kpicore.scorecard.complexity import Allowed
    from kpicore.scorecard.prepare import Offers
    from kpicore.scorecard.small import Settled
    from kpicore.scorecard.stages import Evidence, Normalised
    from kpicore.scorecard.treating import Treated

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]


@frozen(eq=False)
class Gaps:
    """Who lacks what; S subjects, M metrics."""

    weight: FloatArray
    """(S, M): nominal weights reshared over the metrics with data."""
    coverage: FloatArray
    """(S,): share of the nominal weight with data."""
    blocked: BoolArray
    """(S,): lacks a metric, and the policy is `block`."""
    is_thin: BoolArray
    """(S,): was measured on enough of the weight, but on too few observations."""
    is_scored: BoolArray
    """(S,): has data for enough of the weight."""


@frozen(eq=False)
class Published:
    """The figures as they are published, rounded; S subjects, M metrics, G gates."""

    points: IntArray
    """(S, M), in units of 10^-4 points."""
    gate_points: IntArray
    """(S, G), in units of 10^-4 points."""
    score: FloatArray
    """(S,); NaN is unscored."""
    rank: IntArray
    """(S,); 0 is unscored."""
    band: IntArray
    """(S,): index of the band; -1 is none."""


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
    filled: FloatArray
    """(S, M): normalised, with what the policy put into gaps."""
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
    nominal = levels.nominal(stages.weigh(prepared.weighting, scorecard, normalised.share))
    filled = stages.fill_gaps(normalised.share, measured.state, scorecard.missing)
    points, dimensions = levels.points(filled, nominal)
    fired, taken = stages.judge(aggregate.score(points), gated.value, scorecard.gates)
    gaps = _gaps(scorecard, measured, settled.is_lacking, levels, normalised.share, nominal)
    sums = _published(np.hstack([points, taken]), points.shape[1], gaps.is_scored, [band.start for band in scorecard.bands])
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
        filled=filled,
        nominal=nominal,
        levels=levels,
        dimensions=dimensions,
        gaps=gaps,
        fired=fired,
        published=sums,
        scale=fitted,
        why=matrix.why,
    )


def _gaps(scorecard: Scorecard, measured: Evidence, is_lacking: BoolArray, levels: Levels, share: FloatArray, nominal: FloatArray) -> Gaps:
    coverage = missing.coverage(share, nominal)
    excused = (measured.state == State.NOT_APPLICABLE) | is_lacking
    would_cover = coverage + np.where(is_lacking, nominal, 0.0).sum(axis=1)
    blocked = missing.incomplete(share, nominal, excused) & (scorecard.missing == "block")
    # Rounded, because 0.6 of the weight may come out as 0.59999999999999998.
    is_covered, is_measured = ((each > 0) & (np.round(each, 9) >= scorecard.minimum_coverage) for each in (coverage, would_cover))
    return Gaps(levels.weights(share, nominal), coverage, blocked, is_measured & ~is_covered, ~blocked & is_covered)


def _published(parts: FloatArray, metrics: int, is_scored: BoolArray, starts: list[float]) -> Published:
    whole, units = rounding.largest_remainder(parts)
    score = np.where(is_scored, whole / 10.0**rounding.DECIMALS, np.nan)
    return Published(units[:, :metrics], units[:, metrics:], score, rank.rank(score), bands.band(score, starts))
