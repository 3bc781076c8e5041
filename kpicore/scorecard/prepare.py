"""Before scoring: everything that a scorecard names is looked up among the offers, and its parameters are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from attrs import field, frozen

from kpicore.config.scorecard import check_names, dimension_place, metric_place, source_of
from kpicore.config.structure import report, structure
from kpicore.errors import ConfigError, PeersError, call
from kpicore.model.offer import WeightBasis
from kpicore.scorecard import treating

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kpicore.model.cells import FloatArray
    from kpicore.model.choice import Choice
    from kpicore.model.offer import Aggregator, Complexity, Direction, Normaliser, Weighting
    from kpicore.model.scorecard import Scorecard, ScorecardMetric
    from kpicore.scorecard.treating import Log, Outliers, Winsorise

T = TypeVar("T")
N = TypeVar("N", "Normaliser", "Weighting", "Aggregator", "Complexity")
A = TypeVar("A", "Weighting", "Aggregator")


def _by_name(offers: Iterable[N]) -> dict[str, N]:
    return {offer.name: offer for offer in offers}


@frozen
class Offers:
    """What plugins offer for scoring, by name."""

    normalisers: Mapping[str, Normaliser] = field(factory=dict)
    weightings: Mapping[str, Weighting] = field(factory=dict)
    aggregators: Mapping[str, Aggregator] = field(factory=dict)
    complexities: Mapping[str, Complexity] = field(factory=dict)

    @classmethod
    def of(
        cls,
        normalisers: Iterable[Normaliser],
        weightings: Iterable[Weighting],
        aggregators: Iterable[Aggregator],
        complexities: Iterable[Complexity] = (),
    ) -> Offers:
        """Collect offers under their names."""
        return cls(_by_name(normalisers), _by_name(weightings), _by_name(aggregators), _by_name(complexities))


@frozen
class Used(Generic[N]):
    """An offer that a scorecard uses, with its parameters."""

    offer: N
    parameters: Any


@frozen
class Step:
    """How one metric is normalised: the offer, its parameters, and which way is better."""

    metric: str
    offer: Normaliser
    parameters: Any
    direction: Direction
    place: str
    """Where the metric stands, for errors."""
    treatment: Winsorise | Outliers | Log | None = None
    """What is done to outliers first."""
    complexity: Used[Complexity] | None = None
    """How the mix of cases is allowed for before, if it is."""
    columns: tuple[str, ...] = ()
    """What makes the classes of cases."""


@frozen
class Prepared:
    """Everything that a scorecard uses, looked up and checked."""

    steps: tuple[Step, ...]
    """One per metric, in the scorecard's order."""
    weighting: Used[Weighting]
    aggregator: Used[Aggregator]
    dimensions: tuple[Used[Aggregator], ...] = ()
    """The aggregator of each dimension, in the scorecard's order; `aggregator` is the one above them."""


def prepare(scorecard: Scorecard, offers: Offers, directions: Mapping[str, str]) -> Prepared:
    """Check that a scorecard can be scored, without any facts.

    Args:
        scorecard: the scorecard.
        offers: normalisers, weightings, aggregators and complexity methods.
        directions: of all known metrics: 'higher', 'lower' or 'none'.
    Raises:
        ConfigError: with all that is unknown or cannot be applied, each with its place in the file.
    """
    check_names(scorecard, directions, offers.normalisers, offers.weightings, offers.aggregators, offers.complexities)
    steps: list[Step] = []
    problems: list[tuple[str, str]] = []
    for at, metric in enumerate(scorecard.metrics):
        place = metric_place(scorecard, at)
        try:
            steps.append(_step(metric, offers, directions[metric.use], f"{source_of(scorecard)}, {place}"))
        except ConfigError as error:
            problems.append((place, str(error)))
    weighting = _used("weighting", scorecard.weighting, offers.weightings, problems)
    aggregator = _used("aggregate", scorecard.aggregate, offers.aggregators, problems)
    inner = [
        _used("aggregate", dimension.aggregate, offers.aggregators, problems, dimension_place(scorecard, at))
        for at, dimension in enumerate(scorecard.dimensions)
    ]
    if not problems and weighting is not None:
        problems += _weight_problems(weighting, scorecard)
    if problems or weighting is None or aggregator is None:
        raise ConfigError(report(source_of(scorecard), problems))
    return Prepared(tuple(steps), weighting, aggregator, tuple(used for used in inner if used is not None))


def _used(key: str, choice: Choice, offers: Mapping[str, A], problems: list[tuple[str, str]], place: str = "") -> Used[A] | None:
    offer = offers[choice.by]
    try:
        _refuse_advice(offer)
        return Used(offer, structure(offer.parameters, choice.parameters, key))
    except ConfigError as error:
        problems.append((place, str(error)))
        return None


def _weight_problems(weighting: Used[Weighting], scorecard: Scorecard) -> Iterator[tuple[str, str]]:
    """Weigh two made-up peers, so that parameters that do not fit the scorecard's metrics show before anything is measured."""
    peers = np.repeat([[0.0], [1.0]], len(scorecard.metrics), axis=1)
    try:
        call(f"weighting {weighting.offer.name!r}", weighting.offer.weigh, weight_basis(scorecard, peers), weighting.parameters)
    except PeersError:
        return
    except ConfigError as error:
        yield "", f"weighting: {error}"


def weight_basis(scorecard: Scorecard, normalised: FloatArray | Callable[[], FloatArray]) -> WeightBasis:
    """Return what a weighting may look at."""
    declared = np.array([1.0 if metric.weight is None else metric.weight for metric in scorecard.metrics])
    return WeightBasis(tuple(metric.use for metric in scorecard.metrics), declared, normalised)


def _refuse_advice(offer: Weighting | Aggregator) -> None:
    if getattr(offer, "is_advice", False):
        raise ConfigError(
            f"weighting {offer.name!r} follows the data and would move with every period, so it cannot make scores;"
            " see what it advises with `kpicore weights`, and declare the weights you choose"
        )


_WAYS: dict[str, Direction] = {"higher": "higher", "lower": "lower"}


def _step(metric: ScorecardMetric, offers: Offers, direction: str, place: str) -> Step:
    if (way := _WAYS.get(direction)) is None:
        raise ConfigError(f"{metric.use!r} says neither higher nor lower is better, so it cannot be scored; use it in a gate instead")
    offer = offers.normalisers[metric.normalise.by]
    parameters = structure(offer.parameters, metric.normalise.parameters, "normalise")
    step = Step(
        metric.use,
        offer,
        parameters,
        way,
        place,
        treatment=treating.read(metric.treat, offer, parameters),
        complexity=_complexity(metric, offers),
        columns=tuple((metric.complexity or {}).get("by", ())),
    )
    try_out(step)
    return step


def _complexity(metric: ScorecardMetric, offers: Offers) -> Used[Complexity] | None:
    if metric.complexity is None:
        return None
    offer = offers.complexities[metric.complexity["method"]]
    rest = {key: value for key, value in metric.complexity.items() if key not in ("by", "method")}
    return Used(offer, structure(offer.parameters, rest, "complexity"))


def try_out(step: Step) -> None:
    """Fit goalposts to two made-up peers, so that parameters that contradict the metric's direction show before anything is measured.

    Raises:
        ConfigError: the normaliser refuses its parameters.
    """
    try:
        call(f"normaliser {step.offer.name!r}", step.offer.fit, np.array([0.0, 1.0]), step.direction, step.parameters)
    except PeersError:
        return
    except ConfigError as error:
        raise ConfigError(f"normalise: {error}") from None
