"""Opening the facts: files, URLs, engines, a host's connection; and what is said when that fails."""

from __future__ import annotations

import builtins
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, select, text

from kpicore import facts
from kpicore.errors import SourceError
from kpicore.query.database import Facts, open_facts

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


def made(folder: Path, kind: str = "duckdb") -> Path:
    """Make a file with one product."""
    path = folder / f"facts.{kind}"
    engine = create_engine(f"{kind}:///{path}")
    facts.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(facts.product.insert(), [{"product_id": "p1"}])
    engine.dispose()
    return path


def products(opened: Facts) -> int:
    """Return the number of products."""
    return opened.row_count(facts.product)


def test_a_duckdb_file(tmp_path: Path) -> None:
    """By path or by text; it is opened for reading only."""
    path = made(tmp_path)

    for source in (path, str(path)):
        with open_facts(source) as opened:
            assert ("duckdb", 1) == (opened.dialect, products(opened))
            with pytest.raises(SourceError, match="read-only"), opened.asking():
                opened.connection.execute(text("DELETE FROM product"))


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_url(tmp_path: Path, kind: str) -> None:
    """A URL of a file that is there."""
    with open_facts(f"{kind}:///{made(tmp_path, kind)}") as opened:
        assert (kind, 1) == (opened.dialect, products(opened))


@pytest.mark.parametrize("form", ["{}", "duckdb:///{}", "sqlite:///{}"])
def test_a_missing_file_is_not_made(tmp_path: Path, form: str) -> None:
    """The engines would make an empty one."""
    path = tmp_path / "missing.duckdb"

    with pytest.raises(SourceError) as caught, open_facts(form.format(path)):
        pass

    expected = f"the facts must be a DuckDB file or a database URL (got '{path}', which is not there); run `kpicore load` first"
    assert (expected, False) == (str(caught.value), path.exists())


def test_a_path_is_not_read_as_a_url(tmp_path: Path) -> None:
    """A folder may have any name, also with characters that mean something in a URL."""
    folder = tmp_path / "项 目%s'q\"#?x=1&y"
    folder.mkdir()
    path = folder / "facts.duckdb"
    made(tmp_path).rename(path)

    with open_facts(path) as opened:
        assert [("p1",)] == [tuple(row) for row in opened.rows(select(facts.product.c.product_id))]


def test_a_file_that_another_process_writes(tmp_path: Path) -> None:
    """DuckDB lets nobody read then; the message says what to do."""
    path = made(tmp_path)
    hold = "import duckdb, sys; kept = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"

        with pytest.raises(SourceError) as caught, open_facts(path):
            pass

        other.communicate("")

    assert str(caught.value) == f"{path} is in use by another process; try again when it has ended"


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """A CSV file is not a DuckDB file, and the database says so in its own words."""
    path = tmp_path / "facts.csv"
    path.write_text("a,b\n1,2\n" * 1000)

    with pytest.raises(SourceError, match=r"^the database refused: "), open_facts(path):
        pass


@pytest.mark.parametrize("url", ["postgresql://ann:s3cret@host:port/x", "://s3cret", "nosuchbase://ann:s3cret@localhost/x"])
def test_a_wrong_url_is_refused_without_its_password(url: str) -> None:
    """Neither the message nor what it was raised from shows the password."""
    with pytest.raises(SourceError) as caught, open_facts(url):
        pass

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://ann:s3cret@127.0.0.1:1/x?connect_timeout=2", "mysql+pymysql://ann:s3cret@127.0.0.1:1/x"]
)
def test_a_server_that_is_not_there_is_named_without_the_password(url: str) -> None:
    """The driver's own words, first line."""
    with pytest.raises(SourceError, match=r"^the database refused: .*127\.0\.0\.1") as caught, open_facts(url):
        pass

    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("url", "driver", "extra"), [("postgresql://h/x", "psycopg", "postgresql"), ("mysql://h/x", "pymysql", "mysql")])
def test_a_missing_driver_is_named_with_the_extra(url: str, driver: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain URLs mean the drivers that the extras install."""
    original = builtins.__import__

    def without(name: str, *rest: Any, **options: Any) -> Any:
        if name.partition(".")[0] == driver:
            raise ModuleNotFoundError(f"No module named {name!r}", name=driver)
        return original(name, *rest, **options)

    for name in [each for each in sys.modules if each.partition(".")[0] == driver]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SourceError) as caught, open_facts(url):
        pass

    assert f"this database needs the driver {driver!r}: pip install 'kpicore[{extra}]'" == str(caught.value)


def test_an_engine_stays_usable(empty_database: Engine) -> None:
    """Its connection is given back, the engine is the host's."""
    facts.metadata.create_all(empty_database)

    with open_facts(empty_database) as opened:
        assert 0 == products(opened)

    with empty_database.connect() as connection:
        assert 1 == connection.execute(text("SELECT 1")).scalar_one()


def test_a_host_connection_is_left_as_it_was(empty_database: Engine) -> None:
    """Open, in its transaction, with what the host wrote neither committed nor rolled back."""
    facts.metadata.create_all(empty_database)
    with empty_database.connect() as connection:
        connection.execute(facts.product.insert(), [{"product_id": "p1"}])

        with open_facts(connection) as opened:
            assert (1, False) == (products(opened), opened.is_own)

        assert (False, True) == (connection.closed, connection.in_transaction())
        assert 1 == connection.execute(text("SELECT count(*) FROM product")).scalar_one()
        connection.rollback()
        assert 0 == connection.execute(text("SELECT count(*) FROM product")).scalar_one()


def test_an_autocommitting_host_connection_works(empty_database: Engine) -> None:
    """Where there is no transaction there is no savepoint either."""
    facts.metadata.create_all(empty_database)
    if empty_database.dialect.name == "duckdb":
        pytest.skip("duckdb-sqlalchemy has no autocommit mode")
    with empty_database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection, open_facts(connection) as opened:
        assert 0 == products(opened)
        with pytest.raises(SourceError), opened.asking():
            opened.connection.execute(text("SELECT no_such_function(1)"))
        assert opened.is_alive()


def test_facts_that_are_open_are_passed_through(tmp_path: Path) -> None:
    """So that several runs can share what is known of the database."""
    with open_facts(made(tmp_path)) as opened, open_facts(opened) as again:
        assert opened is again


def test_an_error_in_the_block_leaves_as_itself(tmp_path: Path) -> None:
    """The host's own errors are not the source's."""
    with pytest.raises(ZeroDivisionError), open_facts(made(tmp_path)):
        raise ZeroDivisionError
