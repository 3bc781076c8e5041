"""The database file: replaced in one step or not at all."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
import pytest

from kpicore.errors import ConfigError, SourceError
from kpicore.sources import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sources.conftest import Bench

TABLE = '[[table]]\nfact = "customer"\nfrom = "data.csv"\n[table.columns]\ncustomer_id = "id"\n'


def left(bench: Bench) -> list[str]:
    """Return the files in the folder that belong to the database."""
    return sorted(path.name for path in bench.folder.glob("facts.duckdb*"))


def test_a_failed_load_leaves_the_old_state(bench: Bench) -> None:
    """The error comes in the middle of the load, after a table has been staged."""
    bench.write("data.csv", "id\n1\n")
    bench.load(TABLE)
    before = bench.database.read_bytes()
    bench.write("more.csv", "x\n1\n")

    with pytest.raises(ConfigError):
        bench.load(f'{TABLE}[[table]]\nfact = "employee"\nfrom = "more.csv"\n[table.columns]\nemployee_id = "id"\n')

    assert before == bench.database.read_bytes()
    assert ["facts.duckdb"] == left(bench)


def test_what_a_crash_left_is_removed(bench: Bench) -> None:
    """A half-written file of an earlier load, whole or torn, does not disturb the next."""
    bench.write("data.csv", "id\n1\n")
    bench.write("facts.duckdb.loading", b"half a database")
    bench.write("facts.duckdb.loading.wal", b"half a log")

    bench.load(TABLE)

    assert ["facts.duckdb"] == left(bench)


def test_who_has_the_old_file_open_keeps_reading_it(bench: Bench) -> None:
    """A reader of the old file is not disturbed, a new one sees the new."""
    bench.write("data.csv", "id\n1\n")
    bench.load(TABLE)
    with held(bench, read_only=True) as process:
        bench.write("data.csv", "id\n1\n2\n")
        bench.load(TABLE)

        answer, _ = process.communicate("go\n", timeout=60)

    assert "1" == answer.split()[-1]
    assert [(2,)] == bench.query("SELECT count(*) FROM customer")


def test_a_file_in_use_is_an_error(bench: Bench) -> None:
    """Another process that writes the file is named as the cause."""
    bench.write("data.csv", "id\n1\n")
    bench.load(TABLE)

    with held(bench, read_only=False) as process:
        with pytest.raises(SourceError, match="is in use by another process; close"):
            bench.load(TABLE)
        process.communicate("go\n", timeout=60)


def test_two_loads_at_once(bench: Bench) -> None:
    """The second does not disturb the first."""
    bench.write("data.csv", "id\n1\n")
    bench.load(TABLE)
    bench.database.rename(bench.folder / "facts.duckdb.loading")

    with held(bench, read_only=False, name="facts.duckdb.loading") as process:
        with pytest.raises(SourceError, match="another load is at work; wait until it has ended"):
            bench.load(TABLE)
        answer, _ = process.communicate("go\n", timeout=60)

    assert "1" == answer.split()[-1]


def test_a_read_only_file_is_an_error(bench: Bench) -> None:
    """The file is not replaced behind its owner's back."""
    bench.write("data.csv", "id\n1\n")
    bench.load(TABLE)
    bench.database.chmod(0o444)

    with pytest.raises(SourceError, match=r"must be writable .*chmod u\+w"):
        bench.load(TABLE)


def test_a_missing_folder_is_an_error(bench: Bench) -> None:
    """The folder of the database must exist."""
    bench.write("data.csv", "id\n1\n")
    bench.mapping.write_text(f'schema = "kpicore.mapping/1"\n{TABLE}')

    with pytest.raises(SourceError, match="check that the folder exists and is writable"):
        load(bench.mapping, bench.folder / "none" / "facts.duckdb")


@pytest.mark.parametrize("kind", ["text", "other"])
def test_a_foreign_file_is_not_replaced(bench: Bench, kind: str) -> None:
    """A file that kpicore did not write stays as it is."""
    bench.write("data.csv", "id\n1\n")
    if kind == "text":
        bench.write("facts.duckdb", "a letter, longer than the header of a database file " * 100)
    else:
        with duckdb.connect(str(bench.database)) as connection:
            connection.execute("CREATE TABLE mine (x INTEGER)")
    before = bench.database.read_bytes()

    with pytest.raises(SourceError):
        bench.load(TABLE)

    assert before == bench.database.read_bytes()


@contextmanager
def held(bench: Bench, *, read_only: bool, name: str = "facts.duckdb") -> Iterator[subprocess.Popen[str]]:
    """Let another process have the database open until it is told to go on."""
    code = f"""
        import duckdb
        connection = duckdb.connect({str(bench.folder / name)!r}, read_only={read_only})
        print("open", flush=True)
        input()
        print(connection.execute("SELECT count(*) FROM customer").fetchone()[0])
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "open\n" == process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()
