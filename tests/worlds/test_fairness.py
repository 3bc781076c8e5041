"""What allowing for complexity and small samples is worth where the truth is known: the skill that the generator gave to people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

import kpicore
from kpicore import worlds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from kpicore.worlds import World

CARD = Path(worlds.__file__).parent / "project" / "scorecards" / "account_executive.toml"
QUARTERS = ("2024-Q2", "2024-Q3", "2024-Q4", "2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")


@pytest.fixture(scope="module")
def engine(world: World) -> Engine:
    """The world's tables in a database that is used in place."""
    engine = create_engine("duckdb:///:memory:", poolclass=StaticPool)
    with engine.begin() as connection:
        duckdb = connection.connection.driver_connection
        assert duckdb is not None
        for name, table in world.tables.items():
            duckdb.register("given", table)
            duckdb.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given')
            duckdb.unregister("given")
    return engine


def test_win_rates_come_closer_to_skill(world: World, engine: Engine) -> None:
    """Allowing for customers and products, then for small samples, each bring the order of people nearer to their latent skill."""
    project = kpicore.Project("demo", time_zone="Asia/Shanghai", currency="CNY")
    found = []
    for quarter in QUARTERS:
        result = kpicore.evaluate(scorecard=CARD, facts=engine, period=quarter, project=project)
        cells = [(score.subject, cell) for score in result.scores for cell in score.metrics if cell.metric == "sales.win_rate"]
        known = [(world.skill[who], cell.value, cell.adjusted, cell.shrunk) for who, cell in cells if cell.shrunk is not None]
        skill, *figures = np.array(known, dtype=np.float64).T
        found.append([_spearman(skill, figure) for figure in figures])

    raw, adjusted, shrunk = np.mean(found, axis=0)
    assert raw < adjusted < shrunk


def _spearman(one: Sequence[float], other: Sequence[float]) -> float:
    first, second = (np.argsort(np.argsort(each)).astype(np.float64) for each in (one, other))
    return float(np.corrcoef(first, second)[0, 1])
