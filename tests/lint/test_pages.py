"""Each rule of the linter has a page, whose first example fires and whose second does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from linted import draft_of

from kpicore.lint import RULES
from kpicore.lint.run import look

if TYPE_CHECKING:
    from pathlib import Path

    from kpicore.lint import Finding, Rule

HEADINGS = ["Why", "Fires", "Does not fire", "What to change", "When to ignore it"]
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def test_codes_and_pages_are_the_same(root: Path) -> None:
    """No rule without a page, no page without a rule, and no code twice."""
    pages = sorted(path.stem for path in (root / "docs" / "reference" / "linter").glob("SC*.md"))

    assert pages == sorted(rule.code for rule in RULES)
    assert sorted(set(pages)) == pages


@each_rule
def test_a_page_says_what_the_rule_is(root: Path, rule: Rule) -> None:
    """Code, name, title, severity, what it reads, and the same headings everywhere."""
    text = page(root, rule)
    reads = "what the scorecard did to people in one period" if rule.needs_people else "the scorecard alone"

    assert text.startswith(f"# {rule.code}: {rule.name}\n\n{rule.title}.\n\nSeverity: {rule.severity}. Reads {reads}.\n")
    assert HEADINGS == re.findall(r"^## (.*)$", text, re.MULTILINE)


@each_rule
def test_the_example_fires(root: Path, rule: Rule) -> None:
    """As the page says, with what to change; a remark on a metric names one that the scorecard uses."""
    found = of_rule(root, rule, "Fires")

    assert found
    assert all(each.severity == rule.severity and each.where.startswith("scorecard seller") for each in found)


@each_rule
def test_the_honest_look_alike_does_not_fire(root: Path, rule: Rule) -> None:
    """As the page says."""
    assert [] == of_rule(root, rule, "Does not fire")


def of_rule(root: Path, rule: Rule, heading: str) -> list[Finding]:
    """Judge the example under a heading."""
    section = page(root, rule).split(f"## {heading}\n")[1].split("\n## ")[0]
    blocks = dict(re.findall(r"```(toml|csv|python)\n(.*?)```", section, re.DOTALL))
    draft = draft_of(blocks["toml"], blocks.get("csv", ""), blocks.get("python", ""))
    return [each for each in look(draft) if each.code == rule.code]


def page(root: Path, rule: Rule) -> str:
    """Return the text of a rule's page."""
    return (root / "docs" / rule.docs).read_text(encoding="utf-8")
