"""Small random contacts in DuckDB, with nulls everywhere, for comparing the forms of the planner."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from attrs import frozen
from sqlalchemy import create_engine, text

from kpicore.model.period import parse, split
from kpicore.query.database import open_facts
from kpicore.query.run import Request, measure, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from sqlalchemy import Connection

    from kpicore import Metric

COLUMNS = ("employee_id", "opportunity_id", "channel", "duration_s", "is_connected", "started_at")
PEOPLE = (-7, 0, 3, 1000)


@frozen(eq=False)
class Contacts:
    """The rows, and the connection that holds them."""

    connection: Connection
    rows: tuple[tuple[Any, ...], ...]


def contacts(number: int, deals: Sequence[int | None], seed: int = 5, kinds: Mapping[str, str] | None = None) -> Contacts:
    """Make contacts from November 2024 to March 2025; `kinds` are the types of columns, if not whole numbers and texts."""
    draw = random.Random(seed)  # noqa: S311  # rows for a test
    rows = tuple(_row(draw, deals) for _ in range(number))
    types = {"employee_id": "INTEGER", "opportunity_id": "BIGINT", "channel": "VARCHAR", "duration_s": "INTEGER", **(kinds or {})}
    connection = create_engine("duckdb:///:memory:").connect()
    given = pa.table({name: pa.array(column) for name, column in zip(COLUMNS, zip(*rows, strict=True), strict=True)})
    connection.connection.driver_connection.register("given", given)  # type: ignore[union-attr]  # it is open
    columns = ", ".join(f"CAST(CAST({name} AS VARCHAR) AS {kind}) AS {name}" for name, kind in types.items())
    wanted = f"row_number() OVER () AS contact_id, {columns}, is_connected, started_at"
    connection.execute(text(f"CREATE TABLE contact AS SELECT {wanted} FROM given"))
    connection.execute(text(f"CREATE TABLE employee AS SELECT unnest({list(PEOPLE)}) AS employee_id"))
    return Contacts(connection, rows)


def _row(draw: random.Random, deals: Sequence[int | None]) -> tuple[Any, ...]:
    moment = datetime(2024, 11, 15) + timedelta(seconds=draw.randrange(120 * 86400))
    person, channel = draw.choice([*PEOPLE, None]), draw.choice(["call", "email", "visit", None])
    return (person, draw.choice(deals), channel, draw.choice([None, *range(0, 600, 60)]), draw.choice([True, False, None]), moment)


def request(metrics: Sequence[Metric]) -> Request:
    """Ask for December to February, by person."""
    periods = (parse("2024-12"), *split(parse("2025-01-01/2025-03-01"), "month"))
    return Request({metric.name: metric for metric in metrics}, tuple(metric.name for metric in metrics), periods)


def forms(connection: Connection, metrics: Sequence[Metric]) -> list[str]:
    """Return the forms that the planner chooses, in order."""
    with open_facts(connection) as database:
        return [branch.form for statement in prepare(database, request(metrics))[1].statements for branch in statement.branches]


def values(connection: Connection, metrics: Sequence[Metric]) -> dict[str, np.ndarray]:
    """Return the cells (people, months) per metric, the numbers of observations after the values."""
    with open_facts(connection) as database:
        outcome = measure(database, request(metrics))
    assert () == outcome.failures
    cells = {name: outcome.matrix.cell(name) for name in outcome.matrix.metrics}
    return {**{name: part.value for name, part in cells.items()}, **{f"n of {name}": part.n for name, part in cells.items()}}
