"""What became of each plugin: what it offers, or why it is not in use. Printed by `kpicore plugins` and kept with every result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

PluginState: TypeAlias = Literal["loaded", "blocked", "failed"]


@frozen(order=True)
class Failure:
    """One thing of one plugin that is not in use. Everything else goes on."""

    plugin: str
    """Name of the plugin."""
    what: str
    """What failed: 'import', the name of a hook, or the offer, e.g. "metric 'sales.win_rate'"."""
    why: str
    """The reason, in one line."""

    def to_dict(self) -> dict[str, str]:
        """Return the failure as the result contract has it."""
        return {"plugin": self.plugin, "what": self.what, "why": self.why}


@frozen
class PluginInfo:
    """One plugin that was found, and what it offers."""

    name: str
    """Name of the entry point, or of the module that was passed."""
    distribution: str | None = None
    """The distribution that brought it; none for a plugin that was passed as an object."""
    version: str | None = None
    """Version of that distribution."""
    state: PluginState = "loaded"
    """A plugin of which one offer failed is still loaded; the failure is listed."""
    why: str | None = None
    """Why it is not loaded."""
    offers: Mapping[str, tuple[str, ...]] = field(factory=dict)
    """Per hook, the names of the offers that are in use, sorted."""

    def to_dict(self) -> dict[str, object]:
        """Return the plugin as `kpicore plugins --json` prints it."""
        offers = {hook: list(names) for hook, names in self.offers.items()}
        fields = {"name": self.name, "distribution": self.distribution, "version": self.version, "state": self.state, "why": self.why}
        return {**fields, "offers": offers}
