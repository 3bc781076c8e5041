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
    from collections.abc import Callable, Iterator
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


CHATTY = """
import sys
print("loading a model, please wait")
from kpicore import hookimpl
from kpicore.model.offer import Report

def leave(view, locale):
    sys.exit(0)

@hookimpl
def kpicore_reports():
    print("still busy")
    titles = {"en": "Report", "zh": "报告"}
    return [Report("leaving", titles, leave), Report("number", titles, lambda view, locale: 7)]
"""


@pytest.fixture
def chatty(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a plugin that prints, and whose reports fail."""
    folder = tmp_path_factory.mktemp("chatty")
    info = folder / "t_chatty-1.0.dist-info"
    info.mkdir()
    (folder / "t_chatty.py").write_text(CHATTY, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: t-chatty\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[kpicore]\nt_chatty = t_chatty\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    yield
    sys.modules.pop("t_chatty", None)


def test_what_a_plugin_prints_is_not_part_of_the_payload(kpicore: Callable[..., Said], loaded: Path, chatty: None) -> None:
    """Standard output is one JSON object; the plugin's words go to standard error."""
    said = kpicore("evaluate", loaded, *EVALUATE, "--json")

    assert said.code == ExitCode.OK
    assert said.json["schema"] == "kpicore.run/1"
    assert said.err.splitlines() == ["loading a model, please wait", "still busy"]


@pytest.mark.parametrize(
    ("report", "why"),
    [("leaving", "report 'leaving' failed: SystemExit: 0"), ("number", "report 'number' must return text (got int)")],
)
def test_a_report_that_fails_is_a_plugin_error(kpicore: Callable[..., Said], loaded: Path, chatty: None, report: str, why: str) -> None:
    """Exit code 4 and the report's name, even where it tries to leave as if all were well."""
    said = kpicore("evaluate", loaded, *EVALUATE, "--report", report)

    assert (said.code, said.out) == (ExitCode.PLUGIN, "")
    assert said.err.splitlines()[-1] == f"kpicore: error: {why}"


def test_nothing_below_a_command_ends_the_program(kpicore: Callable[..., Said], loaded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaving from deep inside is an error, not exit code 0 without a result."""

    def leave(*_: object) -> None:
        sys.exit(0)

    monkeypatch.setattr(pipeline, "run", leave)

    said = kpicore("evaluate", loaded, *EVALUATE)

    assert (said.code, said.out) == (ExitCode.PLUGIN, "")
    assert "must not end the program" in said.err
