"""Precision and recall against public data whose true entities are known, from the mapping to customer_entity."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

import duckdb
import pytest

from kpicore.model.matching import Matching
from kpicore.sources import load

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kpicore.sources import LoadReport

SETS = [(f"febrl{number}", f"febrl/dataset{number}.csv") for number in (1, 2, 3)] + [("splink_fake1000", "splink_fake1000/fake_1000.csv")]
PLANS = {("exact",): {"febrl": 0.9, "splink": 0.61}, ("exact", "portfolio"): {"febrl": 0.98, "splink": 0.8}}
"""Matchers -> the least recall that is asked of each kind of set."""


def pairs(entity: Iterable[tuple[str, str]]) -> set[frozenset[str]]:
    """Return the pairs of records that are one entity."""
    members: dict[str, list[str]] = defaultdict(list)
    for record, one in entity:
        members[one].append(record)
    return {frozenset(pair) for each in members.values() for pair in combinations(each, 2)}


def true_pairs(path: Path) -> set[frozenset[str]]:
    """Return the pairs that are true: a febrl record says in its id whose it is, a splink record in its cluster."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, skipinitialspace=True))
    if "cluster" in rows[0]:
        return pairs((row["unique_id"], row["cluster"]) for row in rows)
    return pairs((row["rec_id"], row["rec_id"].split("-")[1]) for row in rows)


def loaded(shared_data: Path, root: Path, database: Path, name: str, file: str, plan: tuple[str, ...]) -> LoadReport:
    """Load a set and match it."""
    folder = (shared_data / file).parent
    return load(root / f"tests/data/mappings/{name}.toml", database, folder=folder, matching=Matching(plan))


@pytest.mark.parametrize("plan", PLANS, ids="+".join)
@pytest.mark.parametrize(("name", "file"), SETS)
def test_precision_and_recall(shared_data: Path, root: Path, tmp_path: Path, name: str, file: str, plan: tuple[str, ...]) -> None:
    """At least 99 of 100 found pairs are true, and at least the stated share of true pairs is found."""
    pytest.importorskip("rapidfuzz")
    database = tmp_path / "facts.duckdb"

    loaded(shared_data, root, database, name, file, plan)

    with duckdb.connect(str(database), read_only=True) as connection:
        found = pairs(connection.execute("SELECT customer_id, entity_id FROM customer_entity").fetchall())
    truth = true_pairs(shared_data / file)
    precision, recall = len(found & truth) / len(found), len(found & truth) / len(truth)
    print(f"{name}, {' + '.join(plan)}: precision {precision:.4f}, recall {recall:.4f}")  # noqa: T201  # what the test measures
    assert precision >= 0.99
    assert recall >= PLANS[plan]["febrl" if name.startswith("febrl") else "splink"]


@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_number_of_entities(shared_data: Path, root: Path, tmp_path: Path, number: str) -> None:
    """The number of entities comes close to the true one."""
    pytest.importorskip("rapidfuzz")
    oracle = json.loads((shared_data / "febrl/oracle.json").read_text("utf-8"))["febrl"][number]
    plan = ("exact", "portfolio")

    report = loaded(shared_data, root, tmp_path / "facts.duckdb", f"febrl{number}", f"febrl/dataset{number}.csv", plan)

    assert report.entities is not None
    assert oracle["records"] == report.entities["records"]
    assert oracle["entities"] == pytest.approx(report.entities["entities"], rel=0.02)
