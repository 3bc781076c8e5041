"""Which customer records are one customer, as text: how many, by what they were matched, and what was too common to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpicore.report.text import WIDTH, grid

if TYPE_CHECKING:
    from collections.abc import Mapping


def entities(found: Mapping[str, Any], width: int = WIDTH) -> str:
    """Return the figures of a resolution as text.

    Args:
        found: what `kpicore.entities.resolution.Resolution.to_dict` returns.
        width: of the text.
    """
    parts = [summary(found)]
    if found["matched_by"]:
        rows = [[by, f"{count:,}"] for by, count in found["matched_by"].items()]
        parts += ["", grid([("matched by", False), ("records", True)], rows, width).rstrip()]
    parts += [f"junk: {count:,} values of {kind} that too many records share" for kind, count in found["junk"].items()]
    parts += [f"left out: {count:,} groups of {key}, as too many records share the key" for key, count in found["left_out"].items()]
    return "\n".join(parts) + "\n"


def summary(found: Mapping[str, Any]) -> str:
    """Return how many customers there are, in one line."""
    return f"customers: {found['records']:,} records, {found['entities']:,} entities, {found['surplus']:,} too many"
