"""The same comparison on PostgreSQL with a tenth of the rows, in a schema of its own that is dropped at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import crm_star
import duckdb
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

SCHEMA = "kpicore_benchmark"
_TYPES = {"VARCHAR": "varchar(255)", "DOUBLE": "double precision", "TIMESTAMP": "timestamp", "BOOLEAN": "boolean"}


def compare(folder: Path, options: argparse.Namespace, worker: Callable[..., dict[str, Any]], row: Callable[..., str]) -> None:
    """Load the rows, compare, and drop the schema; say so where the server cannot be reached."""
    engine = create_engine(options.postgresql)
    try:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
            connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    except (OperationalError, ModuleNotFoundError):
        print("\nPostgreSQL: not reachable, left out")
        return
    try:
        _load(crm_star.generate(folder, options.rows / 10), engine)
        print(f"\nPostgreSQL, {crm_star.CONTACTS * options.rows / 10:,.0f} contacts; ratios of wall seconds (the server's CPU is not seen)")
        url = engine.url.update_query_dict({"options": f"-csearch_path={SCHEMA}"}).render_as_string(hide_password=False)
        for name in [each for each in options.sets if each in ("A", "B", "4", "32")]:
            _compare(name, url, options.repeats, worker, row)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {SCHEMA} CASCADE"))


def _compare(name: str, url: str, repeats: int, worker: Callable[..., dict[str, Any]], row: Callable[..., str]) -> None:
    title = f"set {name}" if name in ("A", "B") else f"{name} filters"
    print(f"\n  {title}\n    {'variant':28}{'cpu':>8}{'wall':>8}{'MB':>7}{'wall / fused':>13}{'best / best':>13}", flush=True)
    base: dict[str, Any] = {}
    for variant in ("fused", "kpicore", "kpicore, always two-level", "scan", "one by one"):
        found = worker(variant, name, url, repeats)
        base = base or found
        print(row(variant, found, base, "wall"), flush=True)
        for metric, number in found["sums"].items():
            if abs(number - base["sums"][metric]) > 1e-9 * max(1.0, abs(number)):
                raise SystemExit(f"{variant} disagrees on {metric}: {number!r} instead of {base['sums'][metric]!r}")


def _load(facts: Path, engine: Any) -> None:
    raw = engine.raw_connection()
    with duckdb.connect(str(facts), read_only=True) as source, raw.cursor() as cursor:
        for table in ("employee", "contact", "opportunity", "ticket"):
            described = source.execute(f"DESCRIBE {table}").fetchall()
            columns = ", ".join(f"{name} {_TYPES.get(kind, kind)}" for name, kind, *_ in described)
            cursor.execute(f"CREATE TABLE {SCHEMA}.{table} ({columns})")
            path = facts.with_name(f"{table}.csv")
            source.execute(f"COPY {table} TO '{path}' (FORMAT csv, HEADER false)")
            with path.open("rb") as rows, cursor.copy(f"COPY {SCHEMA}.{table} FROM STDIN (FORMAT csv)") as copy:
                while block := rows.read(1 << 20):
                    copy.write(block)
            path.unlink()
    raw.commit()
    raw.close()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("employee", "contact", "opportunity", "ticket"):
            connection.execute(text(f"VACUUM ANALYZE {SCHEMA}.{table}"))
