"""`kpicore entities`: which customer records are one customer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kpicore.cli.output import Command, as_json, note, payload, payload_json
from kpicore.cli.project import load_into
from kpicore.cli.projects import open_project, project_argument

if TYPE_CHECKING:
    from kpicore.config import Project


@click.command(cls=Command)
@project_argument
@click.option("--dry-run", is_flag=True, help="Write nothing into a database that is used in place.")
@as_json
@click.pass_context
def entities(ctx: click.Context, project: Path, dry_run: bool, is_json: bool) -> None:  # noqa: FBT001  # click passes flags by name
    """Find the customer records of PROJECT that are one customer, as [entities] says, and write them into customer_entity.

    A project that `kpicore load` fills has them matched at every load. A database that is used in place ([facts] url) is matched by
    this command, to be run again when customers have changed.
    """
    opened = open_project(ctx, project)
    found = _found(ctx, opened, is_written=not dry_run)
    if found is None:
        note("no customers were matched: the mapping fills no customer, or fills customer_entity itself")
        found = {"records": 0, "entities": 0, "surplus": 0, "matched_by": {}, "junk": {}, "left_out": {}}
    if is_json:
        payload_json({"schema": "kpicore.entities/1", **found})
        return
    from kpicore.report.entities import entities as text

    payload(text(found))


def _found(ctx: click.Context, project: Project, *, is_written: bool) -> dict[str, Any] | None:
    address = project.facts.address(project.folder, dict(os.environ))
    if isinstance(address, Path):
        return load_into(ctx, project).entities
    from kpicore import registry
    from kpicore.query.database import open_engine
    from kpicore.sources.resolving import resolve_in_place

    matchers = registry.load(block=project.plugins.block, require=project.plugins.require).matchers
    with open_engine(address) as engine:
        return resolve_in_place(engine, project.entities, matchers, is_written=is_written).to_dict()
