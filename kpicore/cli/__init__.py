"""The command line: reads arguments, calls the pipeline, prints. The one edge where errors become exit codes.

Commands live in modules of their own that are imported when the command is used, so that the program starts fast.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

from kpicore import __version__
from kpicore.errors import ExitCode, KpiError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("kpicore.cli.project", "Write a starting project."),
    "load": ("kpicore.cli.project", "Load the project's data into its facts."),
    "entities": ("kpicore.cli.entities", "Find the customer records that are one customer."),
    "check": ("kpicore.cli.check", "Check project, data and scorecards."),
    "facts": ("kpicore.cli.catalogue", "Show the canonical fact tables."),
    "plugins": ("kpicore.cli.catalogue", "Show the plugins and what they offer."),
    "metrics": ("kpicore.cli.metrics", "Show metrics, what a project can feed, and their values."),
    "funnel": ("kpicore.cli.stages", "Show how deals went through the stages of the pipeline."),
    "plan": ("kpicore.cli.plan", "Show the SQL of an evaluation, and why it looks so."),
    "evaluate": ("kpicore.cli.evaluate", "Score the people of a role for a period."),
    "explain": ("kpicore.cli.evaluate", "Explain how one person's score came about."),
    "weights": ("kpicore.cli.weights", "Show what each weight decides, beside weights read off the data."),
    "sensitivity": ("kpicore.cli.sensitivity", "Show on which choices ranks and bands hang."),
    "complexity": ("kpicore.cli.complexity", "Review what is allowed for complexity, and whose mix of cases moved."),
    "compare": ("kpicore.cli.compare", "Show why a metric changed between two periods, by segment."),
    "handbook": ("kpicore.cli.handbook", "Print the KPI handbook of a project."),
    "graph": ("kpicore.cli.graph", "Draw which metric drives or guards which, and what the data says of it."),
    "demo": ("kpicore.cli.demo", "Make and score a generated organisation."),
}
"""Command -> module and one line of help, in the order of use."""


class Commands(click.Group):
    """Finds a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of use."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; an unknown one offers the nearest."""
        if cmd_name not in COMMANDS:
            ctx.fail(f"there is no command {cmd_name!r}{nearest(cmd_name, COMMANDS)}")
        command: click.Command = getattr(import_module(COMMANDS[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, prog_name="kpicore", message="%(prog)s %(version)s")
@click.option("--block", multiple=True, metavar="PLUGIN", help="Leave a plugin out; may be repeated.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def cli(ctx: click.Context, block: tuple[str, ...], debug: bool) -> None:  # noqa: FBT001  # click passes flags by name
    """Explained, fair, per-role scorecards for the people who work in a CRM.

    Results go to standard output, everything else to standard error.
    Exit codes: 0 fine, 1 findings, 2 usage or configuration, 3 data source, 4 plugin, 70 a bug in kpicore.
    """
    ctx.obj = {"block": block, "debug": debug}


def main(arguments: Sequence[str] | None = None) -> int:  # noqa: PLR0911  # one return per kind of ending reads best
    """Run the command line and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return int(cli.main(args=given, prog_name="kpicore", standalone_mode=False) or ExitCode.OK)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except click.Abort:
        return 128 + 2
    except SystemExit:
        # click leaves so when whoever reads has heard enough; that is no error.
        return ExitCode.OK
    except KpiError as error:
        return _fail(error, error.exit_code, str(error), given)
    except Exception as error:  # noqa: BLE001  # the one edge: whatever was not foreseen is a bug, and says so
        says = f"this is a bug in kpicore ({type(error).__name__}: {error}); run again with --debug and report what it shows"
        return _fail(error, ExitCode.BUG, says, given)


def _fail(error: Exception, code: int, says: str, arguments: list[str]) -> int:
    from kpicore.report.plain import plain

    if "--debug" in arguments:
        import traceback

        traceback.print_exception(error)
    click.echo("\n".join(plain(line) for line in f"kpicore: error: {says}".splitlines()), err=True)
    return code
