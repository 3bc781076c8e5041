"""Sources: reads a CRM's export or database through a mapping into the canonical facts; start reading at `loading`."""

from __future__ import annotations

from kpicore.sources.inplace import available
from kpicore.sources.loading import load
from kpicore.sources.offered import builtin_sources
from kpicore.sources.progress import Progress
from kpicore.sources.summary import LoadReport, Note, TableReport

__all__ = ["LoadReport", "Note", "Progress", "TableReport", "available", "builtin_sources", "load"]
