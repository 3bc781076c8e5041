"""`kpicore metrics`: the metrics there are, which of them a project can feed, and their values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kpicore.cli.output import Command, as_json, note, notes, payload, payload_json, width
from kpicore.cli.projects import as_of_option, project_facts, set_up
from kpicore.errors import ConfigError
from kpicore.model.text import in_language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore.matrix import MetricMatrix
    from kpicore.model.metric import Metric
    from kpicore.record import Setting


@click.command(cls=Command)
@click.argument("names", nargs=-1)
@click.option("--project", type=click.Path(path_type=Path), help="Say which metrics this project's data can feed, and what is missing.")
@click.option("--period", metavar="PERIOD", help="With --project: print the metrics' values for this period.")
@click.option(
    "--by",
    default="all",
    show_default=True,
    metavar="GROUP",
    help="person, team, manager, region, role, all, or a column, e.g. customer.size.",
)
@click.option("--role", metavar="ROLE", help="Only facts that happened while their owner held this role.")
@click.option("--each", metavar="UNIT", help="Split the period: day, week, month, quarter, half or year.")
@click.option("--funnel", is_flag=True, help="With --period: show who lies further from the common figure than chance explains.")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="With --funnel: write the picture to this file, too.")
@as_of_option
@as_json
@click.pass_context
def metrics(ctx: click.Context, /, names: tuple[str, ...], project: Path | None, period: str | None, **how: Any) -> None:
    """Show all metrics, or NAMES of them."""
    if project is None:
        if period is not None or how["funnel"]:
            raise ConfigError("--period and --funnel need a project to measure in; add --project DIR")
        from kpicore import registry

        found = registry.load(block=ctx.obj["block"])
        notes(found.failures)
        _print_list({name: found.metric(name) for name in names or found.metrics}, None, is_json=how["is_json"])
        return
    setting = set_up(ctx, project, how["as_of"])
    notes(setting.registry.failures)
    chosen = {name: setting.registry.metric(name) for name in names or setting.registry.metrics}
    if how["funnel"] or how["svg"] is not None:
        from kpicore.cli.funnel import print_funnels

        print_funnels(setting, names, period, how)
    elif period is None:
        _print_list(chosen, lacks(setting, list(chosen)), is_json=how["is_json"])
    else:
        _print_values(setting, list(chosen), period, how, is_json=how["is_json"])


FEW = 5
"""So few metrics are shown in full."""


def _page(metric: Metric) -> str:
    about = describe(metric)
    lists = ("kinds", "drives", "guards", "columns")
    texts = {key: ", ".join(about[key]) if key in lists else about[key] for key in about if key not in ("name", "title", "parameters")}
    texts["parameters"] = ", ".join(f"{key} = {value!r}" for key, value in about["parameters"].items())
    lines = [f"{metric.name}: {metric.title['en']} / {metric.title['zh']}"]
    return "\n".join([*lines, *(f"  {key + ':':<12} {value}" for key, value in texts.items() if value), ""])


def describe(metric: Metric) -> dict[str, Any]:
    """Return a metric as plain values."""
    texts = ("name", "definition", "formula", "caliber", "direction", "unit", "frequency", "dimension", "gaming", "source")
    about: dict[str, Any] = {name: in_language(getattr(metric, name)) for name in texts}
    lists = {name: list(getattr(metric, name)) for name in ("drives", "guards", "kinds")}
    facts = sorted({str(column) for part in metric.measures() for column in part.columns()})
    kind = type(metric).__name__.lower()
    return {**about, "title": dict(metric.title), "kind": kind, **lists, "columns": facts, "parameters": dict(metric.parameters)}


def lacks(setting: Setting, names: Sequence[str]) -> dict[str, list[str]]:
    """Return, per metric, the columns that a project's source does not fill."""
    from kpicore.query.run import closure, testable

    registered = setting.registry.metrics
    with project_facts(setting.project) as facts:
        lacking = testable(facts, registered, closure(registered, names), is_whole=False)[0]
    return {name: sorted({column for part in closure(registered, [name]) for column in lacking.get(part, [])}) for name in names}


def _print_list(found: Mapping[str, Metric], lacks: Mapping[str, list[str]] | None, *, is_json: bool) -> None:
    if is_json:
        rows = [{**describe(each), **({} if lacks is None else {"missing": lacks[name]})} for name, each in sorted(found.items())]
        payload_json({"schema": "kpicore.metrics/1", "metrics": rows})
        return
    if lacks is None and len(found) <= FEW:
        for _, each in sorted(found.items()):
            payload(_page(each))
        return
    from kpicore.report.text import grid

    words = [("metric", False), ("title", False), ("kind", False), ("better", False), ("unit", False), ("from", False)]
    table = []
    for name, each in sorted(found.items()):
        row = [name, f"{each.title['en']} / {each.title['zh']}", type(each).__name__, each.direction, each.unit, each.frequency]
        table.append(row if lacks is None else [*row, "yes" if not lacks[name] else f"no: {', '.join(lacks[name])}"])
    payload(grid(words if lacks is None else [*words, ("can be fed", False)], table, width()))


def _print_values(setting: Setting, names: Sequence[str], period: str, how: Mapping[str, Any], *, is_json: bool) -> None:
    from kpicore import pipeline
    from kpicore.query import run as query

    wanted = pipeline.request(setting, names, period, by=how["by"], role=how["role"], each=how["each"])
    with project_facts(setting.project) as facts:
        wanted, left_out = query.that_plan(facts, wanted)
        outcome = query.measure(facts, wanted)
    for each in (*left_out, *outcome.failures):
        note(f"metric {each.what!r}: {each.why}")
    if is_json:
        content = {"schema": "kpicore.values/1", "by": how["by"], "as_of": outcome.as_of.isoformat()}
        payload_json({**content, "values": values(outcome.matrix)})
        return
    _print_grid(setting, outcome.matrix)


def values(matrix: MetricMatrix) -> list[dict[str, Any]]:
    """Return a matrix as rows: subject, period, metric, state, value, n."""
    from kpicore.model.cells import State
    from kpicore.model.result import significant

    rows = []
    for s, subject in enumerate(matrix.subjects):
        for p, period in enumerate(matrix.periods):
            for m, metric in enumerate(matrix.metrics):
                cell = {
                    "state": State(matrix.state[s, m, p]).label,
                    "value": significant(matrix.value[s, m, p]),
                    "n": significant(matrix.n[s, m, p]),
                }
                rows.append({"subject": subject, "period": period, "metric": metric, **cell, "why": matrix.why.get(metric)})
    return rows


def _print_grid(setting: Setting, matrix: MetricMatrix) -> None:
    """Print subjects and periods down and metrics across, or the other way round where there are more metrics."""
    from kpicore.report.plain import plain
    from kpicore.report.text import grid

    cells = {(row["subject"], row["period"], row["metric"]): _shown(setting, row) for row in values(matrix)}
    places = [(subject, period) for subject in matrix.subjects for period in matrix.periods]
    if len(places) < len(matrix.metrics):
        words = [("metric", False), *((plain(f"{subject} {period}"), True) for subject, period in places)]
        rows = [[metric, *(cells[*place, metric] for place in places)] for metric in matrix.metrics]
    else:
        words = [("subject", False), ("period", False), *((metric, True) for metric in matrix.metrics)]
        rows = [[plain(place[0]), place[1], *(cells[*place, metric] for metric in matrix.metrics)] for place in places]
    payload(grid(words, rows, width()))
    for metric, why in matrix.why.items():
        note(f"{metric}: {why}")


def _shown(setting: Setting, row: Mapping[str, Any]) -> str:
    from kpicore.report.figures import figure

    if row["state"] != "value":
        return str(row["state"]).replace("_", " ")
    return f"{figure(row['value'], setting.registry.metrics[row['metric']].unit)} (n {row['n']:,})"
