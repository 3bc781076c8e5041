"""`kpicore funnel`: the way of the deals through the stages of the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kpicore.cli.output import Command, as_json, notes, payload, payload_json, width
from kpicore.cli.projects import as_of_option, locale_option, period_option, project_argument, project_facts, set_up
from kpicore.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kpicore.record import Setting
    from kpicore.report.stages import StagesView

METRIC = "sales.stage_conversion"
"""The metric whose parameters say what the stages are, and how long a deal is given to go on."""


@click.command(cls=Command)
@project_argument
@period_option
@click.option("--by", default="all", show_default=True, metavar="GROUP", help="person, team, source, product or all.")
@click.option("--stages", metavar="A,B,...", help=f"The stages in their order; those of the metric {METRIC} by default.")
@as_of_option
@locale_option
@as_json
@click.pass_context
def funnel(ctx: click.Context, /, project: Path, period: str, **how: Any) -> None:
    """Show how the deals begun in PERIOD went through the stages of the pipeline.

    Per stage: the deals that were ever in it, the share that went on to a later one, the median stay, and the deals that are still there,
    were lost there, never were there although they came further, or went back from it.
    """
    setting = set_up(ctx, project, how["as_of"])
    notes(setting.registry.failures)
    view = _view(setting, period, how)
    if how["is_json"]:
        from kpicore.report.stages import to_dict

        payload_json(to_dict(view))
        return
    from kpicore.report.stages import text

    payload(text(view, width()))


def _view(setting: Setting, period: str, how: Mapping[str, Any]) -> StagesView:
    from kpicore import pipeline
    from kpicore.query.run import horizon
    from kpicore.query.stages import ways
    from kpicore.report.stages import StagesView

    wanted = pipeline.request(setting, [], period)
    stages, within = _stages(setting, how["stages"])
    with project_facts(setting.project) as facts:
        as_of = wanted.as_of or horizon(facts, wanted)
        found = ways(facts, wanted.periods[0], setting.project.calendar, stages, how["by"], as_of)
    return StagesView(stages, wanted.periods[0].name, how["by"], within, found, how["locale"] or setting.project.locale)


def _stages(setting: Setting, given: str | None) -> tuple[tuple[str, ...], float]:
    metric = setting.registry.metrics.get(METRIC)
    known: Mapping[str, Any] = {} if metric is None else metric.parameters
    stages = tuple(known.get("stages", ())) if given is None else tuple(each.strip() for each in given.split(","))
    if len(stages) < 2 or not all(stages) or len(set(stages)) < len(stages):
        raise ConfigError(
            f"a funnel must have two or more different stages (got {', '.join(map(repr, stages)) or 'none'});"
            f' give --stages A,B,... or `stages` in [parameters."{METRIC}"] of the project'
        )
    return stages, float(known.get("within_days", 90.0))
