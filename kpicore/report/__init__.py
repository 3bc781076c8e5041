"""Reports: the result of a run as text or JSON. Third-party reports render the same view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.model.offer import Report

if TYPE_CHECKING:
    from kpicore.report.view import View


def builtin_reports() -> list[Report]:
    """Return the reports that every installation has."""
    return [
        Report("json", {"en": "The result as JSON (kpicore.run/1)", "zh": "JSON 结果 (kpicore.run/1)"}, _json),
        Report("text", {"en": "Scorecards as text", "zh": "文本计分卡"}, _text),
    ]


def _json(view: View, locale: str) -> str:
    del locale
    return view.result.to_json()


def _text(view: View, locale: str) -> str:
    from attrs import evolve

    from kpicore.report.text import scorecards

    return scorecards(evolve(view, locale=locale))
