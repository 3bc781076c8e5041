"""Which choices ranks and bands hang on."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from kpicore.errors import ScorecardError
from kpicore.kernels.rank import rank
from kpicore.model.scorecard import Band, Effect, Gate
from kpicore.scorecard import Sensitivity, prepare, score, sensitivity
from kpicore.scorecard.trial import Trial, weight_sets
from tests.scorecard.cases import OFFERS, card, matrix, to_target

GRADES = [Band(0, "low"), Band(50, "high")]
VALUES: dict[str, list[Any]] = {"x": [90, 70, 50, 30, 10, 60], "y": [10, 80, 20, 60, 40, None], "z": [50, 51, 52, 53, 54, 50]}


def examined(values: dict[str, list[Any]], asked: Any, **how: Any) -> Sensitivity:
    """Score and examine; higher is better."""
    ways = dict.fromkeys(values, "higher")
    prepared = prepare(asked, OFFERS, ways)
    return sensitivity(score(matrix(values), asked, OFFERS, ways), prepared, OFFERS, **how)


THREE = card(to_target("x", 2), to_target("y", 1), to_target("z", 1), bands=GRADES)


def test_a_metric_left_out_by_hand() -> None:
    """Without x, which weighs half, the mean of y and z decides; who has no y is ranked by z."""
    variants = {each.option: each for each in examined(VALUES, THREE).variants if each.choice == "metric left out"}
    x, y, z = (np.array(VALUES[name], dtype=float) for name in "xyz")
    before = np.where(np.isnan(y), (2 * x + z) / 3, (2 * x + y + z) / 4)
    without = np.where(np.isnan(y), z, (y + z) / 2)
    shifts = np.abs(np.subtract(rank(before.round(4)), rank(without.round(4))))

    assert {"x", "y", "z"} == set(variants)
    assert pytest.approx(shifts.mean()) == variants["x"].mean_shift
    assert shifts.max() == variants["x"].max_shift
    assert pytest.approx(((before >= 50) != (without >= 50)).mean()) == variants["x"].band_changes


def test_a_choice_that_changes_nothing_carries_nothing() -> None:
    """One metric by targets: only its normaliser can be chosen, and no normaliser changes an order."""
    came = examined({"x": [90, 70, 50, 30]}, card(to_target("x", 1), aggregate="geometric"))

    assert 0.0 == came.mean_shift
    assert {0.0} == {each.total for each in came.choices}
    assert [(1, 1), (2, 2), (3, 3), (4, 4)] == [(each.rank_low, each.rank_high) for each in came.people]


def test_shares_are_of_what_is_open() -> None:
    """All four choices are open here; the largest total comes first, and one alone is never more than it is with others."""
    came = examined(VALUES, THREE, base=2048)

    assert {"weights", "normaliser", "aggregator", "metric left out"} == {each.name for each in came.choices}
    assert sorted(came.choices, key=lambda each: -each.total) == list(came.choices)
    assert all(each.first <= each.total + 0.1 for each in came.choices)
    assert 0.9 <= sum(each.total for each in came.choices)
    assert 2048 * 6 == came.rankings


def test_the_same_seed_gives_the_same_and_rows_do_not_matter() -> None:
    """Another order of the people gives everybody the same figures."""
    turned = {name: column[::-1] for name, column in VALUES.items()}
    ways = dict.fromkeys(VALUES, "higher")
    prepared = prepare(THREE, OFFERS, ways)
    other = sensitivity(score(matrix(turned, list("fedcba")), THREE, OFFERS, ways), prepared, OFFERS)

    assert examined(VALUES, THREE) == other
    assert examined(VALUES, THREE) != examined(VALUES, THREE, seed=2)


def test_nearer_weights_move_people_less() -> None:
    """A thousandfold concentration leaves nearly every rank where it was."""
    near, far = (examined(VALUES, THREE, concentration=each).variants[0].mean_shift for each in (100_000.0, 10.0))

    assert near < 0.05 < far


def test_ranges_hold_the_published_rank() -> None:
    """Everybody's range contains the rank that was published, and the bands are those that were published."""
    people = examined(VALUES, THREE).people

    assert all(each.rank_low <= each.rank <= each.rank_high for each in people)
    assert [1, 2, 3, 4, 5, 6] == [each.rank for each in people]
    assert {"low", "high"} == {each.band for each in people}
    assert all(0 <= each.band_changes <= 1 for each in people)


def test_options_declared_are_the_published_scores() -> None:
    """With the first option of every choice, the trial is the scoring itself, gates included."""
    asked = attrs.evolve(THREE, gates=[Gate("y", Effect("few", cap=30), below=30)], missing="neutral")
    ways = dict.fromkeys(VALUES, "higher")
    scored, prepared = score(matrix(VALUES), asked, OFFERS, ways), prepare(asked, OFFERS, ways)
    trial = Trial.of(scored, prepared, OFFERS, weight_sets(scored, 100.0, 5, 1))

    np.testing.assert_array_equal(trial.published()[None], trial.scores(np.zeros((1, 4), dtype=np.int64)))


def test_an_aggregator_that_compares_is_examined_with_fewer_rankings() -> None:
    """Copeland's scores depend on everybody, the unscored included; the declared choices still give the published scores."""
    asked = card(to_target("x", 2), to_target("y", 1), aggregate="copeland", minimum_coverage=1.0)
    values: dict[str, list[Any]] = {"x": [90, 70, 50, 30], "y": [10, 80, 20, None]}
    came = examined(values, asked)
    ways = dict.fromkeys(values, "higher")
    scored, prepared = score(matrix(values), asked, OFFERS, ways), prepare(asked, OFFERS, ways)
    trial = Trial.of(scored, prepared, OFFERS, weight_sets(scored, 100.0, 5, 1))

    assert came.rankings <= 32 * 6
    assert 3 == len(came.people)
    np.testing.assert_array_equal(trial.published()[None], trial.scores(np.zeros((1, 4), dtype=np.int64)))


def test_nobody_scored_is_refused() -> None:
    """There is nothing to examine, and the error says where to look."""
    with pytest.raises(ScorecardError, match="kpicore evaluate"):
        examined({"x": [None, None]}, card(to_target("x", 1)))
