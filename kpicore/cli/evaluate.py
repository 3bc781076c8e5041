"""`kpicore evaluate` and `kpicore explain`: scores, and how one of them came about."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from kpicore.cli.output import Command, as_json, note, notes, payload, payload_json, width
from kpicore.cli.projects import (
    as_of_option,
    locale_option,
    period_option,
    project_argument,
    project_facts,
    role_option,
    scale_option,
    set_up,
)

if TYPE_CHECKING:
    from pathlib import Path

    from kpicore.model.offer import Report
    from kpicore.model.result import Score, Unscored
    from kpicore.record import Run, Setting
    from kpicore.report.drivers import Behind
    from kpicore.report.view import View


@click.command(cls=Command)
@project_argument
@role_option
@period_option
@as_of_option
@scale_option
@locale_option
@click.option("--report", "report_name", default="text", show_default=True, metavar="REPORT", help="text, json, or a plugin's report.")
@click.option("--no-save", is_flag=True, help="Do not keep the result in the project's folder `runs`.")
@as_json
@click.pass_context
def evaluate(ctx: click.Context, /, project: Path, role: str, period: str, **how: Any) -> None:
    """Score the people of ROLE in PROJECT for PERIOD."""
    setting = set_up(ctx, project, how["as_of"], how["scale"])
    report = setting.registry.report("json" if how["is_json"] else how["report_name"])
    done = score(setting, role, period)
    if not how["no_save"]:
        save(setting.project.folder, done)
    notes(done.result.failures)
    view = _view(done, how["locale"])
    if report.name == "text":
        from kpicore.report.text import scorecards

        payload(scorecards(view, width()))
    else:
        payload(_rendered(report, view))


def _rendered(report: Report, view: View) -> str:
    from kpicore.errors import PluginError, call

    text: object = call(f"report {report.name!r}", report.render, view, view.locale)
    if not isinstance(text, str):
        raise PluginError(f"report {report.name!r} must return text (got {type(text).__name__})")
    return text


def score(setting: Setting, role: str, period: str) -> Run:
    """Run a project's scorecard."""
    from kpicore import pipeline
    from kpicore.model.period import parse

    card, span = setting.project.scorecard(role), parse(period, setting.calendar)
    if span.unit not in (card.period, "range"):
        note(f"the scorecard of {role} is made for a {card.period}, and {span.name} is a {span.unit}: its targets may not fit")
    with project_facts(setting.project) as facts:
        return pipeline.run(facts, card, span, setting)


def save(folder: Path, done: Run) -> None:
    """Keep a result under its id; the same result is the same file, and a file is there whole or not at all."""
    from kpicore.errors import SourceError

    runs = folder / "runs"
    target = runs / f"{done.result.run.period.name.replace('/', '_')}-{done.result.run.id}.json"
    try:
        runs.mkdir(exist_ok=True)
        waiting = target.with_suffix(f".{os.getpid()}.tmp")
        waiting.write_text(done.result.to_json(), encoding="utf-8")
        waiting.replace(target)
    except OSError as error:
        raise SourceError(f"the result must be kept in {runs} ({error.strerror}); make it writable, or use --no-save") from error


def _view(done: Run, locale: str | None) -> View:
    from kpicore.report.view import View

    return View(done, locale or done.evidence.setting.project.locale)


@click.command(cls=Command)
@project_argument
@role_option
@period_option
@click.option("--subject", required=True, metavar="WHO", help="The person's id or name.")
@click.option(
    "--rows", default=0, show_default=True, type=click.IntRange(0, 100_000), help="List up to this many records per metric, counted or not."
)
@as_of_option
@scale_option
@locale_option
@as_json
@click.pass_context
def explain(ctx: click.Context, /, project: Path, role: str, period: str, subject: str, **how: Any) -> None:
    """Explain in figures and words how the score of one person of ROLE in PROJECT came about in PERIOD."""
    from kpicore.report import explain as explaining

    setting = set_up(ctx, project, how["as_of"], how["scale"])
    done = score(setting, role, period)
    notes(done.result.failures)
    view = _view(done, how["locale"])
    person = view.person(subject)
    records = _records(setting, done, person.subject, how["rows"]) if how["rows"] else []
    drivers = _drivers(setting, done, person, view.locale)
    if how["is_json"]:
        payload_json({**explaining.to_dict(view, person, drivers), "records": [each.to_dict() for each in records]})
        return
    payload(explaining.explanation(view, person, width(), drivers))
    if records:
        payload(explaining.listing(records, view, width()))
    note("times are UTC; what ends in … is whole in the output of --json; what a metric means is told by kpicore metrics NAME --json")


def _drivers(setting: Setting, done: Run, person: Score | Unscored, locale: str) -> tuple[Behind, ...]:
    """Measure what drives the person's figures in the lower half, for everybody in the role."""
    from attrs import evolve

    from kpicore.query import run as query
    from kpicore.report.drivers import behind, drivers_of, low_figures

    metrics, low = setting.registry.metrics, low_figures(person)
    names = tuple(sorted({each for name in low for each in drivers_of(metrics, name)}))
    if not names:
        return ()
    with project_facts(setting.project) as facts:
        wanted, _ = query.that_plan(facts, evolve(done.evidence.request, names=names, extra=()))
        matrix = query.measure(facts, wanted).matrix
    return behind(metrics, low, matrix, person.subject, locale)


def _records(setting: Setting, done: Run, subject: str, limit: int) -> list[Any]:
    from kpicore.query.records import records

    with project_facts(setting.project) as facts:
        return records(facts, done.evidence.request, subject, limit)
