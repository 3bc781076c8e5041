"""`kpicore complexity`: coefficients beside what the results say of them, and whose mix of cases moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kpicore.cli.output import Command, as_json, note, notes, payload, payload_json, width
from kpicore.cli.projects import as_of_option, locale_option, period_option, project_argument, role_option, scale_option, set_up

if TYPE_CHECKING:
    from pathlib import Path


@click.command(cls=Command)
@project_argument
@role_option
@period_option
@as_of_option
@scale_option
@locale_option
@as_json
@click.pass_context
def complexity(ctx: click.Context, /, project: Path, role: str, period: str, **how: Any) -> None:
    """Review what ROLE's scorecard in PROJECT allows for complexity in PERIOD.

    For each class of cases: the coefficient that was used beside the one that the results stand for. For each person: how the mix of
    cases moved since the period before; ordinary cases that were called hard ones show there.
    """
    from kpicore.cli.evaluate import score
    from kpicore.report import complexity as report
    from kpicore.report.view import View
    from kpicore.scorecard.complexity import from_results

    setting = set_up(ctx, project, how["as_of"], how["scale"])
    done = score(setting, role, period)
    notes(done.result.failures)
    view, allowed = View(done, how["locale"] or setting.project.locale), done.scored.allowed
    for metric, why in allowed.notes.items():
        note(f"{metric}: {why}")
    fitted = {metric: from_results(allowed, metric) for metric in allowed.coefficients}
    if how["is_json"]:
        listed = [report.to_dict(view, metric, given, *fitted[metric]) for metric, given in allowed.coefficients.items()]
        payload_json({"schema": "kpicore.complexity/1", "run": done.result.run.to_dict(), "metrics": listed})
        return
    if not allowed.coefficients:
        asks = "`complexity` in a [[metric]] of the scorecard asks for it"
        payload(f"no metric of the scorecard of {role} is adjusted; {'none of those that ask for it can be' if allowed.notes else asks}\n")
    for metric, given in allowed.coefficients.items():
        payload("\n".join([report.review(view, metric, given, fitted[metric][0], width()), report.drift(view, metric, width())]))
        if why := fitted[metric][1]:
            note(f"{metric}: {why}")
