"""What keeps kpicore readable: no file over 350 lines, no function over 50, no module whose name says nothing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_LINES = 350
FUNCTION_LINES = 50
EMPTY_NAMES = {"base", "common", "core", "helper", "helpers", "manager", "misc", "util", "utils"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.fixture(scope="module")
def files(root: Path) -> list[Path]:
    """Return every Python file of the project."""
    return sorted(
        path for folder in ("kpicore", "plugins", "rules", "tests", "docs", "benchmarks") for path in (root / folder).rglob("*.py")
    )


def test_files_are_short(root: Path, files: list[Path]) -> None:
    """A module that has grown past one idea is divided."""
    lengths = {path.relative_to(root).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in files}

    assert {} == {name: length for name, length in lengths.items() if length > FILE_LINES}


def test_functions_are_short(root: Path, files: list[Path]) -> None:
    """A function fits on a screen; its docstring does not count."""
    lengths = {f"{path.relative_to(root).as_posix()}: {function.name}": length(function) for path in files for function in functions(path)}

    assert {} == {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES}


def test_names_say_something(root: Path, files: list[Path]) -> None:
    """A module is named for what it is about, not for being useful."""
    assert [] == [path.relative_to(root).as_posix() for path in files if path.stem.strip("_") in EMPTY_NAMES]


def test_a_docstring_does_not_count() -> None:
    """The lines of a function are those of its signature and its statements."""
    function = ast.parse('def f():\n    """One.\n\n    Two.\n    """\n    x = 1\n    return x\n').body[0]

    assert isinstance(function, ast.FunctionDef)
    assert 3 == length(function)


def functions(path: Path) -> Iterator[Function]:
    """Yield the functions and methods of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    """Return the lines of a function without its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines
