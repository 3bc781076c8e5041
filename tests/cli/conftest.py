"""A small project on disk, loaded once, and a way to run the command line in process."""

from __future__ import annotations

import json
from shutil import copytree
from typing import TYPE_CHECKING, Any

import pytest
from attrs import frozen

from kpicore.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@frozen
class Said:
    """What a command returned and printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The payload, which must be one JSON object."""
        return json.loads(self.out)


@pytest.fixture
def kpicore(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Return a function that runs a command line."""

    def run(*arguments: object) -> Said:
        code = main([str(each) for each in arguments])
        printed = capsys.readouterr()
        return Said(code, printed.out, printed.err)

    return run


PROJECT = """
schema = "kpicore.project/1"
name = "Small"
time_zone = "Asia/Shanghai"
currency = "CNY"
"""

MAPPING = """
schema = "kpicore.mapping/1"
[source]
folder = "data"
[[table]]
fact = "employee"
from = "people.csv"
[table.columns]
employee_id = "id"
name = "name"
[[table]]
fact = "assignment"
from = "people.csv"
[table.columns]
assignment_id = "id"
employee_id = "id"
role = { constant = "seller" }
team = "team"
[[table]]
fact = "opportunity"
from = "deals.csv"
[table.columns]
opportunity_id = "deal"
owner_id = "owner"
created_at = { column = "begun", date = "%Y-%m-%d" }
closed_at = { column = "closed", date = "%Y-%m-%d" }
is_closed = { column = "status", map = { won = true, lost = true, open = false } }
is_won = { column = "status", map = { won = true, lost = false, open = false } }
amount = "amount"
"""

SCORECARD = """
schema = "kpicore.scorecard/1"
role = "seller"
title = { en = "Seller", zh = "销售" }
period = "quarter"
[[metric]]
use = "sales.win_rate"
weight = 60
normalise = { by = "target", floor = 0.0, target = 1.0 }
[[metric]]
use = "sales.revenue_won"
weight = 40
normalise = { by = "target", floor = 0, target = 400 }
[[band]]
from = 0
name = "low"
[[band]]
from = 50
name = "high"
"""

PEOPLE = "id,name,team\n007,Ann Li,north\n008,Bob Wu,south\n009,Cyd Xu,south\n"

DEALS = """deal,owner,begun,closed,status,amount
d1,007,2024-01-02,2024-02-01,won,100
d2,007,2024-01-02,2024-02-02,won,200
d3,007,2024-01-02,2024-02-03,lost,50
d4,008,2024-01-02,2024-02-04,lost,70
d5,008,2024-03-02,2024-02-04,won,70
d6,007,2024-01-02,,open,10
"""


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a loaded project; tests that change it take `project` instead."""
    folder = tmp_path_factory.mktemp("small")
    files = {"kpicore.toml": PROJECT, "mapping.toml": MAPPING, "scorecards/seller.toml": SCORECARD}
    for name, text in {**files, "data/people.csv": PEOPLE, "data/deals.csv": DEALS}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    assert main(["load", str(folder), "--json"]) == 0
    return folder


@pytest.fixture
def project(loaded: Path, tmp_path: Path) -> Path:
    """Return a copy of the loaded project."""
    return copytree(loaded, tmp_path / "project")
