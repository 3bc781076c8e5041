"""The examples of the reference pages are valid files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kpicore.config import load_project, load_scorecard

REFERENCE = Path(__file__).parents[2] / "docs/reference"


def example(page: str) -> str:
    """Return the first TOML block of a page."""
    found = re.search(r"```toml\n(.*?)```", (REFERENCE / page).read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_scorecard_of_the_reference(tmp_path: Path) -> None:
    """It can be read as it stands."""
    (tmp_path / "x.toml").write_text(example("scorecard.md"), encoding="utf-8")

    assert "account_executive" == load_scorecard(tmp_path / "x.toml").role


def test_the_project_of_the_reference(tmp_path: Path) -> None:
    """It can be read as it stands."""
    (tmp_path / "kpicore.toml").write_text(example("project.md"), encoding="utf-8")

    assert "Acme sales" == load_project(tmp_path).name


@pytest.mark.parametrize(
    ("page", "keys"), [("scorecard.md", ["at_target", "spread", "ties", "minimum_coverage"]), ("project.md", ["url_env"])]
)
def test_keys_are_described(page: str, keys: list[str]) -> None:
    """Each has a row in a table."""
    text = (REFERENCE / page).read_text(encoding="utf-8")

    assert [] == [key for key in keys if f"| `{key}` |" not in text]
