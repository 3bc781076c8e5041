"""The weights review of a scoring: what each metric's weight really decides, weights that the data would give, and what stands out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import evolve, frozen

from kpicore.errors import PeersError, ScorecardError, ShapeError, call
from kpicore.kernels import review as kernels
from kpicore.kernels.rounding import DECIMALS
from kpicore.scorecard.prepare import weight_basis
from kpicore.scorecard.stages import checked_weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kpicore.model.cells import FloatArray
    from kpicore.model.offer import WeightBasis, Weighting
    from kpicore.scorecard.run import Scored

Flag: TypeAlias = Literal["works_against", "no_difference", "too_little", "too_much", "dominates", "counted_twice"]


@frozen
class ReviewedMetric:
    """One metric of the review. None is what cannot be told, e.g. because nobody differs."""

    metric: str
    nominal: float
    """The weight that it has in the scorecard; all sum to 1."""
    share: float | None
    """Its share of the variance of the score; all sum to 1."""
    r: float | None
    """Pearson correlation with the score."""
    ratio: float | None
    """Correlation ratio with the score: as the square of r, but on any curve."""

    @property
    def r2(self) -> float | None:
        """The square of r."""
        return None if self.r is None else self.r**2


@frozen
class Advice:
    """Weights that the data would give."""

    weighting: str
    title: Mapping[str, str]
    weights: tuple[float, ...] | None
    """One per metric, in the scorecard's order; None where there are none."""
    why: str = ""
    """Why there are none."""


@frozen
class Finding:
    """What stands out."""

    flag: Flag
    metrics: tuple[str, ...]
    """One, or the pair that counts twice."""
    value: float
    """The covariance share, or the correlation of the pair."""


@frozen
class WeightsReview:
    """The whole review."""

    people: int
    """How many are scored; the others do not enter."""
    metrics: tuple[ReviewedMetric, ...]
    advice: tuple[Advice, ...]
    findings: tuple[Finding, ...]
    gap: tuple[str, float] | None
    """The metric whose share is farthest from its weight, and how far; None where no share is known."""


def review(scored: Scored, weightings: Sequence[Weighting], parameters: Mapping[str, object] | None = None) -> WeightsReview:
    """Review the weights of a scoring, before gates.

    Args:
        scored: the scoring.
        weightings: whose advice is asked; others than advice are left out.
        parameters: per weighting, where they are not the default ones.
    """
    rows = scored.gaps.is_scored
    values = scored.filled[rows]
    points = scored.published.points[rows] / 10.0**DECIMALS
    share, score = kernels.covariance_share(points), points.sum(axis=1)
    names = [metric.use for metric in scored.scorecard.metrics]
    figures = zip(names, scored.nominal, share, kernels.score_correlation(values, score), kernels.score_ratio(values, score), strict=True)
    at, gap = kernels.largest_gap(share, scored.nominal)
    basis = evolve(weight_basis(scored.scorecard, values), declared=scored.nominal)
    return WeightsReview(
        people=int(rows.sum()),
        metrics=tuple(ReviewedMetric(name, float(nominal), *map(_known, rest)) for name, nominal, *rest in figures),
        advice=tuple(_advice(each, basis, (parameters or {}).get(each.name)) for each in weightings if each.is_advice),
        findings=tuple(_findings(names, scored.nominal, share, values)),
        gap=None if at < 0 else (names[at], gap),
    )


def _known(number: float) -> float | None:
    return None if math.isnan(number) else float(number)


def _advice(weighting: Weighting, basis: WeightBasis, parameters: object) -> Advice:
    who = f"weighting {weighting.name!r}"
    given = weighting.parameters() if parameters is None else parameters
    try:
        weights: Any = call(who, weighting.weigh, evolve(basis, normalised=basis.normalised.copy()), given)
    except (PeersError, ScorecardError, ShapeError) as error:
        return Advice(weighting.name, weighting.title, None, str(error))
    return Advice(weighting.name, weighting.title, tuple(checked_weights(weights, who, len(basis.metrics)).tolist()))


def _findings(names: Sequence[str], nominal: FloatArray, share: FloatArray, values: FloatArray) -> Iterator[Finding]:
    against, off, rules = kernels.works_against(share), kernels.out_of_proportion(share, nominal), kernels.dominates(share)
    counts = [at for at, weight in enumerate(nominal) if weight > 0]
    for at in counts:
        one, decides = (names[at],), float(share[at])
        if against[at]:
            yield Finding("works_against", one, decides)
        elif decides == 0:
            yield Finding("no_difference", one, decides)
        elif off[at]:
            yield Finding("too_little" if decides < nominal[at] else "too_much", one, decides)
        if rules[at]:
            yield Finding("dominates", one, decides)
    for first, second, r in kernels.counted_twice(values[:, counts]):
        yield Finding("counted_twice", (names[counts[first]], names[counts[second]]), r)
