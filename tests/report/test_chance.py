"""What reports say of chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from organisation import bench_registry, organisation, scorecard

from kpicore.model.period import parse
from kpicore.model.result import Score
from kpicore.model.uncertainty import Uncertainty
from kpicore.pipeline import run, set_up
from kpicore.query.database import open_facts
from kpicore.report import chance
from kpicore.report.explain import explanation
from kpicore.report.text import scorecards
from kpicore.report.view import View

if TYPE_CHECKING:
    from kpicore.record import Run


def scored(subject: str, score: float, rank: int, **rest: Any) -> Score:
    """Make a score with an interval."""
    figures = {"low": score - 10, "high": score + 5, "rank_low": max(1, rank - 1), "rank_high": rank + 1, "interval_covers": 1.0}
    figures |= {"expected_rank": float(rank), "p_target": 0.25, "p_top": 0.001, "p_above_next": 0.9, "grade": 1}
    return Score(subject, None, score, rank, None, 1.0, (), **{**figures, **rest})


@pytest.fixture(scope="module")
def done() -> Run:
    """Return a finished run of the small organisation."""
    with open_facts(organisation()) as facts:
        return run(facts, scorecard(), parse("2024-02"), set_up(registry=bench_registry()))


def viewed(done: Run, *scores: Score, locale: str = "en", **uncertainty: Any) -> View:
    """Return a view of a run with other scores."""
    info = evolve(done.result.run, uncertainty={**done.result.run.uncertainty, **uncertainty})
    return View(evolve(done, result=evolve(done.result, run=info, scores=scores)), locale)


def test_figures_come_with_their_intervals() -> None:
    """As printed; without an interval a score keeps its two decimals."""
    one = scored("a", 72.14, 4, rank_low=2, rank_high=9)
    bare = evolve(one, low=None, high=None, rank_low=None, rank_high=None)

    assert ("72.1 (62.1–77.1)", "4 (2–9)") == (chance.bracketed(*chance.score_text(one)), chance.bracketed(*chance.rank_text(one)))
    assert ("72.14", "4") == (chance.bracketed(*chance.score_text(bare)), chance.bracketed(*chance.rank_text(bare)))


@pytest.mark.parametrize(("share", "text"), [(0.0, "< 1 %"), (0.001, "< 1 %"), (0.95, "95 %"), (0.514, "51 %"), (1.0, "> 99 %")])
def test_no_probability_is_called_certain(share: float, text: str) -> None:
    """What is drawn can neither be ruled out nor promised."""
    assert text == chance.percent(share)
    assert "97.5 %" == chance.declared(0.975)


def test_notes_name_neighbours_and_grades(done: Run) -> None:
    """Runs of ranks in which nobody can be told from the next, and grades with their ranks."""
    people = [scored("a", 90, 1, p_above_next=0.6), scored("b", 80, 2, p_above_next=0.5), scored("c", 70, 3)]
    people += [scored("d", 60, 4, grade=2, p_above_next=0.74), scored("e", 50, 5, grade=2, p_above_next=None)]

    lines = chance.notes(viewed(done, *people))

    assert "ranks 1–3, 4–5." in lines[1]
    assert "1 = 1–3; 2 = 4–5." in lines[2]
    assert "95 %" in lines[0]


def test_one_grade_is_none(done: Run) -> None:
    """Where nobody can be told apart it is said so; of one person nothing is said."""
    both = viewed(done, scored("ann", 70.0, 1), scored("bea", 69.0, 2))
    alone = viewed(done, scored("ann", 70.0, 1, rank_low=1, rank_high=1))

    assert "No grades can be told apart (right order: above 90 %)." in chance.notes(both)
    assert not any("rades" in line for line in chance.notes(alone))


def test_notes_say_what_is_not_known(done: Run) -> None:
    """A part of unknown error, another method than asked for, and no intervals at all."""
    part = chance.notes(viewed(done, scored("a", 90, 1, interval_covers=0.6), why="too many people"))
    none = chance.notes(viewed(done, scored("a", 90, 1, low=None, high=None), why="no metric's error is known"))
    zh = chance.notes(viewed(done, scored("a", 90, 1, low=None, high=None), locale="zh", why="no metric's error is known"))

    assert any("up to 40 %" in line for line in part)
    assert any("too many people" in line for line in part)
    assert "Scores and ranks have no intervals: no metric's error is known." == none[0]
    assert "各指标的误差均未知" in zh[0]
    assert [] == chance.notes(viewed(done))


def test_sentences_compare_with_both_neighbours(done: Run) -> None:
    """Whose order may as well be the other way round is said, and so is what is known about target and top."""
    people = (scored("a", 90, 1, p_above_next=0.55), scored("b", 80, 2), scored("c", 70, 3, p_above_next=None))

    told = chance.sentences(viewed(done, *people), people[1])

    assert "from 70.0 to 85.0" in told[0]
    assert "rank is 1–3" in told[1]
    assert "reaching 80 points is 25 %" in told[2]
    assert "first 3 it is < 1 %" in told[2]
    assert "a stands next above; that order is right with a probability of 55 %; the two cannot be told apart." == told[3]
    assert "c stands next below; that order is right with a probability of 90 %." == told[4]


def test_sentences_are_translated(done: Run) -> None:
    """No English is left in the Chinese sentences."""
    people = (scored("甲", 90, 1, p_above_next=0.55, interval_covers=0.5), scored("乙", 80, 2, interval_covers=0.5, p_above_next=None))

    told = " ".join(chance.sentences(viewed(done, *people, locale="zh"), people[1]))

    assert "甲" in told
    assert not any("a" <= letter <= "z" for letter in told)


def test_ranks_are_never_printed_without_their_interval(done: Run) -> None:
    """The table and the explanation of a real run show both, and say what they mean."""
    text, told = scorecards(View(done)), explanation(View(done), View(done).person("ann"))

    assert "Second lines of rank and score" in text
    assert "1–1" in text
    assert "rank 1 (1–1) of 2" in told
    assert "stands next below" in told


def test_intervals_that_were_switched_off_are_told(done: Run) -> None:
    """Without draws the report says why there is none."""
    with open_facts(organisation()) as facts:
        card = evolve(scorecard(), uncertainty=Uncertainty(draws=0))
        off = run(facts, card, parse("2024-02"), set_up(registry=bench_registry()))

    assert "Scores and ranks have no intervals: the scorecard asks for none (draws = 0)." in scorecards(View(off))
    assert "none" == off.result.run.uncertainty["method"]
