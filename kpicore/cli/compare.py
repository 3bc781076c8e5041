"""`kpicore compare`: why a metric changed between two periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kpicore.cli.output import Command, as_json, note, notes, payload, payload_json, width
from kpicore.cli.projects import as_of_option, locale_option, period_option, project_argument, project_facts, set_up

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kpicore.query.database import Facts
    from kpicore.query.run import Request
    from kpicore.query.segments import Segments
    from kpicore.record import Setting
    from kpicore.report.comparison import Comparison


@click.command(cls=Command)
@project_argument
@click.argument("metric")
@period_option
@click.option("--against", metavar="PERIOD", help="The period to compare with; the one before by default.")
@click.option(
    "--by",
    default="team",
    show_default=True,
    metavar="SEGMENT",
    help="team, region, role, manager, person, or a column: source, product, segment, customer.size, ...",
)
@click.option("--role", metavar="ROLE", help="Only facts that happened while their owner held this role.")
@as_of_option
@locale_option
@as_json
@click.pass_context
def compare(ctx: click.Context, /, project: Path, metric: str, period: str, **how: Any) -> None:
    """Show why METRIC changed in PROJECT between two periods.

    First what drives it and how that moved, then the mix effect and the rate effect of each segment, which add up to the change.
    """
    setting = set_up(ctx, project, how["as_of"])
    notes(setting.registry.failures)
    view = _comparison(setting, metric, period, how)
    if how["is_json"]:
        payload_json({"schema": "kpicore.comparison/1", **view.to_dict()})
        return
    from kpicore.report.comparison_text import comparison_text

    payload(comparison_text(view, width()))


def _comparison(setting: Setting, name: str, period: str, how: Mapping[str, Any]) -> Comparison:
    from kpicore.query import run as query
    from kpicore.query.grouping import read_people
    from kpicore.report.comparison import comparison

    wanted = _request(setting, name, period, how)
    with project_facts(setting.project) as facts:
        wanted, _ = query.that_plan(facts, wanted, (name,))
        outcome = query.measure(facts, wanted)
        found = _segments(facts, wanted, name, how["by"])
        names = read_people(facts).names if how["by"] in ("person", "manager") else {}
    for each in outcome.failures:
        note(f"metric {each.what!r}: {each.why}")
    if why := outcome.matrix.why.get(name):
        note(f"{name}: {why}")
    return comparison(setting.registry.metrics, name, outcome.matrix, found, names, how["locale"] or setting.project.locale)


def _request(setting: Setting, name: str, period: str, how: Mapping[str, Any]) -> Request:
    from kpicore.model.period import parse, shift
    from kpicore.query.run import Request
    from kpicore.report.drivers import drivers_of

    setting.registry.metric(name)
    now = parse(period, setting.calendar)
    then = shift(now, -1, setting.calendar) if how["against"] is None else parse(how["against"], setting.calendar)
    names = (name, *drivers_of(setting.registry.metrics, name))
    currency = setting.project.currency
    return Request(setting.registry.metrics, names, (then, now), setting.calendar, "all", how["role"], currency, setting.as_of)


def _segments(facts: Facts, wanted: Request, name: str, by: str) -> Segments | str:
    from kpicore.errors import MetricError
    from kpicore.query.segments import segments

    try:
        return segments(facts, wanted, name, by)
    except MetricError as error:
        return str(error)
