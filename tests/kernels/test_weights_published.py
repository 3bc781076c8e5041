"""Published and reference weights; they need the shared data beside the repository."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kpicore.errors import ScorecardError
from kpicore.kernels import ahp, association, data_weights, judges, loss_weights, normalise, optimise, rank, review, weight

if TYPE_CHECKING:
    from pathlib import Path

PUBLISHED = [
    ("entropy_elsayed2017", lambda x, _: data_weights.entropy(x)),
    ("std_jahan2013", lambda x, _: data_weights.standard_deviation(x)),
    ("critic_diakoulaki1995", data_weights.critic),
    ("critic_tus2019", data_weights.critic),
    ("merec_keshavarz2021", loss_weights.merec),
    ("cilos_zavadskas2016", loss_weights.cilos),
    ("idocriw_zavadskas2016", loss_weights.idocriw),
    ("ahp_wang2011", lambda x, _: ahp.principal_eigenvector(x)[0]),
    ("rancom_wieckowski2023", lambda x, _: judges.rancom(x)),
]
DIMENSIONS = ["Physical", "ConEcFin", "Political", "Instit", "P2P", "Environ", "Social", "SusEcFin"]


@pytest.fixture(scope="module")
def scoring(shared_data: Path) -> Path:
    """Return the folder of the reference results."""
    return shared_data / "scoring"


def rows_of(path: Path) -> list[dict[str, str]]:
    """Read a table."""
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def asem(scoring: Path, codes: list[str]) -> np.ndarray:
    """Read columns of the aggregated ASEM scores, 51 countries."""
    return np.array([[float(row[code]) for code in codes] for row in rows_of(scoring / "coinr/dset_Aggregated.csv")])


def level(scoring: Path, number: int) -> tuple[list[str], np.ndarray, dict[str, np.ndarray]]:
    """Return codes, values and reference figures of one level of the ASEM index."""
    wanted = [row for row in rows_of(scoring / "coinr/effective_weights_asem.csv") if row["level"] == str(number)]
    codes = [row["code"] for row in wanted]
    return (
        codes,
        asem(scoring, codes),
        {key: np.array([float(row[key]) for row in wanted]) for key in wanted[0] if key not in ("level", "code")},
    )


@pytest.mark.parametrize(("name", "function"), PUBLISHED, ids=[name for name, _ in PUBLISHED])
def test_worked_examples(scoring: Path, name: str, function: Any) -> None:
    """The papers' own examples, to the digits that they print."""
    example = {each["id"]: each for each in json.loads((scoring / "mcdm/weights_published.json").read_text(encoding="utf-8"))}[name]
    matrix = np.array(example["matrix"], dtype=float)
    directions = np.array(example.get("directions", [1] * matrix.shape[1]), dtype=float)

    assert np.abs(function(matrix, directions) - example["expected"]).max() <= example["atol"]


def test_asem_path_weights(scoring: Path) -> None:
    """60 nodes on four levels, as COINr multiplies them."""
    meta = [row for row in rows_of(scoring / "coinr/ASEM_iMeta.csv") if row["Type"] in ("Indicator", "Aggregate")]
    at = {row["iCode"]: index for index, row in enumerate(meta)}
    parents = np.array([at.get(row["Parent"], -1) for row in meta])

    path = weight.path_weights(np.array([float(row["Weight"]) for row in meta]), parents)

    wanted = {row["iCode"]: float(row["EffWeight"]) for row in rows_of(scoring / "coinr/eff_weights.csv")}
    assert 60 == len(wanted)
    assert pytest.approx([wanted[row["iCode"]] for row in meta], rel=1e-10) == path


@pytest.mark.parametrize("number", [1, 2, 3])
def test_asem_weights_review(scoring: Path, number: int) -> None:
    """Covariance share, r and r^2 of 49 indicators, 8 dimensions and 2 sub-indices; shares sum to 1 on each level."""
    codes, values, wanted = level(scoring, number)
    score = asem(scoring, ["Index"])[:, 0]

    share = review.covariance_share(values * wanted["nominal_path_weight"])
    r = review.score_correlation(values, score)

    assert {1: 49, 2: 8, 3: 2}[number] == len(codes)
    assert pytest.approx(1.0, abs=1e-12) == share.sum()
    assert np.allclose(share, wanted["covariance_share"], rtol=0, atol=1e-10)
    assert np.allclose(r, wanted["pearson_r"], rtol=0, atol=1e-10)
    assert np.allclose(r**2, wanted["r2"], rtol=0, atol=1e-10)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_asem_correlations(scoring: Path, number: int) -> None:
    """Each node of a level with the index."""
    wanted = {row["Var2"]: float(row["Correlation"]) for row in rows_of(scoring / f"coinr/corr_L{number}_L4.csv")}

    r = association.correlation(asem(scoring, [*wanted, "Index"]))

    assert np.allclose(r[-1, :-1], list(wanted.values()), rtol=0, atol=1e-9)


def test_asem_flags(scoring: Path) -> None:
    """Nominal 16.7 % each, three dimensions decide 3.1, 32.4 and 0.4 %; of 50 : 50 there is 64 : 36."""
    codes, values, wanted = level(scoring, 2)
    nominal = wanted["nominal_path_weight"]
    share = review.covariance_share(values * nominal)

    flagged = {code for code, is_flagged in zip(codes, review.out_of_proportion(share, nominal), strict=True) if is_flagged}
    assert {"Environ", "SusEcFin"} == flagged
    assert not review.works_against(share).any()
    assert "SusEcFin" == codes[review.largest_gap(share, nominal)[0]]
    assert [True, False] == review.dominates(level(scoring, 3)[2]["covariance_share"]).tolist()


def test_asem_principal_components(scoring: Path) -> None:
    """The loadings within each sub-index, up to their sign."""
    wanted = {row["iCode"]: float(row["Weight"]) for row in rows_of(scoring / "coinr/pca_weights_L2.csv")}

    for codes in (DIMENSIONS[:5], DIMENSIONS[5:]):
        loadings, _ = data_weights.pca_loadings(asem(scoring, codes))
        reference = np.array([wanted[code] for code in codes])
        assert np.allclose(loadings * np.sign(loadings[0] * reference[0]), reference, rtol=0, atol=1e-9)


def test_asem_weights_for_equal_importance(scoring: Path) -> None:
    """Two sub-indices: as COINr, and by the closed form sd_2 / (sd_1 + sd_2)."""
    values, half = asem(scoring, ["Conn", "Sust"]), np.array([0.5, 0.5])
    wanted = [float(row["OptWeight"]) for row in rows_of(scoring / "coinr/opt_weights_equal_L3.csv")]

    came = optimise.optimised(values, half, half, maximum_move=0.15)

    assert pytest.approx(0.38531660467, abs=1e-8) == came.weights[0]
    assert np.allclose(came.weights, wanted, rtol=0, atol=1e-8)
    assert pytest.approx([0.5, 0.5]) == came.share


def test_asem_importance_out_of_reach_is_refused(scoring: Path) -> None:
    """For 1 to 2 COINr returns a weight of -0.10: here the limit holds and the rest is told, and without a limit no weight is below 0."""
    values, half = asem(scoring, ["Conn", "Sust"]), np.array([0.5, 0.5])

    with pytest.raises(ScorecardError, match=r"no weights within 0\.1 of the present ones"):
        optimise.optimised(values, np.array([1.0, 2.0]), half)

    assert pytest.approx([0.4, 0.6]) == optimise.approach(values, np.array([1.0, 2.0]), half).weights
    free = optimise.optimised(values, np.array([1.0, 2.0]), half, maximum_move=1.0)
    assert (free.weights > 0.2).all()
    assert pytest.approx([1 / 3, 2 / 3]) == free.share


def test_asem_importance_of_eight_dimensions(scoring: Path) -> None:
    """COINr reports success with negative weights and shares from 0.008 to 0.198; here all eighths are reached, or refused."""
    values, equal = asem(scoring, DIMENSIONS), np.ones(8)

    free = optimise.optimised(values, equal, equal, maximum_move=1.0)

    assert (free.weights > 0.05).all()
    assert pytest.approx([0.125] * 8, abs=1e-9) == free.share
    with pytest.raises(ScorecardError, match=r"the closest miss by 0\.092\); allow a move of 0\.201"):
        optimise.optimised(values, equal, equal, maximum_move=0.1)
    near = optimise.approach(values, equal, equal, maximum_move=0.1)
    assert np.abs(near.weights - 0.125).max() <= 0.1 + 1e-12
    assert (near.weights >= 0).all()
    assert pytest.approx(np.abs(near.share - 0.125).max()) == near.residual


def test_ahp_of_the_oecd_handbook(scoring: Path) -> None:
    """Eight indicators of the technology achievement index: eigenvector, lambda and consistency ratio."""
    comparisons = np.array([[float(cell) for key, cell in row.items() if key] for row in rows_of(scoring / "tai/table20_ahp_matrix.csv")])

    weights, lambda_max = ahp.principal_eigenvector(comparisons)

    assert np.allclose(weights, [0.2291, 0.1346, 0.0594, 0.1761, 0.0385, 0.0385, 0.2522, 0.0715], rtol=0, atol=5e-5)
    assert pytest.approx(8.2111, abs=5e-5) == lambda_max
    assert pytest.approx(0.021, abs=5e-4) == ahp.consistency_ratio(lambda_max, 8)
    assert ahp.consistency_ratio(lambda_max, 8) < ahp.CONSISTENT


@pytest.mark.parametrize(("name", "equal"), [("EW", 23), ("BAP", 23), ("FA", 19), ("AHP", 20)])
def test_ranks_of_the_technology_achievement_index(scoring: Path, name: str, equal: int) -> None:
    """23 countries under four sets of weights; the handbook prints weights to two digits, so that some ranks move by up to two."""
    posts = {row[""]: (float(row["lo"]), float(row["hi"])) for row in rows_of(scoring / "tai/hdr2001_goalposts.csv")}
    raw = rows_of(scoring / "tai/tai_raw_23.csv")
    weights = {row[""]: np.array([float(row[code]) for code in posts]) for row in rows_of(scoring / "tai/table22_weights.csv")}
    columns = [normalise.min_max(np.array([float(row[code]) for row in raw]), *posts[code]) for code in posts]
    share, _ = normalise.clip(np.column_stack(columns))
    wanted = {row["country"]: int(row[name]) for row in rows_of(scoring / "tai/table23_ranks_by_weighting.csv")}

    came = rank.rank(share @ weight.declared(weights[name]))

    shift = np.abs(came - [wanted[row["country"]] for row in raw])
    assert equal == (shift == 0).sum()
    assert shift.max() <= 2
