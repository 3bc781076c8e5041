"""Allowing for complexity: what was measured is replaced by what it would be with average cases, before it is held against goalposts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from attrs import evolve, field, frozen

from kpicore.errors import ConfigError, PeersError, PluginError, ScorecardError, call
from kpicore.kernels import drift, missing
from kpicore.kernels.estimate import ratio
from kpicore.model.casemix import CaseMix
from kpicore.model.complexity import Adjusted, MixDrift
from kpicore.textbook.complexities import Expected, fit_expected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kpicore.kernels.drift import Drift
    from kpicore.matrix import MetricMatrix
    from kpicore.model.casemix import MixKind
    from kpicore.model.cells import FloatArray
    from kpicore.model.complexity import Coefficients
    from kpicore.model.offer import Complexity
    from kpicore.model.scorecard import Gate
    from kpicore.scorecard.prepare import Step, Used
    from kpicore.scorecard.stages import Evidence, Normalised

FLAGS = {
    "few_expected": "fewer than 5 cases or successes were expected, so the adjusted value says little",
    "extrapolated": "some cases are of a class that the reference does not have, and count as average ones",
    "own": "held against the expectation without the own cases, which are a large part of a class",
    "cut": "the adjusted share was beyond 0 or 1 and is cut there",
}
"""What to be careful about, in words."""


@frozen(eq=False)
class Allowed:
    """What was measured, with complexity allowed for; arrays (subjects, metrics)."""

    uses: tuple[str, ...]
    """The metrics, in the order of the columns."""
    value: FloatArray
    """The adjusted value where a metric has complexity, else the raw one."""
    variance: FloatArray
    """Its sampling variance; NaN where it is unknown."""
    adjusted: FloatArray
    """The adjusted value; NaN where nothing is adjusted."""
    coefficient: FloatArray
    """How much harder than average the subject's cases are; NaN where nothing is adjusted."""
    coefficients: Mapping[str, Coefficients] = field(factory=dict)
    """Per metric, frozen or fitted."""
    flags: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    """Per metric and flag, (subjects,): for whom."""
    notes: Mapping[str, str] = field(factory=dict)
    """Per metric that should be adjusted and cannot be, why."""
    drifts: Mapping[str, Drift] = field(factory=dict)
    """Per metric whose mix was measured in the period before."""
    mixes: Mapping[str, CaseMix] = field(factory=dict)
    """Per metric, what was allowed for."""

    def of(self, metric: str) -> FloatArray | None:
        """Return the adjusted values of a metric, (subjects,); None where it is not adjusted."""
        return self.adjusted[:, self.uses.index(metric)] if metric in self.coefficients else None

    def told(self, metric: str, at: int) -> str | None:
        """Return what to be careful about in one cell, or None."""
        told = [FLAGS.get(flag, flag) for flag, whom in sorted(self.flags.get(metric, {}).items()) if whom[at]]
        return "; ".join(told) or None


def allow(
    matrix: MetricMatrix, value: FloatArray, steps: Sequence[Step], mixes: Mapping[str, CaseMix], held: Mapping[str, Coefficients]
) -> Allowed:
    """Adjust each metric for which the scorecard asks it.

    Args:
        matrix: what was measured.
        value: (subjects, metrics), the values of it that count; NaN is missing.
        steps: one per metric.
        mixes: per metric, its case mix; rows as in `value`.
        held: frozen coefficients, per metric; the others are fitted to the subjects.
    Raises:
        ConfigError: a method refuses its parameters, frozen coefficients were made in another way, or who approves them is scored.
        PluginError: a method failed, or did not give what it must.
        ScorecardError: a mix does not add up to the metric's values.
    """
    found: dict[str, tuple[Coefficients, Adjusted, CaseMix]] = {}
    notes: dict[str, str] = {}
    for at, step in enumerate(steps):
        if step.complexity is None:
            continue
        try:
            mix = evolve(mixes[step.metric], subjects=matrix.subjects) if step.metric in mixes else None
            found[step.metric] = _metric(step, step.complexity, value[:, at], mix, held.get(step.metric))
        except PeersError as error:
            notes[step.metric] = f"complexity: {error}"
    variance = missing.blank(matrix.columns("variance", [step.metric for step in steps]), np.isnan(value), np.nan)
    return _allowed(value, variance, steps, found, notes)


def _metric(
    step: Step, used: Used[Complexity], value: FloatArray, mix: CaseMix | None, held: Coefficients | None
) -> tuple[Coefficients, Adjusted, CaseMix]:
    if mix is None:
        raise PeersError("the mix of cases was not measured, and the raw value must not pass for an adjusted one")
    _refuse_other(step, value, mix)
    coefficients = _fitted(step, used, mix) if held is None else _same_way(step, used, held)
    if coefficients.approved_by in mix.subjects:
        who = coefficients.approved_by
        raise ConfigError(f"{step.place}, complexity: who approves coefficients must not be scored with them (got {who!r}, who is)")
    return coefficients, _applied(step, used, mix, coefficients), mix


def _refuse_other(step: Step, value: FloatArray, mix: CaseMix) -> None:
    if mix.columns != step.columns:
        raise ScorecardError(f"the case mix of {step.metric!r} must be by {list(step.columns)!r} (got {list(mix.columns)!r})")
    differs = ~np.isnan(value) & ~np.isclose(mix.raw(), value, rtol=1e-6, atol=1e-9)
    if differs.any():
        at = int(np.flatnonzero(differs)[0])
        came = f"{mix.raw()[at]:g} for {mix.subjects[at]}, whose value is {value[at]:g}"
        raise ScorecardError(f"the classes of {step.metric!r} must add up to its values (got {came}); no case may be lost or repeated")


def _same_way(step: Step, used: Used[Complexity], held: Coefficients) -> Coefficients:
    if (held.method, held.columns, held.direction) != (used.offer.name, step.columns, step.direction):
        came = f"{held.method!r} by {list(held.columns)!r}, {held.direction} is better"
        raise ConfigError(
            f"{step.place}, complexity: the coefficients of the earlier run were made in another way ({came}); "
            "go back to that, or leave out its scale and settle new coefficients"
        )
    return held


def _fitted(step: Step, used: Used[Complexity], mix: CaseMix) -> Coefficients:
    try:
        return call(f"complexity method {used.offer.name!r}", used.offer.fit, mix, step.direction, used.parameters)
    except ConfigError as error:
        raise ConfigError(f"{step.place}, complexity: {error}") from None


def _applied(step: Step, used: Used[Complexity], mix: CaseMix, coefficients: Coefficients) -> Adjusted:
    who = f"complexity method {used.offer.name!r}"
    adjusted: Any = call(who, used.offer.apply, mix, coefficients)
    shape = (len(mix.amount),)
    if not isinstance(adjusted, Adjusted) or any(getattr(adjusted, name).shape != shape for name in ("value", "variance", "coefficient")):
        raise PluginError(f"{who} must return values, variances and coefficients of the shape {shape}")
    if np.isinf(adjusted.value).any():
        raise PluginError(f"{who} must return finite numbers, and NaN for who has no cases ({step.metric})")
    return adjusted


def _allowed(
    value: FloatArray,
    variance: FloatArray,
    steps: Sequence[Step],
    found: Mapping[str, tuple[Coefficients, Adjusted, CaseMix]],
    notes: Mapping[str, str],
) -> Allowed:
    nowhere = np.broadcast_to(np.nan, value.shape)
    if not found and not notes:
        return Allowed(tuple(step.metric for step in steps), value, variance, nowhere, nowhere)
    result, spread, adjusted, coefficient = value.copy(), variance.copy(), nowhere.copy(), nowhere.copy()
    for at, step in enumerate(steps):
        if step.metric in notes:
            result[:, at] = spread[:, at] = np.nan
        if step.metric not in found:
            continue
        coefficients, answer, _ = found[step.metric]
        is_missing = np.isnan(value[:, at])
        result[:, at] = adjusted[:, at] = np.where(is_missing, np.nan, answer.value)
        coefficient[:, at] = np.where(is_missing, np.nan, answer.coefficient)
        spread[:, at] = np.where(np.isnan(answer.variance), _scaled(variance[:, at], value[:, at], answer, coefficients), answer.variance)
    return Allowed(
        tuple(step.metric for step in steps),
        result,
        spread,
        adjusted,
        coefficient,
        {metric: each for metric, (each, _, _) in found.items()},
        {metric: answer.flags for metric, (_, answer, _) in found.items()},
        notes,
        {metric: _drift(each, mix) for metric, (each, _, mix) in found.items() if mix.before is not None},
        {metric: mix for metric, (_, _, mix) in found.items()},
    )


def _scaled(variance: FloatArray, value: FloatArray, answer: Adjusted, coefficients: Coefficients) -> FloatArray:
    """Carry the variance of the raw value over, where the mix says nothing of it: a shift leaves it as it is, a factor scales it."""
    return variance if coefficients.form in ("difference", "odds") else variance * ratio(answer.value, value) ** 2


def _drift(coefficients: Coefficients, mix: CaseMix) -> Drift:
    hardness = {each.values: each.coefficient for each in coefficients.classes}
    kappa = np.array([hardness.get(values) or 1.0 for values in mix.classes])
    before = np.zeros_like(mix.exposure) if mix.before is None else np.maximum(mix.before, 0.0)
    return drift.drift(before, np.maximum(mix.exposure, 0.0), kappa)


def refuse_unfit(steps: Sequence[Step], kinds: Mapping[str, MixKind]) -> None:
    """Try complexity methods out on made-up cases, so that parameters that do not suit a metric show before anything is measured.

    Args:
        steps: of the scorecard.
        kinds: per metric, what its mix will be.
    Raises:
        ConfigError: a method refuses its parameters.
    """
    cases = np.array([[3.0, 1.0], [2.0, 2.0], [1.0, 3.0]])
    for step in steps:
        if step.complexity is None or step.metric not in kinds:
            continue
        classes = tuple((letter,) * len(step.columns) for letter in ("a", "b"))
        try:
            _fitted(step, step.complexity, CaseMix(kinds[step.metric], step.columns, classes, cases / 2.0, cases, cases / 2.0))
        except PeersError:
            continue


def at_gates(allowed: Allowed, gated: Evidence, gates: Sequence[Gate]) -> Evidence:
    """Let gates look at the adjusted value of a metric that is scored adjusted: nobody falls through a gate for having hard cases."""
    value = gated.value.copy()
    for at, gate in enumerate(gates):
        adjusted = allowed.of(gate.use)
        if adjusted is not None:
            value[:, at] = adjusted
    return evolve(gated, value=value)


def noted(allowed: Allowed, normalised: Normalised) -> Normalised:
    """Say of a metric that cannot be adjusted why it is missing, rather than that there are no peers."""
    return evolve(normalised, notes={**normalised.notes, **allowed.notes}) if allowed.notes else normalised


def drifts(allowed: Allowed, subjects: Sequence[str]) -> dict[str, tuple[MixDrift, ...]]:
    """Return, per metric whose mix was measured before as well, how far each subject's mix moved."""
    return {metric: tuple(_moved(moved, subjects)) for metric, moved in allowed.drifts.items()}


def _moved(moved: Drift, subjects: Sequence[str]) -> Iterator[MixDrift]:
    figures = zip(subjects, moved.before.tolist(), moved.now.tolist(), moved.z.tolist(), strict=True)
    for subject, *numbers in figures:
        before, now, z = (None if math.isnan(number) else round(number, 6) for number in numbers)
        yield MixDrift(subject, before, now, z, z is not None and z > drift.UNUSUAL)


def from_results(allowed: Allowed, metric: str) -> tuple[Coefficients | None, str]:
    """Fit what the results themselves say about how hard each class is, to review declared coefficients.

    Args:
        allowed: what was allowed for.
        metric: one of those that were adjusted.
    Returns:
        The fitted coefficients and '', or None and why there are none.
    """
    given = allowed.coefficients[metric]
    if given.method == "expected":
        return None, "the coefficients are those of the results"
    # Of many sparse classes each is fitted by what its columns have in common, and no harder than leaving cases out can show.
    estimator: Literal["logistic", "ridge"] = "logistic" if given.kind == "share" else "ridge"
    try:
        return fit_expected(allowed.mixes[metric], given.direction, Expected(estimator)), ""
    except (ConfigError, PeersError) as error:
        return None, str(error)
