"""`kpicore metrics NAME --funnel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kpicore.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ASK = ("sales.win_rate", "--period", "2024-Q1", "--funnel")


@pytest.fixture
def team(project: Path, kpicore: Callable[..., Any]) -> Path:
    """Return a project with twelve people, of whom one wins everything."""
    people = [f"{at:02},Person {at},north" for at in range(12)]
    (project / "data/people.csv").write_text("\n".join(["id,name,team", *people]) + "\n", encoding="utf-8")
    deals = [
        f"{who}-{at},{who:02},2024-01-02,2024-02-01,{'won' if who == 0 or at % 2 else 'lost'},10" for who in range(12) for at in range(40)
    ]
    (project / "data/deals.csv").write_text("\n".join(["deal,owner,begun,closed,status,amount", *deals]) + "\n", encoding="utf-8")
    assert kpicore("load", project).code == ExitCode.OK
    return project


def test_a_funnel_on_the_terminal(kpicore: Callable[..., Any], team: Path) -> None:
    """By person unless said otherwise, with names."""
    said = kpicore("metrics", *ASK, "--project", team)

    assert said.code == ExitCode.OK
    assert said.out.startswith("Win rate (closed) · 2024-Q1\n12 with a value; together 54.2 %")
    assert [line.split()[1] for line in said.out.splitlines() if "higher than chance explains" in line] == ["0"]


def test_a_funnel_as_json_and_as_a_picture(kpicore: Callable[..., Any], team: Path, tmp_path: Path) -> None:
    """The same points in both; the picture has the same bytes every time."""
    picture = tmp_path / "funnel.svg"
    content = kpicore("metrics", *ASK, "--project", team, "--svg", picture, "--json").json
    first = picture.read_bytes()
    kpicore("metrics", *ASK, "--project", team, "--svg", picture)

    assert ("kpicore.funnel/1", "person") == (content["schema"], content["by"])
    assert ["00"] == [point["subject"] for point in content["funnels"][0]["points"] if point["place"] == "outside"]
    assert first == picture.read_bytes()
    assert first.count(b"<circle") == 12


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--funnel", "--period", "2024-Q1"), "a funnel is of metrics in one period; name them"),
        (("sales.win_rate", "--funnel"), "add --period PERIOD"),
        ((*ASK, "--each", "month"), "leave --each out"),
        ((*ASK, "sales.cycle_time", "--svg", "x.svg"), "--svg writes the funnel of one metric (got 2"),
        (("sales.deals_won", *ASK[1:]), "sales.deals_won makes no funnel"),
    ],
)
def test_what_makes_no_funnel(kpicore: Callable[..., Any], loaded: Path, arguments: tuple[str, ...], says: str) -> None:
    """Exit code 2, with what to do."""
    said = kpicore("metrics", *arguments, "--project", loaded)

    assert (said.code, said.out) == (ExitCode.USAGE, "")
    assert says in said.err


def test_a_funnel_needs_a_project(kpicore: Callable[..., Any]) -> None:
    """There is nothing to measure in without one."""
    assert "add --project DIR" in kpicore("metrics", *ASK).err


def test_a_picture_that_cannot_be_written_is_a_source_error(kpicore: Callable[..., Any], team: Path) -> None:
    """With what to do."""
    said = kpicore("metrics", *ASK, "--project", team, "--svg", team / "nowhere" / "funnel.svg")

    assert said.code == ExitCode.SOURCE
    assert "name a file in a folder that can be written" in said.err
