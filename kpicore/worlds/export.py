"""Writes a world as a CRM exports it, and the mapping that loads it.

Small tables become CSV in local time with a few bad rows, large ones Parquet.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen
from pyarrow import csv, parquet

from kpicore import facts
from kpicore.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kpicore.worlds.timeline import Timeline

PARQUET = ("contact", "opportunity_change", "record_change", "session", "ticket", "ticket_event")
"""Tables that are written as Parquet."""
TIME_FORMAT, DAY_FORMAT = "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"
STATUS = {"won": (True, True), "lost": (True, False), "open": (False, False)}
"""A CRM has one status; the mapping makes `is_closed` and `is_won` of it."""
PROJECT_FILES = (
    "kpicore.toml",
    "scorecards/account_executive.toml",
    "scorecards/customer_success_manager.toml",
    "scorecards/support_agent.toml",
)


@frozen
class Flaw:
    """One bad row of a CSV file: a copy of an early row under a key of its own, with one text that cannot be right."""

    table: str
    key: str
    column: str
    text: str
    """What stands in the file; a repeat has the key and the content of the row it copies."""


FLAWS = (
    Flaw("opportunity", "O-bad-1", "closed_at", "2019-03-01 10:00:00"),
    Flaw("opportunity", "O-bad-2", "closed_at", "2019-07-19 16:30:00"),
    Flaw("opportunity", "O-bad-3", "amount", "12,5OO"),
    Flaw("opportunity", "O-bad-4", "status", "maybe"),
    Flaw("sale", "S-bad-1", "signed_at", "2025-02-30 10:00:00"),
    Flaw("payment", "Y-bad-1", "amount", "approx. 3000"),
    Flaw("lead", "L-bad-1", "created_at", "31/11/2024"),
    Flaw("customer", "", "customer_id", "the same line twice"),
)
"""All rows that a loader must set aside or recognise as repeated. The tables of a `World` do not have them."""


def write(tables: Mapping[str, pa.Table], timeline: Timeline, folder: Path) -> list[Path]:
    """Write data files and mapping; see `World.write`."""
    filled = {name: _filled(table) for name, table in tables.items()}
    try:
        (folder / "data").mkdir(parents=True, exist_ok=True)
        files = [_write_table(name, _local(table, timeline), folder / "data") for name, table in filled.items()]
        mapping = folder / "mapping.toml"
        mapping.write_text(mapping_text(filled, timeline.time_zone), encoding="utf-8", newline="\n")
    except OSError as error:
        raise SourceError(f"{folder} must be a folder that can be written (got {error.strerror!r}); choose another one") from None
    return [*files, mapping]


def project_files(time_zone: str) -> dict[str, str]:
    """Return the project file and the scorecards by relative path."""
    home = resources.files("kpicore.worlds") / "project"
    texts = {path: home.joinpath(*path.split("/")).read_text("utf-8") for path in PROJECT_FILES}
    return texts | {"kpicore.toml": texts["kpicore.toml"].replace("Asia/Shanghai", time_zone)}


def _filled(table: pa.Table) -> pa.Table:
    """Return the columns that hold anything: what a CRM does not know, it does not export."""
    return table.select([name for name in table.column_names if table[name].null_count < table.num_rows])


def _local(table: pa.Table, timeline: Timeline) -> pa.Table:
    """Return the table with its times in local time, whole seconds."""
    for at, column in enumerate(table.schema):
        if pa.types.is_timestamp(column.type):
            table = table.set_column(at, column.name, timeline.local(table[column.name]))
    return table


def _write_table(name: str, table: pa.Table, folder: Path) -> Path:
    if name in PARQUET:
        path = folder / f"{name}.parquet"
        parquet.write_table(table, path)
        return path
    path = folder / f"{name}.csv"
    csv.write_csv(_spoiled(name, _as_text(_with_status(table))), path, csv.WriteOptions(quoting_style="needed"))
    return path


def _with_status(table: pa.Table) -> pa.Table:
    if "is_won" not in table.column_names:
        return table
    open_or_lost = pc.if_else(table["is_closed"], "lost", "open")
    status = pc.if_else(table["is_won"], "won", open_or_lost)
    return table.drop_columns(["is_closed", "is_won"]).append_column("status", status)


def _as_text(table: pa.Table) -> pa.Table:
    return pa.table({name: table[name].cast(pa.string()) for name in table.column_names})


def _spoiled(name: str, table: pa.Table) -> pa.Table:
    """Append the bad rows of a table."""
    flaws = [flaw for flaw in FLAWS if flaw.table == name]
    rows = [_bad_row(table, flaw, at) for at, flaw in enumerate(flaws)]
    return pa.concat_tables([table, *rows])


def _bad_row(table: pa.Table, flaw: Flaw, at: int) -> pa.Table:
    row = table.slice(at, 1)
    if not flaw.key:
        return row
    for column, text in ((table.column_names[0], flaw.key), (flaw.column, flaw.text)):
        row = row.set_column(table.column_names.index(column), column, pa.array([text]))
    return row


def mapping_text(tables: Mapping[str, pa.Table], time_zone: str) -> str:
    """Return the mapping of the files written: plain copies, times with their format in CSV, and the status of a deal."""
    head = f'schema = "kpicore.mapping/1"\ntime_zone = "{time_zone}"\n\n[source]\nfolder = "data"\n'
    return head + "".join(_table_text(name, table.column_names) for name, table in tables.items())


def _table_text(name: str, columns: list[str]) -> str:
    kind = "parquet" if name in PARQUET else "csv"
    lines = [f"{column} = {_column_text(name, column, kind)}" for column in columns]
    return "\n".join(["", "[[table]]", f'fact = "{name}"', f'from = "{name}.{kind}"', "[table.columns]", *lines, ""])


def _column_text(table: str, column: str, kind: str) -> str:
    if table == "opportunity" and column in ("is_closed", "is_won"):
        which = ("is_closed", "is_won").index(column)
        answers = ", ".join(f"{status} = {str(flags[which]).lower()}" for status, flags in STATUS.items())
        return f'{{ column = "status", map = {{ {answers} }} }}'
    form = {"time": TIME_FORMAT, "day": DAY_FORMAT}.get(facts.metadata.tables[table].c[column].info["kind"])
    return f'{{ column = "{column}", date = "{form}" }}' if form and kind == "csv" else f'"{column}"'
