"""Loads plugins one at a time and asks each for its offers; whatever a plugin does is named, isolated and survived. Talks to pluggy."""

from __future__ import annotations

import inspect
import traceback
from copy import deepcopy
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import pluggy

from kpicore import hookspecs
from kpicore.errors import KpiError, nearest
from kpicore.model.plugin import Failure
from kpicore.registry.offers import checked, sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kpicore.registry.discovery import Candidate
    from kpicore.registry.offers import Kind

T = TypeVar("T")

PREFIX = "kpicore_"
HOOKS: tuple[str, ...] = tuple(name for name in vars(hookspecs) if name.startswith(PREFIX))
"""Names of all hooks, in the order of a run."""


class Loader:
    """One load in progress: who is registered, what is taken, what has failed."""

    def __init__(self) -> None:
        """Begin with no plugin."""
        self.failures: list[Failure] = []
        self.loaded: list[str] = []
        self._owners: dict[tuple[str, str], str] = {}
        self._manager = pluggy.PluginManager("kpicore")
        self._manager.add_hookspecs(hookspecs)

    def add(self, candidate: Candidate) -> None:
        """Import and register a plugin."""
        plugin = self._attempt(candidate.name, "import", partial(_imported, candidate))
        if plugin is not None and self._attempt(candidate.name, "register", partial(self._register, candidate.name, plugin)):
            self.loaded.append(candidate.name)

    def _register(self, name: str, plugin: object) -> bool:
        try:
            self._manager.register(plugin, name)
        except pluggy.PluginValidationError:
            self._manager.unregister(name=name)
            raise
        callers, unmarked = self._manager.get_hookcallers(plugin) or [], _unmarked(plugin)
        for hook in [caller.name for caller in callers if not caller.has_spec() and not _is_optional(caller, plugin)]:
            self._fail(name, hook, f"there is no such hook{nearest(hook, HOOKS)}")
        for hook in unmarked:
            self._fail(name, hook, _advice(hook))
        if not callers and not unmarked:
            self._fail(name, "register", "it implements no hook; mark its functions with @kpicore.hookimpl")
        return True

    def collect(self, kind: Kind[T], **arguments: object) -> Mapping[str, T]:
        """Ask every plugin for its offers of one kind; of two of one name, the first in the order of plugins stays."""
        kept: dict[str, T] = {}
        for implementation in self._implementations(kind.hook):
            plugin = implementation.plugin_name
            answer = self._attempt(plugin, kind.hook, partial(_asked, implementation, arguments))
            for offer in answer or ():
                self._attempt(plugin, kind.hook, partial(self._keep, kept, kind, plugin, offer))
        return MappingProxyType(dict(sorted(kept.items())))

    def _implementations(self, hook: str) -> list[pluggy.HookImpl]:
        found = getattr(self._manager.hook, hook).get_hookimpls()
        return sorted(found, key=lambda implementation: self.loaded.index(implementation.plugin_name))

    def _keep(self, kept: dict[str, T], kind: Kind[T], plugin: str, offer: object) -> None:
        what = f"{kind.word} {_name_of(offer)!r}"
        good = self._attempt(plugin, what, partial(checked, kind, offer))
        if good is None:
            return
        name = _name_of(good)
        owner = self._owners.setdefault((kind.hook, name), plugin)
        if name in kept:
            others = "it offers this name twice" if owner == plugin else f"{owner!r} already offers this name"
            self._fail(plugin, what, f"{others}; only the first is in use, so give one of them another name")
        else:
            kept[name] = good

    def offers(self, plugin: str) -> dict[str, tuple[str, ...]]:
        """Return, per hook, the names that are in use from this plugin."""
        mine = {hook: sorted(name for (of, name), owner in self._owners.items() if (of, owner) == (hook, plugin)) for hook in HOOKS}
        return {hook: tuple(names) for hook, names in mine.items() if names}

    def _attempt(self, plugin: str, what: str, action: Callable[[], T]) -> T | None:
        try:
            return action()
        except KeyboardInterrupt:
            raise  # It is the user's.
        # A plugin must not end the program of its host, be it by sys.exit or by whatever else is no Exception.
        except BaseException as error:  # noqa: BLE001  # a plugin may raise anything; the rest goes on
            self._fail(plugin, what, _said(error))
            return None

    def _fail(self, plugin: str, what: str, why: str) -> None:
        self.failures.append(Failure(plugin, what, why))


def _imported(candidate: Candidate) -> object:
    plugin = candidate.load()
    if plugin is None:
        raise TypeError(f"{candidate.target!r} must be a module or object with hooks (got None)")
    return plugin


def _asked(implementation: pluggy.HookImpl, arguments: Mapping[str, object]) -> tuple[object, ...]:
    # Each plugin gets its own copy: what one does to it, the next must not see.
    given = [deepcopy(arguments[name]) for name in implementation.argnames]
    return sequence(implementation.function(*given))


def _name_of(offer: object) -> str:
    name = getattr(offer, "name", None)
    return name if isinstance(name, str) else type(offer).__name__


def _is_optional(caller: pluggy.HookCaller, plugin: object) -> bool:
    return all(implementation.optionalhook for implementation in caller.get_hookimpls() if implementation.plugin is plugin)


def _unmarked(plugin: object) -> list[str]:
    """Return functions that are, or nearly are, named like a hook but lack the marker: pluggy would pass over them in silence."""
    stems = [hook.removeprefix(PREFIX) for hook in HOOKS]
    names = [name for name in dir(plugin) if name.startswith(PREFIX) and get_close_matches(name.removeprefix(PREFIX), stems, cutoff=0.7)]
    functions = {name: getattr(plugin, name) for name in names}
    return [name for name, function in functions.items() if inspect.isroutine(function) and not hasattr(function, "kpicore_impl")]


def _advice(name: str) -> str:
    known = "" if name in HOOKS else f", and there is no such hook{nearest(name, HOOKS)}"
    return f"it is not marked with @kpicore.hookimpl, so nobody calls it{known}"


def _said(error: BaseException) -> str:
    """Say in one line what a plugin raised, and where."""
    if isinstance(error, SystemExit):
        return f"it called sys.exit({error.code!r}){_where(error)}"
    text = str(error) if isinstance(error, KpiError) else "".join(traceback.format_exception_only(error)[-1:])
    return f"{' '.join(text.split())}{_where(error)}"


def _where(error: BaseException) -> str:
    """Name the file and line, unless they are this package's or the import machinery's, which would tell nothing."""
    if isinstance(error, SyntaxError):
        return f" ({Path(error.filename or '?').name}, line {error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    own = Path(__file__).parent
    told = [frame for frame in frames[-1:] if "importlib" not in frame.filename and Path(frame.filename).parent != own]
    return "".join(f" ({Path(frame.filename).name}, line {frame.lineno})" for frame in told)
