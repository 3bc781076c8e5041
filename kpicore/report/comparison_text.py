"""A comparison as text: the change, what drives the metric, then the segments with their effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.report.figures import difference, figure
from kpicore.report.plain import plain
from kpicore.report.text import WIDTH, grid
from kpicore.report.wording import say

if TYPE_CHECKING:
    from kpicore.report.comparison import Comparison, SegmentChange

MOST = 20
"""So many segments are listed; the others are added up in one line."""


def comparison_text(view: Comparison, width: int = WIDTH) -> str:
    """Return a comparison as text."""
    parts = [f"{view.title} · {view.periods[0]} → {view.periods[1]}", _verdict(view), "", *_drivers(view, width)]
    parts += _segments(view, width) if view.segments else [plain(view.why)]
    return "\n".join(parts).rstrip() + "\n"


def _verdict(view: Comparison) -> str:
    told = [figure(each, view.metric.unit, view.locale) for each in (view.before, view.now)]
    if view.change is None:
        return say("from {} to {}: one of the two has no value", view.locale, *told)
    moved = difference(view.change, view.metric.unit, view.locale)
    return say("from {} to {}: {}, {}", view.locale, *told, moved, say(view.standing, view.locale))


def _drivers(view: Comparison, width: int) -> list[str]:
    known = [each for each in view.drivers if each.value is not None or each.against is not None]
    unknown = len(view.drivers) - len(known)
    note = [say("{} more that drive it cannot be measured here.", view.locale, unknown), ""] if unknown else []
    if not known:
        return note
    words = [(say(word, view.locale), word in ("before", "now")) for word in ("metric", "before", "now", "standing")]
    rows = [each.said(view.locale) for each in known]
    return [say("What drives it, and how that moved:", view.locale), "", grid(words, rows, width), *note]


def _segments(view: Comparison, width: int) -> list[str]:
    effects = ["volume", "mix", "rate"] if view.kind == "volume" else ["mix", "rate"]
    words = ["segment", "before", "now", "share before", "share now", *(f"{effect} effect" for effect in effects), "together"]
    rows = [_row(view, each, effects) for each in view.segments[:MOST]]
    if more := view.segments[MOST:]:
        sums = [sum(getattr(each, effect) for each in more) for effect in (*effects, "effect")]
        rows.append([say("{} more", view.locale, len(more)), *[""] * 4, *(_moved(view, each) for each in sums)])
    rows.append([say("sum", view.locale), *_whole(view), *(_moved(view, view.total(each)) for each in (*effects, "effect"))])
    heading = say("What changed by {}, the largest first:", view.locale, say(view.by, view.locale))
    table = grid([(say(word, view.locale), word != "segment") for word in words], rows, width)
    return [heading, "", table, *(say(text, view.locale) for text in _MEANING[view.kind == "volume"])]


_MEANING = {
    False: (
        "mix effect: the segment's share of all cases changed; rate effect: its own figure changed.",
        "Each is taken at the mean of the two periods, so what they did together is halved between them, and they add up to the change.",
    ),
    True: (
        "volume effect: more or fewer cases altogether; mix effect: the segment's share of them; rate effect: its amount per case.",
        "What they did together is spread over them evenly (Das Gupta), and they add up to the change.",
    ),
}


def _row(view: Comparison, each: SegmentChange, effects: list[str]) -> list[str]:
    unit = view.metric.unit
    own = [figure(value, unit, view.locale) for value in (each.before, each.now)]
    shares = [figure(value, "share", view.locale) for value in (each.share_before, each.share_now)]
    return [each.name, *own, *shares, *(_moved(view, getattr(each, effect)) for effect in (*effects, "effect"))]


def _whole(view: Comparison) -> list[str]:
    return [*(figure(value, view.metric.unit, view.locale) for value in (view.before, view.now)), "", ""]


def _moved(view: Comparison, value: float) -> str:
    return difference(value, view.metric.unit, view.locale)
