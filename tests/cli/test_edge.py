"""The edge of the command line: exit codes, what goes where, and that nobody ever sees a traceback unasked."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from kpicore import __version__, pipeline
from kpicore.cli import COMMANDS
from kpicore.errors import ExitCode, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

EVALUATE = ("--role", "seller", "--period", "2024-Q1")


def test_the_version_is_printed_without_heavy_imports() -> None:
    """Numpy, SQLAlchemy, DuckDB and pyarrow are imported by the commands that need them."""
    heavy = ("numpy", "sqlalchemy", "duckdb", "pyarrow", "rich")
    probe = f"import sys; from kpicore.cli import main; main(['--version']); print([each for each in {heavy} if each in sys.modules])"

    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == [f"kpicore {__version__}", "[]"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(kpicore: Callable[..., Said], command: str) -> None:
    """With --help, and exit code 0."""
    said = kpicore(command, "--help")

    assert (said.code, said.err) == (ExitCode.OK, "")
    assert "--json" in said.out


def test_an_unknown_command_offers_the_nearest(kpicore: Callable[..., Said]) -> None:
    """Exit code 2."""
    said = kpicore("evalute")

    assert said.code == ExitCode.USAGE
    assert "there is no command 'evalute'; did you mean 'evaluate'?" in said.err


def test_a_missing_option_is_wrong_usage(kpicore: Callable[..., Said], loaded: Path) -> None:
    """Exit code 2, nothing on standard output."""
    said = kpicore("evaluate", loaded, "--role", "seller")

    assert (said.code, said.out) == (ExitCode.USAGE, "")
    assert "--period" in said.err


def test_a_folder_without_a_project_says_how_to_make_one(kpicore: Callable[..., Said], tmp_path: Path) -> None:
    """Exit code 2, one line, no traceback."""
    said = kpicore("evaluate", tmp_path, *EVALUATE)

    assert said.code == ExitCode.USAGE
    assert "kpicore init" in said.err
    assert "Traceback" not in said.err


def test_facts_that_are_not_loaded_are_a_source_error(kpicore: Callable[..., Said], project: Path) -> None:
    """Exit code 3."""
    (project / "facts.duckdb").unlink()

    said = kpicore("evaluate", project, *EVALUATE)

    assert said.code == ExitCode.SOURCE
    assert "run `kpicore load` first" in said.err


def test_a_required_plugin_that_is_missing_is_a_plugin_error(kpicore: Callable[..., Said], project: Path) -> None:
    """Exit code 4, with installed, expected and missing."""
    with (project / "kpicore.toml").open("a", encoding="utf-8") as file:
        file.write('[plugins]\nrequire = ["kpicore_astrology"]\n')

    said = kpicore("evaluate", project, *EVALUATE)

    assert said.code == ExitCode.PLUGIN
    assert "missing:   kpicore_astrology" in said.err


def test_what_was_not_foreseen_is_a_bug(kpicore: Callable[..., Said], loaded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 70, one line; the traceback comes with --debug."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(pipeline, "run", fail)

    said, debugged = kpicore("evaluate", loaded, *EVALUATE), kpicore("--debug", "evaluate", loaded, *EVALUATE)

    assert (said.code, said.out) == (ExitCode.BUG, "")
    assert said.err.splitlines() == [
        "kpicore: error: this is a bug in kpicore (ZeroDivisionError: oh); run again with --debug and report what it shows"
    ]
    assert "Traceback" in debugged.err


def test_an_error_cannot_steer_the_terminal(kpicore: Callable[..., Said], loaded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Escape sequences from data are shown as their code."""

    def fail(*_: object) -> None:
        raise SourceError("bad cell \x1b[2J")

    monkeypatch.setattr(pipeline, "run", fail)

    assert "\\u001b[2J" in kpicore("evaluate", loaded, *EVALUATE).err


def test_a_reader_that_has_heard_enough_is_no_error(loaded: Path) -> None:
    """`kpicore facts | head -1` ends quietly."""
    command = f"{sys.executable} -m kpicore facts | head -1"

    done = subprocess.run(["/bin/bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False, cwd=loaded)

    assert (done.returncode, done.stderr) == (0, "")
