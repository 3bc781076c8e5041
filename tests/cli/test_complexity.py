"""`kpicore complexity` and `kpicore explain` on a generated organisation, where priorities differ and are declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kpicore.cli import main
from kpicore.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

WHAT = ("--role", "support_agent", "--period", "2025-Q4")
CARD = """
schema = "kpicore.scorecard/1"
role = "support_agent"

[[metric]]
use = "service.sla_attainment"
weight = 2
normalise = { by = "target", floor = 0.6, target = 1.0 }
complexity = { by = ["ticket.priority"], method = "expected" }

[[metric]]
use = "service.reopen_rate"
weight = 1
normalise = { by = "target", floor = 0.2, target = 0.0 }

[metric.complexity]
by = ["ticket.priority"]
method = "declared"
approved_by = "Head of service"
coefficients = { urgent = 1.5, high = 1.2, low = 0.8 }
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a generated organisation with a scorecard of its own."""
    folder = tmp_path_factory.mktemp("demo") / "team"
    assert main(["demo", str(folder), "--json"]) == ExitCode.OK
    (folder / "scorecards" / "support_agent.toml").write_text(CARD, encoding="utf-8")
    return folder


@pytest.fixture
def review(kpicore: Callable[..., Said], project: Path) -> Said:
    """Return the review as JSON."""
    return kpicore("complexity", project, *WHAT, "--json")


def test_the_review_has_every_class(review: Said) -> None:
    """What was declared stands beside what the results say; a fitted metric has nothing to be reviewed against."""
    fitted, declared = review.json["metrics"]

    assert ("service.sla_attainment", "expected", "the coefficients are those of the results") == (
        fitted["metric"],
        fitted["method"],
        fitted["why"],
    )
    assert ("declared", "Head of service", None) == (declared["method"], declared["approved_by"], declared["why"])
    classes = {each["values"][0]: each for each in declared["classes"]}
    assert {"urgent", "high", "normal", "low", None} == set(classes)
    assert pytest.approx(1.5 / 0.8) == classes["urgent"]["coefficient"] / classes["low"]["coefficient"]
    assert ["not declared"] == classes["normal"]["flags"]
    high = classes["high"]
    assert pytest.approx(high["coefficient"] / high["from_results"]) == high["used_over_results"]
    total = sum(each["cases"] for each in declared["classes"])
    assert pytest.approx(1.0) == sum(each["coefficient"] * each["cases"] for each in declared["classes"]) / total


def test_drift_is_listed_by_person(review: Said) -> None:
    """Everybody's mean coefficient before and now, and what happened to the peers."""
    (_, declared) = review.json["metrics"]

    assert 18 <= len(declared["drift"])
    assert {"subject", "before", "now", "z", "is_unusual"} == set(declared["drift"][0])
    assert abs(declared["drift_of_peers"]) < 0.2


def test_the_review_for_people(kpicore: Callable[..., Said], project: Path) -> None:
    """Two tables a metric, in English and Chinese."""
    said, zh = (kpicore("complexity", project, *WHAT, "--locale", locale) for locale in ("en", "zh"))

    assert said.code == ExitCode.OK
    assert "(service.reopen_rate) · declared · ticket.priority · approved by Head of service" in said.out
    assert "used / from results" in said.out
    assert "采用值 / 推得值" in zh.out
    assert "未设定" in zh.out
    assert "the coefficients are those of the results" in said.err


def test_the_explanation_tells_raw_coefficient_and_adjusted(kpicore: Callable[..., Said], project: Path) -> None:
    """Raw value, coefficient and adjusted value, and the person's cases by class, which sum to the metric's."""
    who = ("--subject", "U0034")
    content = kpicore("explain", project, *WHAT, *who, "--json").json
    text, zh = (kpicore("explain", project, *WHAT, *who, "--locale", locale).out for locale in ("en", "zh"))

    cell = content["metrics"][0]
    classes = [each for each in content["classes"] if each["metric"] == cell["metric"]]
    assert cell["n"] == sum(each["cases"] for each in classes)
    assert pytest.approx(cell["value"]) == sum(each["amount"] for each in classes) / cell["n"]
    assert cell["adjusted"] != cell["value"]
    assert f"allowing for cases with a coefficient of {cell['complexity']:.3f} (1 is average, more is harder)" in text
    assert "cases by class:" in text
    assert "难度系数" in zh
    assert "各类工作构成" in zh


def test_without_complexity_there_is_nothing_to_review(kpicore: Callable[..., Said], project: Path) -> None:
    """The answer says what to do."""
    said = kpicore("complexity", project, "--role", "customer_success_manager", "--period", "2025-Q4")

    assert said.code == ExitCode.OK
    assert "`complexity` in a [[metric]] of the scorecard asks for it" in said.out


def test_a_stored_result_keeps_the_coefficients(kpicore: Callable[..., Said], project: Path) -> None:
    """An evaluation that is given an earlier result gives the same scores; one by other classes refuses it."""
    first = kpicore("evaluate", project, *WHAT, "--json")
    (kept,) = (path for path in (project / "runs").glob("2025-Q4-*.json") if first.json["run"]["id"] in path.name)
    again = kpicore("evaluate", project, *WHAT, "--json", "--no-save", "--scale", kept).json
    card = project / "scorecards" / "support_agent.toml"
    card.write_text(CARD.replace("ticket.priority", "ticket.category"), encoding="utf-8")
    other = kpicore("evaluate", project, *WHAT, "--scale", kept)
    card.write_text(CARD, encoding="utf-8")

    assert first.json["scores"] == again["scores"]
    assert first.json["complexity"] == again["complexity"]
    assert other.code == ExitCode.USAGE
    assert "made in another way ('expected' by ['ticket.priority'], higher is better)" in other.err
