"""The weights review as text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kpicore.report import weights
from kpicore.scorecard.review import Advice, Finding, ReviewedMetric, WeightsReview

TITLES = {"a": "Alpha", "b": "Beta\u202e"}


def view(locale: str = "en", aggregate: str = "arithmetic") -> Any:
    """Return a stand-in for the parts of a view that are used."""
    from kpicore.report.plain import plain

    run = SimpleNamespace(to_dict=lambda: {"id": "r"})
    return SimpleNamespace(
        locale=locale,
        heading=lambda: "Agent · 2017-Q3",
        title=lambda name: plain(TITLES[name]),
        metric=lambda name: SimpleNamespace(title={"en": TITLES[name]}),
        scorecard=SimpleNamespace(aggregate=SimpleNamespace(by=aggregate), dimensions=(), weighting=SimpleNamespace(by="declared")),
        result=SimpleNamespace(run=run),
    )


def found(*findings: Finding, people: int = 40, gap: tuple[str, float] | None = ("a", 0.25)) -> WeightsReview:
    """Make a review of two metrics."""
    metrics = (ReviewedMetric("a", 0.6, 0.85, 0.9, 0.8), ReviewedMetric("b", 0.4, 0.15, None, None))
    advice = (Advice("critic", {"en": "CRITIC"}, (0.5, 0.5)), Advice("pca", {"en": "Component"}, None, "nobody\ndiffers"))
    return WeightsReview(people, metrics, advice, findings, gap)


def test_the_table() -> None:
    """Declared, decided, three figures, and the advice that there is; what is not known is a dash."""
    lines = weights.weights(view(), found()).splitlines()

    assert lines[0] == "Agent · 2017-Q3 · weights of 40 people"
    assert lines[2].split() == ["metric", "weight", "decides", "r", "r²", "S", "CRITIC"]
    assert lines[4].split() == ["Alpha", "60.0", "%", "85.0", "%", "0.90", "0.81", "0.80", "50.0", "%"]
    assert lines[5].split() == ["Beta\\u202e", "40.0", "%", "15.0", "%", "–", "–", "–", "50.0", "%"]
    assert "  Component: nobody differs" in lines


@pytest.mark.parametrize(
    ("finding", "says"),
    [
        (Finding("works_against", ("b",), -0.2), "Beta\\u202e works against the score"),
        (
            Finding("works_against", ("b",), -0.002),
            "decides nothing, or works slightly against the score (-0.2 %), with a weight of 40.0 %",
        ),
        (Finding("no_difference", ("b",), 0.0), "everybody has the same on it, so its weight of 40.0 % moves nobody"),
        (Finding("too_little", ("b",), 0.15), "decides 15.0 % of the differences between scores, less than half of its weight of 40.0 %"),
        (Finding("too_much", ("a",), 0.85), "decides 85.0 % of the differences between scores, more than double its weight of 60.0 %"),
        (
            Finding("dominates", ("a",), 0.85),
            "Alpha alone decides 85.0 %, more than all other metrics together, as its weight of 60.0 % asks for",
        ),
        (
            Finding("dominates", ("b",), 0.55),
            "Beta\\u202e alone decides 55.0 %: more than all other metrics together.\n    Lower its weight",
        ),
        (Finding("counted_twice", ("a", "b"), 0.954), "Alpha and Beta\\u202e say nearly the same (r = 0.95)"),
    ],
)
def test_every_flag_is_told_in_words(finding: Finding, says: str) -> None:
    """With the figures, what to do, and the same in Chinese without a place left open."""
    assert says in weights.weights(view(), found(finding))
    chinese = weights.sentence(view("zh"), found(finding), finding)
    assert "Alpha" in chinese or "Beta" in chinese
    assert "{" not in chinese


def test_when_nothing_stands_out() -> None:
    """It says so, with the largest distance all the same."""
    text = weights.weights(view(), found())

    assert "Nothing stands out" in text
    assert "The largest distance between weight and effect: Alpha, 25.0 of 100." in text
    assert "Only" not in text


def test_what_limits_the_figures_is_said() -> None:
    """Few people, no differences at all, a score that is no arithmetic mean."""
    assert "Only 12 people are scored" in weights.weights(view(), found(people=12))
    assert "there are no differences that a weight could decide" in weights.weights(view(), found(gap=None))
    assert "as if the score were the arithmetic mean" in weights.weights(view(aggregate="geometric"), found())
    assert "as if the score were the arithmetic mean" not in weights.weights(view(), found())


def test_the_same_for_programs() -> None:
    """Unrounded, null where nothing is known, with the sentences."""
    content = weights.to_dict(view(), found(Finding("dominates", ("b",), 0.55)))

    assert content["schema"] == "kpicore.weights/1"
    assert [each["covariance_share"] for each in content["metrics"]] == [0.85, 0.15]
    assert content["metrics"][1]["r2"] is None
    assert content["metrics"][0]["advice"] == {"critic": 0.5, "pca": None}
    assert content["advice"][1] == {"weighting": "pca", "title": {"en": "Component"}, "why": "nobody\ndiffers"}
    assert content["findings"][0]["text"].startswith(
        "Beta\\u202e alone decides 55.0 %: more than all other metrics together. Lower its weight"
    )
    assert content["largest_gap"] == {"metric": "a", "value": 0.25}
