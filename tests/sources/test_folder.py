"""The source `folder`: its options, Parquet, and what is inside the folder."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kpicore.errors import ConfigError, SourceError
from kpicore.sources.folder import open_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.conftest import Bench


def test_parquet_keeps_its_types(bench: Bench) -> None:
    """Numbers, times with and without zone, true and false arrive as they are."""
    table = pa.table(
        {
            "id": pa.array(["007"]),
            "won": pa.array([True]),
            "amount": pa.array([Decimal("10.5000")]),
            "made": pa.array([datetime(2024, 1, 2, 3)]),
            "closed": pa.array([datetime(2024, 1, 2, 3, tzinfo=UTC)], pa.timestamp("us", "Asia/Shanghai")),
        }
    )
    pq.write_table(table, bench.folder / "deals.parquet")
    columns = 'opportunity_id = "id"\nis_won = "won"\namount = "amount"\ncreated_at = "made"\nclosed_at = "closed"\n'

    bench.load(f'[[table]]\nfact = "opportunity"\nfrom = "deals.parquet"\n[table.columns]\n{columns}')

    expected = ("007", True, Decimal("10.5000"), datetime(2024, 1, 2, 3), datetime(2024, 1, 2, 3))
    assert [expected] == bench.query("SELECT opportunity_id, is_won, amount, created_at, closed_at FROM opportunity")


def test_empty_and_broken_parquet(tmp_path: Path) -> None:
    """A file without rows has columns; one that is no Parquet is an error."""
    pq.write_table(pa.table({"id": pa.array([], pa.string())}), tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_text("no")
    reader = open_folder({}, tmp_path)

    assert [["id"]] == [batch.schema.names for batch in reader.read("a.parquet")]
    with pytest.raises(SourceError, match=r"b\.parquet: cannot be read as Parquet"):
        list(reader.read("b.parquet"))


def test_options_of_single_files(bench: Bench) -> None:
    """One folder may hold files of different forms."""
    bench.write("a.csv", "id;name\n1;Ann\n")
    bench.write("b.txt", "1\tBob\n".encode("utf-16"))
    options = '[source]\ndelimiter = ";"\n[source.files."b.txt"]\nencoding = "utf-16"\ndelimiter = "tab"\nheader = ["id", "name"]\n'
    block = '[[table]]\nfact = "{}"\nfrom = "{}"\n[table.columns]\n{}_id = "id"\nname = "name"\n'

    bench.load(options + block.format("customer", "a.csv", "customer") + block.format("product", "b.txt", "product"))

    assert [("Ann", "Bob")] == bench.query("SELECT c.name, p.name FROM customer c, product p")


def test_tables_are_listed(tmp_path: Path) -> None:
    """Data files are found in sub-folders, too; other files are not data."""
    (tmp_path / "sub").mkdir()
    for name in ("b.csv", "a.parquet", "sub/c.txt.gz", "notes.md"):
        (tmp_path / name).write_text("")

    assert ["a.parquet", "b.csv", "sub/c.txt.gz"] == open_folder({}, tmp_path).tables()


def test_files_outside_the_folder_are_refused(tmp_path: Path) -> None:
    """A mapping reads its own folder only."""
    (tmp_path / "secret.csv").write_text("id\n1\n")
    (tmp_path / "data").mkdir()

    with pytest.raises(SourceError, match="from must name a file inside"):
        open_folder({"folder": "data"}, tmp_path).fingerprint("../secret.csv")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"foldr": "x"}, "[source]: unknown key 'foldr'; did you mean 'folder'?"),
        ({"encoding": "klingon"}, "encoding must be one that Python knows, e.g. 'utf-8' or 'gb18030' (got 'klingon')"),
        ({"delimiter": "=>"}, "delimiter must be one character, or tab, comma, semicolon, pipe or whitespace (got '=>')"),
        ({"files": {"a.csv": {"folder": "x"}}}, "[source], files, a.csv: unknown key 'folder'"),
    ],
)
def test_options_are_checked(tmp_path: Path, options: dict[str, object], message: str) -> None:
    """An option that has no meaning is an error with its place."""
    with pytest.raises(ConfigError, match=re.escape(message)):
        open_folder(options, tmp_path)


def test_missing_folder(tmp_path: Path) -> None:
    """The error says which folder was looked for."""
    with pytest.raises(SourceError, match=r"none: must be a folder with data files .*set folder under \[source\]"):
        open_folder({"folder": "none"}, tmp_path).tables()
