"""What a source offers: a starting project for `kpicore init`, and a reader that yields its tables as Arrow batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa


class Reader(Protocol):
    """Reads one source. Rows arrive as they are; mapping and checking happen later."""

    def tables(self) -> list[str]:
        """Return the names of the files or tables that can be read, sorted."""

    def read(self, table: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of one file or table, at least one batch (without rows if need be), so that the columns are known.

        Text sources yield strings and a last int64 column `__line` (the line in the file). A row that does not fit the header has its
        problem in the column `__problem` and its text in `__record` (both string, null where all is well); it is set aside with them.

        Raises:
            SourceError: the table is missing, empty, or cannot be decoded.
        """

    def fingerprint(self, table: str) -> str:
        """Return a digest that changes when the table's content does."""


@frozen
class Source:
    """A kind of source that a plugin offers (hook `kpicore_sources`)."""

    name: str
    """The name for `[source] kind = ...` and `kpicore init --from ...`."""
    title: Mapping[str, str]
    """What it is, in `en` and `zh`."""
    open: Callable[[Mapping[str, object], Path], Reader]
    """Makes a reader from the `[source]` table of the mapping and the folder that relative paths start from."""
    starter: Mapping[str, str] = field(factory=dict)
    """Files of a starting project: relative path to text. Empty where there is none to offer."""
