"""The scorecards of a role as text: a table of people, then who has no score and why, then what was set aside."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kpicore.report.figures import points
from kpicore.report.plain import plain
from kpicore.report.view import shown
from kpicore.report.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kpicore.model.result import Score
    from kpicore.report.view import View

WIDTH = 140


def grid(columns: Sequence[tuple[str, bool]], rows: Iterable[Sequence[str]], width: int = WIDTH) -> str:
    """Return a table as text. Columns are (heading, whether figures); cells are shown as they are, never as markup."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading, is_figure in columns:
        table.add_column(Text(heading), justify="right" if is_figure else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    target = StringIO()
    console = Console(file=target, width=width, color_system=None, force_terminal=False, legacy_windows=False, highlight=False)
    console.print(table)
    return "\n".join(line.rstrip() for line in target.getvalue().splitlines()).strip("\n") + "\n"


def scorecards(view: View, width: int = WIDTH) -> str:
    """Return the scorecards of everybody in the role."""
    parts = [view.heading(), "", _table(view, width)]
    parts += _unscored(view, width) + _fired(view) + _notes(view)
    return "\n".join(parts).rstrip() + "\n"


def _table(view: View, width: int) -> str:
    uses = [metric.use for metric in view.scorecard.metrics]
    words = [(say(word, view.locale), word in ("rank", "score")) for word in ("rank", "person", "team", "score", "band")]
    return grid([*words, *((view.title(use), True) for use in uses)], [_row(view, score) for score in view.result.scores], width)


def _row(view: View, score: Score) -> list[str]:
    cells = [f"{view.value(cell)}\n{points(cell.points)}" for cell in score.metrics]
    fired = "*" if any(gate.fired for gate in score.gates) else ""
    return [str(score.rank), shown(score), plain(score.team or ""), f"{points(score.score)}{fired}", _band(view, score.band), *cells]


def _band(view: View, name: str | None) -> str:
    found = next((band for band in view.scorecard.bands if band.name == name), None)
    title = found.title.get(view.locale) if found is not None and found.title else None
    return plain(title or name or "")


def _unscored(view: View, width: int) -> list[str]:
    if not view.result.unscored:
        return []
    words = [(say(word, view.locale), False) for word in ("person", "team", "state", "why")]
    rows = [
        [shown(each), plain(each.team or ""), say(each.state.replace("_", " "), view.locale), plain(each.why)]
        for each in view.result.unscored
    ]
    return [f"{say('without a score', view.locale)}: {len(rows)}", "", grid(words, rows, width)]


def _fired(view: View) -> list[str]:
    lines = [
        f"* {shown(score)}: {view.title(gate.use)} {gate.condition}: {plain(gate.reason)} ({points(gate.points)})"
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
