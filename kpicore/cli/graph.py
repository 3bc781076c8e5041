"""`kpicore graph`: which metric drives or guards which, and what the data says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kpicore.cli.output import Command, as_json, note, notes, payload, payload_json
from kpicore.cli.projects import as_of_option, locale_option, project_argument, project_facts, set_up

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kpicore.matrix import MetricMatrix
    from kpicore.record import Setting
    from kpicore.report.graph import Graph, Link


@click.command(cls=Command)
@project_argument
@click.option("--period", metavar="PERIOD", help="Measure the links over the parts of this period, e.g. the months of 2024.")
@click.option("--each", type=click.Choice(["week", "month", "quarter"]), default="month", show_default=True, help="The parts.")
@click.option("--role", metavar="ROLE", help="Only the links of this role's scorecard, measured on its people.")
@click.option(
    "--format", "form", type=click.Choice(["mermaid", "svg", "html"]), default="mermaid", show_default=True, help="How it is drawn."
)
@as_of_option
@locale_option
@as_json
@click.pass_context
def graph(ctx: click.Context, /, project: Path, **how: Any) -> None:
    """Draw which metric of PROJECT is said to drive or guard which.

    With --period, each link comes with the correlation within people and the lag at which it is strongest, and links that the data
    contradicts are marked.
    """
    setting = set_up(ctx, project, how["as_of"])
    notes(setting.registry.failures)
    view = _graph(setting, how)
    if how["is_json"]:
        payload_json({"schema": "kpicore.graph/1", **view.to_dict()})
        return
    from kpicore.report.graph_svg import graph_svg
    from kpicore.report.graph_text import html, mermaid

    payload({"mermaid": mermaid, "svg": graph_svg, "html": html}[how["form"]](view))
    for link in view.links:
        if link.verdict == "contradicts":
            note(f"the data contradicts that {link.source} drives {link.target}: {view.said(link)}")


def _graph(setting: Setting, how: Mapping[str, Any]) -> Graph:
    from kpicore.report.graph import declared, graph_of

    metrics = setting.registry.metrics
    around = None if how["role"] is None else [name for name in setting.project.scorecard(how["role"]).uses() if name in metrics]
    links = declared(metrics, around)
    locale = how["locale"] or setting.project.locale
    if how["period"] is None:
        return graph_of(metrics, links, locale=locale)
    matrix = _measured(setting, links, how)
    return graph_of(metrics, links, matrix, period=how["period"], each=how["each"], locale=locale)


def _measured(setting: Setting, links: list[Link], how: Mapping[str, Any]) -> MetricMatrix:
    from kpicore import pipeline
    from kpicore.query import run as query

    names = sorted({name for link in links for name in (link.source, link.target)})
    wanted = pipeline.request(setting, names, how["period"], by="person", role=how["role"], each=how["each"])
    with project_facts(setting.project) as facts:
        wanted, left_out = query.that_plan(facts, wanted)
        outcome = query.measure(facts, wanted)
    for each in (*left_out, *outcome.failures):
        note(f"metric {each.what!r}: {each.why}")
    return outcome.matrix
