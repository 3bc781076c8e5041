"""A funnel on the terminal: one line a person, with the limits for that person's n."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.report.plain import plain
from kpicore.report.text import WIDTH, grid
from kpicore.report.wording import say

if TYPE_CHECKING:
    from kpicore.report.funnel import FunnelView, Point

STRIP = 41
"""Characters of a line's picture."""
FINDINGS = {
    ("edge", -1): "low, at the edge of chance",
    ("edge", 1): "high, at the edge of chance",
    ("outside", -1): "lower than chance explains",
    ("outside", 1): "higher than chance explains",
}


def funnel_text(view: FunnelView, width: int = WIDTH) -> str:
    """Return a funnel as text."""
    low, high = axis(view)
    words = [(say(word, view.locale), is_figure) for word, is_figure in (("person", False), ("n", True), ("value", True))]
    words += [(f"{view.figure(low)} … {view.figure(high)}", False), (say("finding", view.locale), False)]
    rows = [
        [plain(point.name), f"{point.n:,.4g}", view.figure(point.value), strip(view, point), finding(point, view.locale)]
        for point in view.points
    ]
    return "\n".join([*_heading(view), "", grid(words, rows, width), *_legend(view)]) + "\n"


def _heading(view: FunnelView) -> list[str]:
    counted = say("{} with a value; together {}", view.locale, len(view.points), view.figure(view.common.centre))
    without = "; " + say("{} without a value", view.locale, len(view.without)) if view.without else ""
    return [f"{view.title} · {plain(view.period)}", counted + without]


def _legend(view: FunnelView) -> list[str]:
    lines = [say("● value, | all together, [ ] limits of 95 %, ( ) of 99.8 %", view.locale)]
    lines.append(say("where nobody differs, {:.1f} of {} still lie beyond the 95 % limits", view.locale, view.by_chance, len(view.points)))
    if view.has_overdispersion:
        lines.append(say("people differ by more than chance (phi {:.2f}), and the limits allow for that", view.locale, view.common.phi))
    lines.append(say("what lies beyond the limits is a question to look into, and no verdict", view.locale))
    return lines


def finding(point: Point, locale: str) -> str:
    """Return what is to be said of a point; nothing where chance explains it."""
    return say(FINDINGS[point.place, point.side], locale) if point.side else ""


def axis(view: FunnelView) -> tuple[float, float]:
    """Return the lowest and highest of all figures and limits."""
    figures = [figure for point in view.points for pair in point.limits for figure in pair]
    figures += [point.value for point in view.points]
    low, high = min(figures), max(figures)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def strip(view: FunnelView, point: Point) -> str:
    """Draw one line: limits, the common figure, and the value over them."""
    low, high = axis(view)
    line = [" "] * STRIP
    (inner_low, inner_high), (outer_low, outer_high) = point.limits
    marks = (("(", outer_low), (")", outer_high), ("[", inner_low), ("]", inner_high), ("|", view.common.centre), ("●", point.value))
    for mark, figure in marks:
        line[round((figure - low) / (high - low) * (STRIP - 1))] = mark
    return "".join(line)
