"""What every test may ask for: the repository, the public data beside it, and an empty database of each engine."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

# How long an example takes says more about the machine than about the code. In CI the same examples are tried in every run.
settings.register_profile("kpicore", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kpicore")

ENGINES = ("duckdb", "sqlite", "postgresql", "mariadb")


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the repository; the packages under test may be installed elsewhere."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data(root: Path) -> Path:
    """Return the folder of public data sets, or skip: they are no part of the project."""
    folder = (root / (os.environ.get("KPICORE_TEST_DATA") or "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"{folder} not present; set KPICORE_TEST_DATA to the folder of the public data sets")
    return folder


@pytest.fixture(scope="session", params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Yield, once per session and engine, a database that was empty at first and is dropped at the end."""
    with fresh_database(request.param, tmp_path_factory.mktemp(request.param)) as engine:
        yield engine


@pytest.fixture(params=ENGINES)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Yield an empty database of each engine, for this test alone."""
    with fresh_database(request.param, tmp_path) as engine:
        yield engine


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[Engine]:
    """Make a database that no other run uses, and drop it afterwards; skip where its server cannot be reached."""
    if kind in {"duckdb", "sqlite"}:
        with _disposed(f"{kind}:///{folder / f'facts.{kind}'}") as engine:
            yield engine
        return
    name = f"kpicore_test_{uuid4().hex[:12]}"
    made = _on_postgresql(name) if kind == "postgresql" else _on_mariadb(name)
    with made as url, _disposed(url) as engine:
        yield engine


@contextmanager
def _disposed(url: str | URL) -> Iterator[Engine]:
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _on_postgresql(name: str) -> Iterator[URL]:
    url = make_url(os.environ.get("KPICORE_TEST_POSTGRESQL") or "postgresql+psycopg://postgres@127.0.0.1/test")
    # A connection that a failed test left open must not hold up the end of the run.
    drop = f"SET lock_timeout = '10s'; DROP SCHEMA {name} CASCADE"
    with _made(url, f"CREATE SCHEMA {name}", drop):
        yield url.update_query_dict({"options": f"-csearch_path={name}"})


@contextmanager
def _on_mariadb(name: str) -> Iterator[URL]:
    url = make_url(os.environ.get("KPICORE_TEST_MARIADB") or "mysql+pymysql://root@127.0.0.1/test")
    # The collation stays the server's default, which ignores case, as it does where kpicore is used.
    with _made(url, f"CREATE DATABASE {name} CHARACTER SET utf8mb4", f"DROP DATABASE {name}"):
        yield url.set(database=name)


@contextmanager
def _made(url: URL, create: str, drop: str) -> Iterator[None]:
    server = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        _run(server, create)
    except OperationalError as error:
        server.dispose()
        pytest.skip(f"{url.render_as_string()} cannot be reached: {error.orig}")
    try:
        yield
    finally:
        _run(server, drop)
        server.dispose()


def _run(server: Engine, statement: str) -> None:
    with server.connect() as connection:
        connection.execute(text(statement))
