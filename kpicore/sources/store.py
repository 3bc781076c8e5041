"""The embedded DuckDB file: written beside the target and put in its place at the end, so that a crash leaves the old one."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from kpicore.errors import SourceError
from kpicore.sources.summary import LoadReport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection


def stored_report(database: Path) -> LoadReport | None:
    """Return what the last load said, or None where there is no file yet.

    Raises:
        SourceError: the file is in use, read-only, or is not one that kpicore wrote.
    """
    if not database.exists():
        return None
    if not database.stat().st_mode & 0o222:
        raise SourceError(f"{database}: must be writable (it is read-only); allow writing (chmod u+w) or load into another file")
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            row = connection.execute("SELECT value FROM kpicore_meta WHERE name = 'report'").fetchone()
    except duckdb.CatalogException:
        row = None
    except duckdb.Error as error:
        raise _unusable(database, error) from None
    if row is None:
        raise SourceError(f"{database}: must be a file that kpicore wrote (it is another database); load into another file")
    return LoadReport.from_dict(json.loads(row[0]))


def _unusable(database: Path, error: duckdb.Error) -> SourceError:
    if _is_locked(error):
        return SourceError(f"{database}: is in use by another process; close what has it open for writing, then load again")
    return SourceError(f"{database}: cannot be read as a DuckDB file ({str(error).splitlines()[0]}); remove it and load again")


def _is_locked(error: duckdb.Error) -> bool:
    text = str(error).lower()
    return "lock" in text or "being used by another process" in text


@contextmanager
def writing(database: Path) -> Iterator[DuckDBPyConnection]:
    """Yield a connection to a new file that replaces `database` if all goes well.

    Who has the old file open keeps reading the old one.

    Raises:
        SourceError: the folder cannot be written, or another load is at work.
    """
    new = database.with_name(database.name + ".loading")
    _clear(new)
    try:
        connection = duckdb.connect(str(new))
    except duckdb.Error as error:
        cause = str(error).splitlines()[0]
        raise SourceError(f"{new}: cannot be written ({cause}); check that the folder exists and is writable") from None
    try:
        with connection:
            _prepare(connection, new)
            yield connection
        _put_in_place(new, database)
    except (duckdb.IOException, duckdb.OutOfMemoryException, OSError) as error:
        cause = str(error).splitlines()[0]
        raise SourceError(f"{new}: cannot be written ({cause}); free some space, or load into another folder") from None
    finally:
        _remove(new)


def _prepare(connection: DuckDBPyConnection, new: Path) -> None:
    connection.execute(f"SET temp_directory = '{str(_spill(new)).replace(chr(39), chr(39) * 2)}'")
    for setting in ("python_enable_replacements = false", "autoinstall_known_extensions = false", "TimeZone = 'UTC'"):
        connection.execute(f"SET {setting}")


def _put_in_place(new: Path, database: Path) -> None:
    with new.open("rb+") as handle:
        os.fsync(handle.fileno())
    # A log that a crashed writer left belongs to the old file and would be replayed into the new one.
    database.with_name(database.name + ".wal").unlink(missing_ok=True)
    new.replace(database)


def _clear(new: Path) -> None:
    """Remove what a crashed load left; a load that is still at work holds a lock."""
    if not new.exists():
        return
    try:
        duckdb.connect(str(new)).close()
    except duckdb.Error as error:
        if _is_locked(error):
            raise SourceError(f"{new}: another load is at work; wait until it has ended") from None
    _remove(new)


def _remove(new: Path) -> None:
    new.unlink(missing_ok=True)
    new.with_name(new.name + ".wal").unlink(missing_ok=True)
    shutil.rmtree(_spill(new), ignore_errors=True)


def _spill(new: Path) -> Path:
    return new.with_name(new.name + ".tmp")
