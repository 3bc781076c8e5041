"""The relationship graph as a picture: one column per dimension, put together from text, the same bytes for the same graph."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kpicore.report.plain import plain
from kpicore.report.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kpicore.report.graph import Graph, Link

BOX, ROW, COLUMN, TOP, LEFT = 220, 46, 330, 96, 20
HEIGHT = 30
"""Of a box."""
LONGEST = 30
"""Longer titles are cut in the picture and whole in what a pointer shows."""
INK, GREY = "#222222", "#999999"
COLOURS = {"contradicts": "#d55e00", "agrees": "#0072b2"}
"""Of Okabe and Ito, which people with any colour vision tell apart; what is contradicted is thicker as well."""


def graph_svg(view: Graph) -> str:
    """Return the graph as an SVG document."""
    dimensions = view.dimensions()
    places = {name: (LEFT + COLUMN * at, TOP + ROW * row) for at, (_, names) in enumerate(dimensions) for row, name in enumerate(names)}
    width = LEFT * 2 + COLUMN * max(len(dimensions) - 1, 0) + BOX + 90
    height = TOP + ROW * max((len(names) for _, names in dimensions), default=0) + 20
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="sans-serif" font-size="12">',
        f"<title>{_safe(say('Relationship graph', view.locale))}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *_arrowheads(),
        *_legend(view),
        *(line for link in reversed(view.links) for line in _link(view, link, places)),
        *(line for at, (dimension, _) in enumerate(dimensions) for line in _heading(view, at, dimension)),
        *(line for name in view.metrics for line in _box(view, name, places[name])),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _arrowheads() -> Iterator[str]:
    yield "<defs>"
    for at, colour in enumerate((GREY, *COLOURS.values())):
        shape = f'<path d="M0 0L8 4L0 8z" fill="{colour}"/>'
        yield f'<marker id="arrow{at}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">{shape}</marker>'
    yield "</defs>"


def _legend(view: Graph) -> Iterator[str]:
    words = [("drives", GREY, ""), ("guards", GREY, "4 3")]
    words += [(verdict, colour, "") for verdict, colour in COLOURS.items()] if view.period else []
    for at, (word, colour, dashes) in enumerate(words):
        x = LEFT + 190 * at
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        yield f'<path d="M{x} 24H{x + 36}" stroke="{colour}" stroke-width="2"{dashed}/>'
        yield f'<text x="{x + 44}" y="28" fill="{INK}">{_safe(say(word, view.locale))}</text>'


def _heading(view: Graph, at: int, dimension: str) -> Iterator[str]:
    said = _safe(say(dimension or "other", view.locale))
    yield f'<text x="{LEFT + COLUMN * at}" y="{TOP - 20}" font-size="15" fill="{INK}">{said}</text>'


def _box(view: Graph, name: str, place: tuple[float, float]) -> Iterator[str]:
    x, y = place
    title = view.title(name)
    short = title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"
    yield f'<rect x="{x}" y="{y}" width="{BOX}" height="{HEIGHT}" rx="4" fill="#ffffff" stroke="{INK}"><title>{_safe(title)}</title></rect>'
    yield f'<text x="{x + 8}" y="{y + 19}" fill="{INK}" pointer-events="none">{_safe(short)}</text>'


def _link(view: Graph, link: Link, places: Mapping[str, tuple[float, float]]) -> Iterator[str]:
    colour = COLOURS.get(link.verdict, GREY)
    dashed = "" if link.kind == "drives" else ' stroke-dasharray="4 3"'
    thick = 2.5 if link.verdict == "contradicts" else 1.8 if link.verdict == "agrees" else 1
    marker = 1 + list(COLOURS).index(link.verdict) if link.verdict in COLOURS else 0
    told = f"{view.title(link.source)} → {view.title(link.target)}: {say(link.kind, view.locale)}"
    said = view.said(link)
    yield (
        f'<path d="{_curve(places[link.source], places[link.target])}" fill="none" stroke="{colour}" stroke-width="{thick}"{dashed}'
        f' marker-end="url(#arrow{marker})"><title>{_safe(f"{told}; {said}" if said else told)}</title></path>'
    )


def _curve(one: tuple[float, float], other: tuple[float, float]) -> str:
    """Leave on the side that faces the other box; within a column, bow out to the right."""
    (x0, y0), (x1, y1) = one, other
    y0, y1 = y0 + HEIGHT / 2, y1 + HEIGHT / 2
    if x0 == x1:
        bow = x0 + BOX + 24 + min(abs(y1 - y0) * 0.12, 60)
        return f"M{x0 + BOX:g} {y0:g}C{bow:g} {y0:g} {bow:g} {y1:g} {x1 + BOX:g} {y1:g}"
    start, end = (x0 + BOX, x1) if x0 < x1 else (x0, x1 + BOX)
    reach = (end - start) / 2
    return f"M{start:g} {y0:g}C{start + reach:g} {y0:g} {end - reach:g} {y1:g} {end:g} {y1:g}"


def _safe(text: str) -> str:
    return escape(plain(text), quote=True)
