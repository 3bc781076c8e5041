"""A world is written as files that say what the tables say, with bad rows only where they are declared, and a project that can use them."""

from __future__ import annotations

import csv
import tomllib
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from pyarrow import parquet

from kpicore import facts
from kpicore.errors import SourceError
from kpicore.worlds import generate
from kpicore.worlds.export import FLAWS, PARQUET, PROJECT_FILES

if TYPE_CHECKING:
    from pathlib import Path

    from kpicore.worlds import World


@pytest.fixture(scope="module")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world, written."""
    target = tmp_path_factory.mktemp("demo")
    world.write(target)
    return target


@pytest.fixture(scope="module")
def mapping(folder: Path) -> dict[str, Any]:
    """Its mapping, by canonical table."""
    document = tomllib.loads((folder / "mapping.toml").read_text("utf-8"))
    return {table["fact"]: table for table in document["table"]}


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_one_file_for_each_table(world: World, folder: Path) -> None:
    """Large tables are Parquet, small ones CSV; nothing else is in the folder."""
    expected = {f"{name}.{'parquet' if name in PARQUET else 'csv'}" for name in world.tables}

    assert expected == {path.name for path in (folder / "data").iterdir()}


def test_mapping_names_what_is_there(folder: Path, mapping: dict[str, Any]) -> None:
    """Every mapped column is canonical, and its source column is in the file."""
    for name, table in mapping.items():
        path = folder / "data" / table["from"]
        header = parquet.read_schema(path).names if name in PARQUET else list(_rows(folder, name)[0])
        sources = {column: how if isinstance(how, str) else how["column"] for column, how in table["columns"].items()}
        assert set(header) == set(sources.values())
        assert set(sources) <= set(facts.metadata.tables[name].c.keys())


def test_filled_columns_are_all_mapped(world: World, mapping: dict[str, Any]) -> None:
    """What the world knows can be loaded; a column that it leaves empty is not mapped."""
    filled = {
        name: {column for column in table.column_names if table[column].null_count < table.num_rows} for name, table in world.tables.items()
    }

    assert filled == {name: set(table["columns"]) for name, table in mapping.items()}


def test_bad_rows_are_the_declared_ones(world: World, folder: Path) -> None:
    """Each CSV file has as many extra rows as there are flaws for its table, and each flaw stands in it."""
    for name, table in world.tables.items():
        if name in PARQUET:
            continue
        rows, flaws = _rows(folder, name), [flaw for flaw in FLAWS if flaw.table == name]
        assert table.num_rows + len(flaws) == len(rows)
        keyed = {row[table.column_names[0]]: row for row in rows}
        assert [flaw.text for flaw in flaws if flaw.key] == [keyed[flaw.key][flaw.column] for flaw in flaws if flaw.key]


def test_csv_has_local_times(world: World, folder: Path) -> None:
    """The times of a CSV file, read in the world's time zone, are the UTC times of the table; so is the money."""
    table = world.tables["sale"].slice(0, 500)
    zone = ZoneInfo(world.timeline.time_zone)
    rows = _rows(folder, "sale")[:500]

    actual = [
        datetime.fromisoformat(row["signed_at"]).replace(tzinfo=zone).astimezone(ZoneInfo("UTC")).replace(tzinfo=None) for row in rows
    ]

    assert table["signed_at"].to_pylist() == actual
    assert [str(amount) for amount in table["amount"].to_pylist()] == [row["amount"] for row in rows]


def test_project_files_are_scorecards_of_the_roles(world: World) -> None:
    """One scorecard for each role that is assigned, with 5 to 8 metrics, no two weights alike, and gates on metrics of the card."""
    files = {path: tomllib.loads(text) for path, text in world.project_files().items()}
    cards = [document for path, document in files.items() if path.startswith("scorecards/")]

    assert set(PROJECT_FILES) == set(files)
    assert {card["role"] for card in cards} == set(world.tables["assignment"]["role"].to_pylist()) - {"team_lead"}
    for card in cards:
        weights = [metric["weight"] for metric in card["metric"]]
        assert 100 == sum(weights)
        assert 5 <= len(set(weights)) == len(weights) <= 8
        assert {gate["use"] for gate in card["gate"]} <= {metric["use"] for metric in card["metric"]}


def test_project_has_the_time_zone_of_the_world() -> None:
    """The project reads periods where the organisation works."""
    world = generate(people=18, years=1, scale=0.05, time_zone="Europe/Berlin")

    assert "Europe/Berlin" == tomllib.loads(world.project_files()["kpicore.toml"])["time_zone"]


def test_folder_that_cannot_be_written(world: World, tmp_path: Path) -> None:
    """A file in the place of the folder is a source error that names it."""
    (tmp_path / "taken").write_text("")

    with pytest.raises(SourceError, match="taken must be a folder"):
        world.write(tmp_path / "taken")
