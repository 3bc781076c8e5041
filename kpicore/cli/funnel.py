"""`kpicore metrics NAME --funnel`: who lies further from the common figure than chance explains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpicore.cli.output import note, payload, payload_json, width
from kpicore.cli.projects import project_facts
from kpicore.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kpicore.record import Setting
    from kpicore.report.funnel import FunnelView


def print_funnels(setting: Setting, names: Sequence[str], period: str | None, how: Mapping[str, Any]) -> None:
    """Measure metrics and print their funnels."""
    if not names or period is None or how["each"] is not None:
        raise ConfigError("a funnel is of metrics in one period; name them, add --period PERIOD, and leave --each out")
    if how["svg"] is not None and len(names) != 1:
        raise ConfigError(f"--svg writes the funnel of one metric (got {len(names)}: {', '.join(names)}); name one")
    views = _views(setting, names, period, how)
    if how["is_json"]:
        payload_json({"schema": "kpicore.funnel/1", "by": _by(how), "funnels": [view.to_dict() for view in views]})
    else:
        from kpicore.report.funnel_text import funnel_text

        payload("\n".join(funnel_text(view, width()) for view in views))
    if how["svg"] is not None:
        _write(how["svg"], views[0])


def _by(how: Mapping[str, Any]) -> str:
    return "person" if how["by"] == "all" else str(how["by"])


def _views(setting: Setting, names: Sequence[str], period: str, how: Mapping[str, Any]) -> list[FunnelView]:
    from kpicore import pipeline
    from kpicore.query import run as query
    from kpicore.query.grouping import read_people
    from kpicore.report.funnel import funnel_of

    wanted = pipeline.request(setting, names, period, by=_by(how), role=how["role"])
    with project_facts(setting.project) as facts:
        outcome = query.measure(facts, wanted)
        called = read_people(facts).names if _by(how) in ("person", "manager") else {}
    for each in outcome.failures:
        note(f"metric {each.what!r}: {each.why}")
    return [funnel_of(setting.registry.metric(name), outcome.matrix, called, setting.project.locale) for name in names]


def _write(path: Path, view: FunnelView) -> None:
    from kpicore.report.funnel_svg import funnel_svg

    try:
        path.write_text(funnel_svg(view), encoding="utf-8", newline="\n")
    except OSError as error:
        raise SourceError(
            f"the picture must be written to {path} ({error.strerror}); name a file in a folder that can be written"
        ) from error
    note(f"wrote {path}")
