"""`kpicore funnel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kpicore.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HISTORY = """
[[table]]
fact = "opportunity_change"
from = "history.csv"
[table.columns]
change_id = { row = "H" }
opportunity_id = "deal"
field = { constant = "stage" }
old_value = "old"
new_value = "new"
changed_at = "at"
employee_id = "who"
"""
CHANGES = """deal,old,new,at,who
d1,new,offer,2024-01-10,007
d1,offer,won,2024-02-01,007
d2,new,won,2024-02-02,007
d3,new,offer,2024-01-12,bot
d3,offer,lost,2024-02-03,007
d6,new,offer,2024-01-12,007
d6,offer,new,2024-01-22,007
"""


@pytest.fixture
def piped(project: Path, kpicore: Callable[..., Any]) -> Path:
    """Return a project with a stage history."""
    (project / "mapping.toml").write_text((project / "mapping.toml").read_text("utf-8") + HISTORY, encoding="utf-8")
    (project / "data/history.csv").write_text(CHANGES, encoding="utf-8")
    settings = '\n[parameters."sales.stage_conversion"]\nstages = ["new", "offer", "won"]\nwithin_days = 30\n'
    with (project / "kpicore.toml").open("a", encoding="utf-8") as file:
        file.write(settings)
    assert kpicore("load", project).code == ExitCode.OK
    return project


def test_a_funnel_on_the_terminal(kpicore: Callable[..., Any], piped: Path) -> None:
    """Counts, conversions, and the slowest and the most losing stage."""
    said = kpicore("funnel", piped, "--period", "2024-01")

    assert said.code == ExitCode.OK
    lines = [line.split() for line in said.out.splitlines()]
    assert ["new", "4", "100.0", "%", "80.0", "%"] == next(line for line in lines if line[:1] == ["new"])[:6]
    assert "stage that loses most: offer, 1 deals" in said.out
    assert "slowest stage: offer" in said.out


def test_a_funnel_in_chinese(kpicore: Callable[..., Any], piped: Path) -> None:
    """The same in the other language."""
    said = kpicore("funnel", piped, "--period", "2024-01", "--by", "person", "--locale", "zh")

    assert "流失最多的阶段：offer，1 个商机" in said.out
    assert "商机共" in said.out


def test_a_funnel_as_json(kpicore: Callable[..., Any], piped: Path) -> None:
    """By person: of Ann's four deals three had an offer, one skipped it, one went back from it and one was lost there."""
    content = kpicore("funnel", piped, "--period", "2024-01", "--by", "person", "--as-of", "2024-02-05", "--json").json
    ann = content["funnels"][0]
    offer = ann["stages"][1]

    assert ("kpicore.stages/1", "person", ["new", "offer", "won"]) == (content["schema"], content["by"], content["stages"])
    assert ("Ann Li", 4, "offer") == (ann["group"], ann["deals"], ann["most_losing"])
    assert (3, 1, 1, 1) == tuple(offer[key] for key in ("deals", "skipped", "turned_back", "lost"))
    assert pytest.approx(1 / 3) == offer["conversion"]
    assert offer["median_days"] == 22.0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--stages", "new"), "two or more different stages (got 'new')"),
        (("--stages", "new,new"), "two or more different stages"),
        (("--by", "colour"), "by all, person, team, source, product"),
    ],
)
def test_what_makes_no_funnel(kpicore: Callable[..., Any], piped: Path, arguments: tuple[str, ...], says: str) -> None:
    """Exit code 2, with what to do."""
    said = kpicore("funnel", piped, "--period", "2024-01", *arguments)

    assert (said.code, said.out) == (ExitCode.USAGE, "")
    assert says in said.err


def test_a_source_without_history_says_what_it_needs(kpicore: Callable[..., Any], loaded: Path) -> None:
    """Exit code 3, with the columns."""
    said = kpicore("funnel", loaded, "--period", "2024-01")

    assert said.code == ExitCode.SOURCE
    assert "opportunity_change.changed_at" in said.err
