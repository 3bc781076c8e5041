"""The registry: plugins are found, loaded one at a time, checked and frozen; what fails is named and the rest goes on."""

from __future__ import annotations

import sys
import textwrap
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from kpicore import facts, registry
from kpicore.errors import ConfigError, ExitCode, KpiError, PluginError, ScorecardError
from kpicore.hookspecs import hookimpl
from kpicore.model.measure import count
from kpicore.model.metric import Count, Metric
from kpicore.model.offer import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

METRIC = """
from kpicore import facts
from kpicore.hookspecs import hookimpl
from kpicore.model.measure import count
from kpicore.model.metric import Count

deal = facts.opportunity.c

def metric(name, **fields):
    texts = {"title": {"en": name, "zh": name}, "definition": "Deals."}
    return Count(name=name, of=count(deal.opportunity_id), subject=deal.owner_id, at=deal.closed_at, **{**texts, **fields})
"""

GOOD = """
@hookimpl
def kpicore_metrics():
    return [metric("NAME.deals")]
"""

BODY = METRIC.count("\n")
"""Lines before a plugin's own."""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Install a plugin: a module, and a distribution whose metadata names it as an entry point."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(name: str, body: str, *, module: str | None = None, distribution: str | None = None, version: str = "1.0") -> None:
        module, distribution = module or name, distribution or name.replace("_", "-")
        (tmp_path / f"{module}.py").write_text(METRIC + textwrap.dedent(body), encoding="utf-8")
        info = tmp_path / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[kpicore]\n{name} = {module}\n", encoding="utf-8")

    yield write
    for name in set(sys.modules) - before:
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


def test_order_depends_on_names_only(install: Any, load: Any) -> None:
    """Neither the order of installation nor that of the offers shows."""
    for name in ("t_zoo", "t_acme", "t_mid"):
        install(name, f"@hookimpl\ndef kpicore_metrics():\n    return [metric('{name}.b'), metric('{name}.a')]\n")

    loaded = load(plugins=[offering("t_hand", metric("t_hand.a"))])

    assert [found.name for found in loaded.plugins] == ["t_acme", "t_hand", "t_mid", "t_zoo"]
    assert list(loaded.metrics) == ["t_acme.a", "t_acme.b", "t_hand.a", "t_mid.a", "t_mid.b", "t_zoo.a", "t_zoo.b"]


@pytest.mark.parametrize(
    ("body", "what", "why"),
    [
        (
            "import nowhere_to_be_found\n",
            "import",
            f"ModuleNotFoundError: No module named 'nowhere_to_be_found' (t_bad.py, line {BODY + 1})",
        ),
        ("raise ValueError('no\\n  licence')\n", "import", f"ValueError: no licence (t_bad.py, line {BODY + 1})"),
        ("def broken(:\n", "import", "SyntaxError: invalid syntax"),
        ("import sys\nsys.exit(3)\n", "import", f"it called sys.exit(3) (t_bad.py, line {BODY + 2})"),
        (
            "@hookimpl\ndef kpicore_metrics(parameters):\n    return [1 / 0]\n",
            "kpicore_metrics",
            f"ZeroDivisionError: division by zero (t_bad.py, line {BODY + 3})",
        ),
        (
            "@hookimpl\ndef kpicore_metrics():\n    raise SystemExit\n",
            "kpicore_metrics",
            f"it called sys.exit(None) (t_bad.py, line {BODY + 3})",
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
def test_a_failing_plugin_is_named_and_the_rest_goes_on(install: Any, load: Any, body: str, what: str, why: str) -> None:
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


def test_an_entry_point_of_a_missing_module_is_a_failure(install: Any, load: Any, tmp_path: Path) -> None:
    """A distribution whose module is gone is a failure like any other."""
    install("t_gone", "")
    (tmp_path / "t_gone.py").unlink()

    assert told(load()) == [("t_gone", "import", "ModuleNotFoundError: No module named 't_gone'")]


def test_the_users_interrupt_passes(install: Any, load: Any) -> None:
    """Ctrl-C while plugins load ends the program."""
    install("t_slow", "raise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        load()


def test_an_error_that_cannot_be_printed_is_still_a_failure() -> None:
    """An exception whose own text raises does not escape."""

    class Hostile(Exception):  # noqa: N818  # it stands for anything a plugin may define
        def __str__(self) -> str:
            raise RuntimeError

    def fail() -> object:
        raise Hostile

    ((who, what, why),) = told(alone(plugin(kpicore_metrics=fail)))

    assert (who, what) == ("acme", "kpicore_metrics")
    assert "Hostile" in why


def test_one_failing_hook_leaves_the_others_of_its_plugin() -> None:
    """A plugin whose metrics fail still offers its report."""
    report = Report("acme_pdf", {"en": "PDF", "zh": "PDF"}, lambda result, locale: f"{result}{locale}")

    loaded = alone(plugin(kpicore_metrics=lambda: [1 / 0], kpicore_reports=lambda: [report]))

    assert dict(loaded.reports) == {"acme_pdf": report}
    assert [failure.what for failure in loaded.failures] == ["kpicore_metrics"]
    assert loaded.plugins[0].state == "loaded"


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("kpicore_metrcs", "there is no such hook; did you mean 'kpicore_metrics'?"),
        ("kpicore_report", "there is no such hook; did you mean 'kpicore_reports'?"),
        ("unlike_any", "there is no such hook; valid are kpicore_aggregators, kpicore_metrics,"),
    ],
)
def test_a_misspelt_hook_is_told(name: str, advice: str) -> None:
    """A marked function that is no hook is a failure; the plugin's right hooks are used."""
    loaded = alone(plugin("acme", **{name: nothing(), "kpicore_metrics": lambda: [metric("acme.deals")]}))

    ((who, what, why),) = told(loaded)
    assert (who, what) == ("acme", name)
    assert why.startswith(advice)
    assert list(loaded.metrics) == ["acme.deals"]


@pytest.mark.parametrize(("name", "words"), [("kpicore_metrics", "not marked"), ("kpicore_metrcs", "did you mean 'kpicore_metrics'")])
def test_an_unmarked_hook_is_told(name: str, words: str) -> None:
    """A function that is named like a hook, or nearly so, but lacks the marker would never be called."""
    module = ModuleType("acme")
    setattr(module, name, nothing())

    ((who, what, why),) = told(alone(module))

    assert (who, what) == ("acme", name)
    assert words in why


def test_an_optional_hook_of_a_later_version_is_no_failure() -> None:
    """A plugin may implement a hook that only other versions have, if it says so."""
    module = offering("acme", metric("acme.deals"))
    module.kpicore_dashboards = hookimpl(optionalhook=True)(nothing())  # type: ignore[attr-defined]

    assert alone(module).failures == ()


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


def test_another_object_under_an_installed_name_is_refused(install: Any, load: Any) -> None:
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


def test_a_blocked_name_that_no_plugin_has_is_told() -> None:
    """A misspelt block leaves the plugin running, so it is said."""
    loaded = alone(offering("acme", metric("acme.deals")), block=["acne"])

    assert told(loaded) == [("acne", "block", "no plugin has this name, so nothing was blocked; did you mean 'acme'?")]


def test_the_core_cannot_be_blocked() -> None:
    """Without the core's own plugin nothing can be scored."""
    with pytest.raises(ConfigError, match="'kpicore' cannot be blocked"):
        alone(block=["kpicore"])


def test_the_core_comes_first_and_keeps_its_names() -> None:
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


def test_a_taken_name_stays_with_the_first_and_is_told() -> None:
    """Of two plugins the first by name keeps the name; the second's other offers are in use."""
    first, second = metric("deals.won", unit="first"), metric("deals.won", unit="second")

    loaded = alone(offering("zoo", second, metric("zoo.deals")), offering("acme", first))

    assert loaded.metric("deals.won") is first
    assert loaded.plugin_of("kpicore_metrics", "deals.won") == loaded.plugins[0]
    assert loaded.plugins[1].offers == {"kpicore_metrics": ("zoo.deals",)}
    assert [(failure.plugin, failure.what) for failure in loaded.failures] == [("zoo", "metric 'deals.won'")]
    assert "'acme' already offers this name" in loaded.failures[0].why


def test_a_name_offered_twice_by_one_plugin_is_told() -> None:
    """The first stays, as between plugins."""
    loaded = alone(offering("acme", metric("acme.deals"), metric("acme.deals")))

    assert list(loaded.metrics) == ["acme.deals"]
    assert "it offers this name twice" in loaded.failures[0].why


@pytest.mark.parametrize(
    "name", ["deals", "Acme.deals", "acme.deals\n", "acme..deals", ".deals", "acme.9deals", "acme.deals'; drop", "", 7, None]
)
def test_a_metric_needs_a_dotted_name(name: Any) -> None:
    """Names go into files, SQL labels and reports, so only plain ones are accepted."""
    loaded = alone(offering("acme", metric(name), metric("acme.good")))

    assert list(loaded.metrics) == ["acme.good"]
    assert "name must be lower-case letters" in loaded.failures[0].why


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"title": {"en": "Deals"}}, "title must say something in en and zh (missing: zh)"),
        ({"title": {"en": " ", "zh": ""}}, "missing: en, zh"),
        ({"title": "Deals"}, "missing: en, zh"),
        ({"definition": " "}, "definition must be a sentence"),
    ],
)
def test_a_metric_needs_its_texts(fields: Mapping[str, Any], why: str) -> None:
    """What a user would read must be there, in both languages."""
    ((_, what, reason),) = told(alone(offering("acme", metric("acme.deals", **fields))))

    assert what == "metric 'acme.deals'"
    assert why in reason


@pytest.mark.parametrize(
    ("hook", "offer", "why"),
    [
        ("kpicore_metrics", "acme.deals", "each offer must be of type Metric (got a value of type str)"),
        ("kpicore_metrics", Metric, "each offer must be of type Metric (got a value of type type)"),
        ("kpicore_reports", Report("acme.pdf", {"en": "a", "zh": "b"}, lambda a, b: f"{a}{b}"), "name must be lower-case letters"),
        ("kpicore_reports", Report("pdf", {"en": "a", "zh": "b"}, None), "render must be a function (got None)"),  # type: ignore[arg-type]
    ],
)
def test_an_offer_of_another_kind_is_refused(hook: str, offer: object, why: str) -> None:
    """Type, name and functions of each offer are checked before it is used."""
    ((who, _, reason),) = told(alone(plugin("acme", **{hook: lambda: [offer]})))

    assert who == "acme"
    assert why in reason


def test_a_required_plugin_that_is_missing_stops_the_run() -> None:
    """The message compares what is installed with what is expected."""
    with pytest.raises(PluginError) as caught:
        alone(offering("acme", metric("acme.deals")), require=["acme", "acmee"])

    assert caught.value.exit_code == ExitCode.PLUGIN
    assert str(caught.value).splitlines()[1:] == [
        "  installed: acme",
        "  expected:  acme, acmee",
        "  missing:   acmee (not installed; did you mean 'acme'?)",
    ]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"block": ["acme"]}, "acme (blocked)"),
        ({"plugins": [plugin(kpicore_metrics=lambda: [1 / 0])]}, "acme (kpicore_metrics: ZeroDivisionError: division by zero"),
    ],
)
def test_a_required_plugin_must_work(options: Any, why: str) -> None:
    """A blocked plugin, or one of which something failed, does not satisfy the requirement."""
    with pytest.raises(PluginError) as caught:
        alone(**{"plugins": [offering("acme", metric("acme.deals"))], "require": ["acme"], **options})

    assert why in str(caught.value)


def test_required_plugins_that_work_are_fine() -> None:
    """A failure of another plugin does not matter."""
    loaded = alone(offering("acme", metric("acme.deals")), plugin("bad", kpicore_metrics=lambda: None), require=["acme"])

    assert list(loaded.metrics) == ["acme.deals"]


def parametric() -> ModuleType:
    """Make a plugin whose metric takes a parameter, and which spoils what it was given."""

    def metrics(parameters: dict[str, dict[str, object]]) -> list[Metric]:
        days = parameters.pop("acme.deals", {}).get("days", 30)
        return [metric("acme.deals", parameters={"days": days})]

    return plugin("acme", kpicore_metrics=metrics)


def test_parameters_reach_the_metric() -> None:
    """The plugin builds the metric with the project's parameters, and cannot change them for others."""
    given = {"acme.deals": {"days": 7}}

    loaded = alone(parametric(), parameters=given)

    assert loaded.metric("acme.deals").parameters == {"days": 7}
    assert given == {"acme.deals": {"days": 7}}
    assert alone(parametric()).metric("acme.deals").parameters == {"days": 30}


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"acme.deal": {"days": 7}}, "got 'acme.deal', which does not exist); did you mean 'acme.deals'?"),
        ({"acme.deals": {"day": 7}}, "got 'day'); did you mean 'days'?"),
        ({"acme.deals": 7}, "must be a table (got 7"),
    ],
)
def test_parameters_that_nothing_takes_are_refused(parameters: Any, why: str) -> None:
    """A misspelt parameter must not leave the default in force."""
    with pytest.raises(ConfigError) as caught:
        alone(parametric(), parameters=parameters)

    assert why in str(caught.value)


def test_an_unknown_name_offers_the_nearest_and_what_failed() -> None:
    """A metric may be missing because its plugin failed, so the message says which plugins are not fully in use."""
    loaded = alone(offering("acme", metric("acme.deals")), plugin("bad", kpicore_metrics=lambda: None))

    with pytest.raises(ScorecardError) as caught:
        loaded.metric("acme.dels")

    assert str(caught.value) == (
        "there is no metric 'acme.dels'; did you mean 'acme.deals'? (not fully in use: bad; see `kpicore plugins`)"
    )


@pytest.mark.parametrize("kind", ["normaliser", "weighting", "aggregator", "rule", "source", "report"])
def test_every_kind_can_be_looked_up(kind: str) -> None:
    """Each lookup teaches the same way."""
    with pytest.raises(KpiError, match=f"there is no {kind} 'x'"):
        getattr(alone(), kind)("x")


def test_the_registry_is_frozen() -> None:
    """Nobody can add to what was loaded."""
    loaded = alone(offering("acme", metric("acme.deals")))

    with pytest.raises(TypeError):
        loaded.metrics["acme.more"] = metric("acme.more")  # type: ignore[index]
    with pytest.raises(AttributeError):
        loaded.failures = ()  # type: ignore[misc]


def test_loading_leaves_nothing_behind() -> None:
    """Two loads in one process do not know of each other."""
    assert list(alone(offering("acme", metric("acme.deals"))).metrics) == ["acme.deals"]
    assert list(alone(offering("zoo", metric("zoo.deals"))).metrics) == ["zoo.deals"]


def test_an_object_with_methods_is_a_plugin() -> None:
    """An embedding program may pass an instance instead of a module."""

    class Own:
        @hookimpl
        def kpicore_metrics(self) -> list[Metric]:
            return [metric("own.deals")]

    loaded = alone(Own())

    assert [found.name for found in loaded.plugins] == ["Own"]
    assert list(loaded.metrics) == ["own.deals"]


def test_a_plugin_that_is_none_is_a_failure(install: Any, load: Any, tmp_path: Path) -> None:
    """An entry point may name an attribute that holds nothing."""
    install("t_none", "nothing = None\n")
    (tmp_path / "t_none-1.0.dist-info" / "entry_points.txt").write_text("[kpicore]\nt_none = t_none:nothing\n", encoding="utf-8")

    ((who, what, why),) = told(load())

    assert (who, what) == ("t_none", "import")
    assert "got None" in why


def test_a_plain_object_without_hooks_is_told() -> None:
    """A namespace without any hook is most likely the wrong object."""
    assert [failure.what for failure in alone(SimpleNamespace(x=1)).failures] == ["register"]
