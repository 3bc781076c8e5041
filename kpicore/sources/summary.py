"""What a load did: rows read, loaded, set aside and why, and what was noted about the rows that were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cattrs
from attrs import asdict, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


@frozen
class TableReport:
    """One [[table]]: rows_read = rows_loaded + rows_rejected + rows_repeated + rows_left_out."""

    fact: str
    source: str
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    rows_repeated: int
    """Identical copies of rows that were loaded."""
    rows_left_out: int
    """Rows that `where` or `keep` of the mapping leaves out."""
    rejected: dict[str, int]
    """Rows by reason."""


@frozen
class Note:
    """Something about rows that were kept."""

    table: str
    column: str
    kind: str
    """unknown reference, missing, missing text, unreadable, out of order, or empty source."""
    rows: int
    sample: str


@frozen
class LoadReport:
    """The outcome of a load."""

    fingerprint: str
    is_changed: bool
    horizon: str | None
    """The latest event in the data, ISO, UTC; None where there is none."""
    tables: tuple[TableReport, ...]
    notes: tuple[Note, ...]
    entities: dict[str, Any] | None = None
    """Customer records, entities and how they were matched, as `kpicore entities --json` prints it; None where none were matched."""

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> LoadReport:
        """Return the report that `to_dict` made these values of."""
        return cattrs.structure(values, cls)

    @property
    def rows_loaded(self) -> int:
        """All rows that were loaded."""
        return sum(table.rows_loaded for table in self.tables)

    @property
    def rows_rejected(self) -> int:
        """All rows that were set aside."""
        return sum(table.rows_rejected for table in self.tables)
