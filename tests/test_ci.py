"""What CI starts: the test command of the README, its outcome, and the summary as the last line."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[[str], subprocess.CompletedProcess[str]]

README = "# Tests\n\n```sh\nexit 9\n```\n\n<!-- the test command: as in the README -->\n```sh\n{command}\n```\n\n```sh\nexit 8\n```\n"


@pytest.fixture
def run(root: Path, tmp_path: Path) -> Run:
    """Return a function that runs .ci/run in a project whose README has a certain test command."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash not present")
    (tmp_path / ".ci").mkdir()
    script = shutil.copy(root / ".ci" / "run", tmp_path / ".ci")

    def start(command: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "README.md").write_text(README.format(command=command), encoding="utf-8")
        return subprocess.run([bash, script], capture_output=True, encoding="utf-8", check=False)

    return start


def test_the_readme_has_one_test_command(root: Path) -> None:
    """The script finds its block: there is one, and it makes an environment and runs tox in it."""
    blocks = (root / "README.md").read_text(encoding="utf-8").split("<!-- the test command")[1:]

    assert ["python3 -m venv .venv && .venv/bin/pip install tox && .venv/bin/tox"] == [block.split("\n```", 2)[1][3:] for block in blocks]


def test_the_summary_comes_last(run: Run) -> None:
    """Of several summaries the last is repeated, without the colours that a terminal shows."""
    lines = ["== 1 passed in 0.1s ==", "\\033[32m=== 4 passed, 1 skipped in 2.50s ===\\033[0m", "  \\033[32mpy311: OK (9s)"]

    done = run("; ".join(f"printf '{line}\\n'" for line in lines))

    assert (0, "=== 4 passed, 1 skipped in 2.50s ===") == (done.returncode, done.stdout.splitlines()[-1])


def test_a_failure_is_passed_on(run: Run) -> None:
    """The exit code is that of the command, and the summary is still shown."""
    done = run("echo '=== 1 failed, 4 passed in 2.50s (0:00:02) ==='; exit 3")

    assert (3, "=== 1 failed, 4 passed in 2.50s (0:00:02) ===") == (done.returncode, done.stdout.splitlines()[-1])


def test_a_run_without_tests_is_an_error(run: Run) -> None:
    """Where tox skips every interpreter, nothing was tested, and that is not success."""
    done = run("echo '=== 3 passed in 0.10s ==='; echo '  lint: OK (1s)'; echo '  py311: SKIP (0s)'")

    assert (1, True) == (done.returncode, "at least one interpreter" in done.stderr)


def test_nothing_is_read_from_the_terminal(run: Run) -> None:
    """A command that asks a question meets the end of its input."""
    assert 0 == run("! read -r answer && echo py311: OK").returncode


def test_a_missing_command_is_an_error(run: Run) -> None:
    """An empty block must not look like a run in which all went well."""
    done = run("")

    assert (2, True) == (done.returncode, "found none" in done.stderr)
