"""A generated organisation: its canonical tables, and how they are written as the export of a CRM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kpicore.worlds import export

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from kpicore.worlds.timeline import Timeline


@frozen(eq=False)
class World:
    """All facts of one organisation; times are naive UTC, money is exact."""

    tables: Mapping[str, pa.Table]
    """Canonical tables by name, with all canonical columns; those that the world does not fill are null."""
    timeline: Timeline
    """Its first day, length, holidays and time zone."""
    cast: Mapping[str, str]
    """Employee ids of the people with an honest peculiarity: leaver, successor, on_leave, silent, ..."""
    skill: Mapping[str, float]
    """Latent skill of each person scored, in standard deviations: what a good scorecard would find. In no table."""
    description: str

    @property
    def facts(self) -> int:
        """How many rows all tables have together."""
        return sum(table.num_rows for table in self.tables.values())

    def write(self, folder: Path) -> list[Path]:
        """Write the tables as a CRM exports them, into `folder`/data, and the `mapping.toml` that loads them.

        Small tables become CSV with local times and a few bad rows (`kpicore.worlds.export.FLAWS`), large ones Parquet.

        Returns:
            The files written, the mapping last.
        Raises:
            SourceError: the folder cannot be written.
        """
        return export.write(self.tables, self.timeline, folder)

    def project_files(self) -> dict[str, str]:
        """Return the other files of the project by relative path: `kpicore.toml` and one scorecard for each role."""
        return export.project_files(self.timeline.time_zone)
