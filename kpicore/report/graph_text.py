"""The relationship graph as Mermaid and HTML; `graph_svg` draws it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kpicore.report.graph_svg import COLOURS, graph_svg
from kpicore.report.handbook_text import page
from kpicore.report.plain import plain
from kpicore.report.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.report.graph import Graph, Link

_CODES = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "%": "#37;", "{": "#123;", "}": "#125;"}


def mermaid(view: Graph) -> str:
    """Return the graph as a Mermaid flowchart."""
    return "\n".join(_lines(view)) + "\n"


def _lines(view: Graph) -> Iterator[str]:
    number = {name: f"m{at}" for at, name in enumerate(view.metrics)}
    yield "flowchart LR"
    for at, (dimension, names) in enumerate(view.dimensions()):
        yield f'  subgraph d{at}["{_quoted(say(dimension or "other", view.locale))}"]'
        yield from (f'    {number[name]}["{_quoted(view.title(name))}"]' for name in names)
        yield "  end"
    for link in view.links:
        arrow = "-->" if link.kind == "drives" else "-.->"
        yield f'  {number[link.source]} {arrow}|"{_quoted(_label(view, link))}"| {number[link.target]}'
    for at, link in enumerate(view.links):
        if link.verdict in COLOURS:
            yield f"  linkStyle {at} stroke:{COLOURS[link.verdict]},stroke-width:2px"


def _label(view: Graph, link: Link) -> str:
    return ": ".join(part for part in (say(link.kind, view.locale), view.said(link)) if part)


def _quoted(text: str) -> str:
    return "".join(_CODES.get(each, each) for each in plain(text))


def html(view: Graph) -> str:
    """Return the graph as one HTML page: the picture, then every link with what the data says of it."""
    title = say("Relationship graph", view.locale) + (f" · {view.period}" if view.period else "")
    words = [say(word, view.locale) for word in ("from", "relation", "to", "what the data says")]
    head = "".join(f"<th>{escape(word)}</th>" for word in words)
    rows = "\n".join(_row(view, link) for link in view.links)
    notes = [say(text, view.locale) for text in NOTES] if view.period else []
    told = "".join(f"<p>{escape(text)}</p>\n" for text in notes)
    body = (
        f"<h1>{escape(plain(title))}</h1>\n{graph_svg(view)}{told}<table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>\n"
    )
    return page(title, body, view.locale)


NOTES = (
    "Correlations are within people, from one period of a person to the next, at the lag where they are strongest.",
    "A declared link is contradicted where the whole interval is on the other side: a question to look into, as neither proves a cause.",
)


def _row(view: Graph, link: Link) -> str:
    cells = (view.title(link.source), say(link.kind, view.locale), view.title(link.target), view.said(link) or "–")
    return "<tr>" + "".join(f"<td>{escape(plain(cell))}</td>" for cell in cells) + "</tr>"
