"""`kpicore sensitivity` on small data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

WHAT = ("--role", "seller", "--period", "2024-Q1")


def test_sensitivity_of_two_people(kpicore: Callable[..., Said], loaded: Path) -> None:
    """Ann is ahead in everything, so no choice changes the order of the two; which is said."""
    content = kpicore("sensitivity", loaded, *WHAT, "--base", "16", "--json").json

    assert "kpicore.sensitivity/1" == content["schema"]
    assert "No choice matters: every one of them gives the same ranking." == content["verdict"]
    assert [(1, 1, 1), (2, 2, 2)] == [(each["rank"], each["rank_low"], each["rank_high"]) for each in content["people"]]
    assert {"metric left out", "normaliser", "weights"} <= {each["choice"] for each in content["variants"]}


def test_sensitivity_for_people(kpicore: Callable[..., Said], loaded: Path, project: Path) -> None:
    """Three tables in either language, the same each time; nothing is kept."""
    said = kpicore("sensitivity", loaded, *WHAT, "--base", "16")

    assert ExitCode.OK == said.code
    assert said.out.startswith("Seller · 2024-Q1 [2024-01-01, 2024-04-01)")
    assert "other band" in said.out
    assert said.out == kpicore("sensitivity", loaded, *WHAT, "--base", "16").out
    assert "等级改变" in kpicore("sensitivity", loaded, *WHAT, "--base", "16", "--locale", "zh").out
    before = sorted(project.rglob("*"))
    kpicore("sensitivity", project, *WHAT)
    assert before == sorted(project.rglob("*"))


def test_sensitivity_needs_a_scored_period(kpicore: Callable[..., Said], loaded: Path) -> None:
    """A period without facts is most likely the wrong one."""
    said = kpicore("sensitivity", loaded, "--role", "seller", "--period", "1999-Q1")

    assert ExitCode.USAGE == said.code
    assert "must lie in the data" in said.err
