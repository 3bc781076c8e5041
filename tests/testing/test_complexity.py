"""`check_complexity`: what it promises it catches, each promise broken by a method made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from attrs import evolve

from kpicore.errors import ConfigError
from kpicore.model.complexity import Adjusted, Coefficients
from kpicore.testing import check_complexity
from kpicore.textbook import complexities
from kpicore.textbook.complexities import Declared, Expected

if TYPE_CHECKING:
    from kpicore.model.casemix import CaseMix
    from kpicore.model.offer import Complexity

DECLARED, EXPECTED = complexities()
TABLE = Declared({"a": 1.5}, "somebody")


@pytest.mark.parametrize("given", [Expected(), Expected("ridge"), Expected(form="ratio"), Expected(within=False)])
def test_what_comes_with_kpicore_passes(given: Expected) -> None:
    """Both methods, with parameters of several kinds; kinds that are refused are passed over."""
    check_complexity(EXPECTED, given)
    check_complexity(DECLARED, TABLE)


def changed(**fields: Any) -> Complexity:
    """Return the declared method with another part."""
    return evolve(DECLARED, **fields)


def _writes(mix: CaseMix, found: Coefficients) -> Adjusted:
    adjusted = DECLARED.apply(mix, found)
    mix.amount[0, 0] = 99.0
    return adjusted


def _by_place(mix: CaseMix, found: Coefficients) -> Adjusted:
    adjusted = DECLARED.apply(mix, found)
    return evolve(adjusted, value=adjusted.value + np.arange(len(adjusted.value)))


def _endless(mix: CaseMix, found: Coefficients) -> Adjusted:
    return evolve(DECLARED.apply(mix, found), value=np.full(len(mix.amount), np.inf))


def _zero(mix: CaseMix, found: Coefficients) -> Adjusted:
    return evolve(DECLARED.apply(mix, found), value=np.nan_to_num(DECLARED.apply(mix, found).value))


def _refuses(*_: Any) -> Coefficients:
    raise ConfigError("not today")


@pytest.mark.parametrize(
    ("method", "says"),
    [
        (changed(title={"en": "x"}), "title must say something"),
        (changed(fit=lambda *_: {}), "fit must return Coefficients .got dict."),
        (changed(fit=lambda *_: 1 / 0), "it raised ZeroDivisionError"),
        (changed(fit=_refuses), "at least one kind of metric .refused all: not today."),
        (changed(apply=_writes), "must not change the mix"),
        (changed(apply=_by_place), "order of people"),
        (changed(apply=_endless), "a finite value"),
        (changed(apply=_zero), r"no case must have no value .got 0.0. .a mean, higher is better."),
        (changed(apply=lambda mix, _: Adjusted(mix.amount, mix.amount, mix.amount)), "one figure per person"),
    ],
)
def test_a_broken_promise_is_told(method: Complexity, says: str) -> None:
    """The message names the method and the fault."""
    with pytest.raises(AssertionError, match=f"complexity method 'declared'.*(?s:.*){says}"):
        check_complexity(method, TABLE)
