"""Weights from the spread of the data, and from what would be lost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import PeersError, ShapeError
from kpicore.kernels import data_weights, loss_weights

if TYPE_CHECKING:
    from collections.abc import Callable

    Weigh = Callable[[np.ndarray], np.ndarray]

NAN = np.nan


def up(function: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Weigh:
    """Take higher as better everywhere."""
    return lambda values: function(values, np.ones(values.shape[1]))


SPREAD: dict[str, Weigh] = {
    "entropy": data_weights.entropy,
    "standard_deviation": data_weights.standard_deviation,
    "variance": data_weights.variance,
    "critic": up(data_weights.critic),
    "pca": data_weights.pca,
}
LOSS: dict[str, Weigh] = {"merec": up(loss_weights.merec), "cilos": up(loss_weights.cilos), "idocriw": up(loss_weights.idocriw)}
ALL = SPREAD | LOSS

SAMPLE = np.array([[1.0, 9, 3, 4], [2, 5, 8, 4], [5, 1, 9, 1], [7, 3, 2, 2], [4, 4, 6, 8]])


def slow_entropy(values: np.ndarray) -> list[float]:
    """Reckon entropy weights cell by cell."""
    left = []
    for column in values.T:
        known = [x for x in column if not math.isnan(x)]
        shares = [x / sum(known) for x in known]
        left.append(1 + sum(p * math.log(p) for p in shares if p > 0) / math.log(len(known)))
    return [each / sum(left) for each in left]


def slow_critic(values: np.ndarray, directions: list[int]) -> list[float]:
    """Reckon CRITIC weights metric by metric."""
    scaled = [[(x - min(c)) / (max(c) - min(c)) for x in c] for c in (values * directions).T.tolist()]
    content = [np.std(z, ddof=1) * sum(1 - np.corrcoef(z, other)[0, 1] for other in scaled) for z in scaled]
    return [float(each / sum(content)) for each in content]


def test_entropy_by_the_slow_way() -> None:
    """Each cell's share and its logarithm; a gap leaves the subject out of that metric."""
    gaps = SAMPLE.copy()
    gaps[1, 2] = NAN

    assert pytest.approx(slow_entropy(SAMPLE)) == data_weights.entropy(SAMPLE)
    assert pytest.approx(slow_entropy(gaps)) == data_weights.entropy(gaps)
    assert [0.0, 1.0] == data_weights.entropy(np.array([[1.0, 0.0], [1.0, 4.0]])).tolist()


def test_deviations_by_hand() -> None:
    """0 1 2 3 and 0 0 0 9: min-max deviations are sqrt(5/27) and 1/2."""
    values = np.array([[0.0, 0.0], [1, 0], [2, 0], [3, 9]])
    first, second = math.sqrt(5 / 27), 0.5

    assert pytest.approx([first / (first + second), second / (first + second)]) == data_weights.standard_deviation(values)
    assert pytest.approx([(5 / 27) / (5 / 27 + 0.25), 0.25 / (5 / 27 + 0.25)]) == data_weights.variance(values)


@pytest.mark.parametrize("directions", [[1, 1, 1, 1], [-1, 1, -1, 1], [1, -1, -1, -1]])
def test_critic_knows_which_way_is_better(directions: list[int]) -> None:
    """Turning a metric around turns agreement into contradiction, and so moves the weights."""
    signs = np.array(directions, dtype=float)

    came = data_weights.critic(SAMPLE, signs)

    assert pytest.approx(slow_critic(SAMPLE, directions)) == came
    assert pytest.approx(came) == data_weights.critic(SAMPLE * signs, np.ones(4))
    assert pytest.approx(came) == data_weights.critic(SAMPLE, -signs)
    assert (set(directions) == {1}) == np.allclose(came, data_weights.critic(SAMPLE, np.ones(4)))


@pytest.mark.parametrize("function", [data_weights.critic, loss_weights.merec, loss_weights.cilos, loss_weights.idocriw])
def test_directions_are_one_or_minus_one(function: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> None:
    """Neither 0 nor too few."""
    for wrong in (np.array([1.0, 0.0, 1.0, 1.0]), np.ones(3), np.full(4, NAN)):
        with pytest.raises(ShapeError, match="directions must be 1 or -1, one per metric"):
            function(SAMPLE, wrong)


def test_principal_component_by_hand() -> None:
    """Two metrics that agree and one that varies on its own: the first component is the two, half each."""
    values = np.array([[1.0, 1, 1], [1, 1, -1], [-1, -1, 1], [-1, -1, -1]])

    loadings, explained = data_weights.pca_loadings(values)

    assert pytest.approx([math.sqrt(0.5), math.sqrt(0.5), 0]) == loadings
    assert pytest.approx(2 / 3) == explained
    assert pytest.approx([0.5, 0.5, 0]) == data_weights.pca(values)


def test_a_negative_loading_is_no_negative_weight() -> None:
    """What runs against the others has a loading below 0, and a weight above it."""
    values = np.array([[1.0, 2, 9], [2, 3, 7], [3, 5, 4], [4, 4, 1]])

    assert data_weights.pca_loadings(values)[0].min() < 0
    assert (data_weights.pca(values) > 0).all()


def test_cilos_shares_a_tie_at_the_top() -> None:
    """Two subjects are best on the first metric: what is lost there is the mean of both, whoever comes first."""
    values = np.array([[4.0, 1.0, 2.0], [4.0, 3.0, 1.0], [2.0, 5.0, 4.0]])

    assert pytest.approx(loss_weights.cilos(values, np.ones(3))) == loss_weights.cilos(values[::-1], np.ones(3))


def test_a_subject_best_on_everything_loses_nothing() -> None:
    """No metric costs anything elsewhere, so all weigh alike."""
    assert pytest.approx([1 / 3] * 3) == loss_weights.cilos(np.array([[4.0, 6, 8], [1, 2, 3]]), np.ones(3))


@pytest.mark.parametrize("name", list(ALL))
def test_a_constant_metric_weighs_nothing(name: str) -> None:
    """The others are weighed, not NaN; where constants do not enter the mean of the losses, as if it were not there."""
    came = ALL[name](np.insert(SAMPLE, 2, 0.1 + 0.2, axis=1))

    assert 0.0 == came[2]
    assert pytest.approx(1.0) == came.sum()
    if name != "merec":
        assert pytest.approx(ALL[name](SAMPLE)) == np.delete(came, 2)


@pytest.mark.parametrize("name", list(ALL))
def test_nothing_to_tell_is_refused(name: str) -> None:
    """All constant, one subject, none: no weight is better than another."""
    for nothing in (np.full((4, 3), 2.0), np.array([[1.0, 2.0, 3.0]]), np.empty((0, 3)), np.full((3, 2), NAN)):
        with pytest.raises(PeersError):
            ALL[name](nothing)


@pytest.mark.parametrize("name", list(ALL))
def test_infinity_is_refused(name: str) -> None:
    """At the door, not as a weight of NaN."""
    with pytest.raises(ShapeError, match="finite"):
        ALL[name](np.array([[1.0, np.inf], [2.0, 3.0]]))


@pytest.mark.parametrize("name", ["entropy", *LOSS])
def test_negative_values_are_refused_where_zero_has_a_meaning(name: str) -> None:
    """The logarithm of a negative share would be NaN, and a ratio to it would turn the order around."""
    with pytest.raises(ShapeError, match=r"not negative|above 0"):
        ALL[name](np.array([[1.0, -3.0], [2.0, 3.0]]))


@pytest.mark.parametrize("name", ["standard_deviation", "variance", "critic", "pca"])
def test_negative_values_are_as_good_as_others(name: str) -> None:
    """Where only differences count, a shift changes nothing."""
    assert pytest.approx(ALL[name](SAMPLE)) == ALL[name](SAMPLE - 1000)


@pytest.mark.parametrize("name", list(ALL))
def test_units_do_not_matter(name: str) -> None:
    """Minutes or milliseconds: the same weights."""
    assert pytest.approx(ALL[name](SAMPLE)) == ALL[name](SAMPLE * [1, 1000, 1, 1e-3])


@pytest.mark.parametrize("name", list(SPREAD))
def test_a_gap_stays_where_it_is(name: str) -> None:
    """A missing value neither makes all weights NaN nor counts as 0."""
    gaps = SAMPLE.copy()
    gaps[0, 0] = gaps[3, 2] = NAN

    came = SPREAD[name](gaps)

    assert np.isfinite(came).all()
    assert pytest.approx(1.0) == came.sum()
    assert pytest.approx(came) == SPREAD[name](np.vstack([gaps, np.full(4, NAN)]))


@pytest.mark.parametrize("name", list(LOSS))
def test_losses_are_counted_over_the_complete(name: str) -> None:
    """A subject with a gap is left out; one complete subject is too few."""
    gaps = np.vstack([SAMPLE, [[9.0, NAN, 9.0, 9.0]]])

    assert pytest.approx(LOSS[name](SAMPLE)) == LOSS[name](gaps)
    with pytest.raises(PeersError, match=r"2 or more subjects with a value on all metrics \(got 1 of 2\)"):
        LOSS[name](np.array([[1.0, 2.0], [NAN, 3.0]]))


@pytest.mark.parametrize("name", list(SPREAD))
def test_metrics_that_say_the_same_share_alike(name: str) -> None:
    """Two copies of a metric weigh the same, and a single metric weighs everything."""
    assert pytest.approx([0.5, 0.5]) == SPREAD[name](SAMPLE[:, [0, 0]])
    assert pytest.approx([1.0]) == SPREAD[name](SAMPLE[:, :1])


TABLES = st.lists(st.lists(st.integers(1, 30).map(float), min_size=3, max_size=3), min_size=3, max_size=12)


@pytest.mark.parametrize("name", list(ALL))
@given(rows=TABLES, data=st.data())
def test_invariants(name: str, rows: list[list[float]], data: st.DataObject) -> None:
    """Finite, not negative, summing to 1, whatever the order of the subjects; weights follow their metrics, and the input is left alone."""
    values = np.array(rows)
    if (np.ptp(values, axis=0) == 0).any():
        values = np.vstack([values, [31.0, 32.0, 33.0]])
    before = values.copy()
    turn, swap = data.draw(st.permutations(range(len(values)))), data.draw(st.permutations(range(3)))

    came = ALL[name](values)

    assert np.isfinite(came).all()
    assert (came >= 0).all()
    assert pytest.approx(1.0) == came.sum()
    assert (before == values).all()
    assert pytest.approx(came, abs=1e-6) == ALL[name](values[turn])
    if name != "pca" or _has_one_first_component(values):
        assert pytest.approx(came[list(swap)], abs=1e-6) == ALL[name](values[:, swap])


def _has_one_first_component(values: np.ndarray) -> bool:
    eigenvalues = np.linalg.eigvalsh(np.corrcoef(values.T))
    return bool(eigenvalues[-1] - eigenvalues[-2] > 1e-6)
