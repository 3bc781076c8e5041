"""Names the source of a plugin where it fails, so that its fault is not taken for one of kpicore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kpicore.errors import PluginError, call
from kpicore.sources.offered import builtin_sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

    from kpicore.model.source import Reader, Source


@frozen
class Guarded:
    """A reader whose failures carry the name of its source."""

    source: str
    reader: Reader

    def tables(self) -> list[str]:
        """Return the names of the files or tables that can be read, sorted."""
        return call(self.source, self.reader.tables)

    def read(self, table: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of one file or table."""
        batches = iter(call(self.source, self.reader.read, table))
        while (batch := call(self.source, next, batches, None)) is not None:
            yield batch

    def fingerprint(self, table: str) -> str:
        """Return a digest that changes when the table's content does."""
        return call(self.source, self.reader.fingerprint, table)


def opened(source: Source, options: Mapping[str, object], base: Path) -> Reader:
    """Open a source; one that a plugin offers is guarded.

    Raises:
        PluginError: it failed, or what it opened is no reader.
    """
    if source in builtin_sources:
        return source.open(options, base)
    name = f"source {source.name!r}"
    reader = call(name, source.open, options, base)
    lacking = [each for each in ("tables", "read", "fingerprint") if not callable(getattr(reader, each, None))]
    if lacking:
        raise PluginError(f"{name} must open a reader with tables, read and fingerprint (got {reader!r} without {lacking[0]})")
    return Guarded(name, reader)
