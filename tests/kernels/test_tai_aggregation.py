"""The Technology Achievement Index and the worked examples of the OECD/JRC Handbook: linear and geometric aggregation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scoring_data import Table

from kpicore.kernels import aggregate, normalise, rank

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    """Return where the tables of the Handbook are."""
    return shared_data / "scoring" / "tai"


def ranks(points: FloatArray) -> list[int]:
    """Return the ranks of what an aggregate makes of equal weights."""
    return [int(place) for place in rank.rank(np.round(aggregate.score(points), 9))]


def test_linear_and_geometric_ranks(folder: Path) -> None:
    """Table 38: 23 of 23 countries, linear on goalposts, and geometric on the raw values, for which units do not matter."""
    raw, posts = Table.read(folder / "tai_raw_23.csv"), Table.read(folder / "hdr2001_goalposts.csv")
    published = Table.read(folder / "table38_ranks_by_aggregation.csv")
    names = posts.columns[""]
    order = [raw.columns["country"].index(country) for country in published.columns["country"]]
    values = raw.numbers(names)[order]
    low, high = posts.column("lo"), posts.column("hi")
    share, _ = normalise.clip(np.stack([normalise.min_max(values[:, at], low[at], high[at]) for at in range(len(names))], axis=1))
    even = np.full(values.shape, 1 / len(names))

    assert published.column("LIN").tolist() == ranks(aggregate.arithmetic(share, even))
    by_best = values / values.max(axis=0)
    assert published.column("GME").tolist() == ranks(aggregate.geometric(by_best, even, floor=1e-6))


def test_what_a_weakness_costs(folder: Path) -> None:
    """Page 104: (21, 1, 1, 1) and (6, 6, 6, 6) have the same sum; a geometric mean sees the ones, and rewards mending one of them."""
    example = json.loads((folder / "social_choice_textbook.json").read_text(encoding="utf-8"))["geometric_vs_arithmetic"]
    rows = np.array([example["a"], example["b"]], dtype=np.float64) / 100
    even, better = np.full(rows.shape, 0.25), rows + np.array([0, 0.01, 0, 0])

    assert pytest.approx(example["arith"]) == aggregate.score(aggregate.arithmetic(rows, even)).tolist()
    assert pytest.approx(example["geom"], abs=example["atol"]) == aggregate.score(aggregate.geometric(rows, even)).tolist()
    after = aggregate.score(aggregate.geometric(better, even)).tolist()
    assert pytest.approx(list(example["after_plus_one_on_second"].values()), abs=example["atol"]) == after
