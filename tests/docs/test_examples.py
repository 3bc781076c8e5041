"""The examples in the README and the documentation run, in the order of their page, as a reader would run them.

Blocks of Python are executed; of console blocks, each `$ kpicore ...` line, and what stands below it is compared with what comes
(`...` stands for anything). The packages in docs/examples have tests of their own.
`<!-- not run: reason -->` before a block leaves it out, `<!-- exit code: 2 -->` expects a failure, `<!-- file: NAME -->` writes that file.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import frozen
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(page for page in (ROOT / "docs").rglob("*.md") if "examples" not in page.relative_to(ROOT).parts)]
SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@frozen
class Example:
    """One block of a page that is to be run."""

    language: str
    code: str
    line: int
    """Line of the page on which the code begins, from 1."""
    exit_code: int = 0
    file: str = ""
    """The file that the block is to be, below the reader's folder; it is written and not run."""


def examples(text: str) -> Iterator[Example]:
    """Yield the blocks of a page that are to be run."""
    remark = ""
    for token in MarkdownIt("commonmark").parse(text):
        file, code = (re.search(form, remark) for form in (r"<!-- file: (\S+) -->", r"<!-- exit code: (\d+) -->"))
        is_run = token.info in {"python", "console"} and not re.search(r"<!-- not run: .+ -->", remark)
        if token.type == "fence" and (file or is_run):
            line = (token.map or [0])[0] + 2
            yield Example(token.info, token.content, line, int(code[1]) if code else 0, file[1] if file else "")
        remark = token.content if token.type == "html_block" else ""


RUN = [page for page in PAGES if any(examples(page.read_text(encoding="utf-8")))]


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader who starts in an empty folder and follows the page gets what it shows."""
    monkeypatch.chdir(tmp_path)

    run(page.read_text(encoding="utf-8"), str(page), tmp_path)


def test_python_blocks_share_their_names(tmp_path: Path) -> None:
    """A later block of a page uses what an earlier one has defined; a block that is not to be run is left out."""
    run(
        "```python\nx = 1\n```\n\n<!-- not run: it would fail -->\n```python\nx = 2\n```\n\n```python\nassert x == 1\n```\n",
        "page",
        tmp_path,
    )


def test_a_failing_block_is_named_by_its_line(tmp_path: Path) -> None:
    """The traceback leads to the line of the page."""
    with pytest.raises(ZeroDivisionError) as caught:
        run("# Page\n\n```python\nx = 1\nx / 0\n```\n", "page.md", tmp_path)

    assert ("page.md", 5) == (str(caught.traceback[-1].path), caught.traceback[-1].lineno + 1)


def test_a_remark_without_a_reason_excuses_nothing() -> None:
    """Whoever leaves a block out says why."""
    assert ["x = 2\n"] == [one.code for one in examples("<!-- not run: -->\n```python\nx = 2\n```\n")]


def test_a_block_can_be_a_file(tmp_path: Path) -> None:
    """What the page tells the reader to write into a file is there for the blocks below."""
    run("<!-- file: data/x.csv -->\n```text\na,b\n```\n", "page", tmp_path)

    assert "a,b\n" == (tmp_path / "data" / "x.csv").read_text(encoding="utf-8")


def test_console_blocks_are_divided_into_commands() -> None:
    """A command begins with a dollar, may go on over lines, and is followed by what it prints."""
    block = "$ kpicore demo \\\n    --seed 1\none\ntwo\n$ kpicore check\n"

    assert [("kpicore demo     --seed 1", "one\ntwo\n"), ("kpicore check", "")] == list(commands(block))


def test_only_kpicore_is_run(tmp_path: Path) -> None:
    """An example cannot start another program."""
    with pytest.raises(AssertionError, match="touch x"):
        run("```console\n$ touch x\n```\n", "page", tmp_path)


def run(text: str, name: str, folder: Path) -> None:
    """Run the examples of a page."""
    names: dict[str, object] = {"__name__": "__main__"}
    for example in examples(text):
        if example.file:
            (folder / example.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / example.file).write_text(example.code, encoding="utf-8")
        elif example.language == "python":
            code = compile("\n" * (example.line - 1) + example.code, name, "exec", dont_inherit=True)
            exec(code, names)  # noqa: S102  # the project's own documentation
        else:
            for command, expected in commands(example.code):
                run_command(command, expected, example.exit_code, folder)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block with what it is said to print."""
    before, *parts = re.split(r"^\$ ", block.replace("\\\n", ""), flags=re.MULTILINE)
    assert parts, f"a console block has commands, which begin with '$ ' (got {before!r}); what is not run is marked sh or text"
    for part in parts:
        command, _, expected = part.partition("\n")
        yield command, expected


def run_command(command: str, expected: str, exit_code: int, folder: Path) -> None:
    """Run one command in a folder, and compare what it prints and returns."""
    program, *arguments = shlex.split(command)
    assert program == "kpicore", f"only kpicore is run (got {command!r}); mark the block <!-- not run: reason -->"
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    line = [sys.executable, "-m", "kpicore", *arguments]
    done = subprocess.run(
        line, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False
    )
    assert exit_code == done.returncode, f"{command}\n{done.stdout}"
    assert not expected.strip() or doctest.OutputChecker().check_output(expected, done.stdout, SAME), f"{command}\n{done.stdout}"
