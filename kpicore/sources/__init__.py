"""Sources: reads a CRM's export or database through a mapping into the canonical facts; start reading at `loading`.

The names are imported when first used, because what reads Arrow, SQL and DuckDB takes long to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kpicore.sources.beginning import init as init
    from kpicore.sources.inplace import available as available
    from kpicore.sources.loading import load as load
    from kpicore.sources.offered import builtin_sources as builtin_sources
    from kpicore.sources.progress import Progress as Progress
    from kpicore.sources.summary import LoadReport as LoadReport
    from kpicore.sources.summary import Note as Note
    from kpicore.sources.summary import TableReport as TableReport

_HOME = {
    "LoadReport": "summary",
    "Note": "summary",
    "Progress": "progress",
    "TableReport": "summary",
    "available": "inplace",
    "builtin_sources": "offered",
    "init": "beginning",
    "load": "loading",
}
__all__ = ["LoadReport", "Note", "Progress", "TableReport", "available", "builtin_sources", "init", "load"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
