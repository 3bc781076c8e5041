"""How commands print: the payload to standard output, everything else to standard error, colour and progress only on a terminal."""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any, TextIO, cast

import click

from kpicore.errors import PluginError
from kpicore.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kpicore.model.plugin import Failure as PluginFailure
    from kpicore.model.result import Failure

as_json = click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")


class Command(click.Command):
    """Keeps standard output for the payload: what a plugin prints goes to standard error, and a plugin cannot end the program."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command.

        Raises:
            PluginError: a plugin called sys.exit where nobody could name it.
        """
        ctx.meta[_OUTPUT] = sys.stdout
        try:
            with redirect_stdout(sys.stderr):
                return super().invoke(ctx)
        except SystemExit as error:
            raise PluginError(f"a plugin must not end the program (it called sys.exit({error.code!r})); block it with --block") from error


_OUTPUT = f"{__name__}.output"


def _output() -> TextIO:
    ctx = click.get_current_context(silent=True)
    return cast("TextIO", sys.stdout if ctx is None else ctx.meta.get(_OUTPUT, sys.stdout))


def payload(text: str) -> None:
    """Print a result."""
    click.echo(text, file=_output(), nl=not text.endswith("\n"))


def payload_json(content: dict[str, Any]) -> None:
    """Print a result as one line of JSON, without characters that steer a terminal."""
    payload(json.dumps(content, ensure_ascii=not _is_utf8(), allow_nan=False, default=str))


def _is_utf8() -> bool:
    return (_output().encoding or "").lower().replace("-", "") == "utf8"


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

    return max(100, shutil.get_terminal_size((WIDTH, 24)).columns) if _output().isatty() else WIDTH


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
