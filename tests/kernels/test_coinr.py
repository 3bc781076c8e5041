"""From raw data to normalised: the ASEM portal's 51 countries and 49 indicators, as COINr computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from attrs import frozen
from scoring_data import Table

from kpicore.kernels import distance, impute, normalise, ordinal, treat
from kpicore.kernels.estimate import ratio

if TYPE_CHECKING:
    from pathlib import Path

    from scoring_data import FloatArray

REFERENCE = 4
"""The row of the reference country."""


@frozen(eq=False)
class Asem:
    """The data set: indicators in the order of COINr's tables, countries by code."""

    folder: Path
    meta: Table
    codes: list[str]
    sign: FloatArray
    """(indicators,), -1 where lower is better."""
    target: FloatArray

    def table(self, name: str) -> FloatArray:
        """Return the indicators of one of COINr's tables, (countries, indicators)."""
        return Table.read(self.folder / f"{name}.csv").numbers(self.codes)

    @property
    def directed(self) -> FloatArray:
        """The raw indicators, negated where lower is better."""
        return self.table("dset_Raw") * self.sign


@pytest.fixture(scope="module")
def asem(shared_data: Path) -> Asem:
    """Read what describes the data set."""
    folder = shared_data / "scoring" / "coinr"
    meta = Table.read(folder / "ASEM_iMeta.csv")
    codes = [name for name in Table.read(folder / "norm_n_minmax.csv").columns if name != "uCode"]
    row = [meta.columns["iCode"].index(code) for code in codes]
    return Asem(folder, meta, codes, meta.column("Direction")[row], meta.column("Target")[row])


def spread(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the least and the greatest value of each indicator."""
    return np.nanmin(values, axis=0), np.nanmax(values, axis=0)


def same(expected: FloatArray, actual: FloatArray, tolerance: float = 1e-12) -> None:
    """Fail unless both have gaps in the same places and are equal elsewhere."""
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance, equal_nan=True)


def test_range(asem: Asem) -> None:
    """Range from 0 to 100, and from 1 to 100; COINr's `scaled` with its own bounds changes nothing."""
    x = asem.directed
    share = normalise.min_max(x, *spread(x))

    same(asem.table("norm_n_minmax"), 100 * share)
    same(asem.table("norm_minmax_1_100"), 1 + 99 * share)
    same(asem.table("norm_n_scaled"), 100 * normalise.min_max(x, 0.0, 100.0))


def test_z_score(asem: Asem) -> None:
    """Standard deviations with n - 1."""
    x = asem.directed

    same(asem.table("norm_n_zscore"), normalise.z_score(x, np.nanmean(x, axis=0), np.nanstd(x, axis=0, ddof=1)))


def test_distances(asem: Asem) -> None:
    """Distance to the maximum, to the targets of the data set, and to the fifth country with a cap."""
    x = asem.directed
    low, high = spread(x)

    same(asem.table("norm_n_dist2max"), distance.distance(x, high, low))
    same(asem.table("norm_n_dist2targ_iMeta"), distance.distance(x, asem.target * asem.sign, low))
    same(asem.table("norm_n_dist2ref_iref5_cap"), distance.distance(x, x[REFERENCE], low, cap=True))


def test_fraction_of_maximum(asem: Asem) -> None:
    """As computed there where higher is better; where lower is, the best country gets the highest share and not the lowest."""
    expected, x = asem.table("norm_n_fracmax"), asem.table("dset_Raw")
    higher, lower = asem.sign > 0, asem.sign < 0
    maximum = np.nanmax(x, axis=0)

    same(expected[:, higher], distance.fraction_of_maximum(x[:, higher], maximum[higher]))
    share = distance.fraction_of_maximum(x[:, lower], maximum[lower], -1.0)
    assert np.nanargmin(x[:, lower], axis=0).tolist() == np.nanargmax(share, axis=0).tolist()


def test_order(asem: Asem) -> None:
    """Ranks, Borda counts and percentile ranks, ties with the smallest rank."""
    x = asem.directed

    same(asem.table("norm_n_rank"), ordinal.ranks(x))
    same(asem.table("norm_n_borda"), ordinal.borda(x))
    same(asem.table("norm_n_prank"), ordinal.percentile_rank(x))


def test_imputation(asem: Asem) -> None:
    """Mean, median, and mean of the countries with a similar GDP."""
    raw = asem.table("dset_Raw")
    group = groups(asem, "GDP_group")

    same(asem.table("imp_i_mean"), impute.fill(raw, impute.mean(raw)))
    same(asem.table("imp_i_median"), impute.fill(raw, impute.median(raw)))
    same(asem.table("imp_i_mean_grp_GDP"), impute.fill(raw, impute.group_means(raw, group)[group]))


def groups(asem: Asem, name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the index of each country's group, in the order of COINr's tables."""
    data = Table.read(asem.folder / "ASEM_iData.csv")
    of = dict(zip(data.columns["uCode"], data.columns[name], strict=True))
    names = [of[code] for code in Table.read(asem.folder / "dset_Raw.csv").columns["uCode"]]
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def test_shape_of_the_raw_data(asem: Asem) -> None:
    """Skewness, kurtosis and the share of gaps, printed to three digits."""
    raw, stats = asem.table("dset_Raw"), Table.read(asem.folder / "stats_raw.csv")

    assert asem.codes == stats.columns["iCode"]
    for name, actual in (("Skew", treat.skewness(raw)), ("Kurt", treat.kurtosis(raw)), ("Frc.Avail", impute.availability(raw.T))):
        expected = stats.column(name)
        assert (np.abs(actual - expected) <= np.maximum(np.abs(expected), 1e-3) * 5.1e-3).all(), name


def test_chain_from_raw_to_treated(asem: Asem) -> None:
    """Denominate, impute by continent, screen, treat: each step from the result of the one before."""
    raw = asem.table("dset_Raw")
    denominated = ratio(raw, denominators(asem))
    group = groups(asem, "EurAsia_group")
    imputed = impute.fill(denominated, impute.group_means(denominated, group)[group])
    screened = imputed[impute.availability(imputed) >= 0.9]
    treated = np.column_stack([treat.treat(column, treat.outlier_treatment(column)) for column in screened.T])

    same(asem.table("dset_Denominated"), denominated, 1e-10)
    same(asem.table("dset_Imputed"), imputed, 1e-10)
    same(asem.table("dset_Screened"), screened, 1e-10)
    same(asem.table("dset_Treated"), treated, 1e-10)
    directed = treated * asem.sign
    normalised = 100 * normalise.min_max(directed, *spread(directed))
    same(asem.table("dset_Normalised"), normalised, 1e-10)
    same(index_of(asem), overall(asem, normalised), 1e-10)


def denominators(asem: Asem) -> FloatArray:
    """Return what each indicator of each country is divided by, 1 where by nothing."""
    data = Table.read(asem.folder / "ASEM_iData.csv")
    order = [data.columns["uCode"].index(code) for code in Table.read(asem.folder / "dset_Raw.csv").columns["uCode"]]
    by = dict(zip(asem.meta.columns["iCode"], asem.meta.columns["Denominator"], strict=True))
    ones = np.ones(len(order))
    return np.column_stack([data.column(by[code])[order] if by[code] else ones for code in asem.codes])


def index_of(asem: Asem) -> FloatArray:
    """Return COINr's overall index."""
    return Table.read(asem.folder / "dset_Aggregated.csv").column("Index")


def overall(asem: Asem, normalised: FloatArray) -> FloatArray:
    """Average upwards through the levels, with the weights of the data set."""
    meta = asem.meta.columns
    weight = dict(zip(meta["iCode"], meta["Weight"], strict=True))
    columns = dict(zip(asem.codes, normalised.T, strict=True))
    for level in ("2", "3", "4"):
        for code in [name for name, at in zip(meta["iCode"], meta["Level"], strict=True) if at == level]:
            below = [name for name, parent in zip(meta["iCode"], meta["Parent"], strict=True) if parent == code]
            columns[code] = np.average([columns[name] for name in below], axis=0, weights=[float(weight[name]) for name in below])
    return np.asarray(columns["Index"])


def test_audit_of_the_treatment(asem: Asem) -> None:
    """Which countries were winsorised, on which side, and skewness and kurtosis before and after."""
    details, points = Table.read(asem.folder / "treat_details.csv"), Table.read(asem.folder / "treat_points.csv")
    assert asem.codes == details.columns["iCode"]
    before, after = asem.table("dset_Screened"), asem.table("dset_Treated")

    for at, code in enumerate(asem.codes):
        audit = treat.audit(before[:, at], after[:, at])
        sides = {row: "winhi" if was > now else "winlo" for row, was, now in zip(audit.rows, audit.before, audit.after, strict=True)}
        assert points.columns[code] == [sides.get(row, "") for row in range(len(before))]
        same(details.column("check_SkewKurt0.Skew")[at], np.array(audit.shape_before.skewness), 1e-10)
        same(details.column("check_SkewKurt0.Kurt")[at], np.array(audit.shape_before.kurtosis), 1e-10)
        if audit.rows.size:
            assert details.column("winsorise.nwin")[at] == audit.rows.size
            same(details.column("check_SkewKurt1.Skew")[at], np.array(audit.shape_after.skewness), 1e-10)
            same(details.column("check_SkewKurt1.Kurt")[at], np.array(audit.shape_after.kurtosis), 1e-10)
