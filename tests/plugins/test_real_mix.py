"""The mix of cases of public data, against a count of the files in plain Python."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

import kpicore_sales
from kpicore import registry
from kpicore.model.period import parse
from kpicore.query.database import open_facts
from kpicore.query.mix import measure_mixes
from kpicore.query.run import Request, measure
from kpicore.sources import load

if TYPE_CHECKING:
    from pathlib import Path

    from kpicore.model.casemix import CaseMix

PERIOD = parse("2016-10-01/2018-01-01")
RATE, VALUE, CYCLE = "sales.win_rate", "sales.average_won_value", "sales.cycle_time"
BY = {RATE: ["customer.industry", "opportunity.product_id"], VALUE: ["product.category"], CYCLE: ["customer.industry"]}


@pytest.fixture(scope="module")
def mixes(shared_data: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, CaseMix]:
    """Return the mixes of all agents over the whole time, checked against what is measured without classes."""
    database = tmp_path_factory.mktemp("maven") / "facts.duckdb"
    load(root / "tests/data/mappings/maven_crm.toml", database, folder=shared_data / "maven_crm")
    metrics = registry.load(plugins=[kpicore_sales], entry_points=False).metrics
    request = Request(metrics, tuple(BY), (PERIOD,), role="account_executive")
    with open_facts(database) as facts:
        matrix = measure(facts, request).matrix
        found = measure_mixes(facts, request, BY, matrix.subjects)
    assert {} == found.why
    for name, mix in found.found.items():
        assert mix.raw() == pytest.approx(matrix.cell(name).value[:, 0], nan_ok=True)
    return dict(found.found)


@pytest.fixture(scope="module")
def deals(shared_data: Path) -> list[dict[str, str]]:
    """Return the closed deals with the sector of the account; the sector of an unknown account is empty."""
    with (shared_data / "maven_crm/accounts.csv").open(encoding="utf-8") as file:
        sectors = {row["account"]: row["sector"] for row in csv.DictReader(file)}
    with (shared_data / "maven_crm/sales_pipeline.csv").open(encoding="utf-8") as file:
        closed = [row for row in csv.DictReader(file) if row["deal_stage"] in ("Won", "Lost")]
    return [{**row, "sector": sectors.get(row["account"], "")} for row in closed]


def test_win_rate_by_sector_and_product(mixes: dict[str, CaseMix], deals: list[dict[str, str]]) -> None:
    """4,238 won of 6,711 closed, every agent, sector and product as the file has them."""
    mix = mixes[RATE]

    assert (4238, 6711) == (mix.amount.sum(), mix.exposure.sum())
    for array, rows in ((mix.exposure, deals), (mix.amount, [row for row in deals if row["deal_stage"] == "Won"])):
        expected = Counter((row["sales_agent"], row["sector"] or None, row["product"]) for row in rows)
        found = {(mix.subjects[who], *mix.classes[at]): array[who, at] for who, at in zip(*np.nonzero(array), strict=True)}
        assert expected == found


def test_no_deal_was_closed_before(mixes: dict[str, CaseMix]) -> None:
    """The data begin in the period, so the mix of the period before is empty."""
    assert [0.0] * len(mixes) == [0.0 if mix.before is None else float(mix.before.sum()) for mix in mixes.values()]


def test_value_and_cycle_add_up(mixes: dict[str, CaseMix]) -> None:
    """The amounts won are 10,005,534 over all series, the unlisted one included; 51.78 days is the mean over all sectors."""
    assert 10_005_534 == pytest.approx(mixes[VALUE].amount.sum())
    assert (None,) == mixes[VALUE].classes[-1]
    assert 51.781973 == pytest.approx(mixes[CYCLE].amount.sum() / mixes[CYCLE].exposure.sum(), abs=5.1e-7)
