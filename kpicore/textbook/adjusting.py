"""Coefficients applied: each subject's value as it would be with average cases, and how hard the subject's cases are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kpicore.kernels import casemix, expected
from kpicore.kernels.estimate import ratio as divided
from kpicore.model.complexity import Adjusted

if TYPE_CHECKING:
    from kpicore.model.casemix import CaseMix
    from kpicore.model.cells import FloatArray
    from kpicore.model.complexity import BoolArray, ClassFigures, Coefficients


def adjust(mix: CaseMix, given: Coefficients) -> Adjusted:
    """Hold each subject's cases against the coefficients of their classes, which may be those of an earlier period."""
    listed = {each.values: each for each in given.classes}
    found = [listed.get(values) for values in mix.classes]
    per_case = np.array([given.other if each is None else each.per_case for each in found])
    is_strange = np.array([each is None or "no cases" in each.flags for each in found], dtype=bool)
    strange = (mix.exposure[:, is_strange] != 0).any(axis=1)
    if given.form == "credit":
        return _credited(mix, given, per_case, strange)
    return _held(mix, given, per_case, _spread(mix, found), strange)


def _credited(mix: CaseMix, given: Coefficients, per_unit: FloatArray, strange: BoolArray) -> Adjusted:
    value, raw = casemix.credit(mix.amount, per_unit), mix.amount.sum(axis=1)
    hardness = expected.coefficient(raw, value, harder_expects_more=given.direction == "higher")
    squares = mix.squares
    if squares is None and (mix.amount == mix.exposure).all():  # a count: each case is one
        squares = mix.amount
    variance = np.full(value.shape, np.nan) if squares is None else casemix.credit(squares, per_unit * per_unit)
    return Adjusted(value, variance, hardness, {"extrapolated": strange})


def _held(mix: CaseMix, given: Coefficients, per_case: FloatArray, spread: FloatArray | None, strange: BoolArray) -> Adjusted:
    own = np.array([subject in given.own for subject in mix.subjects] or [False] * len(mix.amount), dtype=bool)
    each = _with_own(mix, given, per_case)
    observed, n, expectation = mix.amount.sum(axis=1), mix.exposure.sum(axis=1), expected.expected(mix.exposure, each)
    value = _value(observed, expectation, n, given)
    flags = {"extrapolated": strange, "own": own, "few_expected": _is_few(given, expectation, n)}
    if given.kind == "share":
        value, cut = expected.within_bounds(value)
        flags["cut"] = np.abs(np.nan_to_num(cut)) > 1e-12
    variance = np.full(value.shape, np.nan)
    if given.kind == "share":
        variance = expected.binomial(mix.exposure, np.clip(each, 0.0, 1.0))
    elif spread is not None:
        variance = expected.of_sums(mix.exposure, spread)
    hardness = expected.coefficient(n * given.mean, expectation, harder_expects_more=given.direction == "lower")
    return Adjusted(value, _scaled(variance, observed, expectation, n, value, given), hardness, flags)


def _with_own(mix: CaseMix, given: Coefficients, per_case: FloatArray) -> FloatArray:
    places = {each.values: at for at, each in enumerate(given.classes)}
    each = np.tile(per_case, (len(mix.amount), 1))
    for at, subject in enumerate(mix.subjects):
        if subject in given.own:
            mine = given.own[subject]
            each[at] = [mine[places[values]] if values in places else given.other for values in mix.classes]
    return each


def _value(observed: FloatArray, expectation: FloatArray, n: FloatArray, given: Coefficients) -> FloatArray:
    if given.form == "ratio":
        return expected.ratio_form(observed, expectation, given.mean)
    if given.form == "odds":
        return expected.odds_form(observed, expectation, n, given.mean)
    return expected.difference_form(observed, expectation, n, given.mean)


def _is_few(given: Coefficients, expectation: FloatArray, n: FloatArray) -> BoolArray:
    count = {"share": expectation, "mean": n}.get(given.kind)
    return np.zeros(n.shape, dtype=bool) if count is None else np.asarray((n > 0) & (count < expected.MINIMUM))


def _scaled(
    variance: FloatArray, observed: FloatArray, expectation: FloatArray, n: FloatArray, value: FloatArray, given: Coefficients
) -> FloatArray:
    """Bring the variance of a sum to that of the adjusted value, to first order."""
    if given.form == "ratio":
        return variance * divided(np.full(n.shape, given.mean), np.maximum(expectation, 0.0)) ** 2
    of_mean = divided(divided(variance, n), n)
    if given.form != "odds":
        return of_mean
    inner = (observed + 0.5) / (n + 1.0)
    outer = np.where((value > 0) & (value < 1), value, inner)
    return of_mean * (outer * (1.0 - outer) / (inner * (1.0 - inner))) ** 2


def _spread(mix: CaseMix, found: list[ClassFigures | None]) -> FloatArray | None:
    stored = [None if each is None else each.spread for each in found]
    if any(one is not None for one in stored):
        known = [one for one in stored if one is not None]
        return np.array([sum(known) / len(known) if one is None else one for one in stored])
    if mix.squares is None or mix.kind != "mean":
        return None
    return expected.pooled_spread(mix.amount, mix.exposure, mix.squares)
