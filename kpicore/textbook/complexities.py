"""The complexity methods that come with kpicore: coefficients that are declared, and expectations that are fitted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from attrs import field, frozen

from kpicore.errors import ConfigError, PeersError, nearest
from kpicore.kernels import casemix, implied, sweep
from kpicore.kernels.expected import pooled_spread
from kpicore.model.check import filled, refuse, within
from kpicore.model.complexity import ClassFigures, Coefficients
from kpicore.model.offer import Complexity
from kpicore.textbook.adjusting import adjust
from kpicore.textbook.expecting import fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kpicore.model.casemix import CaseClass, CaseMix
    from kpicore.model.cells import FloatArray
    from kpicore.model.check import Problem
    from kpicore.model.complexity import Form
    from kpicore.model.offer import Direction

_MANY = 2000
"""More combinations of declared values are not listed unless they occur."""


@frozen
class Declared:
    """Parameters of `declared`: a table of coefficients, and who answers for them."""

    coefficients: Mapping[str, Any]
    """Value to coefficient, e.g. { large = 1.5 }; with several columns a table for each, and a class has the product."""
    approved_by: str = field()
    """Who decided on the coefficients; not one of those who are scored."""
    others: float = 1.0
    """The coefficient of a value that the table does not name, and of an unknown one."""
    lowest: float = 0.5
    """No declared coefficient may be lower."""
    highest: float = 2.0
    """No declared coefficient may be higher."""
    form: Literal["difference", "odds"] | None = None
    """For proportions only: mean + (O - E) / n, which is the default, or through the odds."""

    def __attrs_post_init__(self) -> None:
        """Refuse coefficients out of bounds, or that nobody answers for."""
        refuse(self, _declared_problems(self))


def _declared_problems(given: Declared) -> Iterator[Problem]:
    yield from filled("approved_by", given.approved_by)
    if not 0 < given.lowest <= 1 <= given.highest < math.inf:
        yield "lowest", f"0 < lowest <= 1 <= highest must hold (got lowest = {given.lowest!r}, highest = {given.highest!r})"
        return
    yield from within("others", given.others, given.lowest, given.highest)
    if not given.coefficients:
        yield "coefficients", "coefficients must name at least one value, e.g. { large = 1.5 }"
    for key, one in given.coefficients.items():
        for name, number in one.items() if isinstance(one, Mapping) else [(key, one)]:
            yield from _coefficient_problems(str(name), number, given)


def _coefficient_problems(name: str, number: object, given: Declared) -> Iterator[Problem]:
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        yield "coefficients", f"the coefficient of {name!r} must be a number (got {number!r})"
    else:
        yield from within(f"the coefficient of {name!r}", number, given.lowest, given.highest)


def _tables(given: Declared, columns: Sequence[str]) -> list[Mapping[str, float]]:
    if len(columns) == 1 and not any(isinstance(each, Mapping) for each in given.coefficients.values()):
        return [given.coefficients]
    for key, table in given.coefficients.items():
        if key not in columns or not isinstance(table, Mapping):
            example = f'{{ "{columns[0]}" = {{ large = 1.5 }} }}'
            raise ConfigError(f"coefficients must hold a table per column of `by`, e.g. {example} (got {key!r}){nearest(key, columns)}")
    return [given.coefficients.get(column, {}) for column in columns]


def _listed(mix: CaseMix, tables: Sequence[Mapping[str, float]]) -> list[CaseClass]:
    if math.prod(len(table) + 1 for table in tables) > _MANY:
        return list(mix.classes)
    return list(dict.fromkeys([*mix.classes, *product(*([*table, None] for table in tables))]))


def fit_declared(mix: CaseMix, direction: Direction, given: Declared) -> Coefficients:
    """Scale declared coefficients to the reference, and turn them into what a case counts or what is expected of it.

    Raises:
        ConfigError: the table names columns that make no classes, or asks for a form that only proportions have.
        PeersError: the reference has no case, or a mean to which nothing is in proportion.
    """
    if given.form is not None and mix.kind != "share":
        raise ConfigError(f"form is for proportions only (got form = {given.form!r} for a {mix.kind}); remove it")
    tables = _tables(given, mix.columns)
    listed = _listed(mix, tables)
    kappa = np.array([_product(values, tables, given.others) for values in listed] + [given.others])
    cases = np.append(_reference(mix), np.zeros(len(kappa) - len(mix.classes)))
    per_case, mean, form = _declared_cases(mix, direction, given, kappa, cases)
    scaled = casemix.normalised(kappa, cases)
    named = ["" if _is_named(values, tables) else "not declared" for values in listed]
    subjects = np.append((mix.exposure != 0).sum(axis=0), np.zeros(len(listed) - len(mix.classes), dtype=int))
    classes = tuple(
        ClassFigures(values, float(scaled[at]), float(per_case[at]), float(cases[at]), int(subjects[at]), None, tuple(filter(None, [flag])))
        for at, (values, flag) in enumerate(zip(listed, named, strict=True))
    )
    other = float(per_case[-1])
    return Coefficients("declared", mix.kind, form, direction, mix.columns, classes, mean, other, approved_by=given.approved_by)


def _product(values: CaseClass, tables: Sequence[Mapping[str, float]], others: float) -> float:
    parts = [others if value is None else table.get(value, others) for value, table in zip(values, tables, strict=True) if table]
    return float(math.prod(parts))


def _is_named(values: CaseClass, tables: Sequence[Mapping[str, float]]) -> bool:
    return all(value in table for value, table in zip(values, tables, strict=True) if table)


def _reference(mix: CaseMix) -> FloatArray:
    cases: FloatArray = np.maximum(mix.exposure.sum(axis=0), 0.0)
    if mix.kind != "volume":
        return cases
    units: FloatArray = np.maximum(mix.amount.sum(axis=0), 0.0)  # so that all units together are credited with what they are
    return units if units.sum() > 0 else cases


def _declared_cases(
    mix: CaseMix, direction: Direction, given: Declared, kappa: FloatArray, cases: FloatArray
) -> tuple[FloatArray, float, Form]:
    if mix.kind == "volume":
        return casemix.credits_of(kappa, cases, direction), 1.0, "credit"
    _refuse_empty(cases)
    total = float(mix.amount.sum())
    mean = total / float(cases.sum())
    if mix.kind == "share":
        return casemix.declared_shares(kappa, cases, total, direction), mean, given.form or "difference"
    if mean <= 0:
        raise PeersError(f"coefficients are in proportion to the mean of all, which must be above 0 (got {mean:g})")
    return casemix.declared_means(kappa, cases, mean, direction), mean, "ratio"


def _refuse_empty(cases: FloatArray) -> None:
    if not cases.sum() > 0:
        raise PeersError("nobody has a case, so that nothing can be expected of anybody")


@frozen
class Expected:
    """Parameters of `expected`: how the expectation of a class is fitted, and how values are held against it."""

    estimator: Literal["stratified", "ridge", "logistic"] = "stratified"
    """Shrunk class means; ridge on the columns, for many sparse classes; ridge logistic, for proportions."""
    form: Literal["difference", "ratio", "odds"] | None = None
    """mean + (O - E) / n, the default of means and proportions; O / E * mean, that of ratios; through the odds, for proportions."""
    within: bool = True
    """Fit within people, so that skill is not mistaken for difficulty; false pools them."""
    strength: float = 10.0
    """Stratified: for how many cases the mean of all counts in that of a class."""
    penalty: float | None = None
    """Ridge and logistic: the penalty; chosen by leave-one-out unless given."""
    own_share: float = 0.2
    """Who has more than this share of a class is left out of the own expectation."""

    def __attrs_post_init__(self) -> None:
        """Refuse numbers that bound nothing."""
        refuse(self, _expected_problems(self))


def _expected_problems(given: Expected) -> Iterator[Problem]:
    yield from within("own_share", given.own_share, 0.0, 1.0)
    for key in ("strength", "penalty"):
        number = getattr(given, key)
        if number is not None and not 0 < number < math.inf:
            yield key, f"{key} must be a finite number above 0 (got {number!r})"
    if given.penalty is not None and given.estimator == "stratified":
        yield "penalty", "penalty is for ridge and logistic; stratified means take strength"


def fit_expected(mix: CaseMix, direction: Direction, given: Expected) -> Coefficients:
    """Fit what is expected of a case of each class to what the people did.

    Raises:
        ConfigError: the metric is a volume, or the estimator or form is for proportions only.
        PeersError: fewer than two people have cases, or the ratio form has a mean of 0 or less.
    """
    _refuse_unfit(mix, given)
    exposure = np.maximum(mix.exposure, 0.0)
    amount = np.where(exposure > 0, mix.amount, 0.0)
    if (exposure.sum(axis=1) > 0).sum() < 2:
        raise PeersError("expectations need at least two people with cases")
    found, mean = fit(amount, exposure, mix.classes, given), sweep.sums(amount, exposure).mean()
    form = given.form or ("ratio" if mix.kind == "ratio" else "difference")
    if form == "ratio" and mean <= 0:
        raise PeersError(f'the ratio form needs a mean above 0 (got {mean:g}); use form = "difference"')
    own = {mix.subjects[at]: _plain(each, mix, mean) for at, each in zip(found.left_out, found.without, strict=True) if mix.subjects}
    classes = tuple(_figures(mix, direction, given, _bounded(found.of_all, mix, mean)))
    return Coefficients("expected", mix.kind, form, direction, mix.columns, classes, mean, mean, own)


def _refuse_unfit(mix: CaseMix, given: Expected) -> None:
    if mix.kind == "volume":
        raise ConfigError('a volume has no expectation per case: there is nothing to divide by; declare coefficients (method = "declared")')
    if mix.kind != "share" and given.estimator == "logistic":
        raise ConfigError(f'logistic is for proportions (got a {mix.kind}); use estimator = "ridge"')
    if mix.kind != "share" and given.form == "odds":
        raise ConfigError(f'only a proportion has odds (got a {mix.kind}); use form = "difference" or "ratio"')


def _bounded(per_case: FloatArray, mix: CaseMix, mean: float) -> FloatArray:
    whole = np.where(np.isnan(per_case), mean, per_case)
    return np.clip(whole, 0.0, 1.0) if mix.kind == "share" else whole


def _plain(per_case: FloatArray, mix: CaseMix, mean: float) -> tuple[float, ...]:
    return tuple(_bounded(per_case, mix, mean).tolist())


def _figures(mix: CaseMix, direction: Direction, given: Expected, per_case: FloatArray) -> Iterator[ClassFigures]:
    cases, subjects = np.maximum(mix.exposure.sum(axis=0), 0.0), (mix.exposure > 0).sum(axis=0)
    of = implied.by_shares if mix.kind == "share" else implied.by_means
    kappa = of(per_case, cases, direction)
    group = sweep.linked(mix.exposure) if given.within else np.zeros(len(cases), dtype=np.int64)
    spread = None if mix.squares is None or mix.kind != "mean" else pooled_spread(mix.amount, mix.exposure, mix.squares)
    for at, values in enumerate(mix.classes):
        doubts = {"no cases": cases[at] <= 0, "one subject": subjects[at] == 1, "not compared": group[at] > 0}
        flags = tuple(name for name, is_so in doubts.items() if is_so)
        one = None if spread is None else float(spread[at])
        yield ClassFigures(values, float(kappa[at]), float(per_case[at]), float(cases[at]), int(subjects[at]), one, flags)


def complexities() -> list[Complexity]:
    """Return the complexity methods `declared` and `expected`."""
    return [
        Complexity("declared", {"en": "Declared coefficients", "zh": "设定难度系数"}, Declared, fit_declared, adjust),
        Complexity("expected", {"en": "Expected from the case mix", "zh": "按工作构成估计期望值"}, Expected, fit_expected, adjust),
    ]
