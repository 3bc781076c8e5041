"""`kpicore weights`: what each metric's weight really decides, and what the data would give."""

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
    "--move",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.1,
    show_default=True,
    help="How far the weights for the declared importance may lie from the present ones.",
)
@as_of_option
@scale_option
@locale_option
@as_json
@click.pass_context
def weights(ctx: click.Context, /, project: Path, role: str, period: str, **how: Any) -> None:
    """Review the weights of ROLE's scorecard in PROJECT for PERIOD: what each decides about the differences between scores.

    Weights read off the data stand beside them as advice; they move with every period, so a scorecard cannot use them.
    """
    from kpicore.cli.evaluate import score
    from kpicore.report import weights as report
    from kpicore.report.view import View
    from kpicore.scorecard import review
    from kpicore.textbook import Optimised

    setting = set_up(ctx, project, how["as_of"], how["scale"])
    done = score(setting, role, period)
    notes(done.result.failures)
    offered = [offer for _, offer in sorted(setting.registry.weightings.items())]
    found = review(done.scored, offered, {"optimised": Optimised(maximum_move=how["move"])})
    view = View(done, how["locale"] or setting.project.locale)
    if how["is_json"]:
        payload_json(report.to_dict(view, found))
    else:
        payload(report.weights(view, found, width()))
