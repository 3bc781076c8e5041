"""The generated CRM that the planner is measured on: contacts, opportunities and tickets of 2,000 people over the months of 2025.

Every value is a hash of the row's number, so the same scale gives the same rows everywhere. Rows lie in the order of their time,
as `kpicore load` writes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

CONTACTS, OPPORTUNITIES, TICKETS = 20_000_000, 2_000_000, 3_000_000
PEOPLE = 2_000
YEAR_S = 365 * 86_400

_SHARE = "((hash({row} * 64 + {seed}) % 1000000) / 1e6)"

_TIME = "TIMESTAMP '2025-01-01' + to_microseconds(CAST(({row} + 0.5) / {rows} * {year} * 1e6 AS BIGINT))"


def _part(row: str, seed: int, count: int) -> str:
    return f"CAST(hash({row} * 64 + {seed}) % {count} AS INTEGER)"


def _share(row: str, seed: int) -> str:
    return _SHARE.format(row=row, seed=seed)


def _pick(row: str, seed: int, *values: str) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"[{listed}][1 + {_part(row, seed, len(values))}]"


def _contacts(rows: int, opportunities: int, people: int) -> str:
    moment = _TIME.format(row="i", rows=rows, year=YEAR_S)
    duration = f"CAST(20 + 900 * {_share('i', 5)} * {_share('i', 6)} AS INTEGER)"
    deal = f"CASE WHEN {_share('i', 3)} < 0.8 THEN {_part('i', 4, max(opportunities, 1))} END"
    return f"""SELECT CAST(i AS INTEGER) AS contact_id, {_part("i", 1, people)} AS employee_id,
      {_part("i", 2, max(rows // 50, 10))} AS customer_id,
      {deal} AS opportunity_id, {_pick("i", 7, "call", "email", "message", "visit", "meeting")} AS channel,
      {_pick("i", 8, "out", "out", "out", "in")} AS direction, {moment} AS started_at, {duration} AS duration_s,
      {_share("i", 9)} < 0.6 AS is_connected, {_share("i", 10)} < 0.1 AS is_bulk,
      {_pick("i", 11, *(f"outcome {n}" for n in range(8)))} AS outcome FROM range({rows}) t(i)"""


def _opportunities(rows: int, people: int) -> str:
    closed = _TIME.format(row="i", rows=rows, year=YEAR_S)
    return f"""SELECT CAST(i AS INTEGER) AS opportunity_id, {_part("i", 22, max(rows // 5, 10))} AS customer_id,
      {_part("i", 21, people)} AS owner_id,
      {closed} - to_seconds({_part("i", 23, 120 * 86400)}) AS created_at, {closed} AS closed_at, TRUE AS is_closed,
      {_share("i", 24)} < 0.35 AS is_won, CAST(100 + 20000 * {_share("i", 25)} AS DECIMAL(18, 4)) AS amount FROM range({rows}) t(i)"""


def _tickets(rows: int, people: int) -> str:
    resolved = _TIME.format(row="i", rows=rows, year=YEAR_S)
    opened = f"{resolved} - to_seconds({_part('i', 33, 10 * 86400)})"
    return f"""SELECT CAST(i AS INTEGER) AS ticket_id, {_part("i", 32, max(rows // 5, 10))} AS customer_id,
      {_part("i", 31, people)} AS owner_id,
      {opened} AS opened_at, {resolved} AS resolved_at, {opened} + to_seconds({_part("i", 34, 12 * 86400)}) AS due_at,
      CAST(60 + 7200 * {_share("i", 35)} AS INTEGER) AS handle_s, CASE WHEN {_share("i", 36)} < 0.03 THEN 1 ELSE 0 END AS reopen_count,
      {_share("i", 37)} < 0.05 AS is_escalated FROM range({rows}) t(i)"""


def selects(scale: float) -> dict[str, str]:
    """Return the table's name and the SELECT that generates it; `scale` 1 is 20 M contacts, 2 M opportunities, 3 M tickets."""
    contacts, deals, tickets = (max(int(rows * scale), 100) for rows in (CONTACTS, OPPORTUNITIES, TICKETS))
    people = people_at(scale)
    return {
        "employee": f"SELECT CAST(i AS INTEGER) AS employee_id, 'Person ' || i AS name FROM range({people}) t(i)",
        "contact": _contacts(contacts, deals, people),
        "opportunity": _opportunities(deals, people),
        "ticket": _tickets(tickets, people),
    }


def people_at(scale: float) -> int:
    """Return the number of people: 2,000, but few in the tiny runs, so that cells still hold several rows."""
    return PEOPLE if scale >= 0.05 else 20


def generate(folder: Path, scale: float, *, is_text: bool = False) -> Path:
    """Return the DuckDB file of this scale, generated unless it is there; `is_text`: ids as `kpicore load` writes them."""
    path = folder / f"star-{scale:g}{'-text' if is_text else ''}.duckdb"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    started = path.with_suffix(".part")
    started.unlink(missing_ok=True)
    with duckdb.connect(str(started)) as connection:
        if is_text:
            _as_loaded(connection, scale)
        else:
            for name, select in selects(scale).items():
                connection.execute(f"CREATE TABLE {name} AS {select}")
    started.rename(path)
    return path


def _as_loaded(connection: duckdb.DuckDBPyConnection, scale: float) -> None:
    people = people_at(scale)
    connection.execute(f"CREATE TYPE employee_id AS ENUM (SELECT printf('P%05d', i) FROM range({people}) t(i) ORDER BY i)")
    for name, select in selects(scale).items():
        described = connection.execute(f"DESCRIBE {select}").fetchall()
        columns = ", ".join(f"{_loaded(name, column, kind, connection, select)} AS {column}" for column, kind, *_ in described)
        connection.execute(f"CREATE TABLE {name} AS SELECT {columns} FROM ({select})")


def _loaded(table: str, column: str, kind: str, connection: duckdb.DuckDBPyConnection, select: str) -> str:
    if column in ("employee_id", "owner_id"):
        return f"CAST(printf('P%05d', {column}) AS employee_id)"
    if column.endswith("_id"):
        return f"printf('{column[:1].upper()}%08d', {column})"
    if column in ("duration_s", "handle_s"):
        return f"CAST({column} AS DECIMAL(18, 6))"
    if kind == "VARCHAR" and column != "name":
        connection.execute(f"CREATE TYPE {table}__{column} AS ENUM (SELECT DISTINCT {column} FROM ({select} LIMIT 1000) ORDER BY 1)")
        return f"CAST({column} AS {table}__{column})"
    return column


def export(facts: Path) -> Path:
    """Return the folder with the tables as Parquet, exported unless it is there."""
    folder = facts.with_suffix(".parquet")
    if not folder.exists():
        with duckdb.connect(str(facts), read_only=True) as connection:
            started = facts.with_suffix(".export")
            started.mkdir(exist_ok=True)
            for name in ("employee", "contact", "opportunity", "ticket"):
                connection.execute(f"COPY {name} TO '{started / name}.parquet' (FORMAT parquet)")
        started.rename(folder)
    return folder
