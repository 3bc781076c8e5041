"""All bundled metrics and rules together: what they carry, and the same numbers on every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import kpicore_adoption
import kpicore_data_quality
import kpicore_rules_contact
import kpicore_sales
import kpicore_service
import kpicore_value
from kpicore import registry
from kpicore.cli.plan import sql
from kpicore.model.cells import State
from kpicore.model.period import parse, split
from kpicore.query.credit import ledger
from kpicore.query.database import Facts, open_facts
from kpicore.query.run import Request, measure, prepare
from kpicore.testing import check_plugin, facts_from
from tests.plugins.dice import World

if TYPE_CHECKING:
    from types import ModuleType

    from sqlalchemy import Engine

    from kpicore.query.run import Outcome
    from kpicore.registry import Registry

PLUGINS = [kpicore_sales, kpicore_service, kpicore_value, kpicore_data_quality, kpicore_adoption, kpicore_rules_contact]


@pytest.fixture(scope="module")
def bundled() -> Registry:
    """Return what all bundled plugins offer."""
    return registry.load(plugins=PLUGINS, entry_points=False)


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.__name__)
def test_every_metric_carries_what_the_handbook_prints(plugin: ModuleType) -> None:
    """Nothing of a metric's description is missing, and every measure can be planned."""
    offered = check_plugin(plugin)

    assert [] == list(offered.failures)
    assert offered.metrics


def test_the_relationship_graph_has_no_loose_ends(bundled: Registry) -> None:
    """What a metric drives and what guards it is offered too."""
    named = {(name, other) for name, metric in bundled.metrics.items() for other in (*metric.drives, *metric.guards)}

    assert set() == {(name, other) for name, other in named if other not in bundled.metrics}


def test_every_metric_has_a_guard(bundled: Registry) -> None:
    """No metric stands alone, and none is its own guard."""
    assert [] == [name for name, metric in bundled.metrics.items() if not set(metric.guards) - {name}]


def everything(bundled: Registry) -> Request:
    """Return a request for all metrics and rules in the quarters of 2024."""
    extra = tuple(part for rule in bundled.rules.values() for part in ledger(rule).measures)
    return Request(bundled.metrics, tuple(bundled.metrics), tuple(split(parse("2024"), "quarter")), extra=extra)


@pytest.fixture(scope="module")
def reference(bundled: Registry) -> Outcome:
    """Return what DuckDB gives."""
    engine = facts_from(World(7).rows())
    with open_facts(engine) as database:
        found = measure(database, everything(bundled))
    engine.dispose()
    return found


def test_every_metric_has_values(reference: Outcome) -> None:
    """In the world by dice no metric fails, none lacks a column, and each has a value somewhere."""
    matrix = reference.matrix

    assert () == reference.failures
    assert [] == [name for name in matrix.metrics if not (matrix.cell(name).state == State.VALUE).any()]


def test_same_numbers_on_every_engine(empty_database: Engine, reference: Outcome, bundled: Registry) -> None:
    """The engines agree on every value, state and count of every metric and rule."""
    engine = facts_from(World(7).rows(), empty_database.url.render_as_string(hide_password=False))
    with open_facts(engine) as database:
        found = measure(database, everything(bundled))
    engine.dispose()

    np.testing.assert_array_equal(found.matrix.state, reference.matrix.state)
    np.testing.assert_allclose(found.matrix.value, reference.matrix.value, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.matrix.n, reference.matrix.n, rtol=1e-9)
    for key, array in reference.measured.arrays.items():
        np.testing.assert_allclose(found.measured.arrays[key], array, rtol=1e-9, atol=1e-9, err_msg=key)


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.__name__)
@pytest.mark.parametrize("name", ["duckdb", "sqlite", "postgresql", "mariadb"])
def test_every_metric_compiles_for_every_engine(name: str, plugin: ModuleType) -> None:
    """A statement can be written for each engine without asking it, one per fact, and nothing in it is left to be filled in."""
    offered = check_plugin(plugin)
    engine = facts_from(World(7).rows())
    with engine.connect() as connection:
        _, planned, untestable, measures = prepare(Facts(connection, engine=name), everything(offered))
        statements = [sql(statement.select, name) for statement in planned.statements]
    engine.dispose()

    assert {} == {name: why for name, why in untestable.items() if set(offered.metrics[name].inputs()) <= set(offered.metrics)}
    assert len({part.fact.name for part in measures.values()}) == len(statements)
    assert [] == [text for text in statements if "period_bound" in text or "local_day(" in text or "seconds_between(" in text]
