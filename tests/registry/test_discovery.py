"""Discovery: plugins are found by their entry points, in the order of their names; blocked and equal names are settled first."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from kpicore.errors import ConfigError, ExitCode, PluginError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
@hookimpl
def kpicore_metrics():
    return [metric("NAME.deals")]
"""


def test_an_installed_plugin_is_found_by_its_entry_point(install: Any, load: Any) -> None:
    """Name, distribution, version and offers are those of the installed distribution."""
    install("t_acme", GOOD.replace("NAME", "acme"), distribution="kpicore-acme", version="2.3")

    loaded = load()

    assert list(loaded.metrics) == ["acme.deals"]
    (found,) = loaded.plugins
    assert found.to_dict() == {
        "name": "t_acme",
        "distribution": "kpicore-acme",
        "version": "2.3",
        "state": "loaded",
        "why": None,
        "offers": {"kpicore_metrics": ["acme.deals"]},
    }
    assert loaded.failures == ()
    assert loaded.versions() == {"t_acme": "2.3"}


def test_discovery_can_be_switched_off(install: Any, load: Any) -> None:
    """Without entry points nothing installed is imported."""
    install("t_acme", GOOD)

    assert load(entry_points=False).plugins == ()
    assert "t_acme" not in sys.modules


def test_order_depends_on_names_only(install: Any, load: Any, metric: Any, offering: Any) -> None:
    """Neither the order of installation nor that of the offers shows."""
    for name in ("t_zoo", "t_acme", "t_mid"):
        install(name, f"@hookimpl\ndef kpicore_metrics():\n    return [metric('{name}.b'), metric('{name}.a')]\n")

    loaded = load(plugins=[offering("t_hand", metric("t_hand.a"))])

    assert [found.name for found in loaded.plugins] == ["t_acme", "t_hand", "t_mid", "t_zoo"]
    assert list(loaded.metrics) == ["t_acme.a", "t_acme.b", "t_hand.a", "t_mid.a", "t_mid.b", "t_zoo.a", "t_zoo.b"]


def test_an_entry_point_of_a_missing_module_is_a_failure(install: Any, load: Any, tmp_path: Path, told: Any) -> None:
    """A distribution whose module is gone is a failure like any other."""
    install("t_gone", "")
    (tmp_path / "t_gone.py").unlink()

    assert told(load()) == [("t_gone", "import", "ModuleNotFoundError: No module named 't_gone'")]


def test_two_distributions_with_one_plugin_name_are_refused(install: Any, load: Any) -> None:
    """Neither may win in silence; both are named."""
    install("t_acme", GOOD, distribution="acme-one")
    install("t_acme", GOOD, distribution="acme-two", module="t_other")

    with pytest.raises(PluginError, match="'t_acme' from the distribution 'acme-one' and from the distribution 'acme-two'") as caught:
        load()

    assert caught.value.exit_code == ExitCode.PLUGIN
    assert [found.state for found in load(block=["t_acme"]).plugins] == ["blocked", "blocked"]


def test_a_passed_module_that_is_also_installed_counts_once(install: Any, load: Any) -> None:
    """An author may pass the module under test although it is installed."""
    install("t_acme", GOOD.replace("NAME", "acme"))
    import t_acme  # type: ignore[import-not-found]  # written by the test

    loaded = load(plugins=[t_acme])

    assert [(found.name, found.distribution) for found in loaded.plugins] == [("t_acme", "t-acme")]
    assert loaded.failures == ()


def test_another_object_under_an_installed_name_is_refused(install: Any, load: Any, offering: Any) -> None:
    """An object does not replace an installed plugin."""
    install("t_acme", GOOD, module="t_acme_module")

    with pytest.raises(PluginError, match="from a plugin passed as an object and from the distribution 't-acme'"):
        load(plugins=[offering("t_acme")])


def test_a_blocked_plugin_is_not_imported(install: Any, load: Any) -> None:
    """Its code does not run, and the list says that it is blocked."""
    install("t_acme", "raise AssertionError('imported')")

    loaded = load(block=["t_acme"])

    assert [(found.name, found.state, found.why) for found in loaded.plugins] == [("t_acme", "blocked", "blocked by name")]
    assert loaded.failures == ()
    assert loaded.versions() == {}


def test_a_blocked_name_that_no_plugin_has_is_told(metric: Any, offering: Any, alone: Any, told: Any) -> None:
    """A misspelt block leaves the plugin running, so it is said."""
    loaded = alone(offering("acme", metric("acme.deals")), block=["acne"])

    assert told(loaded) == [("acne", "block", "no plugin has this name, so nothing was blocked; did you mean 'acme'?")]


def test_the_core_cannot_be_blocked(alone: Any) -> None:
    """Without the core's own plugin nothing can be scored."""
    with pytest.raises(ConfigError, match="'kpicore' cannot be blocked"):
        alone(block=["kpicore"])
