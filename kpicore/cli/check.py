"""`kpicore check`: what is wrong or doubtful about a project, its data and its scorecards, before anybody is scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from attrs import asdict

from kpicore.cli.output import Command, as_json, note, payload, payload_json, width
from kpicore.cli.projects import project_argument, project_facts, set_up
from kpicore.errors import ExitCode, KpiError, SourceError
from kpicore.lint.finding import SEVERITIES, Finding, Ignored, Severity
from kpicore.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kpicore.model.result import RunResult
    from kpicore.model.scorecard import Scorecard
    from kpicore.query.database import Facts
    from kpicore.record import Setting


@click.command(cls=Command)
@project_argument
@click.option("--severity", type=click.Choice(SEVERITIES), default="error", show_default=True, help="Exit with 1 from this severity on.")
@click.option("--period", metavar="PERIOD", help="Judge scorecards by what they did in this period; the last complete one by default.")
@click.option(
    "--rows", default=0, show_default=True, type=click.IntRange(0, 1_000_000), help="List up to this many rows that were set aside."
)
@as_json
@click.pass_context
def check(ctx: click.Context, /, project: Path, severity: Severity, period: str | None, rows: int, **how: bool) -> int:
    """Check PROJECT: plugins, data and scorecards; exit code 1 where something at or above the asked severity is found.

    Codes such as SC003 are findings of the scorecard linter; docs/reference/linter has a page on each.
    """
    setting = set_up(ctx, project)
    everything = list(findings(setting, period))
    found = sorted((each for each in everything if isinstance(each, Finding)), key=_order)
    ignored = [each for each in everything if isinstance(each, Ignored)]
    aside = _set_aside(setting, rows) if rows else []
    if how["is_json"]:
        listed = [dict(zip(REJECT, each, strict=True)) for each in aside]
        content = {"findings": [asdict(each) for each in found], "ignored": [asdict(each) for each in ignored], "rejects": listed}
        payload_json({"schema": "kpicore.findings/1", **content})
    else:
        _print(found)
        _print_set_aside(aside)
        for each in ignored:
            note(f"ignored: {each.finding.code} {each.finding.where} ({each.reason})")
    worst = max((SEVERITIES.index(each.severity) for each in found), default=-1)
    return ExitCode.FINDINGS if worst >= SEVERITIES.index(severity) else ExitCode.OK


def _order(finding: Finding) -> tuple[Any, ...]:
    """Put the worst first; of the same severity scorecards before data, and scorecards by role and code."""
    card, _, metric = finding.where.partition(", ")
    is_card = card.startswith("scorecard")
    return -SEVERITIES.index(finding.severity), not is_card, card, finding.code, metric, finding.what


REJECT = ("table_name", "file", "line", "row_key", "column_name", "value", "reason")
"""Columns of the table `reject`, in the order in which they are shown."""


def _set_aside(setting: Setting, limit: int) -> list[tuple[Any, ...]]:
    with project_facts(setting.project) as facts:
        return facts.bookkeeping("reject", REJECT)[:limit]


def _print_set_aside(aside: list[tuple[Any, ...]]) -> None:
    from kpicore.report.text import grid

    if aside:
        words = [(word, word == "line") for word in ("fact", "file", "line", "key", "column", "value", "reason")]
        payload(grid(words, [["" if cell is None else plain(cell) for cell in row] for row in aside], width()))


def _print(found: list[Finding]) -> None:
    from kpicore.report.text import grid

    if not found:
        payload("nothing to mend\n")
        return
    rows = [[each.severity, each.code, plain(each.where), plain(each.what)] for each in found]
    payload(grid([(word, False) for word in ("severity", "code", "where", "what")], rows, width()))


def findings(setting: Setting, period: str | None = None) -> Iterator[Finding | Ignored]:
    """Yield all findings; what stops one check does not stop the others."""
    for each in setting.registry.failures:
        yield Finding("error", f"plugin {each.plugin}", f"{each.what}: {each.why}")
    project = setting.project
    cards = []
    for role in project.roles():
        try:
            cards.append(project.scorecard(role))
        except KpiError as error:
            yield Finding("error", f"scorecard {role}", str(error))
    if not project.roles():
        yield Finding("error", "scorecards", f"a project needs at least one scorecard in {project.folder / 'scorecards'}")
    sound = []
    for card in cards:
        if (wrong := _unusable(setting, card)) is None:
            sound.append(card)
        else:
            yield Finding("error", f"scorecard {card.role}", str(wrong))
    yield from _with_facts(setting, sound, period)


def _unusable(setting: Setting, card: Scorecard) -> KpiError | None:
    from kpicore import pipeline

    try:
        pipeline.check(card, setting)
    except KpiError as error:
        return error
    return None


def _with_facts(setting: Setting, cards: list[Scorecard], period: str | None) -> Iterator[Finding | Ignored]:
    """Check data and scorecards; scorecards are judged by themselves where the facts cannot be read."""
    judged = []
    try:
        with project_facts(setting.project) as facts:
            yield from _data(facts)
            for card in cards:
                yield from _scorecard(facts, setting, card)
                result = _result(facts, setting, card, period)
                judged.append(card)
                yield from _judged(setting, card, result)
    except SourceError as error:
        yield Finding("error", "facts", str(error))
        for card in cards:
            if card not in judged:
                yield from _judged(setting, card, None)


def _judged(setting: Setting, card: Scorecard, result: RunResult | None) -> Iterator[Finding | Ignored]:
    from kpicore.lint import lint

    report = lint(card, setting.registry, result, setting.project.lint)
    yield from report.findings
    yield from report.ignored


def _result(facts: Facts, setting: Setting, card: Scorecard, period: str | None) -> RunResult | None:
    """Score people, so that the scorecard can be judged by what it does; say so where that is not possible."""
    from kpicore import pipeline
    from kpicore.lint.period import last_result
    from kpicore.model.period import parse

    try:
        if period is None:
            return last_result(facts, card, setting)
        return pipeline.run(facts, card, parse(period, setting.calendar), setting).result
    except SourceError:
        raise
    except KpiError as error:
        note(f"scorecard {card.role}: rules that look at people are left out: {error}")
        return None


def _scorecard(facts: Facts, setting: Setting, card: Scorecard) -> Iterator[Finding]:
    from kpicore.config.complexity import class_columns
    from kpicore.query.grouping import read_people
    from kpicore.query.mix import lacking as lacking_classes
    from kpicore.query.run import closure, testable

    where = f"scorecard {card.role}"
    metrics = setting.registry.metrics
    lacking = lacking_classes(facts, metrics, class_columns(card))
    lacking |= testable(facts, metrics, closure(metrics, card.uses()), is_whole=False)[0]
    for name, columns in sorted(lacking.items()):
        yield Finding("warning", f"{where}, {name}", f"not testable: the source does not fill {', '.join(columns)}")
    if card.role not in read_people(facts).roles():
        yield Finding("error", where, f"nobody holds the role {card.role!r} (assignment.role); the scorecard scores nobody")


def _data(facts: Facts) -> Iterator[Finding]:
    for table, column, kind, rows, sample in facts.bookkeeping("kpicore_note", ["table_name", "column_name", "kind", "rows", "sample"]):
        yield Finding("info", f"{table}.{column}", f"{kind}: {rows:,} rows" + (f" (e.g. {sample})" if sample else ""))
    from kpicore.record import rejects

    for fact, set_aside in sorted(rejects(facts).items()):
        reasons = "; ".join(f"{why}: {rows}" for why, rows in sorted(set_aside.reasons.items()))
        yield Finding("warning", fact, f"rows set aside when loading: {set_aside.rows} ({reasons})")
    yield from _shares(facts)


def _shares(facts: Facts) -> Iterator[Finding]:
    """Look for credit that is given away twice or lost: the shares of a record must sum to 1."""
    from sqlalchemy import func, select

    from kpicore.facts import credit_split

    split = credit_split.c
    if not all(facts.profile.has(split[name]) for name in ("record_table", "record_id", "share")):
        return
    total = func.sum(split.share)
    wrong = select(split.record_table, split.record_id, total).group_by(split.record_table, split.record_id)
    for table, record, share in facts.rows(
        wrong.having(func.abs(total - 1) > 1e-6).order_by(split.record_table, split.record_id).limit(20)
    ):
        yield Finding("error", f"credit_split of {table} {record}", f"the shares must sum to 1 (got {float(share):g})")
