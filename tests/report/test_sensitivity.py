"""The sensitivity of a scorecard as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from organisation import bench_registry, organisation, scorecard

from kpicore.model.period import parse
from kpicore.pipeline import check, directions, run, set_up
from kpicore.query.database import open_facts
from kpicore.report import sensitivity as report
from kpicore.report.view import View
from kpicore.scorecard import Sensitivity, prepare, sensitivity
from kpicore.scorecard.sensitivity import Choice, Person, Variant

if TYPE_CHECKING:
    from kpicore.record import Run


@pytest.fixture(scope="module")
def done() -> Run:
    """Return a finished run of the small organisation."""
    with open_facts(organisation()) as facts:
        return run(facts, scorecard(), parse("2024-02"), set_up(registry=bench_registry()))


def made() -> Sensitivity:
    """Return made-up findings."""
    choices = (Choice("aggregator", 3, 0.4, 0.6), Choice("weights", 33, -0.01, 0.1))
    variants = (Variant("aggregator", "geometric", 0.5, 1, 0.25), Variant("weights", "drawn around the declared ones", 0.1, 1, 0.0))
    return Sensitivity(96, 1, 100.0, 0.25, choices, variants, (Person("ann", 74.2, 1, 1, 2, "high", 0.1),))


def test_the_verdict_is_one_sentence(done: Run) -> None:
    """The largest total index, in words; nothing where nothing moves."""
    assert "What matters most is how the metrics are aggregated: that has a part in 60 % of" in report.verdict(View(done), made())
    assert "No choice matters" in report.verdict(View(done), evolve(made(), mean_shift=0.0))
    assert "指标如何汇总" in report.verdict(View(done, "zh"), made())


def test_the_text_shows_choices_alternatives_and_people(done: Run) -> None:
    """A share that came out below 0 is shown as 0; offers and people have their titles and names."""
    text = report.sensitivity(View(done), made())

    assert "96 rankings with other choices: people are 0.2 ranks away" in text
    for row in ("aggregator    40 %          60 %", "weights        0 %          10 %", "Geometric mean", "Ann Li (ann)"):
        assert row in text


def test_json_is_plain(done: Run) -> None:
    """Found on a real run: figures and texts, nothing that JSON does not have."""
    card, setting = done.scored.scorecard, done.evidence.setting
    offers = check(card, setting)
    found = sensitivity(done.scored, prepare(card, offers, directions(setting.registry)), offers, base=16)
    content = report.to_dict(View(done), found)

    assert content == json.loads(json.dumps(content, allow_nan=False))
    assert "kpicore.sensitivity/1" == content["schema"]
    assert {score.subject for score in done.result.scores} == {person["subject"] for person in content["people"]}
