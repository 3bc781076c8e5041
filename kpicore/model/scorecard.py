"""A scorecard: which metrics a role is scored on, how each becomes 0 to 1, what it weighs, and which gates and bands apply."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping  # noqa: TC003 - cattrs reads the annotations
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from attrs import field, frozen

from kpicore.model.check import filled, finite, one_of, refuse, titled, within
from kpicore.model.choice import Choice, choice_of, choice_or_none
from kpicore.model.dimension import Dimension, dimension_problems
from kpicore.model.lint import Lint
from kpicore.model.small import SHRINK, DeclaredPrior, Shrink, SmallSamples, minimum_problems
from kpicore.model.uncertainty import Uncertainty

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kpicore.model.check import Problem

Missing: TypeAlias = Literal["reshare", "neutral", "zero", "block"]
PeriodUnit: TypeAlias = Literal["day", "week", "month", "quarter", "half", "year"]

SCORECARD_SCHEMA = "kpicore.scorecard/1"
TOP = 100.0
"""The highest score."""


@frozen
class ScorecardMetric:
    """One metric of a scorecard."""

    use: str
    """The metric's name, e.g. 'sales.win_rate'."""
    normalise: Choice = field(converter=choice_of)
    weight: float | None = None
    """On any scale; scaled to sum to 1. 0 shows the metric without counting it."""
    complexity: Mapping[str, Any] | None = None
    """How the mix of cases is allowed for: `by`, the columns that make the classes, `method`, and what that takes."""
    treat: Choice | None = field(default=None, converter=choice_or_none)
    """What is done to outliers before values are held against goalposts; 'winsorise', 'outliers' or 'log'."""
    dimension: str | None = None
    """The name of the dimension that it belongs to; all metrics name one, or none does."""
    shrink: Shrink | None = None
    """Instead of the scorecard's `shrink`."""
    minimum_n: float | None = None
    """Instead of the scorecard's `minimum_n`."""
    prior: DeclaredPrior | None = None
    """What people are taken to be like where fewer than four have a value; `{ mean = ..., deviation = ... }` in the file."""

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot be weighed."""
        refuse(self, _metric_problems(self))


def _metric_problems(given: ScorecardMetric) -> Iterator[Problem]:
    yield from filled("use", given.use)
    if given.weight is not None and not (math.isfinite(given.weight) and given.weight >= 0):
        yield "weight", f"weight must be a finite number, 0 or more (got {given.weight!r})"
    yield from minimum_problems(given.minimum_n)
    if given.shrink is not None:
        yield from one_of("shrink", given.shrink, SHRINK)
    if given.shrink == "case_mix" and given.complexity is None:
        yield "shrink", 'shrink = "case_mix" needs complexity, which says what can be expected of the own cases; add it or use "peers"'
    if given.complexity is not None:
        yield from _complexity_problems(given.complexity)


def _complexity_problems(given: Mapping[str, Any]) -> Iterator[Problem]:
    by, method = given.get("by"), given.get("method")
    if not isinstance(by, (list, tuple)) or not by or not all(isinstance(each, str) for each in by):
        yield "complexity", f'complexity must name the columns that make the classes, e.g. by = ["customer.size"] (got by = {by!r})'
    elif len(set(by)) < len(by):
        yield "complexity", f"complexity must name each column once (got by = {by!r})"
    if not isinstance(method, str):
        yield "complexity", f'complexity must name its method, e.g. method = "expected" (got {method!r})'


@frozen
class Effect:
    """What a gate does to the score: exactly one of cap, discount and void."""

    reason: str
    """Why, for the person scored."""
    cap: float | None = None
    """The highest score left."""
    discount: float | None = None
    """The share of the score that is lost."""
    void: bool = False
    """The whole score is lost."""

    def __attrs_post_init__(self) -> None:
        """Refuse an effect that is none, or two."""
        refuse(self, _effect_problems(self))

    def to_dict(self) -> dict[str, float | bool]:
        """Return the effect as results have it, e.g. {'cap': 60.0}."""
        named: dict[str, float | bool | None] = {"cap": self.cap, "discount": self.discount, "void": self.void or None}
        return {key: value for key, value in named.items() if value is not None}


def effect_of(given: Effect | Mapping[str, Any]) -> Effect:
    """Return an effect, made of a mapping if need be."""
    return given if isinstance(given, Effect) else Effect(**given)


def _effect_problems(given: Effect) -> Iterator[Problem]:
    yield from filled("reason", given.reason)
    if (count := len(given.to_dict())) != 1:
        yield "cap", f"a gate must do exactly one of cap, discount and void (got {count})"
    if given.cap is not None and not 0 <= given.cap < TOP:
        yield "cap", f"cap must be from 0 to below 100, or it has no effect (got {given.cap!r})"
    if given.discount is not None and not 0 < given.discount < 1:
        yield "discount", f"discount must be a share above 0 and below 1 (got {given.discount!r}); to take all, use void = true"


@frozen
class Gate:
    """A published condition on a metric, and what happens to the score where it holds."""

    use: str
    """The metric's name."""
    then: Effect = field(converter=effect_of)
    below: float | None = None
    """The gate fires below this value, in the metric's unit."""
    above: float | None = None
    """The gate fires above this value, in the metric's unit."""

    def __attrs_post_init__(self) -> None:
        """Refuse a gate without exactly one condition."""
        refuse(self, _gate_problems(self))

    @property
    def condition(self) -> str:
        """The condition in words, e.g. 'below 0.3'."""
        return f"below {self.below!r}" if self.above is None else f"above {self.above!r}"


def _gate_problems(given: Gate) -> Iterator[Problem]:
    yield from filled("use", given.use)
    yield from finite("below", given.below)
    yield from finite("above", given.above)
    if (given.below is None) == (given.above is None):
        came = "neither" if given.below is None else "both"
        yield "below", f"a gate must have exactly one of below and above (got {came})"


@frozen
class Band:
    """A grade: the scores from `start` up to where the next band starts."""

    start: float = field(metadata={"key": "from"})
    """`from` in the file."""
    name: str
    to: float | None = None
    """Where it ends (not included); only checked, the next band decides."""
    title: Mapping[str, str] | None = None
    """The name in `en` and `zh`, for reports."""

    def __attrs_post_init__(self) -> None:
        """Refuse a band that no score can reach."""
        refuse(self, _band_problems(self))


def _band_problems(given: Band) -> Iterator[Problem]:
    yield from filled("name", given.name)
    yield from within("from", given.start, 0.0, TOP)
    if given.to is not None and not given.start < given.to:
        yield "to", f"to must be above from (got from = {given.start!r}, to = {given.to!r})"
    if given.title is not None:
        yield from titled("title", given.title)


def _metrics(metrics: Iterable[ScorecardMetric]) -> tuple[ScorecardMetric, ...]:
    return tuple(metrics)


def _dimensions(dimensions: Iterable[Dimension]) -> tuple[Dimension, ...]:
    return tuple(dimensions)


def _gates(gates: Iterable[Gate]) -> tuple[Gate, ...]:
    return tuple(gates)


def _in_order(bands: Iterable[Band]) -> tuple[Band, ...]:
    return tuple(sorted(bands, key=lambda band: band.start))


@frozen
class Scorecard:
    """What a role is scored on."""

    role: str
    metrics: tuple[ScorecardMetric, ...] = field(converter=_metrics, metadata={"key": "metric"})
    """In the file's order; [[metric]] in the file."""
    period: PeriodUnit = "quarter"
    """The unit of time for which scores are made."""
    title: Mapping[str, str] = field(factory=dict)
    """In `en` and `zh`; the role where it is not given."""
    aggregate: Choice = field(default=Choice("arithmetic"), converter=choice_of)
    """The aggregator, of the dimensions where there are any, else of the metrics."""
    weighting: Choice = field(default=Choice("declared"), converter=choice_of)
    """The weighting."""
    missing: Missing = "reshare"
    """What happens to the weight of a metric for which there is nothing to measure."""
    minimum_coverage: float = 0.6
    """The share of the weight with data below which there is no score."""
    gates: tuple[Gate, ...] = field(default=(), converter=_gates, metadata={"key": "gate"})
    """In the order in which they apply; [[gate]] in the file."""
    bands: tuple[Band, ...] = field(default=(), converter=_in_order, metadata={"key": "band"})
    """From the lowest; [[band]] in the file, in any order."""
    dimensions: tuple[Dimension, ...] = field(default=(), converter=_dimensions, metadata={"key": "dimension"})
    """In the file's order; [[dimension]] in the file."""
    lint: Lint = field(factory=Lint, eq=False, metadata={"is_digested": False})
    """What `kpicore check` need not say of this scorecard; changes no score."""
    small_samples: SmallSamples = field(factory=SmallSamples)
    """What becomes of figures that rest on few observations; [small_samples] in the file."""
    uncertainty: Uncertainty = field(factory=Uncertainty)
    """How intervals of scores and ranks are made; [uncertainty] in the file."""
    source: str = field(default="", eq=False, metadata={"key": ""})
    """The file it was read from, for errors; not a key of the file."""

    def __attrs_post_init__(self) -> None:
        """Refuse a scorecard that contradicts itself."""
        refuse(self, _scorecard_problems(self))

    def title_in(self, locale: str) -> str:
        """Return the title in a language, else in the other one, else the role."""
        return self.title.get(locale) or next(iter(self.title.values()), self.role)

    def uses(self) -> tuple[str, ...]:
        """Return the names of the metrics that are scored, then of those that only gates use, without repeats."""
        return tuple(dict.fromkeys([metric.use for metric in self.metrics] + [gate.use for gate in self.gates]))


def _scorecard_problems(given: Scorecard) -> Iterator[Problem]:
    yield from filled("role", given.role)
    if given.title:
        yield from titled("title", given.title)
    yield from one_of("period", given.period, get_args(PeriodUnit))
    yield from one_of("missing", given.missing, get_args(Missing))
    yield from within("minimum_coverage", given.minimum_coverage, 0.0, 1.0)
    yield from _chance_problems(given)
    yield from _weight_problems(given)
    yield from dimension_problems(given.dimensions, [(metric.use, metric.dimension, metric.weight) for metric in given.metrics])
    yield from _reach_problems(given.gates)
    yield from _cover_problems(given.bands)


def _chance_problems(given: Scorecard) -> Iterator[Problem]:
    asked = [metric.use for metric in given.metrics if (metric.shrink or given.small_samples.shrink) != "none"]
    if asked and given.uncertainty.draws == 0:
        says = f"ranks of shrunk figures must be told with their intervals, which draws = 0 leaves out ({', '.join(asked)})"
        yield "uncertainty", f'{says}; give draws, or set shrink = "none"'


def _weight_problems(given: Scorecard) -> Iterator[Problem]:
    if not given.metrics:
        yield "metric", "a scorecard needs at least one [[metric]]"
    for name, count in sorted(Counter(metric.use for metric in given.metrics).items()):
        if count > 1:
            yield "metric", f"metric {name!r} is listed {count} times; list it once, or its weight counts twice"
    if given.weighting.by == "declared" and (bare := [metric.use for metric in given.metrics if metric.weight is None]):
        yield "metric", f'every [[metric]] needs a weight (none for {", ".join(bare)}); give one, or set weighting = "equal"'
    elif given.metrics and not sum(1.0 if metric.weight is None else metric.weight for metric in given.metrics) > 0:
        yield "metric", "weights must not all be 0; give at least one [[metric]] a weight above 0"


def _reach_problems(gates: tuple[Gate, ...]) -> Iterator[Problem]:
    for at, gate in enumerate(gates):
        for earlier in gates[:at]:
            if _is_covered(gate, earlier):
                does, stronger = ", ".join(gate.then.to_dict()), earlier.condition
                says = f"gate {at + 1} ({gate.use} {gate.condition}) can never change a score: whenever it fires, the gate {stronger} "
                yield "gate", says + f"has already taken as much; remove it or make its {does} stronger"
                break


def _is_covered(gate: Gate, earlier: Gate) -> bool:
    if gate.use != earlier.use or (gate.below is None) != (earlier.below is None):
        return False
    is_narrower = gate.below <= earlier.below if gate.below is not None and earlier.below is not None else _above(gate) >= _above(earlier)
    if earlier.then.void:
        return is_narrower
    return is_narrower and gate.then.cap is not None and earlier.then.cap is not None and gate.then.cap >= earlier.then.cap


def _above(gate: Gate) -> float:
    return math.inf if gate.above is None else gate.above


def _cover_problems(bands: tuple[Band, ...]) -> Iterator[Problem]:
    if bands and bands[0].start > 0:
        yield "band", f"scores from 0 to {bands[0].start:g} have no band; add a [[band]] with from = 0"
    for name, count in sorted(Counter(band.name for band in bands).items()):
        if count > 1:
            yield "band", f"band {name!r} is listed {count} times; give each band its own name"
    for band, following in pairwise(bands):
        if band.start == following.start:
            yield "band", f"bands {band.name!r} and {following.name!r} both start at {band.start:g}; bands must not overlap"
        elif band.to is not None and band.to != following.start:
            what = "overlap" if band.to > following.start else "leave a gap"
            says = f"bands {band.name!r} (to {band.to:g}) and {following.name!r} (from {following.start:g}) {what}"
            yield "band", f"{says}; make them meet, or leave out `to`"
    if bands and bands[-1].to is not None and bands[-1].to < TOP:
        yield "band", f"scores from {bands[-1].to:g} to 100 have no band; leave out `to` of {bands[-1].name!r}, or add a [[band]]"
