"""What a score relies on in a complexity method, tried out on made-up cases of every kind of metric."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from attrs import evolve, frozen

from kpicore.errors import KpiError
from kpicore.model.casemix import CaseMix, MixKind
from kpicore.model.complexity import Adjusted, Coefficients
from kpicore.registry.offers import COMPLEXITIES, OfferError, checked
from kpicore.testing.demand import demand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.model.offer import Complexity, Direction

CASES = np.array([[9.0, 1.0], [6.0, 4.0], [3.0, 7.0], [1.0, 9.0], [5.0, 5.0], [0.0, 0.0]])
"""Six people by two classes, of whom the last has no case."""
_RATES = np.array([0.5, 0.25])


def check_complexity(method: Complexity, parameters: Any) -> None:
    """Check a complexity method on made-up cases, by every kind of metric, and in both directions.

    A method may refuse kinds that it is not made for, with a KpiError.

    Args:
        method: the offer.
        parameters: a value of its class of parameters; they must suit one column with the values 'a' and 'b'.
    Raises:
        AssertionError: a score could not rely on it; all faults are listed.
    """
    try:
        checked(COMPLEXITIES, method)
    except OfferError as error:
        raise AssertionError(f"complexity method {getattr(method, 'name', method)!r} is not as it must be: {error}") from None
    demand(f"complexity method {method.name!r}", _faults(method, parameters))


def _faults(method: Complexity, parameters: Any) -> Iterator[str]:
    refused: list[str] = []
    ways: tuple[Direction, ...] = ("higher", "lower")
    kinds: tuple[MixKind, ...] = get_args(MixKind)
    for kind in kinds:
        for direction in ways:
            try:
                faults = list(_Trial(method, parameters, kind, direction).faults())
            except KpiError as error:
                refused.append(str(error))
                continue
            except Exception as error:  # noqa: BLE001  # whatever the method raises is what its author wants to see
                faults = [f"it raised {error!r}"]
            yield from (f"{fault} (a {kind}, {direction} is better)" for fault in faults)
    if len(refused) == len(kinds) * len(ways):
        yield f"it must accept at least one kind of metric (refused all: {refused[0]})"


@frozen(eq=False)
class _Trial:
    """One method put to cases of one kind of metric."""

    method: Complexity
    parameters: Any
    kind: MixKind
    direction: Direction

    def mix(self) -> CaseMix:
        amount = CASES if self.kind == "volume" else CASES * _RATES
        people = tuple(f"person {at}" for at in range(len(CASES)))
        return CaseMix(self.kind, ("class",), (("a",), ("b",)), amount.copy(), CASES.copy(), amount.copy(), subjects=people)

    def faults(self) -> Iterator[str]:
        mix = self.mix()
        found = self.method.fit(mix, self.direction, self.parameters)
        if not isinstance(found, Coefficients):
            yield f"fit must return Coefficients (got {type(found).__name__})"
            return
        adjusted = self.method.apply(mix, found)
        if any(not np.array_equal(getattr(mix, name), getattr(self.mix(), name)) for name in ("amount", "exposure", "squares")):
            yield "fit and apply must not change the mix"
        yield from self._shape_faults(adjusted)
        if Coefficients.from_dict(json.loads(json.dumps(found.to_dict()))) != found:
            yield "coefficients must be plain numbers, the same after they were stored as JSON"
        if not _same(self.method.apply(_backwards(mix), found), _turned(adjusted)):
            yield "the order of people must not matter"

    def _shape_faults(self, adjusted: Adjusted) -> Iterator[str]:
        for name in ("value", "variance", "coefficient"):
            if getattr(adjusted, name).shape != (len(CASES),):
                yield f"{name} must have one figure per person, {len(CASES)} (got the shape {getattr(adjusted, name).shape})"
                return
        if not np.isfinite(adjusted.value[:-1]).all():
            yield "who has cases must have a finite value"
        if self.kind != "volume" and not np.isnan(adjusted.value[-1]):
            yield f"who has no case must have no value (got {float(adjusted.value[-1])!r})"


def _backwards(mix: CaseMix) -> CaseMix:
    squares = None if mix.squares is None else mix.squares[::-1]
    return evolve(mix, amount=mix.amount[::-1], exposure=mix.exposure[::-1], squares=squares, subjects=mix.subjects[::-1])


def _turned(adjusted: Adjusted) -> Adjusted:
    return Adjusted(adjusted.value[::-1], adjusted.variance[::-1], adjusted.coefficient[::-1])


def _same(one: Adjusted, other: Adjusted) -> bool:
    return all(np.allclose(getattr(one, name), getattr(other, name), equal_nan=True) for name in ("value", "coefficient"))
