"""The registry as a whole: what is required, what parameters are for, how names are looked up, and that it is frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kpicore.errors import ConfigError, ExitCode, KpiError, PluginError, ScorecardError

if TYPE_CHECKING:
    from kpicore.model.metric import Metric


@pytest.fixture
def parametric(plugin: Any, metric: Any) -> Any:
    """Make a plugin whose metric takes a parameter, and which spoils what it was given."""

    def metrics(parameters: dict[str, dict[str, object]]) -> list[Metric]:
        days = parameters.pop("acme.deals", {}).get("days", 30)
        return [metric("acme.deals", parameters={"days": days})]

    return plugin("acme", kpicore_metrics=metrics)


def test_a_required_plugin_that_is_missing_stops_the_run(metric: Any, offering: Any, alone: Any) -> None:
    """The message compares what is installed with what is expected."""
    with pytest.raises(PluginError) as caught:
        alone(offering("acme", metric("acme.deals")), require=["acme", "acmee"])

    assert caught.value.exit_code == ExitCode.PLUGIN
    assert str(caught.value).splitlines()[1:] == [
        "  installed: acme",
        "  expected:  acme, acmee",
        "  missing:   acmee (not installed; did you mean 'acme'?)",
    ]


def test_a_required_plugin_must_not_be_blocked(metric: Any, offering: Any, alone: Any) -> None:
    """A blocked plugin does not satisfy the requirement."""
    with pytest.raises(PluginError, match=r"acme \(blocked\)"):
        alone(offering("acme", metric("acme.deals")), require=["acme"], block=["acme"])


def test_a_required_plugin_must_work(plugin: Any, alone: Any) -> None:
    """A plugin of which something failed does not satisfy the requirement."""
    with pytest.raises(PluginError, match=r"acme \(kpicore_metrics: ZeroDivisionError: division by zero"):
        alone(plugin("acme", kpicore_metrics=lambda: [1 / 0]), require=["acme"])


def test_required_plugins_that_work_are_fine(metric: Any, plugin: Any, offering: Any, alone: Any) -> None:
    """A failure of another plugin does not matter."""
    loaded = alone(offering("acme", metric("acme.deals")), plugin("bad", kpicore_metrics=lambda: None), require=["acme"])

    assert list(loaded.metrics) == ["acme.deals"]


def test_parameters_reach_the_metric(metric: Any, alone: Any, parametric: Any) -> None:
    """The plugin builds the metric with the project's parameters, and cannot change them for others."""
    given = {"acme.deals": {"days": 7}}

    loaded = alone(parametric, parameters=given)

    assert loaded.metric("acme.deals").parameters == {"days": 7}
    assert given == {"acme.deals": {"days": 7}}
    assert alone(parametric).metric("acme.deals").parameters == {"days": 30}


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"acme.deal": {"days": 7}}, "got 'acme.deal', which does not exist); did you mean 'acme.deals'?"),
        ({"acme.deals": {"day": 7}}, "got 'day'); did you mean 'days'?"),
        ({"acme.deals": 7}, "must be a table (got 7"),
    ],
)
def test_parameters_that_nothing_takes_are_refused(parameters: Any, why: str, alone: Any, parametric: Any) -> None:
    """A misspelt parameter must not leave the default in force."""
    with pytest.raises(ConfigError) as caught:
        alone(parametric, parameters=parameters)

    assert why in str(caught.value)


def test_an_unknown_name_offers_the_nearest_and_what_failed(metric: Any, plugin: Any, offering: Any, alone: Any) -> None:
    """A metric may be missing because its plugin failed, so the message says what is not in use."""
    bad = plugin("bad", kpicore_metrics=lambda: None, kpicore_reports=lambda: None)
    loaded = alone(offering("acme", metric("acme.deals")), bad, offering("zoo"), block=["zoo"])

    with pytest.raises(ScorecardError) as caught:
        loaded.metric("acme.dels")

    assert str(caught.value) == (
        "there is no metric 'acme.dels'; did you mean 'acme.deals'?"
        " (not in use: zoo is blocked; bad: kpicore_metrics: must return a list of offers, which may be empty (got None))"
    )


@pytest.mark.parametrize("kind", ["normaliser", "weighting", "aggregator", "rule", "source", "report"])
def test_every_kind_can_be_looked_up(kind: str, alone: Any) -> None:
    """Each lookup teaches the same way."""
    with pytest.raises(KpiError, match=f"there is no {kind} 'x'"):
        getattr(alone(), kind)("x")


def test_the_registry_is_frozen(metric: Any, offering: Any, alone: Any) -> None:
    """Nobody can add to what was loaded."""
    loaded = alone(offering("acme", metric("acme.deals")))

    with pytest.raises(TypeError):
        loaded.metrics["acme.more"] = metric("acme.more")
    with pytest.raises(AttributeError):
        loaded.failures = ()


def test_loading_leaves_nothing_behind(metric: Any, offering: Any, alone: Any) -> None:
    """Two loads in one process do not know of each other."""
    assert list(alone(offering("acme", metric("acme.deals"))).metrics) == ["acme.deals"]
    assert list(alone(offering("zoo", metric("zoo.deals"))).metrics) == ["zoo.deals"]
