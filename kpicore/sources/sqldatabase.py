"""The source `database`: the tables and views of any database that SQLAlchemy reaches."""

from __future__ import annotations

import os
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING

import pyarrow as pa
import sqlalchemy as sa
from attrs import frozen

from kpicore.errors import ConfigError, SourceError, nearest
from kpicore.sources.section import Section
from kpicore.sources.text import BATCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_DRIVERS = {"psycopg": "postgresql", "pymysql": "mysql"}


@frozen
class DatabaseReader:
    """Reads the tables and views of one database; only SELECT is ever sent."""

    engine: sa.Engine

    def tables(self) -> list[str]:
        """Return the tables and views of the default schema, sorted."""
        with _connected(self.engine) as connection:
            look = sa.inspect(connection)
            return sorted({*look.get_table_names(), *look.get_view_names()})

    def read(self, table: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a table or view ('schema.table' is possible), ordered by its primary key where it has one."""
        with _connected(self.engine) as connection:
            query, names = self._select(connection, table)
            yield _batch(names, [])
            result = connection.execution_options(stream_results=True, max_row_buffer=BATCH).execute(query)
            for rows in result.partitions(BATCH):
                yield _batch(names, rows)

    def fingerprint(self, table: str) -> str:
        """Return a digest of the rows that does not depend on their order."""
        total = 0
        for batch in self.read(table):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                total += int.from_bytes(blake2b(repr(row).encode(), digest_size=16).digest(), "big")
        return f"{total % (1 << 128):032x}"

    def _select(self, connection: sa.Connection, table: str) -> tuple[sa.Select[tuple[object, ...]], list[str]]:
        schema, _, name = table.rpartition(".")
        look = sa.inspect(connection)
        try:
            names = [column["name"] for column in look.get_columns(name, schema or None)]
        except sa.exc.NoSuchTableError:
            raise SourceError(f"the database has no table or view {table!r}{nearest(table, self.tables())}") from None
        columns: list[sa.ColumnClause[object]] = [sa.column(one) for one in names]
        keys = look.get_pk_constraint(name, schema or None)["constrained_columns"]
        source = sa.table(name, *columns, schema=schema or None)
        return sa.select(*source.c).order_by(*(source.c[key] for key in keys)), names


@contextmanager
def _connected(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Connect; failures become SourceErrors, without the password."""
    try:
        with engine.connect() as connection:
            yield connection
    except sa.exc.SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
        raise SourceError(f"the database {engine.url.render_as_string(hide_password=True)} could not be read: {cause}") from None


def _batch(names: list[str], rows: Sequence[Sequence[object]]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.RecordBatch.from_arrays([_array(column) for column in columns], names=names)


def _array(values: Sequence[object]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError):
        # Types that Arrow does not know (UUID, JSON), or several in one column (SQLite).
        return pa.array([None if value is None else str(value) for value in values], pa.string())


def open_database(options: Mapping[str, object], base: Path) -> DatabaseReader:
    """Open the database that `[source]` names by `url`, or by `url_env`: the environment variable that holds the URL.

    Raises:
        ConfigError: neither or both are given, or the URL is not one.
        SourceError: the variable is not set, or the driver is not installed.
    """
    section = Section("[source]", options)
    section.only("url", "url_env")
    url, variable = section.text("url"), section.text("url_env")
    if (url is None) == (variable is None):
        section.fail("exactly one of url and url_env must be given for a database")
    if variable is not None:
        url = os.environ.get(variable)
        if not url:
            raise SourceError(f"[source]: the environment variable {variable!r} must hold the database's URL (it is not set)")
    return DatabaseReader(_engine(url or "", base))


def _engine(text: str, base: Path) -> sa.Engine:
    try:
        url = sa.make_url(text)
        is_file = url.get_backend_name() in {"sqlite", "duckdb"} and url.database not in {None, "", ":memory:"}
        if is_file and url.database and not (base / url.database).is_file():
            raise SourceError(f"{base / url.database}: there is no such database file; correct url under [source]")
        # Connections close at once: a reader has no end at which a pool could be emptied.
        return sa.create_engine(url.set(database=str(base / (url.database or ""))) if is_file else url, poolclass=sa.NullPool)
    except sa.exc.NoSuchModuleError as error:
        raise ConfigError(f"[source]: no driver for this kind of URL ({error})") from None
    except sa.exc.ArgumentError:
        raise ConfigError("[source]: url must look like 'postgresql+psycopg://user:password@host/database'") from None
    except ModuleNotFoundError as error:
        extra = _DRIVERS.get(error.name or "", "")
        advice = f"pip install 'kpicore[{extra}]'" if extra else f"pip install {error.name}"
        raise SourceError(f"[source]: the database's driver {error.name!r} is not installed: {advice}") from None
