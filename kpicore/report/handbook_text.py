"""The handbook in Markdown and HTML. Whatever comes from data or files is escaped, so that it can neither format nor execute anything."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from kpicore.errors import ConfigError
from kpicore.model.text import in_language
from kpicore.report.figures import figure
from kpicore.report.handbook import use_of, written
from kpicore.report.plain import plain
from kpicore.report.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kpicore.model.scorecard import Gate, Scorecard
    from kpicore.report.handbook import Entry, Handbook

_MARKS = re.compile(r"([\\`*_\[\]<>|#&~!])")


def escaped(text: object) -> str:
    """Return text that Markdown shows as it is."""
    return _MARKS.sub(r"\\\1", plain(text))


def code(text: object) -> str:
    """Return text as code, or escaped where code could not hold it."""
    shown = plain(text)
    return escaped(text) if not shown.strip() or any(mark in shown for mark in "`|\\") else f"`{shown}`"


def markdown(view: Handbook) -> str:
    """Return the handbook as Markdown."""
    return "\n".join(_lines(view)).rstrip() + "\n"


def html(view: Handbook) -> str:
    """Return the handbook as one HTML page without scripts or anything from elsewhere.

    Raises:
        ConfigError: markdown-it-py is not installed.
    """
    try:
        from markdown_it import MarkdownIt
    except ImportError:
        raise ConfigError("a handbook in HTML needs markdown-it-py; install it with pip install 'kpicore[html]'") from None
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown(view))
    return page(_title(view), body, view.locale)


STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.25rem .6rem;text-align:left;vertical-align:top}"
    "code{background:#f3f3f3;padding:0 .2rem}h3{margin-top:2rem}"
)


def page(title: str, body: str, locale: str) -> str:
    """Return an HTML page; the title is escaped here, the body must be."""
    safe = "default-src 'none'; style-src 'unsafe-inline'"
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{safe}"><title>{escape(plain(title))}</title>'
    return f'<!DOCTYPE html>\n<html lang="{locale}"><head>{head}<style>{STYLE}</style></head>\n<body>\n{body}</body></html>\n'


def _title(view: Handbook) -> str:
    return say("{}: KPI handbook", view.locale, plain(view.project.name))


def _lines(view: Handbook) -> Iterator[str]:
    locale, project = view.locale, view.project
    yield from (f"# {escaped(_title(view))}", "")
    calendar = say(
        "Periods begin in the time zone {}; the fiscal year begins in month {}.", locale, project.time_zone, project.fiscal_year_start
    )
    money = say("Amounts are in {}.", locale, project.currency) if project.currency else say("Amounts have no stated currency.", locale)
    yield from (escaped(calendar), escaped(money), "")
    yield from (f"## {say('Scorecards', locale)}", "")
    for card in view.scorecards:
        yield from _scorecard(view, card)
    for dimension, entries in view.dimensions():
        yield from (f"## {escaped(_label(dimension or 'other', locale))}", "")
        for entry in entries:
            yield from _entry(view, entry)
    if view.rest:
        yield from (f"## {say('Not measurable with this data', locale)}", "")
        words = [say(word, locale) for word in ("metric", "missing")]
        yield from _table(words, [[_named(view, each.metric.name), ", ".join(map(code, each.missing))] for each in view.rest])


def _scorecard(view: Handbook, card: Scorecard) -> Iterator[str]:
    locale = view.locale
    yield from (f"### {escaped(card.title_in(locale))} ({code(card.role)})", "")
    yield from (say("Scored by {}; metrics are put together by {}.", locale, say(card.period, locale), code(card.aggregate.by)), "")
    uses = [(metric.use, use_of(card, metric, _unit(view, metric.use), locale)) for metric in card.metrics]
    rows = [[_named(view, name), _weight(use.weight, locale), escaped(use.against)] for name, use in uses]
    yield from _table([say(word, locale) for word in ("metric", "weight", "held against")], rows)
    for gate in card.gates:
        yield f"- {say('gate', locale)}: {_named(view, gate.use)} {_gate(view, gate)}"
    if card.gates:
        yield ""
    if card.bands:
        grades = [f"{escaped((band.title or {}).get(locale) or band.name)} ≥ {band.start:g}" for band in reversed(card.bands)]
        yield from (f"{say('bands', locale)}: {', '.join(grades)}", "")


def _weight(weight: float | None, locale: str) -> str:
    return "–" if weight is None else figure(weight, "share", locale)


def _gate(view: Handbook, gate: Gate) -> str:
    word, number = gate.condition.split(" ", 1)
    does = ", ".join(say(_DOES[key], view.locale, f"{value:g}") for key, value in gate.then.to_dict().items())
    return f"{say(word, view.locale)} {figure(float(number), _unit(view, gate.use), view.locale)}: {does} ({escaped(gate.then.reason)})"


def _unit(view: Handbook, name: str) -> str:
    return view.metrics[name].unit if name in view.metrics else ""


_DOES = {"cap": "the score is at most {}", "discount": "the score loses the share {}", "void": "there are no points"}


_BETTER = {"higher": "higher is better", "lower": "lower is better", "none": "neither way is better"}


def _entry(view: Handbook, entry: Entry) -> Iterator[str]:
    metric, locale = entry.metric, view.locale
    yield from (f"### {escaped(view.title(metric.name))} ({code(metric.name)})", "")
    if entry.missing:
        yield from (f"**{_label('Not measurable with this data', locale)}**: {', '.join(map(code, entry.missing))}", "")
    texts = [(name, in_language(getattr(metric, name), locale)) for name in ("definition", "formula", "caliber")]
    facts = [
        ("direction", say(_BETTER[metric.direction], locale)),
        *((name, say(getattr(metric, name), locale)) for name in ("unit", "frequency")),
    ]
    told = [*texts, *facts, ("kinds", ", ".join(say(kind, locale) for kind in metric.kinds))]
    yield from (f"- **{_label(name, locale)}**: {escaped(text)}" for name, text in told if text)
    yield from _parameters(view, entry)
    for name, others in (("metrics it drives", metric.drives), ("its guards", metric.guards)):
        if others:
            yield f"- **{_label(name, locale)}**: {', '.join(_named(view, other) for other in others)}"
    for name, text in (("known tricks", in_language(metric.gaming, locale)), ("origin of the definition", metric.source)):
        if text:
            yield f"- **{_label(name, locale)}**: {escaped(text)}"
    yield from _used(view, entry)
    yield from ("", *_table([say(word, locale) for word in ("fact column", "filled from")], _columns(entry, locale)))


def _parameters(view: Handbook, entry: Entry) -> Iterator[str]:
    if not entry.metric.parameters:
        return
    here = say("set by this project", view.locale)
    told = [
        f"{code(key)} = {code(written(value))}" + (f" ({here})" if key in entry.own else "")
        for key, value in entry.metric.parameters.items()
    ]
    yield f"- **{_label('parameters here', view.locale)}**: {', '.join(told)}"


def _used(view: Handbook, entry: Entry) -> Iterator[str]:
    for use in entry.uses:
        yield f"- **{_label('used on', view.locale)}**: {escaped(use.title)}, {_weight(use.weight, view.locale)}, {escaped(use.against)}"
    for title, gate in entry.gates:
        yield f"- **{_label('gate', view.locale)}**: {escaped(title)}: {_gate(view, gate)}"


def _columns(entry: Entry, locale: str) -> list[list[str]]:
    return [[code(each.name), "; ".join(map(code, each.origins)) or say("not filled", locale)] for each in entry.columns]


def _label(word: str, locale: str) -> str:
    said = say(word, locale)
    return said[:1].upper() + said[1:]


def _named(view: Handbook, name: str) -> str:
    return f"{escaped(view.title(name))} ({code(name)})" if name in view.metrics else code(name)


def _table(words: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    found = list(rows)
    if found:
        yield f"| {' | '.join(words)} |"
        yield f"|{' --- |' * len(words)}"
        yield from (f"| {' | '.join(row)} |" for row in found)
        yield ""
