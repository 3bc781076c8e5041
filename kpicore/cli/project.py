"""`kpicore init` and `kpicore load`: a project, and the facts in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kpicore.cli.output import Command, as_json, note, payload, payload_json, progress
from kpicore.cli.projects import open_project, project_argument
from kpicore.report.plain import plain

if TYPE_CHECKING:
    from kpicore.config import Project
    from kpicore.registry import Registry
    from kpicore.sources import LoadReport


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--from", "source", default="csv", show_default=True, metavar="SOURCE", help="What to start from: csv, maven, or a plugin's source."
)
@click.option("--data", type=click.Path(path_type=Path), help="Folder with the source's files; FOLDER/data by default.")
@as_json
@click.pass_context
def init(ctx: click.Context, folder: Path, source: str, data: Path | None, is_json: bool) -> None:  # noqa: FBT001  # click passes flags by name
    """Write a starting project into FOLDER; files that are there are never overwritten."""
    from kpicore.sources import init as start

    written = start(folder, source, data=data, sources=tuple(_plugins(ctx).sources.values()))
    if is_json:
        payload_json({"schema": "kpicore.init/1", "folder": str(folder), "files": [str(path) for path in written]})
        return
    for path in written:
        payload(f"wrote {plain(path)}")
    note(f"next: read {folder / 'mapping.toml'} and complete it, then kpicore load {folder}")


def _plugins(ctx: click.Context) -> Registry:
    from kpicore import registry

    return registry.load(block=ctx.obj["block"])


@click.command(cls=Command)
@project_argument
@as_json
@click.pass_context
def load(ctx: click.Context, project: Path, is_json: bool) -> None:  # noqa: FBT001  # click passes flags by name
    """Load the data of PROJECT into its facts, as mapping.toml says. Loading the same data again changes nothing."""
    report = load_into(ctx, open_project(ctx, project))
    if is_json:
        payload_json({"schema": "kpicore.load/1", **report.to_dict()})
        return
    from kpicore.report.loading import loading

    payload(loading(report))
    if report.rows_rejected:
        note(f"rows set aside: {report.rows_rejected}; they are in the table `reject` of the facts, with file, line and reason")


def load_into(ctx: click.Context, project: Project) -> LoadReport:
    """Load a project's data, with a progress bar on a terminal."""
    from kpicore import registry, sources
    from kpicore.errors import ConfigError

    address = project.facts.address(project.folder, {})
    if not isinstance(address, Path):
        raise ConfigError(
            "`kpicore load` fills a DuckDB file, and this project's facts are used in place ([facts] url); there is nothing to load"
        )
    found = registry.load(block=project.plugins.block, require=project.plugins.require)
    del ctx
    with progress("loading") as tell:
        return sources.load(
            project.folder / project.facts.mapping,
            address,
            sources=tuple(found.sources.values()),
            time_zone=project.time_zone,
            currency=project.currency,
            matching=project.entities,
            matchers=found.matchers,
            progress=tell,
        )
