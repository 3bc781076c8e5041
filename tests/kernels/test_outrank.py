"""Outranking and Copeland's score: published matrices, a slow oracle, and what a gap or the order of people may not change."""

from __future__ import annotations

import json
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoring_data import Table

from kpicore.errors import PeersError, ShapeError
from kpicore.kernels import aggregate, missing, outrank

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

GAPPY = st.integers(2, 6).flatmap(
    lambda metrics: st.lists(
        st.lists(st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.just(np.nan)), min_size=metrics, max_size=metrics),
        min_size=2,
        max_size=7,
    )
)


@pytest.fixture(scope="module")
def textbook(shared_data: Path) -> dict[str, Any]:
    """Return the voting examples of the OECD/JRC Handbook, pages 103 to 114."""
    found: dict[str, Any] = json.loads((shared_data / "scoring/tai/social_choice_textbook.json").read_text(encoding="utf-8"))
    return found


def even(normalised: FloatArray) -> FloatArray:
    """Return equal weights, reshared."""
    return missing.reshare(normalised, np.full(normalised.shape[1], 1 / normalised.shape[1]))


def ballots(example: dict[str, Any]) -> tuple[FloatArray, FloatArray, int]:
    """Return an election as a matrix: candidates are subjects, ballots are metrics, weighted by their number."""
    profiles = example["profiles"]
    names = sorted(profiles[0][1])
    places = np.array([[-order.index(name) for _, order in profiles] for name in names], dtype=np.float64)
    voters = np.array([count for count, _ in profiles], dtype=np.float64)
    return places, np.tile(voters / voters.sum(), (len(names), 1)), int(voters.sum())


def preferred(example: dict[str, Any]) -> FloatArray:
    """Return how many voters prefer the candidate of the row to that of the column."""
    places, weights, voters = ballots(example)
    matrix = outrank.outranking(places, weights)
    np.fill_diagonal(matrix, 0.0)
    return voters * matrix


def kemeny(matrix: FloatArray) -> tuple[float, list[tuple[int, ...]]]:
    """Return the highest support of any order, and the orders that have it, by trying all of them."""
    count = len(matrix)
    support = {
        order: sum(matrix[above, below] for at, above in enumerate(order) for below in order[at + 1 :])
        for order in permutations(range(count))
    }
    most = max(support.values())
    return most, [order for order, found in support.items() if abs(found - most) < 1e-9]


def slow_copeland(normalised: FloatArray, weights: FloatArray) -> list[float]:
    """Compare each pair, metric by metric."""
    scores = []
    for s, mine in enumerate(normalised):
        duels = []
        for t, other in enumerate(normalised):
            common = [j for j in range(len(mine)) if not np.isnan(mine[j]) and not np.isnan(other[j])]
            whole = sum(weights[s, j] for j in common)
            if t != s and whole > 0:
                share = sum(weights[s, j] * ((mine[j] > other[j]) + (mine[j] == other[j]) / 2) for j in common) / whole
                duels.append(0.5 if abs(share - 0.5) < 1e-9 else float(share > 0.5))
        scores.append(100 * float(np.mean(duels)) if duels else 50.0)
    return scores


def test_the_published_outranking_matrix(shared_data: Path) -> None:
    """Five countries of the Technology Achievement Index; Kemeny's support is 6.375, and three orders have it (pages 112 and 113)."""
    impact = Table.read(shared_data / "scoring/tai/table35_impact_5.csv")
    metrics = [name for name in impact.columns if name != "country"]
    names = impact.columns["country"]
    published = Table.read(shared_data / "scoring/tai/table36_outranking_5.csv")
    values = impact.numbers(metrics)

    matrix = outrank.outranking(values, even(values))
    np.fill_diagonal(matrix, 0.0)

    assert published.numbers(names).tolist() == matrix.tolist()
    most, winners = kemeny(matrix)
    assert (6.375, 3) == (most, len(winners))


def test_counts_of_borda_and_condorcet(textbook: dict[str, Any]) -> None:
    """Moulin's 21 voters: the pairs they prefer, whose row sums are Borda's counts; Kemeny's order agrees with the book."""
    moulin = textbook["moulin"]
    matrix = preferred(moulin)

    assert pytest.approx(np.array(moulin["condorcet"])) == matrix
    assert pytest.approx(list(moulin["borda"].values())) == matrix.sum(axis=1).tolist()
    assert moulin["order"] in {"".join("abcd"[at] for at in order) for order in kemeny(matrix)[1]}


def test_a_cycle_is_a_draw_for_copeland(textbook: dict[str, Any]) -> None:
    """Condorcet's 60 voters prefer a to b, b to c and c to a: everybody beats one and loses to one; Kemeny's order is bca."""
    example = textbook["condorcet1785"]
    places, weights, voters = ballots(example)
    matrix = preferred(example)

    assert pytest.approx(np.array(example["outranking"])) == matrix
    assert pytest.approx(list(example["borda"].values())) == matrix.sum(axis=1).tolist()
    most, winners = kemeny(matrix)
    assert pytest.approx(104.0) == most
    assert [(1, 2, 0)] == winners
    assert pytest.approx([50.0, 50.0, 50.0]) == aggregate.score(outrank.copeland(places, weights)).tolist()
    assert 60 == voters


def test_borda_turns_round_when_the_last_one_leaves(textbook: dict[str, Any]) -> None:
    """Fishburn: a, b, c, d in this order; without d it is c, b, a. A score that compares people depends on who is there."""
    example = textbook["fishburn_rank_reversal"]
    places, weights, voters = ballots(example)
    without = voters * outrank.outranking(places[:3], weights[:3])
    np.fill_diagonal(without, 0.0)

    assert pytest.approx(list(example["borda"].values())) == preferred(example).sum(axis=1).tolist()
    assert pytest.approx(list(example["without_d"].values())) == without.sum(axis=1).tolist()


def test_three_orders_are_equally_good(textbook: dict[str, Any]) -> None:
    """Three voters with the three turns of abc: Borda cannot choose, and Kemeny has three winners."""
    example = textbook["unsolvable"]
    matrix = preferred(example)

    assert pytest.approx(list(example["borda"].values())) == matrix.sum(axis=1).tolist()
    assert set(example["kemeny"]) == {"".join("abc"[at] for at in order) for order in kemeny(matrix)[1]}


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_a_gap_gives_the_same_in_any_order(order: list[int]) -> None:
    """(3, missing) beats (1, 1) on the metric that both have, whoever comes first; COINr's answer depends on the order of the rows."""
    values = np.array([[0.3, np.nan], [0.1, 0.1]])[order]

    scores = aggregate.score(outrank.copeland(values, even(values)))

    assert [100.0, 0.0] == scores[order].tolist()


def test_points_follow_the_support_of_each_metric() -> None:
    """Two of three metrics win the duel; the loser loses all 100 points, in proportion to the support that was lacking."""
    values = np.array([[0.9, 0.9, 0.1], [0.5, 0.9, 0.5]])
    weights = np.tile([0.5, 0.3, 0.2], (2, 1))

    points = outrank.copeland(values, weights)

    # The first is ahead with 0.5 + 0.15 of the weight and loses nothing; the second lacks 0.5 + 0.15 of 0.65.
    assert pytest.approx(np.array([[50.0, 30.0, 20.0], [50 - 100 * 0.5 / 0.65, 30 - 100 * 0.15 / 0.65, 20.0]])) == points


@given(GAPPY)
def test_as_slow_as_it_gets(rows: list[list[float]]) -> None:
    """Scores are those of comparing pairs one by one; points sum to them, and gaps stay gaps."""
    values = np.array(rows)
    weights = even(values)
    points = outrank.copeland(values, weights)

    expected = np.where(weights.sum(axis=1) > 0, slow_copeland(values, weights), 0.0)
    assert pytest.approx(expected, abs=1e-9) == aggregate.score(points) * (weights.sum(axis=1) > 0)
    assert (np.isnan(points) == np.isnan(values)).all()
    matrix = outrank.outranking(values, weights)
    assert pytest.approx(np.ones(matrix.shape)) == matrix + matrix.T


@given(GAPPY, st.randoms(use_true_random=False))
def test_the_order_of_people_does_not_matter(rows: list[list[float]], random: Any) -> None:
    """Shuffled people have shuffled points."""
    values = np.array(rows)
    order = list(range(len(values)))
    random.shuffle(order)

    expected = outrank.copeland(values, even(values))[order]

    assert pytest.approx(expected, abs=1e-9, nan_ok=True) == outrank.copeland(values[order], even(values[order]))


@given(GAPPY, st.integers(0, 5), st.sampled_from([0.1, 0.3, 1.0]))
def test_better_is_never_worse(rows: list[list[float]], at: int, more: float) -> None:
    """Raising a value of one person does not lower that person's score, nor raise another's."""
    values = np.array(rows)
    better = values.copy()
    better[0, at % values.shape[1]] = np.maximum(more, values[0, at % values.shape[1]])  # a gap stays one

    change = aggregate.score(outrank.copeland(better, even(better))) - aggregate.score(outrank.copeland(values, even(values)))

    assert change[0] >= -1e-9
    assert (change[1:] <= 1e-9).all()


def test_inputs_are_not_written_to() -> None:
    """Read-only arrays are enough."""
    values = np.array([[0.9, np.nan], [0.1, 0.5]])
    weights = even(values)
    for array in (values, weights):
        array.flags.writeable = False

    assert (2, 2) == outrank.copeland(values, weights).shape == outrank.outranking(values, weights).shape


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """People are compared a block at a time; three at a time give the same as all at once, to the bit."""
    values = np.round(np.random.default_rng(3).random((10, 4)), 1)
    whole = outrank.copeland(values, even(values))

    monkeypatch.setattr(outrank, "_BLOCK", 30)

    assert whole.tolist() == outrank.copeland(values, even(values)).tolist()


def test_who_shares_no_metric_is_neutral() -> None:
    """Nobody can be compared with the third, who gets 50; the other two are compared with each other only."""
    gap = np.nan
    values = np.array([[0.9, gap], [0.1, gap], [gap, 0.5]])

    assert [100.0, 0.0, 50.0] == aggregate.score(outrank.copeland(values, even(values))).tolist()


def test_a_metric_without_weight_changes_nothing() -> None:
    """Nor does its gap."""
    values = np.array([[0.9, 0.2, 0.1], [0.5, 0.9, np.nan]])
    weights = np.tile([0.6, 0.4, 0.0], (2, 1))

    assert outrank.copeland(values[:, :2], weights[:, :2]).tolist() == outrank.copeland(values, weights)[:, :2].tolist()


def test_one_person_cannot_be_compared() -> None:
    """There is no score where there is nobody else; where the others have no values, it is neutral."""
    with pytest.raises(PeersError, match=r"two or more \(got 1\)"):
        outrank.copeland(np.array([[0.5]]), np.array([[1.0]]))

    assert [50.0, 0.0] == aggregate.score(outrank.copeland(np.array([[0.5], [np.nan]]), np.array([[1.0], [0.0]]))).tolist()


def test_too_many_cannot_be_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time grows with the square, so there is a limit, and it is stated."""
    monkeypatch.setattr(outrank, "MOST", 2)
    with pytest.raises(ShapeError, match=r"at most 2 \(got 3\)"):
        outrank.copeland(np.ones((3, 1)), np.ones((3, 1)))
    with pytest.raises(ShapeError, match=r"must both be \(subjects, metrics\)"):
        outrank.outranking(np.ones((3, 1)), np.ones(3))
