"""Customer value on the purchases of 23,570 buyers of compact discs, against reference values computed without kpicore."""

from __future__ import annotations

import json
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

import kpicore_value
from kpicore.pipeline import measure
from kpicore.sources import load
from kpicore.testing import check_plugin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

ALL = "1997-01-01/1998-07-01"
Given: TypeAlias = "Mapping[str, Mapping[str, object]] | None"


@pytest.fixture(scope="module")
def oracle(shared_data: Path) -> Any:
    """Return the reference values."""
    return json.loads((shared_data / "cdnow" / "oracle.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def measured(shared_data: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., float]:
    """Return a function that gives a metric of the whole."""
    database = tmp_path_factory.mktemp("cdnow") / "facts.duckdb"
    load(root / "tests/data/mappings/cdnow.toml", database, folder=shared_data / "cdnow")

    def get(metric: str, period: str = ALL, parameters: Given = None) -> float:
        matrix = measure(metrics=[metric], facts=database, period=period, by="all", registry=check_plugin(kpicore_value, parameters))
        return float(matrix.cell(metric).value[0, 0])

    return get


def test_value_to_date(measured: Callable[..., float], oracle: Any) -> None:
    """All that was paid, per customer; and how often who bought at all bought, two purchases on one day being two."""
    master = oracle["master"]

    assert master["amount"] / master["customers"] == pytest.approx(measured("value.clv_historic"))
    assert master["rows"] / master["customers"] == pytest.approx(measured("value.purchase_frequency"))


def test_retention_by_purchase(measured: Callable[..., float], shared_data: Path) -> None:
    """Of those who bought in the half year before July 1997, who did in that before October: counted line by line."""
    rows = [line.split()[:2] for line in (shared_data / "cdnow" / "CDNOW_master.txt").read_text("ascii").splitlines() if line[:1] != "c"]
    given = {"value.retention_rate": {"activity": "purchase", "window_days": 92}}
    before = {who for who, day in rows if "19970331" <= day < "19970701"}
    after = {who for who, day in rows if "19970701" <= day < "19971001"}

    assert len(before & after) / len(before) == pytest.approx(measured("value.retention_rate", "1997-Q3", given))


def test_expected_value(measured: Callable[..., float], capsys: pytest.CaptureFixture[str]) -> None:
    """All customers are fitted and valued in seconds; a year is worth less at a higher discount, and less than two half years."""
    began = perf_counter()
    year = measured("value.clv")
    with capsys.disabled():
        print(f"\n23,570 customers: mean expected value {year:.2f}, in {perf_counter() - began:.1f} s")  # noqa: T201  # told, not tested
    half = measured("value.clv", parameters={"value.clv": {"horizon_months": 6}})
    dear = measured("value.clv", parameters={"value.clv": {"discount": 0.5}})

    assert half < year < 2 * half
    assert half < dear < year
