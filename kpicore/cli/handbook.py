"""`kpicore handbook`: the KPI definition handbook of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kpicore.cli.output import Command, as_json, notes, payload, payload_json
from kpicore.cli.projects import locale_option, project_argument, set_up

if TYPE_CHECKING:
    from pathlib import Path

    from kpicore.config import Project
    from kpicore.sources.mapping import MappingFile


@click.command(cls=Command)
@project_argument
@click.option("--format", "form", type=click.Choice(["markdown", "html"]), default="markdown", show_default=True, help="How it is written.")
@locale_option
@as_json
@click.pass_context
def handbook(ctx: click.Context, /, project: Path, **how: Any) -> None:
    """Print the KPI handbook of PROJECT: what each metric means here, where it comes from, and what it decides."""
    from kpicore.cli.metrics import lacks
    from kpicore.report import handbook as making
    from kpicore.report import handbook_text

    setting = set_up(ctx, project)
    notes(setting.registry.failures)
    cards = [setting.project.scorecard(role) for role in setting.project.roles()]
    missing = lacks(setting, list(setting.registry.metrics))
    locale = how["locale"] or setting.project.locale
    made = making.handbook(setting.project, setting.registry.metrics, cards, _mapping(setting.project), missing, locale)
    if how["is_json"]:
        payload_json({"schema": "kpicore.handbook/1", **making.to_dict(made)})
        return
    payload(handbook_text.html(made) if how["form"] == "html" else handbook_text.markdown(made))


def _mapping(project: Project) -> MappingFile | None:
    """Read what fills the facts; None where a database is used in place."""
    from kpicore.sources.structure import read_mapping

    path = project.folder / project.facts.mapping
    is_in_place = project.facts.url is not None or project.facts.url_env is not None
    return None if is_in_place or not path.is_file() else read_mapping(path)
