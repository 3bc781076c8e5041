"""A funnel as a picture: SVG put together from text, the same bytes for the same figures, without anything that could be executed."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from attrs import frozen

from kpicore.report.funnel_text import finding
from kpicore.report.plain import plain
from kpicore.report.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.report.funnel import FunnelView, Point

WIDTH, HEIGHT = 760, 480
LEFT, RIGHT, TOP, BOTTOM = 80, 30, 56, 52
TICKS = 5
INK, GREY, INNER, OUTER, MARKED = "#222222", "#777777", "#0072b2", "#56b4e9", "#d55e00"
"""Colours of Okabe and Ito, which people with any colour vision tell apart; what is outside is filled as well."""


@frozen
class Frame:
    """From figures to places on the picture."""

    most: float
    """The largest n."""
    low: float
    high: float

    def x(self, n: float) -> float:
        """Return the place of an n."""
        return LEFT + n / self.most * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Return the place of a value."""
        return HEIGHT - BOTTOM - (value - self.low) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)


def funnel_svg(view: FunnelView) -> str:
    """Return a funnel plot as an SVG document."""
    frame = _frame(view)
    said = f"{view.title} · {view.period}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif" font-size="12">',
        f"<title>{_safe(said)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 24, said, size=16),
        _text(LEFT, 42, say("beyond the outer limits: more than chance explains; a question, and no verdict", view.locale), colour=GREY),
        *_axes(view, frame),
        *_limits(view, frame),
        *(line for point in view.points for line in _point(view, frame, point)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _frame(view: FunnelView) -> Frame:
    figures = [view.common.centre, *(point.value for point in view.points)]
    figures += [figure for _, limits in view.curve for pair in limits for figure in pair]
    low, high = min(figures), max(figures)
    room = 0.04 * (high - low) or 0.5
    return Frame(max(n for n, _ in view.curve), low - room, high + room)


def _axes(view: FunnelView, frame: Frame) -> Iterator[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    yield f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="{GREY}"/>'
    for value in ticks(frame.low, frame.high):
        yield _text(LEFT - 8, frame.y(value) + 4, view.figure(value), anchor="end", colour=GREY)
    for n in ticks(0.0, frame.most):
        yield _text(frame.x(n), bottom + 18, f"{n:,.0f}", anchor="middle", colour=GREY)
    yield _text((LEFT + right) / 2, HEIGHT - 12, say("n: how many observations the value rests on", view.locale), anchor="middle")


def ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers from low to high: multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [round(at * step, 12) for at in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _limits(view: FunnelView, frame: Frame) -> Iterator[str]:
    centre = frame.y(view.common.centre)
    yield f'<path d="M{LEFT} {centre:.2f}H{WIDTH - RIGHT}" stroke="{GREY}" stroke-dasharray="2 3"/>'
    for at, (level, colour) in enumerate(zip(view.levels, (INNER, OUTER), strict=True)):
        for end in (0, 1):
            places = " ".join(f"{frame.x(n):.2f},{frame.y(limits[at][end]):.2f}" for n, limits in view.curve)
            yield f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        n, limits = view.curve[-1]
        yield _text(frame.x(n) - 4, frame.y(limits[at][1]) - 4, f"{100 * level:g} %", anchor="end", colour=colour)


def _point(view: FunnelView, frame: Frame, point: Point) -> Iterator[str]:
    x, y, is_outside = frame.x(point.n), frame.y(point.value), point.place == "outside"
    fill, stroke = (MARKED, MARKED) if is_outside else ("none", MARKED if point.side else INK)
    told = ", ".join(part for part in (point.name, view.figure(point.value), f"n {point.n:,.4g}", finding(point, view.locale)) if part)
    yield f'<circle cx="{x:.2f}" cy="{y:.2f}" r="4" fill="{fill}" stroke="{stroke}"><title>{_safe(told)}</title></circle>'
    if is_outside:
        is_right = x > WIDTH * 0.8
        yield _text(x + (-8 if is_right else 8), y + 4, point.name, anchor="end" if is_right else "start")


def _text(x: float, y: float, text: str, *, size: int = 12, anchor: str = "start", colour: str = INK) -> str:
    return f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}">{_safe(text)}</text>'


def _safe(text: str) -> str:
    return escape(plain(text), quote=True)
