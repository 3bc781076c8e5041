"""The core's own plugin: what it offers is held to what the test kit asks of third parties."""

from __future__ import annotations

from typing import Any

import pytest

from kpicore import builtin, registry, textbook
from kpicore.registry.loading import HOOKS
from kpicore.testing import check_normaliser

PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "bands": [{"cuts": [0.3, 0.6], "worth": [0.0, 0.5, 1.0]}, {"cuts": [0.3, 0.6], "worth": [1.0, 0.5, 0.5]}],
    "distance_to_maximum": [{}],
    "distance_to_reference": [{}, {"of": "mean"}, {"of": "upper_quartile"}, {"value": 0.475}],
    "distance_to_target": [{"target": 0.475}],
    "goalposts": [{"low": 0.0, "high": 1.0}, {"low": 0.1, "high": 1.0, "scale": "log"}],
    "logistic": [{}, {"midpoint": 0.5}, {"scale": 0.2}, {"midpoint": 0.5, "scale": 0.2}],
    "rank": [{}, {"ties": "mid"}],
    "t_score": [{}],
    "target": [{"target": 0.6, "floor": 0.1}, {"target": 0.3, "floor": 0.9, "stretch": 0.1}, {"target": 0.5, "baseline": 0.2}],
    "min_max": [{}, {"low": 0.0, "high": 1.0}],
    "percentile": [{}, {"ties": "mid"}],
    "z_score": [{}, {"spread": 2.0}],
}


@pytest.mark.parametrize("name", [each.name for each in textbook.normalisers()])
def test_the_builtin_normalisers_keep_their_promises(name: str) -> None:
    """Also with awkward peers, and with each way to give parameters."""
    (normaliser,) = (each for each in textbook.normalisers() if each.name == name)

    for given in PARAMETERS[name]:
        check_normaliser(normaliser, normaliser.parameters(**given))


def test_the_core_offers_the_textbook_set() -> None:
    """The registry asks the core's plugin by its module's name, before any other plugin."""
    loaded = registry.load(entry_points=False)

    assert [plugin.name for plugin in loaded.plugins] == [registry.CORE]
    assert list(loaded.normalisers) == sorted(PARAMETERS)
    assert list(loaded.weightings) == sorted(offer.name for offer in textbook.weightings())
    assert list(loaded.aggregators) == ["arithmetic", "benefit_of_the_doubt", "copeland", "generalised_mean", "geometric", "harmonic"]


def test_the_core_works_whole() -> None:
    """Sources and reports too; nothing of the core may fail."""
    loaded = registry.load(entry_points=False, require=[registry.CORE])

    assert loaded.sources
    assert loaded.reports
    assert loaded.failures == ()


def test_the_core_has_hooks_for_all_but_metrics_rules_and_matchers() -> None:
    """These come from plugins only."""
    assert set(HOOKS) - set(vars(builtin)) == {"kpicore_matchers", "kpicore_metrics", "kpicore_rules"}
