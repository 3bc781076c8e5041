"""What all plugins offer, found, checked and frozen: the first stage of every run, and the only package that talks to pluggy.

Start at `load`. `discovery` says which plugins there are, `loading` isolates what they do, `offers` says what is acceptable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve, frozen

from kpicore.errors import ConfigError, KpiError, PluginError, ScorecardError, nearest
from kpicore.model.plugin import Failure, PluginInfo, PluginState
from kpicore.registry import offers
from kpicore.registry.discovery import CORE, Candidate, candidates, idle_blocks, refuse_core, refuse_twins
from kpicore.registry.loading import Loader

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from kpicore.model.matching import Matcher
    from kpicore.model.metric import Metric
    from kpicore.model.offer import Aggregator, Complexity, Normaliser, Report, Weighting
    from kpicore.model.rule import CreditRule
    from kpicore.model.source import Source

__all__ = ["BUILTIN", "CORE", "Registry", "load"]

T = TypeVar("T")

BUILTIN = "kpicore.builtin"
"""The core's own plugin. It stands above this package, so it is named, and imported like any other plugin."""


@frozen(eq=False, repr=False)
class Registry:
    """All offers by name, in the order of their names, with the plugins they come from and what failed."""

    sources: Mapping[str, Source]
    matchers: Mapping[str, Matcher]
    metrics: Mapping[str, Metric]
    rules: Mapping[str, CreditRule]
    complexities: Mapping[str, Complexity]
    normalisers: Mapping[str, Normaliser]
    weightings: Mapping[str, Weighting]
    aggregators: Mapping[str, Aggregator]
    reports: Mapping[str, Report]
    plugins: tuple[PluginInfo, ...] = ()
    """Every plugin that was found, the core's own first, then by name."""
    failures: tuple[Failure, ...] = ()
    """What is not in use, sorted by plugin."""

    def __repr__(self) -> str:
        """Say how much there is."""
        return f"<Registry ({len(self.plugins)} plugins, {len(self.metrics)} metrics, {len(self.failures)} failures)>"

    def metric(self, name: str) -> Metric:
        """Return a metric; an unknown name raises ScorecardError with the nearest name."""
        return self._find(offers.METRICS, self.metrics, name, ScorecardError)

    def complexity(self, name: str) -> Complexity:
        """Return a complexity method; an unknown name raises ScorecardError with the nearest name."""
        return self._find(offers.COMPLEXITIES, self.complexities, name, ScorecardError)

    def normaliser(self, name: str) -> Normaliser:
        """Return a normaliser; an unknown name raises ScorecardError with the nearest name."""
        return self._find(offers.NORMALISERS, self.normalisers, name, ScorecardError)

    def weighting(self, name: str) -> Weighting:
        """Return a weighting; an unknown name raises ScorecardError with the nearest name."""
        return self._find(offers.WEIGHTINGS, self.weightings, name, ScorecardError)

    def aggregator(self, name: str) -> Aggregator:
        """Return an aggregator; an unknown name raises ScorecardError with the nearest name."""
        return self._find(offers.AGGREGATORS, self.aggregators, name, ScorecardError)

    def rule(self, name: str) -> CreditRule:
        """Return a credit rule; an unknown name raises ConfigError with the nearest name."""
        return self._find(offers.RULES, self.rules, name, ConfigError)

    def source(self, name: str) -> Source:
        """Return a kind of source; an unknown name raises ConfigError with the nearest name."""
        return self._find(offers.SOURCES, self.sources, name, ConfigError)

    def report(self, name: str) -> Report:
        """Return a report; an unknown name raises ConfigError with the nearest name."""
        return self._find(offers.REPORTS, self.reports, name, ConfigError)

    def _find(self, kind: offers.Kind[T], found: Mapping[str, T], name: str, error: type[KpiError]) -> T:
        if name in found:
            return found[name]
        raise error(f"there is no {kind.word} {name!r}{nearest(name, found)}{_absent(self, kind)}")

    def versions(self) -> dict[str, str]:
        """Return the version of each plugin in use, by name; '' where it has none."""
        return {plugin.name: plugin.version or "" for plugin in self.plugins if plugin.state == "loaded"}

    def plugin_of(self, hook: str, name: str) -> PluginInfo | None:
        """Return the plugin whose offer of this name is in use, e.g. of ('kpicore_metrics', 'sales.win_rate')."""
        return next((plugin for plugin in self.plugins if name in plugin.offers.get(hook, ())), None)


def load(
    *,
    builtin: str | None = BUILTIN,
    plugins: Sequence[object] = (),
    entry_points: bool = True,
    block: Collection[str] = (),
    require: Collection[str] = (),
    parameters: Mapping[str, Mapping[str, object]] | None = None,
) -> Registry:
    """Find all plugins, ask each for its offers, and check them; what fails is named and the rest goes on.

    Args:
        builtin: module of the core's own plugin, which comes first; None leaves it out.
        plugins: plugins that are not installed, as modules or objects.
        entry_points: whether to look for installed plugins.
        block: names of plugins that are not even imported.
        require: names of plugins without which, or with a failure of which, there is no result.
        parameters: per name of a metric or credit rule, what its plugin is to build it with.

    Raises:
        ConfigError: the core's own plugin is blocked, or parameters are given for a metric, rule or key that does not exist.
        PluginError: two plugins share a name, or a required one is missing or failed.
    """
    refuse_core(block)
    given = _tables(parameters or {})
    found = candidates(builtin, plugins, entry_points=entry_points)
    active = [candidate for candidate in found if candidate.name not in block]
    refuse_twins(active)
    loader = Loader()
    loader.failures.extend(idle_blocks(block, found))
    for candidate in active:
        loader.add(candidate)
    registry = _gathered(loader, given)
    infos = tuple(_info(candidate, loader, block) for candidate in found)
    registry = evolve(registry, plugins=infos, failures=tuple(sorted(loader.failures)))
    _check_required(registry, require)
    _check_parameters(registry, given)
    return registry


def _tables(parameters: Mapping[str, object]) -> dict[str, dict[str, object]]:
    for name, table in parameters.items():
        if not isinstance(table, Mapping):
            raise ConfigError(f"the parameters of a metric or credit rule must be a table (got {table!r} in [parameters] for {name!r})")
    return {name: dict(table) for name, table in parameters.items() if isinstance(table, Mapping)}


def _gathered(loader: Loader, parameters: Mapping[str, Mapping[str, object]]) -> Registry:
    return Registry(
        sources=loader.collect(offers.SOURCES),
        matchers=loader.collect(offers.MATCHERS),
        metrics=loader.collect(offers.METRICS, parameters=parameters),
        rules=loader.collect(offers.RULES, parameters=parameters),
        complexities=loader.collect(offers.COMPLEXITIES),
        normalisers=loader.collect(offers.NORMALISERS),
        weightings=loader.collect(offers.WEIGHTINGS),
        aggregators=loader.collect(offers.AGGREGATORS),
        reports=loader.collect(offers.REPORTS),
    )


def _info(candidate: Candidate, loader: Loader, block: Collection[str]) -> PluginInfo:
    name = candidate.name
    state: PluginState = "blocked" if name in block else "loaded" if name in loader.loaded else "failed"
    reasons = [failure.why for failure in loader.failures if failure.plugin == name]
    why = {"loaded": None, "blocked": "blocked by name", "failed": "".join(reasons[:1])}[state]
    return PluginInfo(name, candidate.distribution, candidate.version, state, why, loader.offers(name))


def _check_required(registry: Registry, require: Iterable[str]) -> None:
    expected = sorted(set(require))
    reasons = {failure.plugin: f"{failure.what}: {failure.why}" for failure in reversed(registry.failures)}
    states = {plugin.name: plugin for plugin in registry.plugins}
    missing = []
    for name in expected:
        if name not in states:
            missing.append(f"{name} (not installed{nearest(name, states)})")
        elif states[name].state == "blocked" or name in reasons:
            missing.append(f"{name} ({reasons.get(name, 'blocked')})")
    if missing:
        raise PluginError(
            "every required plugin must be installed, not blocked, and without a failure; install, repair or no longer require it\n"
            f"  installed: {', '.join(sorted(states)) or 'none'}\n  expected:  {', '.join(expected)}\n  missing:   {', '.join(missing)}"
        )


def _check_parameters(registry: Registry, parameters: Mapping[str, Mapping[str, object]]) -> None:
    takers: dict[str, Metric | CreditRule] = {**registry.metrics, **registry.rules}
    for name, table in parameters.items():
        if name not in takers:
            hint = f"{nearest(name, takers)}{_absent(registry, offers.METRICS, offers.RULES)}"
            raise ConfigError(f"[parameters] must name metrics or credit rules (got {name!r}, which does not exist){hint}")
        known = takers[name].parameters
        for key in table:
            if key not in known:
                hint = nearest(key, known) if known else "; it takes none"
                what = "metric" if name in registry.metrics else "credit rule"
                raise ConfigError(f'[parameters."{name}"] must only have keys that the {what} takes (got {key!r}){hint}')


def _absent(registry: Registry, *kinds: offers.Kind[Any]) -> str:
    """Name what is not in use and may be what is missed: blocked plugins, plugins that did not load, hooks and offers of these kinds."""
    reasons = [f"{plugin.name} is blocked" for plugin in registry.plugins if plugin.state == "blocked"]
    hooks, words = ("import", "register", *(kind.hook for kind in kinds)), tuple(f"{kind.word} " for kind in kinds)
    near = [each for each in registry.failures if each.what in hooks or each.what.startswith(words)]
    reasons += [f"{failure.plugin}: {failure.what}: {failure.why}" for failure in near]
    more = [f"and {len(reasons) - 3} more"] if len(reasons) > 3 else []
    return f" (not in use: {'; '.join([*reasons[:3], *more])})" if reasons else ""
