"""The ASEM indicators, four levels: every aggregate of COINr, and its leave-one-out ranks."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from attrs import frozen
from scoring_data import Table

from kpicore.kernels import aggregate, hierarchy, missing, outrank, rank

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    Aggregate = Callable[[FloatArray, FloatArray], FloatArray]

TOLERANCE = 1e-10
FILES: dict[str, Aggregate] = {
    "agg_a_amean": aggregate.arithmetic,
    "agg_a_gmean": aggregate.geometric,
    "agg_a_hmean": aggregate.harmonic,
    "agg_a_genmean_pm2": partial(aggregate.generalised_mean, power=-2.0),
}


@frozen(eq=False)
class Tree:
    """The hierarchy: names from the indicators up to the index, the number of each one's parent, and all weights 1 as in COINr."""

    levels: tuple[tuple[str, ...], ...]
    parents: tuple[NDArray[np.int64], ...]

    @classmethod
    def read(cls, path: Path) -> Tree:
        """Read names and parents."""
        table = Table.read(path).columns
        rows = list(zip(table["Level"], table["iCode"], table["Parent"], strict=True))
        levels = tuple(tuple(code for level, code, _ in rows if level == str(at)) for at in (1, 2, 3, 4))
        parent = {code: parent for _, code, parent in rows}
        numbers = tuple(np.array([up.index(parent[code]) for code in low]) for low, up in pairwise(levels))
        return cls(levels, numbers)

    def climb(
        self, values: FloatArray, function: Callable[[FloatArray, FloatArray], FloatArray], minimum_coverage: float = 0.0, without: str = ""
    ) -> FloatArray:
        """Return the scores of all aggregates, from 0 to 100, in the order of the levels; `without` leaves one of them out."""
        values, found = values.copy(), []
        for names, parent in zip(self.levels[:-1], self.parents, strict=True):
            present = np.array([0.0 if name == without else 1.0 for name in names])
            weights, points = present / present.sum(), np.full_like(values, np.nan)
            for at in range(parent.max() + 1):
                known = missing.coverage(values[:, parent == at], weights[parent == at]) / weights[parent == at].sum()
                values[np.ix_(np.round(known, 9) < minimum_coverage, parent == at)] = np.nan
            inner, _ = hierarchy.reshare(values, weights, parent)
            for at in range(parent.max() + 1):
                points[:, parent == at] = function(values[:, parent == at], inner[:, parent == at])
            values = hierarchy.subtotals(points, inner, parent)
            found.append(100 * values)
        return np.hstack(found)

    @property
    def aggregates(self) -> list[str]:
        """The names of all levels but the lowest."""
        return [name for level in self.levels[1:] for name in level]


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    """Return where the figures of COINr are."""
    return shared_data / "scoring" / "coinr"


@pytest.fixture(scope="module")
def tree(folder: Path) -> Tree:
    """Return the hierarchy."""
    return Tree.read(folder / "ASEM_iMeta.csv")


def values_of(folder: Path, name: str, tree: Tree) -> FloatArray:
    """Return normalised indicators, 0 to 1, countries by code."""
    return Table.read(folder / f"{name}.csv").numbers(tree.levels[0]) / 100


def published_rank(scores: FloatArray) -> NDArray[np.int64]:
    """Return ranks, of scores that are equal but for rounding the same one."""
    return rank.rank(np.round(scores, 9))


@pytest.mark.parametrize("name", FILES)
def test_means_on_all_levels(name: str, folder: Path, tree: Tree) -> None:
    """Missing cells are skipped, and reshared inside their dimension first; where COINr's power mean is empty, ours is not."""
    expected = Table.read(folder / f"{name}.csv").numbers(tree.aggregates)
    known = ~np.isnan(expected)

    scores = tree.climb(values_of(folder, "norm_minmax_1_100", tree), FILES[name])

    assert pytest.approx(expected[known], rel=TOLERANCE) == scores[known]
    assert np.isfinite(scores).all()
    assert (20 if "genmean" in name else 0) == np.isnan(expected[:, -1]).sum()


def test_a_dimension_with_too_few_values_is_left_out(folder: Path, tree: Tree) -> None:
    """Below nine tenths of its parts a dimension has no score, nor has one of five whose dimensions are left out."""
    expected = Table.read(folder / "agg_a_amean_thresh0.9.csv").numbers(tree.aggregates)

    scores = tree.climb(values_of(folder, "norm_minmax_1_100", tree), aggregate.arithmetic, 0.9)

    assert (np.isnan(expected) == np.isnan(scores)).all()
    assert pytest.approx(expected, rel=TOLERANCE, nan_ok=True) == scores


def test_copeland_on_all_levels(folder: Path, tree: Tree) -> None:
    """After mean imputation; wins less losses among 51 countries. It is called as the means are, which COINr's is not."""
    values = values_of(folder, "norm_minmax_1_100", tree)
    values = np.where(np.isnan(values), np.nanmean(values, axis=0), values)
    expected = Table.read(folder / "agg_a_copeland.csv").numbers(tree.aggregates)

    scores = tree.climb(values, outrank.copeland)

    assert pytest.approx(expected, abs=TOLERANCE) == scores * 2 * 50 / 100 - 50


def test_final_scores_and_ranks(folder: Path, tree: Tree) -> None:
    """The treated and imputed data, arithmetic on all levels, and the ranks of all aggregates."""
    scores = tree.climb(values_of(folder, "dset_Normalised", tree), aggregate.arithmetic)

    assert pytest.approx(Table.read(folder / "dset_Aggregated.csv").numbers(tree.aggregates), rel=TOLERANCE) == scores
    codes = Table.read(folder / "dset_Normalised.csv").columns["uCode"]
    for name, convert in (("results_scores", np.asarray), ("results_ranks", published_rank)):
        table = Table.read(folder / f"{name}.csv")
        order = [codes.index(code) for code in table.columns["uCode"]]
        for at, dimension in enumerate(tree.aggregates):
            assert pytest.approx(table.column(dimension), rel=TOLERANCE) == convert(scores[:, at])[order]


def test_leaving_one_dimension_out(folder: Path, tree: Tree) -> None:
    """Ranks of the index without each of the eight dimensions in turn, and how far they shift on average."""
    values = values_of(folder, "dset_Normalised", tree)
    expected = Table.read(folder / "remove_elements_L2_ranks.csv")
    shifts = Table.read(folder / "remove_elements_L2.csv")
    nominal = expected.column("Nominal")

    for element, shift in zip(shifts.columns["element"], shifts.column("mean_abs_rank_diff"), strict=True):
        ranks = published_rank(tree.climb(values, aggregate.arithmetic, without=element)[:, -1])

        assert expected.column(element).tolist() == ranks.tolist()
        assert pytest.approx(shift, abs=1e-12) == np.abs(ranks - nominal).mean()
