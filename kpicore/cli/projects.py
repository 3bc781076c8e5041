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
    from kpicore.model.scale import Scale
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
scale_option = click.option(
    "--scale",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="RUN",
    help="A kept result, e.g. from the folder runs: what its values were held against stays as it was.",
)
locale_option = click.option("--locale", type=click.Choice(["en", "zh"]), help="Language of the text; the project's by default.")


def open_project(ctx: click.Context, folder: Path) -> Project:
    """Read a project, with the plugins blocked on the command line blocked too."""
    from kpicore.config import load_project

    project = load_project(folder)
    block = tuple(dict.fromkeys([*project.plugins.block, *ctx.obj["block"]]))
    return evolve(project, plugins=evolve(project.plugins, block=block))


def set_up(ctx: click.Context, folder: Path, as_of: Any = None, scale: Path | None = None) -> Setting:
    """Read a project and load its plugins."""
    from kpicore import pipeline

    return pipeline.set_up(open_project(ctx, folder), as_of=as_of, scale=None if scale is None else _scale(scale))


def _scale(path: Path) -> Scale:
    """Read what a kept result was held against.

    Raises:
        ConfigError: the file is no result.
    """
    import json

    from kpicore.errors import ConfigError
    from kpicore.model.result import RUN_SCHEMA
    from kpicore.model.scale import Scale

    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"--scale must name a result that kpicore kept, as JSON ({path}: {error})") from None
    if not isinstance(content, dict) or content.get("schema") != RUN_SCHEMA:
        came = content.get("schema") if isinstance(content, dict) else type(content).__name__
        raise ConfigError(f"--scale must name a result with the schema {RUN_SCHEMA!r} (got {came!r} in {path})")
    return Scale.from_dict(content)


@contextmanager
def project_facts(project: Project) -> Iterator[Facts]:
    """Open a project's facts."""
    import os

    from kpicore.query.database import open_facts

    with open_facts(project.facts.address(project.folder, os.environ)) as facts:
        yield facts
