"""Small samples, the stage after complexity: figures of few observations are shrunk, and those that say too little are set aside."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, frozen

from kpicore.errors import ConfigError, ShapeError
from kpicore.kernels import conjugate, draws, interval, shrink
from kpicore.kernels.draws import BETA, EXACT, GAMMA, MISSING, NORMAL
from kpicore.kernels.estimate import ratio
from kpicore.kernels.shrink import Prior
from kpicore.model.reach import EVERYWHERE
from kpicore.scorecard.column import CENSUS, VOLUMES, Column, limits, variances

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from kpicore.kernels.shrink import Posterior
    from kpicore.matrix import MetricMatrix
    from kpicore.model.cells import FloatArray
    from kpicore.model.offer import Goalposts
    from kpicore.model.scorecard import Gate, Scorecard, ScorecardMetric
    from kpicore.model.small import DeclaredPrior, SmallSamples
    from kpicore.scorecard.complexity import Allowed
    from kpicore.scorecard.posterior import Knowledge
    from kpicore.scorecard.stages import Evidence

    BoolArray = NDArray[np.bool_]


@frozen(eq=False)
class Shrunk:
    """What is known of one metric of everybody after shrinkage; arrays (subjects,)."""

    mean: FloatArray
    reliability: FloatArray
    """NaN where it cannot be told."""
    family: int
    """Of the posterior, as in `kpicore.kernels.draws`."""
    first: FloatArray
    second: FloatArray
    """Its parameters."""

    def limits(self, level: float) -> tuple[FloatArray, FloatArray]:
        """Return the ends of an interval that holds the true figure as often as `level` says."""
        shapes = conjugate.Shapes(self.mean, self.mean, self.reliability, self.first, self.second)
        ways = {BETA: conjugate.beta_interval, GAMMA: conjugate.gamma_interval}
        return ways[self.family](shapes, level) if self.family in ways else interval.normal(self.first, self.second, level)


@frozen(eq=False)
class Figure:
    """What became of one metric; arrays (subjects,)."""

    column: Column
    """What was given."""
    value: FloatArray
    """What is held against goalposts: shrunk where that is asked for; NaN where there is no value, or not enough data."""
    is_lacking: BoolArray
    """Whether there is a value that rests on too little."""
    fewest: float
    """Observations that are enough."""
    reliable: float
    """Reliability that is enough."""
    found: Shrunk | None = None
    """What a prior makes of it, where reliability or shrinkage was asked for."""
    is_shrunk: bool = False
    prior: Goalposts | None = None
    """What the peers are like, frozen or learnt."""
    note: str | None = None
    """Why it is not shrunk although it should be, or what is special about it."""

    @property
    def is_untouched(self) -> bool:
        """Whether the values are those that were given."""
        return self.value is self.column.value and not self.is_lacking.any()

    def lacks(self, at: int) -> str | None:
        """Return what one value has too little of, or None."""
        if not self.is_lacking[at]:
            return None
        if self.column.n[at] < self.fewest:
            return f"{self.column.n[at]:g} of at least {self.fewest:g} observations"
        reliability = math.nan if self.found is None else self.found.reliability[at]
        return f"reliability {reliability:.2f} of at least {self.reliable:g}"

    def limits(self, level: float) -> tuple[FloatArray, FloatArray]:
        """Return the ends of an interval of each value: the posterior's where it is shrunk."""
        column = self.column
        if self.found is None or not self.is_shrunk:
            return column.within(*limits(column, level))
        low, high = self.found.limits(level)
        plain, is_known = limits(column, level), ~np.isnan(low)
        return evolve(column, value=self.found.mean).within(np.where(is_known, low, plain[0]), np.where(is_known, high, plain[1]))


@frozen(eq=False)
class Settled:
    """All metrics after small samples were seen to."""

    figures: Mapping[str, Figure]
    """Per metric of the scorecard, in its order."""
    value: FloatArray
    """(subjects, metrics): what is held against goalposts; NaN where there is no value, or not enough data."""
    is_lacking: BoolArray
    """Same shape: whether there is a value that rests on too little."""

    @property
    def priors(self) -> dict[str, Goalposts]:
        """Return what was learnt of the peers, per metric, to be frozen."""
        return {use: figure.prior for use, figure in self.figures.items() if figure.prior is not None}

    def shrunk(self) -> FloatArray:
        """Return (subjects, metrics): the shrunk figures; NaN where nothing is shrunk."""
        return self._stacked([each.found.mean if each.found is not None and each.is_shrunk else None for each in self.figures.values()])

    def reliability(self) -> FloatArray:
        """Return (subjects, metrics): reliability; NaN where it was not asked for or cannot be told."""
        return self._stacked([None if each.found is None else each.found.reliability for each in self.figures.values()])

    def limits(self, level: float) -> tuple[FloatArray, FloatArray]:
        """Return the ends of the intervals of all values, (subjects, metrics); NaN where the error is unknown."""
        low, high = zip(*(each.limits(level) for each in self.figures.values()), strict=True)
        return np.stack(low, axis=1), np.stack(high, axis=1)

    def _stacked(self, columns: Sequence[FloatArray | None]) -> FloatArray:
        nothing = np.full(self.value.shape[0], np.nan)
        return np.stack([nothing if column is None else column for column in columns], axis=1)


def columns(allowed: Allowed, measured: Evidence, matrix: MetricMatrix) -> list[Column]:
    """Return the metrics of a scorecard, with complexity allowed for, one by one; nothing is copied."""
    return [
        Column(
            allowed.value[:, at],
            measured.n[:, at],
            allowed.variance[:, at],
            matrix.families.get(use),
            use in allowed.coefficients,
            matrix.reaches.get(use, EVERYWHERE),
        )
        for at, use in enumerate(allowed.uses)
    ]


def settle(scorecard: Scorecard, value: FloatArray, columns: Sequence[Column], held: Mapping[str, Goalposts]) -> Settled:
    """Shrink what is to be shrunk, and set aside what says too little.

    Args:
        scorecard: with `small_samples`, and what its metrics say instead.
        value: (subjects, metrics), with complexity allowed for.
        columns: the same, one per metric of the scorecard, with what is known of each.
        held: frozen priors, per metric; the others are learnt from the subjects.
    Raises:
        ConfigError: a declared or frozen prior cannot be of such values.
    """
    figures = {
        metric.use: _figure(metric, scorecard.small_samples, column, held.get(metric.use))
        for metric, column in zip(scorecard.metrics, columns, strict=True)
    }
    # All alike costs no memory, and most metrics of most scorecards are left as they are.
    nobody = np.broadcast_to(np.False_, value.shape)
    is_touched = not all(each.is_untouched for each in figures.values())
    is_lacking = np.stack([each.is_lacking for each in figures.values()], axis=1) if is_touched else nobody
    return Settled(figures, _values(value, list(figures.values())), is_lacking)


def _values(value: FloatArray, figures: Sequence[Figure]) -> FloatArray:
    """Put changed columns into a copy; there is none where nothing changes."""
    changed = [at for at, each in enumerate(figures) if each.value is not each.column.value]
    if changed:
        value = value.copy()
    for at in changed:
        value[:, at] = figures[at].value
    return value


def _figure(metric: ScorecardMetric, asked: SmallSamples, column: Column, held: Goalposts | None) -> Figure:
    is_shrunk, reliable = (metric.shrink or asked.shrink) != "none", asked.minimum_reliability
    # A scorecard's minimum is no minimum of sales; that of a metric is meant for it.
    fewest = metric.minimum_n if metric.minimum_n is not None else 0.0 if column.family in (*VOLUMES, CENSUS) else asked.minimum_n
    nobody = np.broadcast_to(np.False_, column.n.shape)
    is_lacking = (column.n < fewest) & ~np.isnan(column.value) if fewest > 0 else nobody
    figure = Figure(column, column.value, is_lacking, fewest, reliable, is_shrunk=is_shrunk)
    if column.family == CENSUS:
        figure = evolve(figure, is_shrunk=False)
    elif is_shrunk or reliable:
        figure = _held(figure, metric, held)
    return evolve(figure, value=np.where(figure.is_lacking, np.nan, figure.value)) if figure.is_lacking.any() else figure


def _held(figure: Figure, metric: ScorecardMetric, held: Goalposts | None) -> Figure:
    """Hold a metric against its prior, where there is one."""
    prior = held or _learn(figure.column, metric.prior)
    if prior is None:
        return evolve(figure, is_shrunk=False, note="not shrunk, as its sampling error is unknown" if figure.is_shrunk else None)
    try:
        found = _apply(figure.column, prior)
    except ShapeError as error:
        raise ConfigError(f"prior of {metric.use!r}: {error}") from None
    if why := _stays(_prior(prior), found):
        return evolve(figure, is_shrunk=False, prior=prior, note=why if figure.is_shrunk else None)
    known = ~np.isnan(found.reliability)
    is_lacking = figure.is_lacking | (known & (found.reliability < figure.reliable))
    note = "people differ no more than chance explains" if figure.is_shrunk and prior.get("between") == 0 and known.any() else None
    value = found.mean if figure.is_shrunk else figure.value
    return evolve(figure, value=value, is_lacking=is_lacking, found=found, prior=prior, note=note)


def _stays(prior: Prior, found: Shrunk) -> str | None:
    """Return why nothing is drawn anywhere, if that is so."""
    if not prior.is_known:
        return f"not shrunk, as fewer than {shrink.FEWEST} people have a value, and no prior is declared"
    if prior.between == 0 and (found.reliability[~np.isnan(found.reliability)] == 1).all():
        return "not shrunk, as the values do not differ, so that nothing says how far"
    return None


def _learn(column: Column, declared: DeclaredPrior | None) -> Goalposts | None:
    """Learn a prior as plain numbers; None where the metric's error is unknown."""
    single = math.nan
    if column.law == "share":
        prior = conjugate.fit_rates(column.hits, column.n)
    elif column.law == "count":
        prior = conjugate.fit_counts(column.hits, np.ones_like(column.value))
    else:
        variance, single = variances(column, None)
        prior = shrink.fit(column.value, variance)
    if prior.peers == 0 and declared is None:
        return None
    if not prior.is_known and declared is not None:
        prior = Prior(declared.mean, declared.deviation**2)
    numbers = {**prior._asdict(), "single": single}
    return {key: number for key, number in numbers.items() if math.isfinite(number)}


def _prior(posts: Goalposts) -> Prior:
    return Prior(**{key: number for key, number in posts.items() if key in Prior._fields and not isinstance(number, tuple)})


def _apply(column: Column, posts: Goalposts) -> Shrunk:
    prior = _prior(posts)
    if column.law == "mean":
        single = posts.get("single", math.nan)
        variance, _ = variances(column, math.nan if isinstance(single, tuple) else single)
        return _bounded(column, shrink.apply(column.value, variance, prior))
    if column.law == "share":
        shapes, family = conjugate.rates(column.hits, column.n, prior), BETA
    else:
        shapes, family = conjugate.counts(column.hits, np.ones_like(column.value), prior), GAMMA
    mean = np.where(np.isnan(shapes.mean), column.value, shapes.mean)
    return Shrunk(mean, shapes.reliability, family, shapes.first, shapes.second)


def _bounded(column: Column, made: Posterior) -> Shrunk:
    """Describe a posterior: of a sum or an adjusted count as a gamma distribution, which knows nothing below 0, else as a normal one."""
    is_known = ~np.isnan(made.variance)
    if column.family in VOLUMES and ((made.mean > 0) & (made.variance > 0))[is_known].all():
        return Shrunk(made.mean, made.reliability, GAMMA, ratio(made.mean**2, made.variance), ratio(made.mean, made.variance))
    return Shrunk(made.mean, made.reliability, NORMAL, made.mean, made.variance)


def at_gates(settled: Settled, gated: Evidence, gates: Sequence[Gate]) -> Evidence:
    """Let gates look at what is scored: a metric that is shrunk, or of which there is not enough data, is so for a gate too."""
    value = gated.value.copy()
    for at, gate in enumerate(gates):
        figure = settled.figures.get(gate.use)
        if figure is not None and (figure.is_shrunk or figure.is_lacking.any()):
            value[:, at] = figure.value
    return evolve(gated, value=value)


def known(settled: Settled, given: Knowledge, uses: Sequence[str]) -> Knowledge:
    """Draw shrunk metrics from their posterior, and nothing where there is not enough data.

    Args:
        settled: the metrics of the scorecard.
        given: what is known of (subjects, uses) without shrinkage; its arrays are not changed.
        uses: the metrics in its columns.
    """
    family, first, second = given.posterior.family.copy(), given.posterior.first.copy(), given.posterior.second.copy()
    for at, use in enumerate(uses):
        figure = settled.figures.get(use)
        if figure is None:
            continue
        if figure.is_shrunk and figure.found is not None:
            is_drawn = ~np.isnan(figure.found.first) & ~np.isnan(figure.found.second)
            family[is_drawn, at] = figure.found.family
            first[is_drawn, at], second[is_drawn, at] = figure.found.first[is_drawn], figure.found.second[is_drawn]
        family[figure.is_lacking, at] = MISSING
    is_known = (family > EXACT) | (given.is_known & (family != MISSING))
    return evolve(given, posterior=draws.Posterior(family, first, second), is_known=is_known)
