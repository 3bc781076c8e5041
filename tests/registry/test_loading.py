"""Loading: whatever a plugin does is named, isolated and survived; of two offers of one name the first stays."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from kpicore.hookspecs import hookimpl
from kpicore.model.offer import Report

if TYPE_CHECKING:
    from pathlib import Path

    from kpicore.model.metric import Metric

GOOD = """
@hookimpl
def kpicore_metrics():
    return [metric("NAME.deals")]
"""

BODY = 12
"""The first line of a plugin's own text, after what the fixture `install` puts before it."""

REPORT = Report("acme_pdf", {"en": "PDF", "zh": "PDF"}, lambda result, locale: f"{result}{locale}")


@pytest.mark.parametrize(
    ("body", "what", "why"),
    [
        (
            "import nowhere_to_be_found\n",
            "import",
            f"ModuleNotFoundError: No module named 'nowhere_to_be_found' (t_bad.py, line {BODY})",
        ),
        ("raise ValueError('no\\n  licence')\n", "import", f"ValueError: no licence (t_bad.py, line {BODY})"),
        ("def broken(:\n", "import", f"SyntaxError: invalid syntax (t_bad.py, line {BODY})"),
        (
            "import asyncio\nraise asyncio.CancelledError('not now')\n",
            "import",
            f"asyncio.exceptions.CancelledError: not now (t_bad.py, line {BODY + 1})",
        ),
        ("import sys\nsys.exit(3)\n", "import", f"it called sys.exit(3) (t_bad.py, line {BODY + 1})"),
        (
            "@hookimpl\ndef kpicore_metrics(parameters):\n    return [1 / 0]\n",
            "kpicore_metrics",
            f"ZeroDivisionError: division by zero (t_bad.py, line {BODY + 2})",
        ),
        (
            "@hookimpl\ndef kpicore_metrics():\n    raise SystemExit\n",
            "kpicore_metrics",
            f"it called sys.exit(None) (t_bad.py, line {BODY + 2})",
        ),
        (
            "@hookimpl\ndef kpicore_metrics():\n    return None\n",
            "kpicore_metrics",
            "must return a list of offers, which may be empty (got None)",
        ),
        ("@hookimpl\ndef kpicore_metrics():\n    return {'a.b': 1}\n", "kpicore_metrics", "(got a value of type dict)"),
        ("@hookimpl\ndef kpicore_metrics():\n    yield metric('a.b')\n", "kpicore_metrics", "(got a value of type generator)"),
        ("@hookimpl\ndef kpicore_metrics():\n    return 'a.b'\n", "kpicore_metrics", "(got a value of type str)"),
        ("@hookimpl\ndef kpicore_metrics(config):\n    return []\n", "register", "config"),
        ("x = 1\n", "register", "it implements no hook; mark its functions with @kpicore.hookimpl"),
    ],
)
def test_a_failing_plugin_is_named_and_the_rest_goes_on(install: Any, load: Any, body: str, what: str, why: str, told: Any) -> None:
    """Whatever one plugin does at import or in a hook, the plugins before and after it are in use."""
    install("t_bad", body)
    install("t_aaa", GOOD.replace("NAME", "before"))
    install("t_zzz", GOOD.replace("NAME", "after"))

    loaded = load()

    assert list(loaded.metrics) == ["after.deals", "before.deals"]
    ((who, where, reason),) = told(loaded)
    assert (who, where) == ("t_bad", what)
    assert why in reason
    assert "\n" not in reason


def test_a_plugin_that_cannot_be_imported_is_listed_as_failed(install: Any, load: Any) -> None:
    """The list of plugins says why it is not loaded."""
    install("t_bad", "raise ValueError('no licence')")

    (found,) = load().plugins

    assert (found.state, found.offers) == ("failed", {})
    assert found.why is not None
    assert found.why.startswith("ValueError: no licence")


def test_the_users_interrupt_passes(install: Any, load: Any) -> None:
    """Ctrl-C while plugins load ends the program."""
    install("t_slow", "raise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        load()


def test_an_error_that_cannot_be_printed_is_still_a_failure(plugin: Any, alone: Any, told: Any) -> None:
    """An exception whose own text raises does not escape."""

    class Hostile(Exception):  # noqa: N818  # it stands for anything a plugin may define
        def __str__(self) -> str:
            raise RuntimeError

    def fail() -> object:
        raise Hostile

    ((who, what, why),) = told(alone(plugin(kpicore_metrics=fail)))

    assert (who, what) == ("acme", "kpicore_metrics")
    assert "Hostile" in why


def test_one_failing_hook_leaves_the_others_of_its_plugin(plugin: Any, alone: Any) -> None:
    """A plugin whose metrics fail still offers its report."""
    loaded = alone(plugin(kpicore_metrics=lambda: [1 / 0], kpicore_reports=lambda: [REPORT]))

    assert dict(loaded.reports) == {"acme_pdf": REPORT}
    assert [failure.what for failure in loaded.failures] == ["kpicore_metrics"]
    assert loaded.plugins[0].state == "loaded"


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("kpicore_metrcs", "there is no such hook; did you mean 'kpicore_metrics'?"),
        ("kpicore_report", "there is no such hook; did you mean 'kpicore_reports'?"),
        ("unlike_any", "there is no such hook; valid are kpicore_aggregators, kpicore_complexities, kpicore_matchers,"),
    ],
)
def test_a_misspelt_hook_is_told(name: str, advice: str, plugin: Any, nothing: Any, alone: Any, told: Any) -> None:
    """A marked function that is no hook is a failure; the plugin's right hooks are used."""
    loaded = alone(plugin("acme", **{name: nothing(), "kpicore_reports": lambda: [REPORT]}))

    ((who, what, why),) = told(loaded)
    assert (who, what) == ("acme", name)
    assert why.startswith(advice)
    assert list(loaded.reports) == ["acme_pdf"]


@pytest.mark.parametrize(("name", "words"), [("kpicore_metrics", "not marked"), ("kpicore_metrcs", "did you mean 'kpicore_metrics'")])
def test_an_unmarked_hook_is_told(name: str, words: str, nothing: Any, alone: Any, told: Any) -> None:
    """A function that is named like a hook, or nearly so, but lacks the marker would never be called."""
    module = ModuleType("acme")
    setattr(module, name, nothing())

    ((who, what, why),) = told(alone(module))

    assert (who, what) == ("acme", name)
    assert words in why


def test_an_optional_hook_of_a_later_version_is_no_failure(metric: Any, nothing: Any, offering: Any, alone: Any) -> None:
    """A plugin may implement a hook that only other versions have, if it says so."""
    module = offering("acme", metric("acme.deals"))
    module.kpicore_dashboards = hookimpl(optionalhook=True)(nothing())

    assert alone(module).failures == ()


def test_the_core_comes_first_and_keeps_its_names(metric: Any, offering: Any, alone: Any, told: Any) -> None:
    """A third party cannot take a name of the core, whatever its own name sorts before."""
    core = offering("core_stub", metric("core.deals", unit="of the core"))
    sys.modules["core_stub"] = core
    try:
        loaded = alone(offering("aaa", metric("core.deals")), builtin="core_stub")
    finally:
        del sys.modules["core_stub"]

    assert [found.name for found in loaded.plugins] == ["kpicore", "aaa"]
    assert loaded.metric("core.deals").unit == "of the core"
    assert told(loaded) == [
        ("aaa", "metric 'core.deals'", "'kpicore' already offers this name; only the first is in use, so give one of them another name")
    ]


def test_a_taken_name_stays_with_the_first_and_is_told(metric: Any, offering: Any, alone: Any) -> None:
    """Of two plugins the first by name keeps the name; the second's other offers are in use."""
    first, second = metric("deals.won", unit="first"), metric("deals.won", unit="second")

    loaded = alone(offering("zoo", second, metric("zoo.deals")), offering("acme", first))

    assert loaded.metric("deals.won") is first
    assert loaded.plugin_of("kpicore_metrics", "deals.won") == loaded.plugins[0]
    assert loaded.plugins[1].offers == {"kpicore_metrics": ("zoo.deals",)}
    assert [(failure.plugin, failure.what) for failure in loaded.failures] == [("zoo", "metric 'deals.won'")]
    assert "'acme' already offers this name" in loaded.failures[0].why


def test_a_name_offered_twice_by_one_plugin_is_told(metric: Any, offering: Any, alone: Any) -> None:
    """The first stays, as between plugins."""
    loaded = alone(offering("acme", metric("acme.deals"), metric("acme.deals")))

    assert list(loaded.metrics) == ["acme.deals"]
    assert "it offers this name twice" in loaded.failures[0].why


def test_an_object_with_methods_is_a_plugin(metric: Any, alone: Any) -> None:
    """An embedding program may pass an instance instead of a module."""

    class Own:
        @hookimpl
        def kpicore_metrics(self) -> list[Metric]:
            return [metric("own.deals")]

    loaded = alone(Own())

    assert [found.name for found in loaded.plugins] == ["Own"]
    assert list(loaded.metrics) == ["own.deals"]


def test_a_plugin_that_is_none_is_a_failure(install: Any, load: Any, tmp_path: Path, told: Any) -> None:
    """An entry point may name an attribute that holds nothing."""
    install("t_none", "nothing = None\n")
    (tmp_path / "t_none-1.0.dist-info" / "entry_points.txt").write_text("[kpicore]\nt_none = t_none:nothing\n", encoding="utf-8")

    ((who, what, why),) = told(load())

    assert (who, what) == ("t_none", "import")
    assert "got None" in why


def test_a_plain_object_without_hooks_is_told(alone: Any) -> None:
    """A namespace without any hook is most likely the wrong object."""
    assert [failure.what for failure in alone(SimpleNamespace(x=1)).failures] == ["register"]
