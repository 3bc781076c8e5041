"""`kpicore sensitivity`: how much ranks and bands hang on choices that could have been made otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kpicore.cli.output import Command, as_json, notes, payload, payload_json, width
from kpicore.cli.projects import as_of_option, locale_option, period_option, project_argument, role_option, scale_option, set_up

if TYPE_CHECKING:
    from pathlib import Path


@click.command(cls=Command)
@project_argument
@role_option
@period_option
@click.option(
    "--base",
    default=512,
    show_default=True,
    type=click.IntRange(16, 65_536),
    help="N; N (d + 2) rankings are made for d choices. More make the shares steadier.",
)
@click.option(
    "--concentration",
    default=100.0,
    show_default=True,
    type=click.FloatRange(1, 100_000),
    help="How near the tried weights stay to the declared ones; at 100 a weight of 20 % lies between 13 % and 28 %.",
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Another seed tries other weights and combinations.")
@as_of_option
@scale_option
@locale_option
@as_json
@click.pass_context
def sensitivity(ctx: click.Context, /, project: Path, role: str, period: str, **how: Any) -> None:
    """Rank the people of ROLE in PROJECT for PERIOD again and again, with other choices than the scorecard's.

    Other weights around the declared ones, other normalisers and aggregators, and the scorecard without one of its metrics:
    which of these choices moves people most, and who would change band.
    """
    from kpicore import pipeline
    from kpicore.cli.evaluate import score
    from kpicore.report import sensitivity as report
    from kpicore.report.view import View
    from kpicore.scorecard import prepare
    from kpicore.scorecard import sensitivity as examine

    setting = set_up(ctx, project, how["as_of"], how["scale"])
    done = score(setting, role, period)
    notes(done.result.failures)
    offers = pipeline.check(done.scored.scorecard, setting)
    prepared = prepare(done.scored.scorecard, offers, pipeline.directions(setting.registry))
    found = examine(done.scored, prepared, offers, **{name: how[name] for name in ("base", "concentration", "seed")})
    view = View(done, how["locale"] or setting.project.locale)
    if how["is_json"]:
        payload_json(report.to_dict(view, found))
    else:
        payload(report.sensitivity(view, found, width()))
