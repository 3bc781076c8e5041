"""`check_plugin`: a plugin loaded beside the core's own and no other, with all its offers checked."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve, frozen

from kpicore import facts
from kpicore.hookspecs import hookimpl
from kpicore.model.complexity import Adjusted
from kpicore.model.kinds import Count
from kpicore.model.measure import count
from kpicore.model.offer import Normaliser
from kpicore.testing import check_plugin
from kpicore.textbook import complexities

if TYPE_CHECKING:
    from collections.abc import Callable

deal = facts.opportunity.c


def plugin(**hooks: Callable[..., object]) -> ModuleType:
    """Make a plugin."""
    module = ModuleType("acme")
    for name, function in hooks.items():
        setattr(module, name, hookimpl(function))
    return module


def metric(**fields: Any) -> Count:
    """Make a metric that carries all it must."""
    texts = dict.fromkeys(("definition", "formula", "caliber", "gaming", "source"), "...")
    given = {"name": "acme.deals", "title": {"en": "a", "zh": "b"}, "dimension": "sales process", "subject": deal.owner_id, **texts}
    return Count(of=count(deal.opportunity_id), at=deal.closed_at, **{**given, **fields})


@frozen
class Nothing:
    """No parameters."""


def flat(score: float, parameters: type = Nothing) -> Normaliser:
    """Make a normaliser that gives everybody the same."""
    texts = {"en": "Flat", "zh": "相同"}
    return Normaliser("acme_flat", texts, parameters, lambda *_: {}, lambda values, _: values * 0 + score)


def test_a_good_plugin_is_returned_for_further_tests() -> None:
    """The registry holds the plugin's offers, built with the parameters."""
    offered = plugin(kpicore_metrics=lambda parameters: [metric(parameters=parameters["acme.deals"])])

    loaded = check_plugin(offered, {"acme.deals": {"days": 3}})

    assert loaded.metric("acme.deals").parameters == {"days": 3}


@pytest.mark.parametrize(
    ("hooks", "says"),
    [
        ({"kpicore_metrics": lambda: [1 / 0]}, "kpicore_metrics: ZeroDivisionError"),
        ({"kpicore_metrcs": lambda: [1]}, "kpicore_metrcs: there is no such hook; did you mean 'kpicore_metrics'?"),
        ({"kpicore_metrics": lambda: [metric(formula="")]}, "formula must be said in words"),
        ({"kpicore_normalisers": lambda: [flat(100.0)]}, "the middle peer must score from 0 to 1"),
    ],
)
def test_what_fails_is_told(hooks: Any, says: str) -> None:
    """A failure to load, and an offer that is not as it must be, both fail the check."""
    with pytest.raises(AssertionError) as caught:
        check_plugin(plugin(**hooks))

    assert says in str(caught.value)


def test_a_normaliser_that_needs_parameters_is_left_to_its_own_check() -> None:
    """Without values for its parameters nothing can be tried."""

    @frozen
    class Needed:
        width: float

    loaded = check_plugin(plugin(kpicore_normalisers=lambda: [flat(100.0, Needed)]))

    assert list(loaded.plugins[-1].offers["kpicore_normalisers"]) == ["acme_flat"]


def test_complexity_methods_are_checked() -> None:
    """One whose parameters have defaults is tried out; one without is left to its author."""
    declared, expected = complexities()
    good = evolve(expected, name="acme_expected")
    bad = evolve(good, apply=lambda mix, _: Adjusted(mix.amount, mix.amount, mix.amount))

    assert "acme_expected" in check_plugin(plugin(kpicore_complexities=lambda: [good, evolve(declared, name="acme_declared")])).complexities
    with pytest.raises(AssertionError, match="one figure per person"):
        check_plugin(plugin(kpicore_complexities=lambda: [bad]))
