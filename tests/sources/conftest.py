"""A bench for loading small files: write them, load them with a mapping, look at what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from attrs import frozen

from kpicore.sources import load

if TYPE_CHECKING:
    from pathlib import Path

    from kpicore.sources import LoadReport


@frozen
class Bench:
    """A folder with a mapping, data files and a database."""

    folder: Path

    @property
    def database(self) -> Path:
        """The file that is loaded."""
        return self.folder / "facts.duckdb"

    @property
    def mapping(self) -> Path:
        """The mapping file."""
        return self.folder / "mapping.toml"

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a data file."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def load(self, mapping: str, **options: Any) -> LoadReport:
        """Load with a mapping of which only the schema is not given."""
        self.mapping.write_text(f'schema = "kpicore.mapping/1"\n{mapping}', "utf-8")
        return load(self.mapping, self.database, **options)

    def load_column(self, column: str, values: list[str], entry: str, fact: str = "opportunity") -> LoadReport:
        """Load a file with the columns id and x, where `column` comes from x as `entry` says."""
        self.write("data.csv", "id,x\n" + "".join(f'{number},"{value}"\n' for number, value in enumerate(values)))
        return self.load(f'[[table]]\nfact = "{fact}"\nfrom = "data.csv"\n[table.columns]\n{fact}_id = "id"\n{column} = {entry}\n')

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the loaded database."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def values(self, column: str, fact: str = "opportunity") -> list[Any]:
        """Return a column of a loaded table in the order of the file."""
        return [row[0] for row in self.query(f"SELECT {column} FROM {fact} ORDER BY {fact}_id::INTEGER")]

    def rejects(self) -> list[tuple[Any, ...]]:
        """Return key, column, value and line of the rows that were set aside."""
        return self.query("SELECT row_key, column_name, value, line FROM reject ORDER BY line")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Return an empty bench."""
    return Bench(tmp_path)
