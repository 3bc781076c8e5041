"""The page on the demonstration keeps up with the generator."""

from __future__ import annotations

import re
from pathlib import Path

import attrs

from kpicore.worlds import Assumptions, World
from kpicore.worlds.staff import Cast

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "demo-organisation.md"


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def test_page_gives_each_constant_and_its_value() -> None:
    """Every constant stands in a table of the page, with the value that it has."""
    rows = [line.split("|") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    said = {
        name: [f"{float(n.replace('−', '-')):g}".replace("-", "−") for n in re.findall(r"−?\d+(?:\.\d+)?", row[2])]
        for row in rows
        for name in re.findall(r"`(\w+)`", row[1])
    }

    expected = {}
    for field in attrs.fields(Assumptions):
        values = field.default if isinstance(field.default, tuple) else (field.default,)
        expected[field.name] = [_number(value) for value in values]
    expected["reply_hours"] = expected["reply_sd"] = expected["reply_hours"] + expected["reply_sd"]
    assert expected == said


def test_page_names_the_whole_cast(world: World) -> None:
    """Every peculiar person is introduced, and is an employee."""
    page = PAGE.read_text("utf-8")

    assert [] == [field.name for field in attrs.fields(Cast) if f"`{field.name}`" not in page]
    assert set(world.cast.values()) <= set(world.tables["employee"]["employee_id"].to_pylist())
