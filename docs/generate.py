"""Writes the reference pages that are taken from the code; with --check, tells which of them are not current.

Run it after changing a fact, a hook, an exit code, a command, a metric or a rule of the linter: `python docs/generate.py`.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpicore import errors, facts, hookspecs
from kpicore.model.text import in_language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import click
    from sqlalchemy import Column, Table

    from kpicore.model.metric import Metric
    from kpicore.model.rule import Reason
    from kpicore.registry import Registry

REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- Written by docs/generate.py from the code; change the code and run it again. -->"
WIDTH = 100


def main() -> int:
    """Write the pages, or check them; return 1 if a page was not current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a page is not current")
    check = parser.parse_args().check
    stale = [name for name, text in pages().items() if not is_current(name, text)]
    if not check:
        write({name: text for name, text in pages().items() if name in stale})
    for name in stale:
        print(f"docs/reference/{name}.md {'is not current; run: python docs/generate.py' if check else 'written'}")
    return int(check and bool(stale))


def pages() -> dict[str, str]:
    """Return the text of every generated page, by its name."""
    makers: dict[str, Callable[[], Iterable[str]]] = {"facts": facts_page, "hooks": hooks_page, "exit-codes": exit_codes_page}
    if find_spec("kpicore.cli") is not None:
        makers["cli"] = cli_page
    if find_spec("kpicore.registry") is not None:
        makers |= {"metrics": metrics_page, "rules": rules_page}
    if find_spec("kpicore.lint") is not None:
        makers["linter/index"] = linter_page
    return {name: "\n".join([NOTE, *make()]).rstrip() + "\n" for name, make in makers.items()}


def is_current(name: str, text: str) -> bool:
    """Tell whether a page exists and says `text`."""
    page = REFERENCE / f"{name}.md"
    return page.is_file() and page.read_text(encoding="utf-8") == text


def write(texts: dict[str, str]) -> None:
    """Write the pages."""
    for name, text in texts.items():
        (REFERENCE / f"{name}.md").parent.mkdir(parents=True, exist_ok=True)
        (REFERENCE / f"{name}.md").write_text(text, encoding="utf-8", newline="\n")


def facts_page() -> Iterator[str]:
    """Yield the canonical tables: every column with its type, unit, meaning, and what null means."""
    tables = facts.metadata.tables.values()
    yield from ("# The canonical facts", "", *paragraphs(facts.__doc__), "")
    yield from table(["Table", "One row is"], [[f"[{one.name}](#{one.name})", one.comment or ""] for one in tables])
    yield from ("", "Types as the database stores them:", "")
    yield from table(["Type", "Stored as"], sorted({(column.info["kind"], str(column.type)) for one in tables for column in one.c}))
    for one in tables:
        yield from ("", f"## {one.name}", "", one.comment or "", "")
        yield from ownership(one)
        yield from table(["Column", "Type", "Unit", "Meaning", "Null means"], [column_row(column) for column in one.c])


def ownership(one: Table) -> list[str]:
    """Say to whom a row belongs, and where changes of its owner are recorded."""
    owner, history = one.info["owner"], one.info["history"]
    if owner is None:
        return []
    recorded = f"; earlier owners are in [{history['table']}](#{history['table']})" if history else ""
    return [f"A row belongs to the person in `{owner}`{recorded}.", ""]


def column_row(column: Column[Any]) -> list[str]:
    """Return one line of a table's columns."""
    meaning, info = column.comment or "", column.info
    if "references" in info:
        goal, key = info["references"].split(".")
        meaning += f" Refers to [{goal}](#{goal}).`{key}`."
    return [f"`{column.name}`", info["kind"], info["unit"], meaning, info["null"]]


def hooks_page() -> Iterator[str]:
    """Yield the hooks in calling order, each with its signature and its docstring."""
    yield from ("# Hooks", "", *paragraphs(hookspecs.__doc__))
    for name, hook in vars(hookspecs).items():
        if hasattr(hook, "kpicore_spec"):
            signature = f"def {name}{inspect.signature(hook)}: ...".replace("'", "")
            yield from ("", f"## {name}", "", "<!-- not run: a signature -->", "```python", signature, "```", "")
            yield from markdown(inspect.getdoc(hook) or "")


def exit_codes_page() -> Iterator[str]:
    """Yield the exit codes of the command line, and the errors that lead to each."""
    meaning = member_docstrings(errors.ExitCode)
    yield from ("# Exit codes", "", "What `kpicore` returns to the shell, in `kpicore.errors.ExitCode`.", "")
    yield from table(["Code", "Name", "Meaning"], [[str(code.value), f"`{code.name}`", meaning[code.name]] for code in errors.ExitCode])
    raised = [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, errors.KpiError)]
    yield from ("", "## Errors", "", "Each error that kpicore raises on purpose carries its code.", "")
    rows = [[f"`{kind.__name__}`", str(kind.exit_code.value), summary(kind)] for kind in sorted(raised, key=lambda kind: kind.__name__)]
    yield from table(["Error", "Code", "Meaning"], rows)


def cli_page() -> Iterator[str]:
    """Yield the help of every command."""
    from kpicore.cli import cli as program

    yield from ("# The command line", "", "Results go to standard output, everything else to standard error.")
    yield "What a command returns to the shell is told in [exit codes](exit-codes.md)."
    yield from command_help(program, "kpicore", 2)


def metrics_page() -> Iterator[str]:
    """Yield every bundled metric, by plugin."""
    found = bundled()
    yield from (
        "# Metrics",
        "",
        "The metrics of the plugins that kpicore brings along; those of other plugins are shown by `kpicore metrics`.",
    )
    for plugin in found.plugins:
        names = plugin.offers.get("kpicore_metrics", ())
        if names:
            yield from ("", f"## {plugin.name}", "")
            yield from table(["Metric", "Title", "Unit", "Better"], [metric_row(found.metrics[name]) for name in names])
        for name in names:
            yield from metric_entry(found.metrics[name])


def metric_row(metric: Metric) -> list[str]:
    """Return a metric's line in the overview of its plugin."""
    better = {"none": "neither"}.get(metric.direction, metric.direction)
    return [f"[{metric.name}](#{slug(metric.name)})", " ".join(metric.title.values()), metric.unit, better]


def metric_entry(metric: Metric) -> Iterator[str]:
    """Yield what a metric means and how it is computed."""
    told = {
        "Formula": in_language(metric.formula),
        "Caliber": in_language(metric.caliber),
        "Dimension": metric.dimension,
        "Measured for": ", ".join(metric.kinds),
        "Shortest period": metric.frequency,
        "Drives": ", ".join(f"`{name}`" for name in metric.drives),
        "Guarded by": ", ".join(f"`{name}`" for name in metric.guards),
        "How it could be gamed": in_language(metric.gaming),
        "Parameters": ", ".join(f"`{name} = {value!r}`" for name, value in sorted(metric.parameters.items())),
        "Source": metric.source,
    }
    yield from ("", f"### {metric.name}", "", in_language(metric.definition), "")
    yield from (f"- {label}: {text}" for label, text in told.items() if text)


def rules_page() -> Iterator[str]:
    """Yield every bundled credit rule with its reasons."""
    yield from ("# Credit rules", "", "What each row of a fact counts for, and for which reasons some count for less or nothing.")
    yield "The first reason that strikes a row is the one reported."
    for rule in bundled().rules.values():
        yield from ("", f"## {rule.name}", "", f"{' '.join(rule.title.values())}. {rule.docs}".rstrip(), "")
        rows = [[f"`{each.code}`", " ".join(each.title.values()), _credit(each)] for each in rule.reasons]
        yield from table(["Reason", "Meaning", "Credit"], rows)
        if rule.parameters:
            told = ", ".join(f"`{name} = {value!r}`" for name, value in sorted(rule.parameters.items()))
            yield from ("", f"Parameters, `[parameters.{rule.name}]`: {told}.")


def _credit(reason: Reason) -> str:
    return f"{reason.credit:g}" if isinstance(reason.credit, (int, float)) else "falling"


def linter_page() -> Iterator[str]:
    """Yield the rules of the scorecard linter; each has a page of its own, and how to ignore one is told here."""
    from kpicore.lint import RULES, lint

    head = ("# The scorecard linter", "", "`kpicore check` reads each scorecard as a designer would, and says what to change.")
    yield from (*head, "Rules SC0xx read the scorecard alone.")
    yield "Rules SC1xx read what it did to people in the last complete period in which somebody has a score, or in that of `--period`."
    yield from ("They are left out, with a note, where the data cannot be read.", "")
    for needs_people in (False, True):
        rows = [
            [f"[{rule.code}]({rule.code}.md)", rule.name, rule.severity, rule.title] for rule in RULES if rule.needs_people is needs_people
        ]
        yield from (*table(["Code", "Name", "Severity", "What it finds"], rows), "")
    yield from (
        "## Ignoring a finding",
        "",
        "A finding that is meant is declared in the scorecard, or for all scorecards in `kpicore.toml`,",
    )
    yield from ("by its code or by code and metric, with the reason:", "", "```toml", "[lint]", 'ignore = { SC003 = "reviewed by hand" }')
    yield from ("```", "", "```toml", "[lint.ignore]", '"SC110 service.nps" = "published with its interval"', "```", "")
    yield from (
        "Ignored findings are still listed, with their reasons, as notes and in `--json`; they change no exit code and no score.",
        "",
    )
    yield from ("## From Python", "", f"`kpicore.lint.lint{inspect.signature(lint)}`".replace("'", "") + ":", "")
    yield from markdown(inspect.getdoc(lint) or "")


def bundled() -> Registry:
    """Load the plugins of kpicore's own distribution, and no other that may be installed."""
    from kpicore import registry

    entries = metadata.distribution("kpicore").entry_points.select(group="kpicore")
    found = registry.load(builtin=None, plugins=[entry.load() for entry in entries], entry_points=False)
    if found.failures:
        raise SystemExit("\n".join(f"{failure.plugin}: {failure.what}: {failure.why}" for failure in found.failures))
    return found


def command_help(command: click.Command, path: str, level: int) -> Iterator[str]:
    """Yield the help of a command and of those under it."""
    import click

    context = click.Context(command, info_name=path, terminal_width=WIDTH, max_content_width=WIDTH)
    yield from ("", f"{'#' * level} {path}", "", "```text", command.get_help(context), "```")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from command_help(below, f"{path} {name}", min(level + 1, 4))


def member_docstrings(enum: type) -> dict[str, str]:
    """Return the string that follows each member of an enumeration in its source."""
    body = ast.parse(inspect.getsource(enum)).body[0]
    assert isinstance(body, ast.ClassDef)
    pairs = zip(body.body, body.body[1:], strict=False)
    return {
        member.targets[0].id: str(text.value.value)
        for member, text in pairs
        if isinstance(member, ast.Assign) and isinstance(member.targets[0], ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }


def markdown(docstring: str) -> Iterator[str]:
    """Yield a Google-style docstring as Markdown: its sections' entries become lists."""
    for line in docstring.splitlines():
        entry = re.match(r" {4}(\w+): (.*)", line)
        section = re.fullmatch(r"(Args|Returns|Raises):", line)
        if section:
            yield from (f"{section[1]}:", "")
        elif entry:
            yield f"- `{entry[1]}`: {entry[2]}"
        else:
            yield line.replace("        ", "  ", 1)


def slug(heading: str) -> str:
    """Return the anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def paragraphs(docstring: str | None) -> list[str]:
    """Return the lines of a docstring."""
    return inspect.cleandoc(docstring or "").splitlines()


def summary(item: object) -> str:
    """Return the first line of a docstring."""
    return (inspect.getdoc(item) or "").partition("\n")[0]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a Markdown table."""
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(escaped(cell) for cell in cells)} |"


def escaped(cell: str) -> str:
    """Return a text that does not end its cell."""
    return cell.replace("|", "\\|")


if __name__ == "__main__":
    raise SystemExit(main())
