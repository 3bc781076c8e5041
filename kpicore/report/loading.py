"""What a load did, as text: rows read, loaded and set aside per table, and what was noted about rows that were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.report.entities import summary
from kpicore.report.plain import plain
from kpicore.report.text import WIDTH, grid

if TYPE_CHECKING:
    from kpicore.sources import LoadReport


def loading(report: LoadReport, width: int = WIDTH) -> str:
    """Return the report as text."""
    state = "loaded" if report.is_changed else "unchanged: the facts already hold this data"
    words = [
        ("fact", False),
        ("source", False),
        ("read", True),
        ("loaded", True),
        ("set aside", True),
        ("repeated", True),
        ("left out", True),
    ]
    rows = [
        [
            each.fact,
            plain(each.source),
            *(f"{n:,}" for n in (each.rows_read, each.rows_loaded, each.rows_rejected, each.rows_repeated, each.rows_left_out)),
        ]
        for each in report.tables
    ]
    parts = [state, "", grid(words, rows, width)]
    reasons = [f"  {each.fact}: {plain(why)}: {rows}" for each in report.tables for why, rows in sorted(each.rejected.items())]
    parts += ["set aside:", *reasons, ""] if reasons else []
    kept = [
        f"  {each.table}.{each.column}: {each.kind}: {each.rows:,} rows" + (f" ({plain(each.sample)})" if each.sample else "")
        for each in report.notes
    ]
    parts += ["kept, but note:", *kept, ""] if kept else []
    parts += [summary(report.entities)] if report.entities is not None else []
    return "\n".join(parts).rstrip() + "\n"
