"""Published indices, recomputed with the kernels: OECD/JRC Handbook 2008 (TAI, table 15) and the Human Development Index 2022."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scoring_data import Table

from kpicore.kernels import aggregate, distance, normalise, ordinal
from kpicore.kernels.rank import rank

if TYPE_CHECKING:
    from pathlib import Path

CATEGORIES = ([5.0, 15.0, 35.0, 65.0, 85.0, 95.0], [0.0, 20.0, 40.0, 50.0, 60.0, 80.0, 100.0])
"""Percentiles at which the categorical scale of table 15 steps up, and what it gives."""
SCHOOLING = {
    "z": lambda x: normalise.z_score(x, x.mean(), x.std(ddof=1)),
    "minmax": lambda x: normalise.min_max(x, x.min(), x.max()),
    "ratio_mean": lambda x: distance.ratio_to(x, x.mean()),
    "ratio_best": lambda x: distance.ratio_to(x, x.max()),
    "ratio_worst": lambda x: distance.ratio_to(x, x.min()),
    "diff_mean": lambda x: distance.difference_to(x, x.mean()),
    "diff_worst": lambda x: distance.difference_to(x, x.min()),
}


@pytest.fixture(scope="module")
def schooling(shared_data: Path) -> Table:
    """Read table 15: the mean years of schooling of 23 countries, normalised in ten ways."""
    return Table.read(shared_data / "scoring" / "tai" / "table15_normalisations_schooling.csv")


@pytest.mark.parametrize("name", SCHOOLING)
def test_table_15_on_continuous_scales(schooling: Table, name: str) -> None:
    """To half a unit of the second digit."""
    actual = SCHOOLING[name](schooling.column("schooling"))

    assert np.abs(schooling.column(name) - actual).max() <= 0.005 + 1e-9


def test_table_15_by_order(schooling: Table) -> None:
    """Ranks with the smallest one for ties, percentiles rank / n, seven categories, and 20 % above or below the mean."""
    x = schooling.column("schooling")
    percentile = 100 * ordinal.ranks(x) / x.size

    assert schooling.column("rank_asc").tolist() == ordinal.ranks(x).tolist()
    assert np.abs(schooling.column("percentile") - percentile).max() <= 0.05 + 1e-9
    assert schooling.column("categorical").tolist() == ordinal.steps(percentile, *CATEGORIES).tolist()
    assert schooling.column("above_below_p20").tolist() == distance.above_or_below(x, x.mean(), 0.2).tolist()


def test_technology_achievement_index(shared_data: Path) -> None:
    """Goalposts over 72 countries, logarithms capped at the OECD's mean, equal weights: all 23 ranks, and the printed values."""
    folder = shared_data / "scoring" / "tai"
    raw, posts = Table.read(folder / "tai_raw_23.csv"), Table.read(folder / "hdr2001_goalposts.csv")
    share = normalise.min_max(raw.numbers(posts.columns[""]), posts.column("lo"), posts.column("hi"))

    index = aggregate.score(aggregate.arithmetic(normalise.clip(share)[0], np.full(share.shape, 1 / 8))) / 100

    published = Table.read(folder / "table23_ranks_by_weighting.csv")
    ranks = dict(zip(published.columns["country"], published.column("EW"), strict=True))
    assert ranks == dict(zip(raw.columns["country"], rank(index), strict=True))
    assert [0.74, 0.73, 0.70] == np.round(index[:3], 2).tolist()


def test_human_development_index(shared_data: Path) -> None:
    """Geometric mean of health, education and income between their goalposts: all countries to 3 decimals, and all ranks."""
    data = Table.read(shared_data / "scoring" / "hdi_2022.csv")
    le, eys, mys, income = (data.column(name) for name in ("le", "eys", "mys", "gnipc"))

    def share(values: normalise.FloatArray, worst: float, best: float) -> normalise.FloatArray:
        return normalise.clip(normalise.min_max(values, worst, best))[0]

    education = (share(eys, 0.0, 18.0) + share(mys, 0.0, 15.0)) / 2
    three = np.column_stack([share(le, 20.0, 85.0), education, normalise.clip(normalise.log_min_max(income, 100.0, 75000.0))[0]])
    hdi = np.round(aggregate.score(aggregate.geometric(three, np.full(three.shape, 1 / 3))) / 100, 3)

    known = ~np.isnan(data.column("hdi_rank"))
    assert 193 == known.sum()
    assert data.column("hdi")[known].tolist() == hdi[known].tolist()
    assert data.column("hdi_rank")[known].tolist() == rank(hdi[known]).tolist()
