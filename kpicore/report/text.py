"""The scorecards of a role as text: a table of people, then who has no score and why, then what was set aside."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kpicore.report import chance
from kpicore.report.chance import rank_text, score_text
from kpicore.report.figures import points
from kpicore.report.plain import plain
from kpicore.report.view import shown
from kpicore.report.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kpicore.model.result import GateEffect, Score
    from kpicore.report.view import View

WIDTH = 140
_GAP = 3
"""Blanks between two columns."""
_LONGEST_WORD = 24
"""What is longer may be broken where room is short; Chinese has no blanks."""


def grid(columns: Sequence[tuple[str, bool]], rows: Iterable[Sequence[str]], width: int = WIDTH) -> str:
    """Return a table as text. Columns are (heading, whether figures); cells are shown as they are, never as markup."""
    lines = [list(row) for row in rows]
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for (heading, is_figure), space in zip(columns, _widths(columns, lines, width), strict=True):
        table.add_column(Text(heading), justify="right" if is_figure else "left", overflow="fold", width=space)
    for row in lines:
        table.add_row(*(Text(cell) for cell in row))
    target = StringIO()
    console = Console(file=target, width=width, color_system=None, force_terminal=False, legacy_windows=False, highlight=False)
    console.print(table)
    return "\n".join(line.rstrip() for line in target.getvalue().splitlines()).strip("\n") + "\n"


def _widths(columns: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the width of each column: the widest give way first, and words are broken only where nothing else helps."""
    widths = [
        max(cell_len(line) for text in (word, *(row[at] for row in rows)) for line in text.split("\n"))
        for at, (word, _) in enumerate(columns)
    ]
    excess = sum(widths) + _GAP * (len(widths) - 1) - width
    for least in (_least(columns, rows), [1] * len(columns)):
        while excess > 0 and (wide := [at for at, space in enumerate(widths) if space > least[at]]):
            widths[max(wide, key=lambda at: widths[at])] -= 1
            excess -= 1
    return widths


def _least(columns: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the width of the longest word of each column; figures are one word with their unit."""
    found = []
    for at, (heading, is_figure) in enumerate(columns):
        words = [word for row in rows for word in (row[at].split("\n") if is_figure else row[at].split())]
        found.append(max(min(cell_len(word), _LONGEST_WORD) for word in ("", *heading.split(), *words)))
    return found


def scorecards(view: View, width: int = WIDTH) -> str:
    """Return the scorecards of everybody in the role."""
    parts = [view.heading(), "", _table(view, width)]
    parts += chance.notes(view) + _unscored(view, width) + _fired(view) + _notes(view)
    return "\n".join(parts).rstrip() + "\n"


def _table(view: View, width: int) -> str:
    """Return the table of people; dimensions and metrics for which there is no room follow in further tables."""
    words = [(say(word, view.locale), word in ("rank", "score")) for word in ("rank", "person", "team", "score", "band")]
    start = len(words)
    words += [(plain(dimension.title_in(view.locale)), True) for dimension in view.scorecard.dimensions]
    words += [(view.title(metric.use), True) for metric in view.scorecard.metrics]
    rows = [_row(view, score) for score in view.result.scores]
    parts = _parts(_least(words, rows), start, width)
    return "\n".join(grid([words[at] for at in part], [[row[at] for at in part] for row in rows], width) for part in parts)


def _parts(least: Sequence[int], start: int, width: int) -> list[list[int]]:
    """Divide the columns from `start` on among tables that are wide enough; rank and person are repeated."""
    parts = [list(range(start))]
    for at in range(start, len(least)):
        if sum(least[column] + _GAP for column in (*parts[-1], at)) - _GAP > width and parts[-1] != [0, 1]:
            parts.append([0, 1])
        parts[-1].append(at)
    return parts


def _row(view: View, score: Score) -> list[str]:
    cells = [f"{points(dimension.score)}\n{points(dimension.points)}" for dimension in score.dimensions]
    cells += [f"{view.value(cell)}\n{points(cell.points)}" for cell in score.metrics]
    fired = "*" if any(gate.fired for gate in score.gates) else ""
    rank, ranks = rank_text(score)
    figure, interval = score_text(score)
    about = [f"{rank}\n{ranks}", shown(score), plain(score.team or ""), f"{figure}{fired}\n{interval}"]
    return [*about, view.band(score.band), *cells]


def _unscored(view: View, width: int) -> list[str]:
    if not view.result.unscored:
        return []
    words = [(say(word, view.locale), False) for word in ("person", "team", "state", "why")]
    rows = [
        [shown(each), plain(each.team or ""), say(each.state.replace("_", " "), view.locale), plain(each.why)]
        for each in view.result.unscored
    ]
    return [f"{say('without a score', view.locale)}: {len(rows)}", "", grid(words, rows, width)]


def taken(view: View, gate: GateEffect) -> str:
    """Return what a gate took, in points; a cap takes nothing from a score that is below it."""
    return points(gate.points) if gate.points else say("takes nothing: the score is lower anyway", view.locale)


def _fired(view: View) -> list[str]:
    lines = [
        f"* {shown(score)}: {view.title(gate.use)} {view.condition(gate)}: {plain(gate.reason)} ({taken(view, gate)})"
        for score in view.result.scores
        for gate in score.gates
        if gate.fired
    ]
    return [*lines, ""] if lines else []


def _notes(view: View) -> list[str]:
    rejects = [
        f"  {fact}: {found.rows} ({'; '.join(f'{plain(reason)} {rows}' for reason, rows in sorted(found.reasons.items()))})"
        for fact, found in sorted(view.result.rejects.items())
    ]
    return [f"{say('set aside when the data was loaded', view.locale)}:", *rejects] if rejects else []
