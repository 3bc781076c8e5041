"""The draws do what their names say; counts are compared with slow loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kpicore.worlds.draws import Pool, occurrences, pick, rank_within, recent, stream

EVENTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), max_size=40)


@given(EVENTS, st.integers(1, 20))
def test_recent_counts_earlier_events_of_the_group(events: list[tuple[int, int]], window: int) -> None:
    """Events at distinct times are counted as a loop counts them: from `window` before until just before."""
    distinct = sorted({(group, at) for group, at in events})
    group, at = (np.array([event[which] for event in distinct], dtype=np.int64) for which in (0, 1))
    expected = [sum(g == group[i] and at[i] - window <= t < at[i] for g, t in distinct) for i in range(len(distinct))]

    assert expected == recent(group, at.astype(float), float(window)).tolist()


@given(EVENTS)
def test_rank_numbers_each_group_in_time(events: list[tuple[int, int]]) -> None:
    """Ranks are 1, 2, ... within each group, earlier first."""
    group, at = (np.array([event[which] for event in events], dtype=np.int64) for which in (0, 1))
    ranks = rank_within(group, at.astype(float))
    for one in set(group.tolist()):
        of_group = sorted(zip(at[group == one].tolist(), ranks[group == one].tolist(), strict=True), key=lambda pair: pair[1])
        assert list(range(1, len(of_group) + 1)) == [rank for _, rank in of_group]
        assert sorted(time for time, _ in of_group) == [time for time, _ in of_group]


def test_pick_follows_the_weights() -> None:
    """Shares come out as the weights say; what weighs nothing is never drawn."""
    drawn = np.bincount(pick(stream(1, "test"), (1.0, 0.0, 3.0), 40_000), minlength=3) / 40_000

    np.testing.assert_allclose(drawn, [0.25, 0.0, 0.75], atol=0.01)


def test_pool_draws_within_the_group() -> None:
    """A member of the wanted group comes, by weight; an empty or unknown group gives -1."""
    pool = Pool.of(np.array([0, 2, 0, 2]), np.array([1.0, 1.0, 3.0, 0.0]), 3)
    drawn = pool.draw(stream(1, "test"), np.repeat([0, 1, 2, -1], 4_000)).reshape(4, -1)

    assert [{0, 2}, {-1}, {1}, {-1}] == [set(row.tolist()) for row in drawn]
    assert abs((drawn[0] == 2).mean() - 0.75) < 0.03


def test_occurrences_repeat_cells() -> None:
    """Each event carries the row and column of its cell; a cell without rate has none."""
    rows, columns = occurrences(stream(1, "test"), np.array([[0.0, 1000.0], [500.0, 0.0]]))

    assert {(0, 1), (1, 0)} == set(zip(rows.tolist(), columns.tolist(), strict=True))
    assert abs((rows == 0).mean() - 2 / 3) < 0.05


def test_streams_are_independent_by_name() -> None:
    """The same name and seed give the same numbers; another name or seed gives others."""
    first, again, other, seed = (stream(*key).random() for key in ((1, "a"), (1, "a"), (1, "b"), (2, "a")))

    assert first == again
    assert 3 == len({first, other, seed})
