"""Published and reference results; they need the shared data beside the repository."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kpicore import textbook
from kpicore.kernels import aggregate, missing

if TYPE_CHECKING:
    from kpicore.model.offer import Direction

ASEM = Path(__file__).parents[2].parent / "shared/data/scoring/coinr"
pytestmark = pytest.mark.skipif(not ASEM.is_dir(), reason="needs ../shared/data beside the repository")

NORMALISERS = {offer.name: offer for offer in textbook.normalisers()}


def table(name: str) -> dict[str, np.ndarray]:
    """Read the number columns of a file, countries by code."""
    with (ASEM / name).open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["uCode"])
    columns = {}
    for key in rows[0]:
        try:
            columns[key] = np.array([float(row[key]) if row[key] not in ("NA", "") else np.nan for row in rows])
        except ValueError:
            continue
    return columns


def directions() -> dict[str, Direction]:
    """Read the direction of each indicator."""
    with (ASEM / "ASEM_iMeta.csv").open(encoding="utf-8") as file:
        return {row["iCode"]: "lower" if row["Direction"].startswith("-") else "higher" for row in csv.DictReader(file)}


@pytest.mark.parametrize(("name", "file", "scale"), [("min_max", "norm_n_minmax.csv", 100.0), ("percentile", "norm_n_prank.csv", 1.0)])
def test_asem_normalisations(name: str, file: str, scale: float) -> None:
    """49 indicators of 51 countries with 63 gaps, both directions, as COINr has them."""
    wanted, ways, raw = table(file), directions(), table("ASEM_iData.csv")
    codes = [code for code in wanted if code in ways and code in raw]
    offer = NORMALISERS[name]

    assert 49 == len(codes)
    for code in codes:
        posts = offer.fit(raw[code], ways[code], offer.parameters())
        came = scale * offer.apply(raw[code], posts)
        assert np.allclose(came, wanted[code], rtol=1e-12, atol=1e-12, equal_nan=True), code


def test_asem_z_scores() -> None:
    """The middle of the range plus a sixth of COINr's z-score."""
    wanted, ways, raw = table("norm_n_zscore.csv"), directions(), table("ASEM_iData.csv")
    offer = NORMALISERS["z_score"]

    for code in (code for code in wanted if code in ways and code in raw):
        came = offer.apply(raw[code], offer.fit(raw[code], ways[code], offer.parameters()))
        assert np.allclose((came - 0.5) * 6, wanted[code], rtol=1e-9, atol=1e-9, equal_nan=True), code


def test_resharing_is_the_mean_of_what_is_there() -> None:
    """Equal weights over the gaps of ASEM equal numpy's mean without NaN."""
    columns = table("norm_n_minmax.csv")
    share = np.column_stack([columns[code] for code in directions() if code in columns]) / 100
    weights = np.full(share.shape[1], 1 / share.shape[1])

    came = aggregate.score(aggregate.arithmetic(share, missing.reshare(share, weights)))

    assert 63 == np.isnan(share).sum()
    assert pytest.approx(100 * np.nanmean(share, axis=1)) == came
