"""How reports tell what is a matter of chance: intervals beside scores and ranks, and in words what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.report.figures import points
from kpicore.report.plain import plain
from kpicore.report.view import shown
from kpicore.report.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kpicore.model.result import Score
    from kpicore.report.view import View

SURE = 0.75
"""Neighbours whose order is right with less probability than this cannot be told apart: half way from a toss of a coin to certainty."""


def score_text(score: Score) -> tuple[str, str]:
    """Return a score and its interval, e.g. '72.1' and '66.0–75.9'; without one, with two decimals and ''."""
    if score.low is None or score.high is None:
        return points(score.score), ""
    return f"{score.score:.1f}", f"{score.low:.1f}–{score.high:.1f}"


def rank_text(score: Score) -> tuple[str, str]:
    """Return a rank and its interval, e.g. '4' and '2–9'; '' for none."""
    if score.rank_low is None or score.rank_high is None:
        return str(score.rank), ""
    return str(score.rank), f"{score.rank_low}–{score.rank_high}"


def bracketed(figure: str, interval: str) -> str:
    """Return a figure with its interval behind it, e.g. '72.1 (66.0–75.9)'."""
    return f"{figure} ({interval})" if interval else figure


def notes(view: View) -> list[str]:
    """Return what stands below the table: what the intervals mean, and which neighbours and grades they leave."""
    scores, locale = view.result.scores, view.locale
    if not scores:
        return []
    if all(score.low is None for score in scores):
        return [say("Scores and ranks have no intervals: {}.", locale, _why(view)), ""]
    level = declared(float(view.result.run.uncertainty["level"]))
    lines = [
        say(
            "Second lines of rank and score: where the true ones lie with a probability of {}, as figures are partly chance.", locale, level
        )
    ]
    if alike := _alike(scores):
        lines.append(
            say("Neighbours that cannot be told apart (right order: below {}): ranks {}.", locale, declared(SURE), ", ".join(alike))
        )
    grades, sure = _grades(scores), declared(float(view.result.run.uncertainty["grade"]))
    if len(grades) > 1:
        lines.append(say("Grades that can be told apart (right order: above {}): {}.", locale, sure, "; ".join(grades)))
    elif len(scores) > 1:
        lines.append(say("No grades can be told apart (right order: above {}).", locale, sure))
    return [*lines, *_limits(view, scores), ""]


def _limits(view: View, scores: Iterable[Score]) -> list[str]:
    least = min(score.interval_covers for score in scores)
    lines = []
    if least < 1 - 1e-9:
        text = "No error is known of {}; that part, up to {} of the weight, is taken as exact."
        lines.append(say(text, view.locale, _exact(view, scores), percent(1 - least)))
    if why := view.result.run.uncertainty.get("why"):
        lines.append(say("Intervals are not made as asked: {}.", view.locale, plain(str(why))))
    return lines


def _exact(view: View, scores: Iterable[Score]) -> str:
    """Return the metrics with a value and a weight whose error is not known."""
    cells = [cell for score in scores for cell in score.metrics if cell.state == "value" and cell.weight and cell.low is None]
    return "; ".join(dict.fromkeys(view.title(cell.metric) for cell in cells)) or "–"


def _why(view: View) -> str:
    return say(plain(str(view.result.run.uncertainty.get("why") or "they were not computed")), view.locale)


def _alike(scores: Iterable[Score]) -> list[str]:
    """Return runs of ranks in which nobody can be told from the next."""
    runs: list[tuple[int, int]] = []
    together = False
    for score in scores:
        if together:
            runs[-1] = (runs[-1][0], score.rank)
        following = score.p_above_next is not None and score.p_above_next < SURE
        if following and not together:
            runs.append((score.rank, score.rank))
        together = following
    return [span(*run) for run in runs]


def _grades(scores: Iterable[Score]) -> list[str]:
    ranks: dict[int, list[int]] = {}
    for score in scores:
        if score.grade is not None:
            ranks.setdefault(score.grade, []).append(score.rank)
    return [f"{grade} = {span(min(each), max(each))}" for grade, each in sorted(ranks.items())]


def span(low: int, high: int) -> str:
    """Return a range of ranks, e.g. '2–9'."""
    return f"{low}–{high}" if low != high else str(low)


def sentences(view: View, person: Score) -> list[str]:
    """Return what is a matter of chance in one person's score, in words."""
    locale, asked = view.locale, view.result.run.uncertainty
    if person.low is None or person.high is None:
        return [say("The score has no interval: {}.", locale, _why(view))]
    level = declared(float(asked["level"]))
    text = "With a probability of {} the true score lies from {:.1f} to {:.1f}: figures are partly chance, the more so the fewer cases."
    lines = [say(text, locale, level, person.low, person.high)]
    if person.rank_low is not None and person.rank_high is not None:
        lines.append(say("With the same probability the true rank is {}.", locale, span(person.rank_low, person.rank_high)))
    if person.p_target is not None and person.p_top is not None:
        text = "The probability of truly reaching {:g} points is {}, and of truly being among the first {} it is {}."
        lines.append(say(text, locale, asked["target"], percent(person.p_target), asked["top"], percent(person.p_top)))
    lines += _beside(view, person)
    if person.interval_covers < 1 - 1e-9:
        text = "No error is known of {}; that part, up to {} of the weight, is taken as exact."
        lines.append(say(text, locale, _exact(view, [person]), percent(1 - person.interval_covers)))
    return lines


def _beside(view: View, person: Score) -> list[str]:
    """Compare with the neighbours in the league table."""
    scores = view.result.scores
    at = scores.index(person)
    pairs = [(scores[at - 1].p_above_next, scores[at - 1], "above")] if at else []
    if at + 1 < len(scores):
        pairs.append((person.p_above_next, scores[at + 1], "below"))
    lines = []
    for chance, other, side in pairs:
        if chance is not None:
            ends = "; the two cannot be told apart." if chance < SURE else "."
            text = f"{{}} stands next {side}; that order is right with a probability of {{}}{ends}"
            lines.append(say(text, view.locale, shown(other), percent(chance)))
    return lines


def percent(share: float) -> str:
    """Return a probability as people read it; none is called certain."""
    if share < 0.01:
        return "< 1 %"
    return "> 99 %" if share > 0.99 else f"{100 * share:.0f} %"


def declared(share: float) -> str:
    """Return a probability that somebody chose."""
    return f"{100 * share:.4g} %"
