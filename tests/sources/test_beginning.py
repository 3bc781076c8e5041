"""Starting projects: written once, never over anything."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from kpicore.errors import ConfigError, SourceError
from kpicore.model.source import Source
from kpicore.sources import builtin_sources, init, load
from kpicore.sources.folder import open_folder
from kpicore.sources.structure import read_mapping

if TYPE_CHECKING:
    from pathlib import Path


def test_maven_project(tmp_path: Path) -> None:
    """The three files are valid TOML of their schemas, and the mapping is the one that the tests use."""
    written = init(tmp_path / "p", "maven")

    names = ["kpicore.toml", "mapping.toml", "scorecards/account_executive.toml"]
    schemas = [tomllib.loads(path.read_text("utf-8"))["schema"] for path in written]
    assert names == [path.relative_to(tmp_path / "p").as_posix() for path in written]
    assert ["kpicore.project/1", "kpicore.mapping/1", "kpicore.scorecard/1"] == schemas


def test_maven_mapping_is_the_tested_one(tmp_path: Path, root: Path) -> None:
    """What is tested on real data is what users get."""
    init(tmp_path, "maven")

    assert (root / "tests/data/mappings/maven_crm.toml").read_text("utf-8") == (tmp_path / "mapping.toml").read_text("utf-8")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """If one file is there, none is written."""
    (tmp_path / "mapping.toml").write_text("mine")

    with pytest.raises(ConfigError, match=r"must not overwrite anything .*mapping\.toml"):
        init(tmp_path, "maven")

    assert ["mapping.toml"] == [path.name for path in tmp_path.iterdir()]
    assert "mine" == (tmp_path / "mapping.toml").read_text()


def test_unknown_source(tmp_path: Path) -> None:
    """Only sources with a starting project can be begun with."""
    with pytest.raises(ConfigError, match="got 'mavn'; did you mean 'maven'"):
        init(tmp_path, "mavn")
    with pytest.raises(ConfigError, match="got 'folder'"):
        init(tmp_path, "folder")


def test_data_elsewhere(tmp_path: Path) -> None:
    """The mapping says where the data is: relative inside the project, in full outside."""
    inside, outside = tmp_path / "p" / "in", tmp_path / 'out"side'
    init(tmp_path / "p", "maven", inside)
    init(tmp_path / "q", "maven", outside)

    assert ["in", outside.as_posix()] == [read_mapping(tmp_path / name / "mapping.toml").options["folder"] for name in ("p", "q")]


def test_a_plugin_brings_its_own(tmp_path: Path) -> None:
    """Starting projects come from sources, built in or not."""
    own = Source("own", {"en": "Own"}, open_folder, {"mapping.toml": 'folder = "data"\n'})

    init(tmp_path, "own", sources=[*builtin_sources, own])

    assert 'folder = "data"\n' == (tmp_path / "mapping.toml").read_text()


def test_csv_guesses_a_mapping_that_loads(tmp_path: Path) -> None:
    """Tables, columns and unambiguous dates are recognised; the rest is left as a comment."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "Opportunities.csv").write_text("OpportunityID,Owner,Stage,Amount,Close Date,Colour\nA1,Ann,Won,5,31.12.2024,red\n")
    (data / "tickets.csv").write_text("id,status,opened_at\nT1,open,2024-01-02\n")
    (data / "zzz.csv").write_text("qqq\n1\n")

    init(tmp_path, "csv")
    report = load(tmp_path / "mapping.toml", tmp_path / "facts.duckdb")

    text = (tmp_path / "mapping.toml").read_text("utf-8")
    assert [("opportunity", 1), ("ticket", 1)] == [(table.fact, table.rows_loaded) for table in report.tables]
    assert 'closed_at = { column = "Close Date", date = "%d.%m.%Y" }' in text
    assert "# not used: Colour" in text
    assert "# zzz.csv: no canonical table comes close" in text


def test_csv_does_not_decide_between_day_and_month(tmp_path: Path) -> None:
    """Where both fit, a person has to say which."""
    (tmp_path / "deals.csv").write_text("opportunity_id,close_date\n1,03/02/2024\n")

    init(tmp_path / "p", "csv", tmp_path)

    text = (tmp_path / "p" / "mapping.toml").read_text("utf-8")
    assert '# closed_at = { column = "close_date", date = "..." } # either of %m/%d/%Y, %d/%m/%Y' in text


def test_csv_without_data(tmp_path: Path) -> None:
    """There must be something to guess from, and nothing is written otherwise."""
    with pytest.raises(SourceError, match="must be a folder with data files"):
        init(tmp_path / "p", "csv")

    assert [] == list(tmp_path.iterdir())
