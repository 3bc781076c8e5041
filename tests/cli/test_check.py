"""The scorecard linter on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpicore.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def coded(content: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return the linter's findings by code."""
    return {each["code"]: each for each in content["findings"] if each["code"]}


def test_findings_have_codes(kpicore: Callable[..., Any], loaded: Path) -> None:
    """In a column, and in JSON; other findings have none."""
    said, content = kpicore("check", loaded), kpicore("check", loaded, "--json").json

    assert {"SC001", "SC008"} <= set(coded(content))
    assert coded(content)["SC008"]["where"] == "scorecard seller, sales.win_rate"
    assert "" in {each["code"] for each in content["findings"]}
    assert said.code == ExitCode.OK
    assert "warning    SC001   scorecard seller" in said.out


def test_scorecards_come_before_data(kpicore: Callable[..., Any], loaded: Path) -> None:
    """Of the same severity."""
    places = [each["where"] for each in kpicore("check", loaded, "--json").json["findings"] if each["severity"] == "warning"]

    assert places[0].startswith("scorecard")
    assert places[-1] == "opportunity"


def test_an_impossible_goal_is_an_error(kpicore: Callable[..., Any], project: Path) -> None:
    """With exit code 1."""
    edit(project, "floor = 0.0, target = 1.0", "floor = 0.0, target = 60")

    said = kpicore("check", project, "--json")

    assert said.code == ExitCode.FINDINGS
    assert "target = 60 can never be reached" in coded(said.json)["SC013"]["what"]


def test_what_is_meant_is_listed_with_its_reason(kpicore: Callable[..., Any], project: Path) -> None:
    """And is no finding any more; the scores have the same digest."""
    evaluate = ("evaluate", project, "--role", "seller", "--period", "2024-Q1", "--no-save", "--json")
    before = kpicore(*evaluate).out
    edit(project, 'period = "quarter"', 'period = "quarter"\n[lint]\nignore = { SC001 = "a first trial" }')

    said, content = kpicore("check", project), kpicore("check", project, "--json").json

    assert "SC001" not in coded(content)
    assert [("SC001", "a first trial")] == [(each["finding"]["code"], each["reason"]) for each in content["ignored"]]
    assert "ignored: SC001 scorecard seller (a first trial)" in said.err
    assert before == kpicore(*evaluate).out


def test_a_project_ignores_for_all_its_scorecards(kpicore: Callable[..., Any], project: Path) -> None:
    """In kpicore.toml."""
    with (project / "kpicore.toml").open("a", encoding="utf-8") as file:
        file.write('[lint]\nignore = { "SC008 sales.win_rate" = "it is the job" }\n')

    assert "SC008" not in coded(kpicore("check", project, "--json").json)


def test_scorecards_are_judged_without_data(kpicore: Callable[..., Any], project: Path) -> None:
    """By themselves, where the facts cannot be read."""
    (project / "facts.duckdb").unlink()

    said = kpicore("check", project, "--json")

    assert said.code == ExitCode.FINDINGS
    assert {"SC001", "SC008"} <= set(coded(said.json))
    assert "facts" in {each["where"] for each in said.json["findings"]}


def test_a_period_without_facts_is_noted(kpicore: Callable[..., Any], loaded: Path) -> None:
    """The other rules go on."""
    said = kpicore("check", loaded, "--period", "2031-Q1", "--json")

    assert "rules that look at people are left out: the period 2031-Q1 must lie in the data" in said.err
    assert "SC001" in coded(said.json)


def edit(project: Path, old: str, new: str) -> None:
    """Change the scorecard."""
    path = project / "scorecards" / "seller.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
