"""Reading tables strictly, and telling all errors with their place."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - cattrs reads the annotations
from typing import TYPE_CHECKING, Any, Literal

import pytest
from attrs import field, frozen

from kpicore.config.structure import read_toml, structure
from kpicore.errors import ConfigError
from kpicore.model.check import finite, refuse

if TYPE_CHECKING:
    from pathlib import Path


@frozen
class Leaf:
    """A table within a table."""

    name: str
    size: float = 1.0

    def __attrs_post_init__(self) -> None:
        """Refuse what is not finite."""
        refuse(self, finite("size", self.size))


@frozen
class Tree:
    """All kinds of keys."""

    start: int = field(metadata={"key": "from"})
    is_old: bool = False
    kind: Literal["oak", "elm"] = "oak"
    size: float | None = None
    leaves: tuple[Leaf, ...] = field(default=(), metadata={"key": "leaf"})
    marks: Mapping[str, str] = field(factory=dict)
    notes: Mapping[str, Mapping[str, object]] = field(factory=dict)
    hidden: str = field(default="", metadata={"key": ""})


def test_all_kinds_are_read() -> None:
    """Keys may be named otherwise than attributes; a whole number is a number."""
    data = {
        "from": 3,
        "is_old": True,
        "kind": "elm",
        "size": 2,
        "leaf": [{"name": "a", "size": 2}, {"name": "b"}],
        "marks": {"x": "y"},
        "notes": {"n": {"k": [1]}},
    }

    assert Tree(3, True, "elm", 2.0, (Leaf("a", 2.0), Leaf("b")), {"x": "y"}, {"n": {"k": [1]}}) == structure(Tree, data, "f")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "f: from is required"),
        ({"from": 1.5}, "f: from must be a whole number (got 1.5)"),
        ({"from": True}, "f: from must be a whole number (got True)"),
        ({"from": "1"}, "f: from must be a whole number (got '1')"),
        ({"from": 1, "is_old": 1}, "f: is_old must be true or false (got 1)"),
        ({"from": 1, "kind": "ash"}, "f: kind must be one of oak, elm (got 'ash')"),
        ({"from": 1, "size": "big"}, "f: size must be a number (got 'big')"),
        ({"from": 1, "size": False}, "f: size must be a number (got False)"),
        ({"from": 1, "marks": {"x": 1}}, "f: marks must be a table of texts (got {'x': 1})"),
        ({"from": 1, "marks": "x"}, "f: marks must be a table (got 'x')"),
        ({"from": 1, "leaf": {"name": "a"}}, "f: leaf must be a list (got {'name': 'a'})"),
        ({"from": 1, "leaf": ["a"]}, "f, [[leaf]] 1: must be a table (got 'a')"),
        ({"from": 1, "leaf": [{"name": "a"}, {"name": 2}]}, "f, [[leaf]] 2 (2): name must be text (got 2)"),
        ({"from": 1, "leaf": [{"name": "a", "size": float("nan")}]}, "f, [[leaf]] 1 (a): size must be a finite number (got nan)"),
        ({"from": 1, "leaf": [{"name": "a", "sice": 1}]}, "f, [[leaf]] 1 (a): unknown key 'sice'; did you mean 'size'?"),
        ({"from": 1, "leav": []}, "f: unknown key 'leav'; did you mean 'leaf'?"),
        ({"from": 1, "hidden": "x"}, "f: unknown key 'hidden'; valid are from, is_old, kind, leaf, marks, notes, size"),
    ],
)
def test_each_error_names_its_place(data: dict[str, Any], says: str) -> None:
    """File, table, key, what must hold, what came, and the nearest valid name."""
    with pytest.raises(ConfigError) as caught:
        structure(Tree, data, "f")

    assert says == str(caught.value)


def test_all_errors_are_told_together() -> None:
    """Also those that show only once the others are out of the way."""
    data = {"schema": "x/2", "is_old": 0, "leaf": [{"size": float("inf")}, {"name": "b", "size": "x"}]}

    with pytest.raises(ConfigError) as caught:
        structure(Tree, data, "f", "x/1")

    assert [
        "f has 6 errors:",
        "  schema must be \"x/1\" (got 'x/2')",
        "  from is required",
        "  is_old must be true or false (got 0)",
        "  [[leaf]] 1: name is required",
        "  [[leaf]] 1: size must be a finite number (got inf)",
        "  [[leaf]] 2 (b): size must be a number (got 'x')",
    ] == str(caught.value).splitlines()


def test_toml_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    """Windows editors write one."""
    path = tmp_path / "x.toml"
    path.write_bytes(b'\xef\xbb\xbfname = "\xe5\xae\xa2"\n')

    assert {"name": "客"} == read_toml(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"a = \n", "is not valid TOML: Invalid value (at line 1, column 5)"), (b'a = "\xbf\xcd"\n', "must be UTF-8 text (byte 5 is not)")],
)
def test_unreadable_toml(tmp_path: Path, content: bytes, says: str) -> None:
    """The error names the file and the place in it."""
    path = tmp_path / "x.toml"
    path.write_bytes(content)

    with pytest.raises(ConfigError) as caught:
        read_toml(path)

    assert str(caught.value).startswith(f"{path} {says}")


def test_missing_toml(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(ConfigError, match=r"x\.toml cannot be read: No such file"):
        read_toml(tmp_path / "x.toml")
