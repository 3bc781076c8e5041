"""`kpicore facts` and `kpicore plugins`: what there is to build on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kpicore.cli.output import Command, as_json, notes, payload, payload_json, width
from kpicore.errors import ConfigError, nearest

if TYPE_CHECKING:
    from sqlalchemy import Column, Table


@click.command(cls=Command)
@click.argument("tables", nargs=-1)
@as_json
def facts(tables: tuple[str, ...], is_json: bool) -> None:  # noqa: FBT001  # click passes flags by name
    """Show the canonical fact tables, or TABLES of them: columns, types, units, and what null means."""
    from kpicore import facts as canonical

    known = canonical.metadata.tables
    for name in tables:
        if name not in known:
            raise ConfigError(f"there is no fact table {name!r}{nearest(name, known)}")
    chosen = [known[name] for name in tables or known]
    if is_json:
        payload_json({"schema": "kpicore.facts/1", "tables": [describe(table) for table in chosen]})
        return
    for table in chosen:
        payload(_text(table))


def describe(table: Table) -> dict[str, Any]:
    """Return a fact table as plain values."""
    columns = [_column(column) for column in table.c]
    return {"name": table.name, "comment": table.comment, "owner": table.info["owner"], "columns": columns}


def _column(column: Column[Any]) -> dict[str, Any]:
    details = {key: column.info.get(key) for key in ("kind", "unit", "null", "references")}
    return {"name": column.name, "meaning": column.comment, "is_key": column.primary_key, **details}


def _text(table: Table) -> str:
    from kpicore.report.text import grid

    words = [("column", False), ("kind", False), ("unit", False), ("meaning", False), ("null means", False)]
    rows = [[each["name"], each["kind"], each["unit"], _meaning(each), each["null"]] for each in describe(table)["columns"]]
    return f"{table.name}: {table.comment}\n\n{grid(words, rows, width())}"


def _meaning(column: dict[str, Any]) -> str:
    return str(column["meaning"]) + (f" → {column['references']}" if column["references"] else "")


@click.command(cls=Command)
@as_json
@click.pass_context
def plugins(ctx: click.Context, is_json: bool) -> None:  # noqa: FBT001  # click passes flags by name
    """Show the plugins found: distribution, version, what each offers, and what failed."""
    from kpicore import registry
    from kpicore.report.text import grid

    found = registry.load(block=ctx.obj["block"])
    if is_json:
        failures = [each.to_dict() for each in found.failures]
        payload_json({"schema": "kpicore.plugins/1", "plugins": [each.to_dict() for each in found.plugins], "failures": failures})
        return
    rows = [
        [each.name, each.distribution or "", each.version or "", each.state, _offers(each.offers) or (each.why or "")]
        for each in found.plugins
    ]
    words = ("plugin", "distribution", "version", "state", "offers")
    payload(grid([(word, False) for word in words], rows, width()))
    notes(found.failures)


def _offers(offers: Any) -> str:
    return "; ".join(f"{hook.removeprefix('kpicore_')}: {', '.join(names)}" for hook, names in offers.items() if names)
