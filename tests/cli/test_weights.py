"""`kpicore weights` on small, generated and public data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kpicore.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

WHAT = ("--role", "seller", "--period", "2024-Q1")


def test_weights_of_two_people(kpicore: Callable[..., Said], loaded: Path) -> None:
    """Ann wins 2 of 3 and 300 of 400, Bob nothing: of 70 points between them 40 and 30 come from the two metrics."""
    content = kpicore("weights", loaded, *WHAT, "--json").json

    assert content["schema"] == "kpicore.weights/1"
    assert content["people"] == 2
    assert [each["weight"] for each in content["metrics"]] == [0.6, 0.4]
    assert [each["covariance_share"] for each in content["metrics"]] == pytest.approx([40 / 70, 30 / 70])
    assert {finding["flag"] for finding in content["findings"]} == {"dominates"}
    assert sorted(content["metrics"][0]["advice"]) == ["critic", "entropy", "optimised", "pca", "variance"]


def test_weights_for_people(kpicore: Callable[..., Said], loaded: Path, project: Path) -> None:
    """A table, the review in words, and a warning that two people are few; nothing is kept."""
    said = kpicore("weights", loaded, *WHAT)

    assert said.code == ExitCode.OK
    assert said.out.startswith("Seller · 2024-Q1 [2024-01-01, 2024-04-01) · weights of 2 people")
    assert "Only 2 people are scored" in said.out
    assert "2 人的权重复核" in kpicore("weights", loaded, *WHAT, "--locale", "zh").out
    before = sorted(project.rglob("*"))
    kpicore("weights", project, *WHAT)
    assert before == sorted(project.rglob("*"))


def test_the_move_is_bounded(kpicore: Callable[..., Said], loaded: Path) -> None:
    """0 moves nothing and 2 is more than all; what can be reached within the move is, else the move that would do is told."""
    for wrong in ("0", "2"):
        assert kpicore("weights", loaded, *WHAT, "--move", wrong).code == ExitCode.USAGE

    near, far = (kpicore("weights", loaded, *WHAT, "--json", "--move", move).json for move in ("0.001", "0.5"))

    # With 2/3 and 3/4 on the way, weights of 0.6 and 0.4 of importance are 0.9 : 0.5333.
    assert [each["advice"]["optimised"] for each in far["metrics"]] == pytest.approx([27 / 43, 16 / 43])
    assert near["metrics"][0]["advice"]["optimised"] is None
    assert "allow a move of 0.028" in next(each["why"] for each in near["advice"] if each["weighting"] == "optimised")


@pytest.mark.parametrize("name", ["entropy", "critic", "pca", "variance", "optimised"])
def test_a_scorecard_cannot_follow_the_data(kpicore: Callable[..., Said], project: Path, name: str) -> None:
    """The refusal says why, and where to look."""
    path = project / "scorecards/seller.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('period = "quarter"', f'period = "quarter"\nweighting = "{name}"'), "utf-8")

    said = kpicore("evaluate", project, *WHAT)

    assert said.code == ExitCode.USAGE
    assert f"weighting '{name}' follows the data and would move with every period, so it cannot make scores" in said.err
    assert "kpicore weights" in said.err


def test_a_scorecard_weighed_by_comparisons(kpicore: Callable[..., Said], project: Path) -> None:
    """Win rate counts three times as much as revenue: 75 to 25, whatever weights are declared."""
    path = project / "scorecards/seller.toml"
    comparisons = '[weighting]\nby = "ahp"\n[weighting.comparisons]\n"sales.win_rate" = { "sales.revenue_won" = 3 }\n[[metric]]'
    path.write_text(path.read_text(encoding="utf-8").replace("[[metric]]", comparisons, 1), encoding="utf-8")

    content = kpicore("weights", project, *WHAT, "--json").json

    assert content["weighting"] == "ahp"
    assert [each["weight"] for each in content["metrics"]] == pytest.approx([0.75, 0.25])


def test_weights_of_the_maven_crm(kpicore: Callable[..., Said], shared_data: Path, tmp_path: Path) -> None:
    """30 sales agents: shares sum to 1, revenue decides most, and the review says which metrics decide little."""
    folder = tmp_path / "maven"
    assert kpicore("init", folder, "--from", "maven", "--data", shared_data / "maven_crm").code == ExitCode.OK
    assert kpicore("load", folder).code == ExitCode.OK

    content = kpicore("weights", folder, "--role", "account_executive", "--period", "2017-Q3", "--json").json

    shares = {each["metric"]: each["covariance_share"] for each in content["metrics"]}
    assert content["people"] == 30
    assert sum(shares.values()) == pytest.approx(1.0)
    assert max(shares, key=shares.__getitem__) == "sales.revenue_signed"
    assert {"sales.deals_won", "sales.cycle_time"} == {each["metrics"][0] for each in content["findings"] if each["flag"] == "too_little"}
