"""What is ignored with a reason, and what a finding says."""

from __future__ import annotations

import pytest
from linted import card_of, plugins

from kpicore.errors import ConfigError
from kpicore.lint import RULES, lint
from kpicore.model.lint import Lint

CARD = """
[[metric]]
use = "sales.deals_won"
weight = 97
normalise = { by = "target", target = 30 }
[[metric]]
use = "quality.completeness"
weight = 3
normalise = { by = "target", target = 0.9 }
"""


def test_a_finding_names_role_metric_and_rule() -> None:
    """And says what to change."""
    found = {each.code: each for each in lint(card_of(CARD), plugins()).findings}

    assert ["SC001", "SC003", "SC007", "SC008"] == sorted(found)
    assert "scorecard seller, sales.deals_won" == found["SC003"].where
    assert found["SC003"].what.startswith("unguarded-volume: more is better")
    assert "scorecard seller" == found["SC001"].where


def test_what_is_meant_is_ignored_with_its_reason() -> None:
    """By code in the scorecard, by code and metric in the project."""
    card = card_of('[lint]\nignore = { SC003 = "reviewed by hand" }\n' + CARD)
    report = lint(card, plugins(), project=Lint({"SC008 sales.deals_won": "a trial", "SC007 sales.deals_won": "another metric"}))

    assert ["SC001", "SC007"] == [each.code for each in report.findings]
    assert {"SC003": "reviewed by hand", "SC008": "a trial"} == {each.finding.code: each.reason for each in report.ignored}


def test_the_scorecard_has_the_last_word() -> None:
    """Its reason is given before the project's."""
    card = card_of('[lint]\nignore = { SC003 = "ours" }\n' + CARD)

    assert ["ours"] == [each.reason for each in lint(card, plugins(), project=Lint({"SC003": "theirs"})).ignored]


def test_a_code_that_no_rule_has_is_found() -> None:
    """Mistyped, or of a rule that is gone."""
    found = lint(card_of('[lint]\nignore = { SC999 = "why not" }\n' + CARD), plugins()).findings

    assert ["[lint] ignores SC999, which no rule has; remove it"] == [each.what for each in found if not each.code]


@pytest.mark.parametrize(
    ("ignore", "says"),
    [
        ('["SC003"]', 'must give the reason for each code, e.g. ignore = { SC003 = "why it is meant" }'),
        ('{ SC003 = " " }', "ignore SC003, its reason, must not be blank"),
        ("{ SC003 = 1 }", "ignore SC003, its reason, must not be blank"),
        ('{ volume = "fine" }', "must name codes such as SC003"),
    ],
)
def test_ignoring_needs_a_code_and_a_reason(ignore: str, says: str) -> None:
    """The message shows how it is written."""
    with pytest.raises(ConfigError, match=r".*") as caught:
        card_of(f"[lint]\nignore = {ignore}\n" + CARD)

    assert says in str(caught.value)


def test_codes_are_in_order_and_names_differ() -> None:
    """The table can be read from top to bottom."""
    codes = [rule.code for rule in RULES]

    assert sorted(set(codes)) == codes
    assert len(RULES) == len({rule.name for rule in RULES})
