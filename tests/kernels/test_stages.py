"""Funnels from visits to stages, counted by hand and by a slow oracle."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels.stages import DAY, StageFunnel, stage_funnel

NAN = np.nan


def funnel(ways: list[list[tuple[int, float]]], ended: list[float], failed: list[bool], stages: int = 3, now: float = 100.0) -> StageFunnel:
    """Count the funnel of cases given as lists of (stage, day)."""
    visits = [(case, stage, day * DAY) for case, way in enumerate(ways) for stage, day in way]
    case, stage, at = (np.array([each[which] for each in visits]) for which in range(3))
    whole = (case.astype(np.int64), stage.astype(np.int64), at.astype(float))
    return stage_funnel(*whole, np.array(ended, float) * DAY, np.array(failed, bool), stages=stages, now=now * DAY)


def test_a_funnel_by_hand() -> None:
    """In order; straight to the goal; lost; back and again; still there."""
    found = funnel(
        [
            [(0, 0), (1, 2), (2, 9)],
            [(0, 1), (2, 5)],
            [(0, 0), (1, 10), (-1, 30)],
            [(0, 0), (1, 1), (0, 3), (1, 8)],
            [(0, 90)],
        ],
        [9, 5, 30, NAN, NAN],
        [False, False, True, False, False],
    )

    assert [5, 3, 2] == found.reached.tolist()
    assert [4, 1, 0] == found.went_on.tolist()
    assert [0, 1, 0] == found.skipped.tolist()
    assert [0, 1, 0] == found.turned_back.tolist()
    assert [0, 1, 0] == found.lost.tolist()
    assert [1, 1, 0] == found.staying.tolist()
    # 2, 4, 10, 1, 5 and 10 so far; 7, 20, 2 and 92 so far.
    assert [4.5, 13.5] == found.median_days[:2].tolist()
    assert [0.8, pytest.approx(1 / 3)] == found.conversion[:2].tolist()
    assert np.isnan([found.median_days[2], found.conversion[2]]).all()
    assert (1, 1) == (found.slowest, found.most_losing)


def test_nothing_names_no_stage() -> None:
    """Without a visit there is no conversion, and no stage is the slowest."""
    found = stage_funnel(*(np.zeros(0, int), np.zeros(0, int), np.zeros(0)), np.array([NAN]), np.array([False]), stages=2, now=0.0)

    assert [0, 0] == found.reached.tolist()
    assert np.isnan(found.conversion).all()
    assert (None, None) == (found.slowest, found.most_losing)


WAY = st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 50)), max_size=6).map(lambda way: sorted(way, key=lambda each: each[1]))


@given(st.lists(st.tuples(WAY, st.one_of(st.none(), st.integers(50, 60)), st.booleans()), min_size=1, max_size=8))
def test_against_a_slow_count(cases: list[tuple[list[tuple[int, float]], int | None, bool]]) -> None:
    """The same as case by case and visit by visit."""
    ways, ended = [way for way, _, _ in cases], [NAN if end is None else end for _, end, _ in cases]
    failed = [bad and end is not None for _, end, bad in cases]
    found = funnel(ways, ended, failed, stages=4)

    ways = [[each for before, each in pairwise([(-2, 0), *way]) if before[0] != each[0]] for way in ways]
    for stage in range(4):
        been = [way for way in ways if any(each == stage for each, _ in way)]
        assert len(been) == found.reached[stage]
        firsts = [next(day for each, day in way if each == stage) for way in been]
        assert (
            sum(any(each > stage and day >= first for each, day in way) for way, first in zip(been, firsts, strict=True))
            == found.went_on[stage]
        )
        assert sum(way not in been and any(each > stage for each, _ in way) for way in ways) == found.skipped[stage]
        back = sum(one == stage and 0 <= two < one for way in ways for (one, _), (two, _) in pairwise(way))
        assert back == found.turned_back[stage]
        last = [[each for each, _ in way if each >= 0][-1:] for way in ways]
        assert sum(bad and place == [stage] for bad, place in zip(failed, last, strict=True)) == found.lost[stage]
    for stage in range(3):
        stays = []
        for way, end in zip(ways, ended, strict=True):
            for at, (each, day) in enumerate(way):
                until = way[at + 1][1] if at + 1 < len(way) else (100.0 if np.isnan(end) else end)
                stays += [until - day] if each == stage else []
        assert (pytest.approx(median(stays)) == found.median_days[stage]) if stays else np.isnan(found.median_days[stage])


@pytest.mark.parametrize(
    ("arrays", "stages", "says"),
    [
        ((np.zeros(2, int), np.zeros(1, int), np.zeros(2), np.zeros(1), np.zeros(1, bool)), 2, "must each have one length"),
        ((np.zeros(1, int), np.zeros(1, int), np.array([NAN]), np.zeros(1), np.zeros(1, bool)), 2, "must be finite"),
        ((np.zeros(1, int), np.zeros(1, int), np.zeros(1), np.zeros(1), np.zeros(1, bool)), 0, "at least one stage"),
    ],
)
def test_what_does_not_fit_is_refused(arrays: tuple[np.ndarray, ...], stages: int, says: str) -> None:
    """With what must hold."""
    with pytest.raises(ShapeError, match=says):
        stage_funnel(*arrays, stages=stages, now=0.0)
