"""What commands share that work on a project: opening it, its plugins and its facts."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.config import Project
    from kpicore.query.database import Facts
    from kpicore.record import Setting

project_argument = click.argument("project", type=click.Path(path_type=Path))
role_option = click.option("--role", required=True, metavar="ROLE", help="The role, as in scorecards/*.toml.")
period_option = click.option(
    "--period", required=True, metavar="PERIOD", help="2017, 2017-H2, 2017-Q3, 2017-07, 2017-W31, 2017-07-14 or 2017-07-01/2017-10-01."
)
as_of_option = click.option(
    "--as-of",
    type=click.DateTime(),
    help="UTC moment by which cohorts must have ripened; that of the latest fact by default.",
)
locale_option = click.option("--locale", type=click.Choice(["en", "zh"]), help="Language of the text; the project's by default.")


def open_project(ctx: click.Context, folder: Path) -> Project:
    """Read a project, with the plugins blocked on the command line blocked too."""
    from kpicore.config import load_project

    project = load_project(folder)
    block = tuple(dict.fromkeys([*project.plugins.block, *ctx.obj["block"]]))
    return evolve(project, plugins=evolve(project.plugins, block=block))


def set_up(ctx: click.Context, folder: Path, as_of: Any = None) -> Setting:
    """Read a project and load its plugins."""
    from kpicore import pipeline

    return pipeline.set_up(open_project(ctx, folder), as_of=as_of)


@contextmanager
def project_facts(project: Project) -> Iterator[Facts]:
    """Open a project's facts."""
    import os

    from kpicore.query.database import open_facts

    with open_facts(project.facts.address(project.folder, os.environ)) as facts:
        yield facts
