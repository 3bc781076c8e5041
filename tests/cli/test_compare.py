"""`kpicore compare`: the change, what drives it, and the segments that add up to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kpicore.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ASK = ("--period", "2024-02", "--against", "2024-01")
DEALS = """deal,owner,begun,closed,status,amount
d1,007,2024-01-02,2024-01-10,won,100
d2,007,2024-01-02,2024-01-11,lost,200
d3,008,2024-01-02,2024-01-12,lost,50
d4,008,2024-01-02,2024-01-13,lost,50
d5,007,2024-01-02,2024-02-04,won,300
d6,008,2024-02-02,2024-02-05,won,70
d7,008,2024-02-02,2024-02-06,lost,70
d8,008,2024-02-02,2024-02-07,lost,70
"""


@pytest.fixture
def moved(project: Path, kpicore: Callable[..., Any]) -> Path:
    """Return a project in which the win rate goes from 1 of 4 to 2 of 4."""
    (project / "data/deals.csv").write_text(DEALS, encoding="utf-8")
    assert kpicore("load", project).code == ExitCode.OK
    return project


def test_a_comparison_as_text(kpicore: Callable[..., Any], moved: Path) -> None:
    """Drivers stand before the segments; north went from 1 of 2 to 1 of 1, south from 0 of 2 to 1 of 3."""
    said = kpicore("compare", moved, "sales.win_rate", *ASK)
    lines = said.out.splitlines()

    assert said.code == ExitCode.OK
    assert ["Win rate (closed) · 2024-01 → 2024-02", "from 25.0 % to 50.0 %: +25.00 pp, better"] == lines[:2]
    assert said.out.index("What drives it") < said.out.index("What changed by team")
    assert any(line.split() == ["sum", "25.0", "%", "50.0", "%", "-14.58", "pp", "+39.58", "pp", "+25.00", "pp"] for line in lines)


def test_a_comparison_as_json_adds_up(kpicore: Callable[..., Any], moved: Path) -> None:
    """By person, with names and the largest effect first."""
    content = kpicore("compare", moved, "sales.revenue_won", *ASK, "--by", "person", "--json").json
    effects = [each["effect"] for each in content["segments"]]

    assert ("kpicore.comparison/1", "2024-01", "2024-02", 270) == tuple(content[key] for key in ("schema", "against", "period", "change"))
    assert [("007", "Ann Li"), ("008", "Bob Wu")] == [(each["segment"], each["name"]) for each in content["segments"]]
    assert [200, 70] == effects
    assert content["change"] == pytest.approx(sum(content["effects"].values()))


def test_the_period_before_is_the_default(kpicore: Callable[..., Any], moved: Path) -> None:
    """In Chinese as well."""
    said = kpicore("compare", moved, "sales.win_rate", "--period", "2024-02", "--locale", "zh")

    assert "2024-01 → 2024-02" in said.out
    assert "由 25.0 % 变为 50.0 %:+25.00 个百分点,较好" in said.out


def test_what_does_not_split_says_so_and_shows_its_drivers(kpicore: Callable[..., Any], moved: Path) -> None:
    """A median has a change and no effects."""
    said = kpicore("compare", moved, "sales.cycle_time_median", *ASK)

    assert said.code == ExitCode.OK
    assert "does not split into segments" in said.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("sales.win_rat", *ASK), "did you mean 'sales.win_rate'"),
        (("sales.win_rate", *ASK, "--by", "colour"), "segments must be of person, team"),
        (("sales.win_rate", "--period", "someday"), "a period must look like"),
    ],
)
def test_what_is_refused(kpicore: Callable[..., Any], moved: Path, arguments: tuple[str, ...], says: str) -> None:
    """With what to do."""
    said = kpicore("compare", moved, *arguments)

    assert said.code != ExitCode.OK
    assert says in said.err


def test_metrics_by_a_column(kpicore: Callable[..., Any], moved: Path) -> None:
    """`kpicore metrics --by` takes the same columns."""
    content = kpicore(
        "metrics", "sales.deals_won", "sales.win_rate", "--project", moved, "--period", "2024", "--by", "opportunity.is_won", "--json"
    ).json

    assert [("false", 0), ("true", 1)] == [(row["subject"], row["value"]) for row in content["values"] if row["metric"] == "sales.win_rate"]
