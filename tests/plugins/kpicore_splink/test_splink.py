"""The matcher splink: what it offers, what it asks for, and what it finds."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

import kpicore_splink
from kpicore import ConfigError, Matching
from kpicore.testing import check_plugin

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("name", "tax_id", "phone", "email", "domain", "address", "birth_date", "city", "postcode")


def test_the_plugin_is_fit_for_use() -> None:
    """It offers one matcher, without splink being imported."""
    assert ["splink"] == list(check_plugin(kpicore_splink).matchers)


def test_splink_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library the error says what to install."""
    monkeypatch.setitem(sys.modules, "splink", None)

    with pytest.raises(ConfigError, match=r"pip install 'kpicore\[entity\]'"):
        kpicore_splink.links(pa.table({name: pa.array(["x"]) for name in NAMES}), Matching())


def test_too_little_to_learn_from() -> None:
    """Where fewer than two identities differ at all, nothing can be learned and nothing is found."""
    pytest.importorskip("splink")
    nothing = {name: pa.nulls(2, pa.string()) for name in NAMES[1:]}

    left, right = kpicore_splink.links(pa.table({"name": ["a", "b"], **nothing}), Matching())

    assert 0 == len(left) == len(right)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:splink", "ignore::UserWarning:splink")
def test_people_with_typing_errors(shared_data: Path) -> None:
    """Of febrl's first set it finds more than nine in ten true pairs, and hardly a wrong one, the same in every run."""
    pytest.importorskip("splink")
    with (shared_data / "febrl/dataset1.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, skipinitialspace=True))
    given = {
        "name": [f"{row['given_name']} {row['surname']}".strip() or None for row in rows],
        "tax_id": [row["soc_sec_id"] for row in rows],
        "birth_date": [row["date_of_birth"] or None for row in rows],
        "address": [row["address_1"] or None for row in rows],
        "postcode": [row["postcode"] for row in rows],
        "city": [row["suburb"] or None for row in rows],
    }
    table = pa.table({name: pa.array(given.get(name, [None] * len(rows)), pa.string()) for name in NAMES})

    left, right = kpicore_splink.links(table, Matching())
    again = kpicore_splink.links(table, Matching())

    whose = [row["rec_id"].split("-")[1] for row in rows]
    true = sum(whose[a] == whose[b] for a, b in zip(left.tolist(), right.tolist(), strict=True))
    assert true >= 0.99 * len(left)
    assert true >= 450
    assert {*zip(left.tolist(), right.tolist(), strict=True)} == {*zip(again[0].tolist(), again[1].tolist(), strict=True)}
