"""The database that holds the facts: what it has, how it is asked, and in what form it answers (columns, never row objects)."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
from attrs import define, field, frozen
from sqlalchemy import URL, Connection, Engine, Table, create_engine, distinct, func, inspect, make_url, select, table, text
from sqlalchemy import column as plain_column
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from kpicore import facts
from kpicore.errors import SourceError
from kpicore.model.expression import Exact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Column, Select
    from sqlalchemy.sql.expression import CompoundSelect

SAMPLE_ROWS = 20_000
"""Rows looked at when the planner wants to know how many values a column has."""

PERFECT_HASH_BITS = 18
"""DuckDB aggregates small integer keys in an array of up to 2^bits groups; its default of 12 is too small for people x months."""


@frozen
class Profile:
    """Which columns a database can fill, and since when it has not changed."""

    columns: Mapping[str, frozenset[str]]
    """Canonical table -> its columns that the source fills."""
    meta: Mapping[str, str] = field(factory=dict)
    """What `kpicore load` wrote down; empty for a database used in place."""

    def has(self, column: Column[Any]) -> bool:
        """Return whether the source fills a column."""
        return column.name in self.columns.get(column.table.name, frozenset())


@define(eq=False)
class Facts:
    """An open connection to the facts, with what the planner has learned about them so far."""

    connection: Connection
    is_own: bool = False
    """Whether the connection was opened here, so that a transaction may be rolled back; a host's is never touched."""
    statements: int = 0
    """Statements sent for measures so far."""
    engine: str | None = None
    """Plan for this engine instead of the connection's own."""
    _cache: dict[str, Any] = field(factory=dict)

    @property
    def dialect(self) -> str:
        """Name of the engine: duckdb, postgresql, sqlite, mysql or mariadb."""
        return self.engine or self.connection.dialect.name

    @cached_property
    def profile(self) -> Profile:
        """What the database has.

        Raises:
            SourceError: it has no canonical table at all.
        """
        with self.asking():
            existing = self._existing()
        if not existing:
            names = ", ".join(sorted(facts.metadata.tables)[:6])
            raise SourceError(
                f"the database must have canonical tables such as {names} (found none in {_safe(self.connection.engine)});"
                " load your data with `kpicore load`, or make views of these names (see `kpicore facts`)"
            )
        with self.asking():
            mapped, meta = self._mapped(), self._meta()
        usable = {name: columns & mapped.get(name, frozenset()) if mapped else columns for name, columns in existing.items()}
        return Profile(usable, meta)

    def _existing(self) -> dict[str, frozenset[str]]:
        inspector = inspect(self.connection)
        present = {*inspector.get_table_names(), *inspector.get_view_names()}
        found = {}
        for name, canonical in facts.metadata.tables.items():
            if name in present:
                has = {column["name"] for column in inspector.get_columns(name)}
                found[name] = frozenset(has & set(canonical.c.keys()))
        self._cache["present"] = present
        return found

    def _mapped(self) -> dict[str, frozenset[str]]:
        if "kpicore_column" not in self._cache["present"]:
            return {}
        rows = self.connection.execute(text("SELECT table_name, column_name FROM kpicore_column WHERE is_mapped"))
        found: dict[str, set[str]] = {}
        for name, column in rows:
            found.setdefault(name, set()).add(column)
        return {name: frozenset(columns) for name, columns in found.items()} or {"": frozenset()}

    def _meta(self) -> dict[str, str]:
        if "kpicore_meta" not in self._cache["present"]:
            return {}
        return {str(name): str(value) for name, value in self.connection.execute(text("SELECT name, value FROM kpicore_meta"))}

    def has_bookkeeping(self, name: str) -> bool:
        """Return whether one of the tables that `kpicore load` writes is there."""
        self.profile  # noqa: B018  # fills the list of present tables
        return name in self._cache["present"]

    def row_count(self, fact: Table) -> int:
        """Return the number of rows of a fact, asked once."""
        return int(self.once(f"rows {fact.name}", select(func.count()).select_from(fact)))

    def variety(self, column: Column[Any]) -> int:
        """Return how many different values a column has among the first rows: enough to choose a plan, never used for a result."""

        def ask() -> Select[Any]:
            sample = select(column.label("v")).limit(SAMPLE_ROWS).subquery()
            return select(func.count(distinct(sample.c.v)))

        return int(self.once(f"variety {column.table.name}.{column.name}", ask))

    def values(self, column: Column[Any]) -> tuple[str | None, ...]:
        """Return the different values of a column, sorted, None last; asked once."""

        def ask() -> tuple[str | None, ...]:
            found = [value for (value,) in self.connection.execute(select(Exact(column)).distinct())]
            return tuple(sorted((value for value in found if value is not None), key=str)) + ((None,) if None in found else ())

        found: tuple[str | None, ...] = self._once(f"values {column}", ask)
        return found

    def once(self, name: str, statement: Select[Any] | Callable[[], Select[Any]]) -> Any:
        """Return the single value of a statement about the data, made and asked once, and remembered under `name`."""

        def ask() -> Any:
            return self.connection.execute(statement() if callable(statement) else statement).scalar_one()

        return self._once(name, ask)

    def _once(self, name: str, ask: Any) -> Any:
        if name not in self._cache:
            with self.asking():
                self._cache[name] = ask()
        return self._cache[name]

    def is_unique(self, column: Column[Any]) -> bool:
        """Return whether a key really is one; what `kpicore load` wrote is, views of a host may not be."""
        owner: Any = column.table
        if "schema" in self.profile.meta:
            return True
        distinct_keys = select(func.count(distinct(Exact(column))) == func.count()).select_from(owner)
        return bool(self._once(f"unique {column}", lambda: self.connection.execute(distinct_keys).scalar_one()))

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Let a statement fail with a clear error, the connection usable afterwards, and a host's transaction as it was.

        Raises:
            SourceError: the database refuses the statement, or is gone.
        """
        with _clear_errors():
            if self._needs_savepoint():
                with self.connection.begin_nested():
                    yield
                return
            try:
                yield
            except DBAPIError:
                if self.is_own:
                    self.connection.rollback()
                raise

    def _needs_savepoint(self) -> bool:
        # PostgreSQL refuses everything after a failed statement until a rollback; the other engines carry on.
        if self.is_own or self.connection.dialect.name != "postgresql":
            return False
        return not getattr(self.connection.connection.dbapi_connection, "autocommit", False)

    def is_alive(self) -> bool:
        """Return whether the database still answers."""
        try:
            with self.asking():
                return bool(self.connection.execute(select(1)).scalar_one() == 1)
        except SourceError:
            return False

    def fetch(self, statement: Select[Any] | CompoundSelect[Any]) -> pa.Table:
        """Run a statement and return its result as Arrow columns."""
        self.statements += 1
        with self.asking():
            if self.connection.dialect.name == "duckdb":
                return self.connection.execute(statement.execution_options(duckdb_arrow=True)).arrow  # type: ignore[attr-defined]  # added by the dialect
            result = self.connection.execute(statement)
            names = list(result.keys())
            columns = list(zip(*result.fetchall(), strict=True)) or [() for _ in names]
            return pa.table({name: pa.array(values) for name, values in zip(names, columns, strict=True)})

    def rows(self, statement: Select[Any]) -> Sequence[Any]:
        """Run a statement over a small table (people, bookkeeping) and return its rows."""
        with self.asking():
            return self.connection.execute(statement).fetchall()

    def bookkeeping(self, name: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        """Return columns of a table that `kpicore load` wrote, in a stable order; nothing where the database is used in place."""
        if not self.has_bookkeeping(name):
            return []
        source = table(name, *(plain_column(each) for each in columns))
        chosen = [source.c[each] for each in columns]
        return [tuple(row) for row in self.rows(select(*chosen).order_by(*chosen))]


@contextmanager
def open_facts(source: Engine | Connection | Facts | str | Path) -> Iterator[Facts]:
    """Open the facts: a DuckDB file, a SQLAlchemy URL, an engine, or the host's own connection (which is left open).

    Raises:
        SourceError: the file is missing or the database cannot be reached.
    """
    if isinstance(source, Facts):
        yield source
    elif isinstance(source, Connection):
        yield Facts(source)
    elif isinstance(source, Engine):
        with _connected(source) as connection:
            yield Facts(connection, is_own=True)
    else:
        with open_engine(source) as engine, _connected(engine) as connection:
            if engine.dialect.name == "duckdb":
                connection.execute(text(f"SET perfect_ht_threshold = {PERFECT_HASH_BITS}"))
            yield Facts(connection, is_own=True)


@contextmanager
def open_engine(source: str | Path) -> Iterator[Engine]:
    """Open the engine of a DuckDB file, which is only read, or of a SQLAlchemy URL.

    Raises:
        SourceError: the file is missing or the URL cannot be read.
    """
    engine = _engine(source)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    with _clear_errors():
        connection = engine.connect()
    try:
        yield connection
    finally:
        connection.close()


def _engine(source: str | Path) -> Engine:
    if isinstance(source, str) and "://" in source:
        with _clear_errors():
            return create_engine(_with_driver(_url(source)), poolclass=NullPool)
    path = Path(source)
    _refuse_missing(path)
    # Not written as a URL, in which a `?` or `%` of the path would be read as something else.
    return create_engine(URL.create("duckdb", database=str(path)), connect_args={"read_only": True}, poolclass=NullPool)


def _url(source: str) -> URL:
    try:
        url = make_url(source)
    except (ArgumentError, ValueError):
        # What came is not shown: a URL may hold a password.
        raise SourceError(
            "a database URL must look like postgresql://user:password@host:5432/name (the one given cannot be read)"
        ) from None
    if url.get_backend_name() in ("duckdb", "sqlite") and url.database and not url.database.startswith((":memory:", "file:", "md:")):
        _refuse_missing(Path(url.database))
    return url


def _with_driver(url: URL) -> URL:
    # The drivers that the extras of kpicore install, whichever SQLAlchemy takes for its own default.
    drivers = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
    return url.set(drivername=drivers.get(url.drivername, url.drivername))


def _refuse_missing(path: Path) -> None:
    if not path.is_file():
        raise SourceError(
            f"the facts must be a DuckDB file or a database URL (got {str(path)!r}, which is not there); run `kpicore load` first"
        )


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        says = str(error.orig).strip().splitlines()[0]
        if held := re.search('Could not set lock on file "(.+)"', says):
            raise SourceError(f"{held[1]} is in use by another process; try again when it has ended") from error
        raise SourceError(f"the database refused: {says}") from error
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise SourceError(_advice(error)) from error


def _advice(error: Exception) -> str:
    drivers = {"psycopg": "postgresql", "pymysql": "mysql"}
    if isinstance(error, ModuleNotFoundError) and error.name in drivers:
        return f"this database needs the driver {error.name!r}: pip install 'kpicore[{drivers[error.name]}]'"
    return f"the database cannot be used: {str(error).strip().splitlines()[0]}"


def _safe(engine: Engine) -> str:
    return unquote(engine.url.set(query={}).render_as_string(hide_password=True))
