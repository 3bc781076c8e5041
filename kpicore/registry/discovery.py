"""Which plugins there are: the core's own, then those passed as objects and those of the entry points, by name."""

from __future__ import annotations

from importlib import import_module, metadata
from typing import TYPE_CHECKING

from attrs import field, frozen

from kpicore import __version__
from kpicore.errors import ConfigError, PluginError, nearest
from kpicore.model.plugin import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

CORE = "kpicore"
"""Name of the core's own plugin, which comes first and cannot be blocked."""

GROUP = "kpicore"
"""Group of the entry points by which plugins are found."""


@frozen(eq=False)
class Candidate:
    """One plugin before it is imported."""

    name: str
    """Name of the entry point, or of the object."""
    target: str
    """The module, or 'module:attribute', that is the plugin."""
    load: Callable[[], object] = field(repr=False)
    """Imports the plugin; may raise whatever the plugin raises."""
    distribution: str | None = None
    version: str | None = None

    @property
    def origin(self) -> str:
        """Where it comes from, in words."""
        return "a plugin passed as an object" if self.distribution is None else f"the distribution {self.distribution!r}"


def candidates(builtin: str | None, plugins: Sequence[object], *, entry_points: bool) -> list[Candidate]:
    """Return all plugins in the order in which they are asked: the core's own, then the others by name.

    An object passed in that is the very module of an entry point of its name counts once.
    """
    found = [_installed(entry) for entry in metadata.entry_points(group=GROUP)] if entry_points else []
    installed = {(candidate.name, candidate.target) for candidate in found}
    passed = [candidate for candidate in map(_passed, plugins) if (candidate.name, candidate.target) not in installed]
    core = [] if builtin is None else [Candidate(CORE, builtin, lambda: import_module(builtin), CORE, __version__)]
    return [*core, *sorted([*found, *passed], key=lambda candidate: (candidate.name, candidate.origin))]


def _installed(entry: metadata.EntryPoint) -> Candidate:
    distribution, version = _distribution(entry)
    return Candidate(entry.name, entry.value, entry.load, distribution, version)


def _distribution(entry: metadata.EntryPoint) -> tuple[str, str | None]:
    try:
        return (entry.dist.name, entry.dist.version) if entry.dist is not None else ("unknown", None)
    except Exception:  # noqa: BLE001  # a damaged installation raises many things, and only the name is lost
        return ("unknown", None)


def _passed(plugin: object) -> Candidate:
    name = getattr(plugin, "__name__", None) or type(plugin).__name__
    version = getattr(plugin, "__version__", None)
    return Candidate(name, name, lambda: plugin, version=version if isinstance(version, str) else None)


def refuse_core(block: Collection[str]) -> None:
    """Refuse to block the core's own plugin.

    Raises:
        ConfigError: it is among the names to block.
    """
    if CORE in block:
        raise ConfigError(f"the plugin {CORE!r} cannot be blocked: it is the core's own; remove it from the blocked plugins")


def refuse_twins(found: Iterable[Candidate]) -> None:
    """Refuse two plugins of one name: neither may win in silence.

    Raises:
        PluginError: two plugins share a name; both origins are named.
    """
    seen: dict[str, Candidate] = {}
    for candidate in found:
        first = seen.setdefault(candidate.name, candidate)
        if first is not candidate:
            raise PluginError(
                f"two plugins must not share a name (got {candidate.name!r} from {first.origin} and from {candidate.origin});"
                f" remove one of them, or block {candidate.name!r}"
            )


def idle_blocks(block: Iterable[str], found: Sequence[Candidate]) -> list[Failure]:
    """Return a failure for each blocked name that no plugin has: what was meant may be running."""
    names = [candidate.name for candidate in found]
    return [
        Failure(name, "block", f"no plugin has this name, so nothing was blocked{nearest(name, names)}")
        for name in block
        if name not in names
    ]
