"""How commands print: the payload to standard output, everything else to standard error, colour and progress only on a terminal."""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from kpicore.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kpicore.model.plugin import Failure as PluginFailure
    from kpicore.model.result import Failure

as_json = click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")


def payload(text: str) -> None:
    """Print a result."""
    click.echo(text, nl=not text.endswith("\n"))


def payload_json(content: dict[str, Any]) -> None:
    """Print a result as one line of JSON, without characters that steer a terminal."""
    payload(json.dumps(content, ensure_ascii=not _is_utf8(), allow_nan=False, default=str))


def _is_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def note(text: str) -> None:
    """Print a remark."""
    click.echo(f"kpicore: {plain(text)}", err=True)


def notes(failures: Iterable[PluginFailure | Failure]) -> None:
    """Say once what failed and was left out."""
    for each in failures:
        note(f"{each.plugin or 'a plugin'}: {each.what}: {each.why}")


def width() -> int:
    """Return how wide tables may be: the terminal's width, or a fixed one when the output goes elsewhere."""
    from kpicore.report.text import WIDTH

    return max(100, shutil.get_terminal_size((WIDTH, 24)).columns) if sys.stdout.isatty() else WIDTH


@contextmanager
def progress(title: str) -> Iterator[Callable[[str, int, int], None] | None]:
    """Show a progress bar on a terminal; yield what is to be told, or None where nobody looks."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.fields[title]}"), BarColumn(), TextColumn("{task.fields[doing]}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, title=title, doing="")

        def tell(doing: str, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, doing=plain(doing))

        yield tell
