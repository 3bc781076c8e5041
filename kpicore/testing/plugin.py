"""A whole plugin, loaded beside the core's own and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import registry
from kpicore.testing.complexity import check_complexity
from kpicore.testing.demand import demand
from kpicore.testing.metric import check_metric
from kpicore.testing.normaliser import check_normaliser, default_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpicore.registry import Registry


def check_plugin(plugin: object, parameters: Mapping[str, Mapping[str, object]] | None = None) -> Registry:
    """Load a plugin beside the core's own and no other, and check all that it offers.

    Normalisers and complexity methods whose parameters have no defaults are left to `check_normaliser` and `check_complexity`.

    Args:
        plugin: the module, or an object with hooks.
        parameters: what to build its metrics with, per metric name.
    Returns:
        What was loaded, for further tests.
    Raises:
        AssertionError: something of the plugin failed; all failures are listed.
    """
    loaded = registry.load(plugins=[plugin], entry_points=False, parameters=parameters)
    mine = [info for info in loaded.plugins if info.name != registry.CORE]
    names = {info.name for info in mine}
    demand(f"plugin {', '.join(names)}", [f"{each.what}: {each.why}" for each in loaded.failures if each.plugin in names])
    for info in mine:
        for name in info.offers.get("kpicore_metrics", ()):
            check_metric(loaded.metrics[name])
        for name in info.offers.get("kpicore_normalisers", ()):
            if default_of(loaded.normalisers[name]) is not None:
                check_normaliser(loaded.normalisers[name])
        for name in info.offers.get("kpicore_complexities", ()):
            if (given := default_of(loaded.complexities[name])) is not None:
                check_complexity(loaded.complexities[name], given)
    return loaded
