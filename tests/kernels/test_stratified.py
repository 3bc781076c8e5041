"""Stratified means, pooled and within subjects."""

from __future__ import annotations

import numpy as np
import pytest
from mixes import ranks_agree, world

from kpicore.kernels import expected, stratified, sweep


def test_small_classes_are_shrunk_to_the_mean() -> None:
    """(30 + 10 * 2) / (10 + 10) = 2.5 for ten cases with a mean of 3; the mean of all is 2."""
    of = sweep.sums(np.array([[30.0, 10.0]]), np.array([[10.0, 10.0]]))

    assert [2.5, 1.5] == stratified.pooled(of, 10.0).tolist()


def test_one_subject_with_everything_is_the_pooled_form() -> None:
    """Within a single subject there is nobody to mistake for a class."""
    of = sweep.sums(np.array([[30.0, 10.0]]), np.array([[10.0, 10.0]]))

    assert pytest.approx([2.5, 1.5]) == stratified.within(of, 10.0).tolist()


def test_within_subjects_by_hand() -> None:
    """Each of two is 1 worse at the hard class, and the able one has nearly all of it: the pooled means hide that."""
    cases = np.array([[1000.0, 9000.0], [9000.0, 1000.0]])
    of = sweep.sums(cases * np.array([[6.0, 5.0], [4.0, 3.0]]), cases)

    pooled, within = stratified.pooled(of, 1e-9), stratified.within(of, 1e-9)

    assert pytest.approx(-0.6) == pooled[0] - pooled[1]
    assert pytest.approx(1.0) == within[0] - within[1]
    assert pytest.approx(of.total.sum()) == within @ of.cases


def test_effects_are_recovered_where_skill_goes_with_difficulty() -> None:
    """Over 40 draws the pooled effects are too small by a fifth and more, those within subjects are right to a twentieth."""
    spans: dict[str, list[float]] = {"pooled": [], "within": []}
    for seed in range(40):
        drawn = world(seed, leaning=0.6)
        of = sweep.sums(drawn.total, drawn.cases)
        for name, effects in (("pooled", stratified.pooled(of)), ("within", stratified.within(of))):
            spans[name].append(float(np.polyfit(drawn.effect, effects, 1)[0]))

    assert np.mean(spans["pooled"]) < 0.8
    assert pytest.approx(1.0, abs=0.05) == np.mean(spans["within"])


def test_true_skill_is_found_where_it_goes_with_difficulty() -> None:
    """Over 40 draws the adjusted means rank people by their skill better than the pooled ones, and far better than the raw."""
    found: dict[str, list[float]] = {"raw": [], "pooled": [], "within": []}
    for seed in range(40):
        drawn = world(seed, leaning=0.6)
        of, observed, n = sweep.sums(drawn.total, drawn.cases), drawn.total.sum(axis=1), drawn.cases.sum(axis=1)
        for name, effects in (("raw", np.zeros(4)), ("pooled", stratified.pooled(of)), ("within", stratified.within(of))):
            held = expected.difference_form(observed, expected.expected(drawn.cases, effects), n, of.mean())
            found[name].append(ranks_agree(held, drawn.skill))

    assert np.mean(found["raw"]) + 0.2 < np.mean(found["pooled"]) < np.mean(found["within"]) - 0.02
    assert np.mean(found["within"]) > 0.92


def test_order_of_subjects_and_classes_does_not_matter() -> None:
    """Rows may be shuffled, and columns too, if the answer is shuffled back."""
    drawn = world(3, leaning=0.6, subjects=9)
    rows, columns = np.random.default_rng(1).permutation(9), np.array([2, 0, 3, 1])

    whole = stratified.within(sweep.sums(drawn.total, drawn.cases))
    shuffled = stratified.within(sweep.sums(drawn.total[rows][:, columns], drawn.cases[rows][:, columns]))

    assert pytest.approx(whole[columns]) == shuffled
