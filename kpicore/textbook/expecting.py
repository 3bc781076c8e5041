"""Expectations per class of cases, fitted to what the people did: the arrays behind the complexity method `expected`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kpicore.kernels import casemix, logistic, ridge, stratified, sweep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kpicore.kernels.sweep import Sums
    from kpicore.model.casemix import CaseClass
    from kpicore.model.cells import FloatArray
    from kpicore.textbook.complexities import Expected


@frozen(eq=False)
class Expectation:
    """What is expected of a case of each class, of anybody and of those who must not be held against their own results."""

    of_all: FloatArray
    """(classes,)."""
    without: FloatArray
    """(left out, classes): what classes differ by without the cases of one subject, at the level of all."""
    left_out: NDArray[np.intp]
    """(left out,): which subject each row of `without` is for."""


def codes_of(classes: Sequence[CaseClass]) -> NDArray[np.int64]:
    """Number the values of each column, (classes, columns); unknown is a value like any other."""
    columns = list(zip(*classes, strict=True))
    places = [{value: at for at, value in enumerate(dict.fromkeys(column))} for column in columns]
    return np.array([[place[value] for place, value in zip(places, one, strict=True)] for one in classes], dtype=np.int64)


def fit(amount: FloatArray, exposure: FloatArray, classes: Sequence[CaseClass], given: Expected) -> Expectation:
    """Fit expectations to cells of subjects and classes.

    Args:
        amount: (subjects, classes), sums; 0 where there is no exposure.
        exposure: (subjects, classes), 0 or more.
        classes: (classes,), what makes the dummies.
        given: estimator, and whether subjects have intercepts.
    """
    left_out = np.flatnonzero(sweep.dominant(exposure, given.own_share))
    solve = _logistic if given.estimator == "logistic" else _linear
    of_all, without = solve(amount, exposure, ridge.dummies(codes_of(classes)), given, left_out)
    return Expectation(of_all, np.array(without).reshape(len(left_out), len(classes)), left_out)


def _linear(
    amount: FloatArray, exposure: FloatArray, design: FloatArray, given: Expected, left_out: NDArray[np.intp]
) -> tuple[FloatArray, list[FloatArray]]:
    rho = 0.0 if given.within else sweep.POOLED
    penalty = 0.0
    if given.estimator == "ridge":
        penalty = given.penalty or ridge.leave_one_out(amount, exposure, design, rho)
    whole = sweep.sums(amount, exposure, rho)
    rows = [slice(at, at + 1) for at in left_out]
    others = [whole.without(sweep.sums(amount[row], exposure[row], rho)) for row in rows]
    # From the others comes what classes differ by; the level is that of all, or skill would seem to be a hard mix of cases.
    without = [stratified.calibrated(_means(each, design, given, penalty), whole) for each in others]
    return _means(whole, design, given, penalty), without


def _means(of: Sums, design: FloatArray, given: Expected, penalty: float) -> FloatArray:
    if not of.cases.sum() > 0:
        return np.full(of.cases.shape, np.nan)
    if given.estimator == "ridge":
        return stratified.calibrated(ridge.effects(of, design, penalty), of)
    if given.within:
        return stratified.within(of, given.strength)
    return stratified.calibrated(stratified.pooled(of, given.strength), of)


def _logistic(
    amount: FloatArray, exposure: FloatArray, design: FloatArray, given: Expected, left_out: NDArray[np.intp]
) -> tuple[FloatArray, list[FloatArray]]:
    rho = logistic.WEAK if given.within else sweep.POOLED
    penalty = given.penalty or logistic.leave_one_out(amount, exposure, design, rho)
    found = logistic.fit(amount, exposure, design, penalty, rho)
    whole, cells = sweep.sums(found.response, found.weight, rho), sweep.sums(amount, exposure)
    without = []
    for at in left_out:
        row = slice(at, at + 1)
        effects = ridge.effects(whole.without(sweep.sums(found.response[row], found.weight[row], rho)), design, penalty)
        without.append(_shares(effects, cells))
    return _shares(found.effects, cells), without


def _shares(effects: FloatArray, cells: Sums) -> FloatArray:
    total = cells.cases.sum()
    return casemix.calibrated_shares(effects, cells.cases, float(np.clip(cells.total.sum(), 0.0, total)))
