"""Plugins for the tests of the registry: installed ones, with real metadata, and ones made by hand."""

from __future__ import annotations

import importlib
import sys
import textwrap
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from kpicore import facts, registry
from kpicore.hookspecs import hookimpl
from kpicore.model.kinds import Count
from kpicore.model.measure import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

METRIC = """
from kpicore import facts
from kpicore.hookspecs import hookimpl
from kpicore.model.measure import count
from kpicore.model.kinds import Count

deal = facts.opportunity.c

def metric(name, **fields):
    texts = {"title": {"en": name, "zh": name}, "definition": "Deals."}
    return Count(name=name, of=count(deal.opportunity_id), subject=deal.owner_id, at=deal.closed_at, **{**texts, **fields})
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Install a plugin: a module, and a distribution whose metadata names it as an entry point."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(name: str, body: str, *, module: str | None = None, distribution: str | None = None, version: str = "1.0") -> None:
        module, distribution = module or name, distribution or name.replace("_", "-")
        (tmp_path / f"{module}.py").write_text(METRIC + textwrap.dedent(body), encoding="utf-8")
        info = tmp_path / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[kpicore]\n{name} = {module}\n", encoding="utf-8")
        importlib.invalidate_caches()

    yield write
    for name in [name for name in sys.modules if name.startswith("t_")]:
        del sys.modules[name]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[..., registry.Registry]:
    """Load the plugins that the test installs, and no others."""
    from importlib import metadata

    every = metadata.entry_points

    def mine(*, group: str) -> list[metadata.EntryPoint]:
        return [entry for entry in every(group=group) if entry.name.startswith("t_")]

    monkeypatch.setattr(metadata, "entry_points", mine)
    return lambda **options: registry.load(**{"builtin": None, **options})


def metric(name: str, **fields: Any) -> Count:
    """Make a metric that the registry accepts."""
    deal = facts.opportunity.c
    texts = {"title": {"en": "Deals", "zh": "商机"}, "definition": "Deals."}
    return Count(name=name, of=count(deal.opportunity_id), subject=deal.owner_id, at=deal.closed_at, **{**texts, **fields})


def plugin(called: str = "acme", **hooks: Callable[..., object]) -> ModuleType:
    """Make a plugin object whose functions are marked."""
    module = ModuleType(called)
    for hook, function in hooks.items():
        setattr(module, hook, hookimpl(function))
    return module


def nothing() -> Callable[[], list[object]]:
    """Make a function that offers nothing and is not marked."""
    return lambda: []  # noqa: PIE807  # pluggy marks functions, and `list` is none


def offering(name: str, *metrics: object) -> ModuleType:
    """Make a plugin that offers metrics."""
    return plugin(name, kpicore_metrics=lambda: list(metrics))


def alone(*plugins: object, **options: Any) -> registry.Registry:
    """Load plugin objects and nothing else."""
    return registry.load(**{"builtin": None, "entry_points": False, "plugins": plugins, **options})


def told(loaded: registry.Registry) -> list[tuple[str, str, str]]:
    """Return the failures as tuples."""
    return [(failure.plugin, failure.what, failure.why) for failure in loaded.failures]


@pytest.fixture(name="metric")
def _metric() -> Callable[..., Any]:
    """Give tests the function."""
    return metric


@pytest.fixture(name="plugin")
def _plugin() -> Callable[..., Any]:
    """Give tests the function."""
    return plugin


@pytest.fixture(name="nothing")
def _nothing() -> Callable[..., Any]:
    """Give tests the function."""
    return nothing


@pytest.fixture(name="offering")
def _offering() -> Callable[..., Any]:
    """Give tests the function."""
    return offering


@pytest.fixture(name="alone")
def _alone() -> Callable[..., Any]:
    """Give tests the function."""
    return alone


@pytest.fixture(name="told")
def _told() -> Callable[..., Any]:
    """Give tests the function."""
    return told
