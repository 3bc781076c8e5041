"""Goes through the rules, and sets aside what the scorecard or the project declares to be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from kpicore.lint.figures import figures
from kpicore.lint.finding import Finding, Ignored
from kpicore.lint.rule import Draft
from kpicore.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kpicore.lint.rule import Rule
    from kpicore.model.lint import Lint
    from kpicore.model.result import RunResult
    from kpicore.model.scorecard import Scorecard
    from kpicore.registry import Registry


@frozen
class Report:
    """What the linter says about one scorecard."""

    findings: tuple[Finding, ...] = ()
    """In the order of the codes."""
    ignored: tuple[Ignored, ...] = field(default=())


def lint(card: Scorecard, registry: Registry, result: RunResult | None = None, project: Lint | None = None) -> Report:
    """Judge a scorecard.

    Args:
        card: the scorecard; all that it names must be offered.
        registry: what plugins offer.
        result: of the scorecard, for one period; without it, the rules that look at people are left out.
        project: what the project declares to be meant.
    Returns:
        What is found, without what the scorecard or the project ignores; and that.
    """
    draft = Draft(card, registry.metrics, registry.normalisers)
    if result is not None and result.scores:
        draft = evolve(draft, results=figures(result))
    return _sorted_out(card, list(look(draft)), {**(project.ignore if project else {}), **card.lint.ignore})


def look(draft: Draft) -> Iterator[Finding]:
    """Yield all findings about a draft."""
    for rule in RULES:
        if draft.results is not None or not rule.needs_people:
            for metric, says in rule.look(draft):
                yield _finding(draft, rule, metric, says)


def _finding(draft: Draft, rule: Rule, metric: str, says: str) -> Finding:
    since = f", in {draft.figures.period}: {says}" if rule.needs_people else f": {says}"
    return Finding(rule.severity, f"scorecard {draft.card.role}" + (f", {metric}" if metric else ""), f"{rule.name}{since}", rule.code)


def _sorted_out(card: Scorecard, found: list[Finding], ignore: Mapping[str, str]) -> Report:
    kept, ignored = [], []
    for each in found:
        metric = each.where.removeprefix(f"scorecard {card.role}").removeprefix(", ")
        reason = ignore.get(f"{each.code} {metric}") or ignore.get(each.code)
        if reason:
            ignored.append(Ignored(each, reason))
        else:
            kept.append(each)
    return Report((*kept, *_unknown(card, ignore)), tuple(ignored))


def _unknown(card: Scorecard, ignore: Mapping[str, str]) -> Iterator[Finding]:
    codes = {rule.code for rule in RULES}
    for key in sorted(ignore):
        if key.split(" ")[0] not in codes:
            yield Finding("warning", f"scorecard {card.role}", f"[lint] ignores {key}, which no rule has; remove it")
