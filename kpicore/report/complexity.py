"""What was allowed for complexity, in figures and words: a person's cases by class, and the review of coefficients and drift."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from attrs import frozen

from kpicore.report.figures import figure
from kpicore.report.plain import plain
from kpicore.report.text import grid
from kpicore.report.wording import say

if TYPE_CHECKING:
    from kpicore.model.complexity import ClassFigures, Coefficients
    from kpicore.model.result import MetricCell
    from kpicore.report.view import View


@frozen
class ClassPart:
    """What one person did in one class of cases."""

    metric: str
    values: tuple[str | None, ...]
    """One per column."""
    cases: float
    """Cases, or the denominator of a ratio."""
    amount: float
    """The metric's count, sum, successes or numerator."""
    per_case: float
    """What one counts, or what is expected of one case."""
    coefficient: float | None
    """How hard the class is; 1 is average."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        numbers = {"cases": self.cases, "amount": self.amount, "per_case": self.per_case, "coefficient": self.coefficient}
        return {"metric": self.metric, "values": list(self.values), **numbers}


def parts(view: View, subject: str) -> list[ClassPart]:
    """Return what a person did in each class, for every metric that was adjusted."""
    scored = view.run.scored
    at, found = scored.subjects.index(subject), []
    for metric, mix in scored.allowed.mixes.items():
        given = scored.allowed.coefficients[metric]
        listed = {each.values: place for place, each in enumerate(given.classes)}
        for column, values in enumerate(mix.classes):
            cases, amount = float(mix.exposure[at, column]), float(mix.amount[at, column])
            if cases or amount:
                place = listed.get(values)
                hardness = None if place is None else given.classes[place].coefficient
                found.append(ClassPart(metric, values, cases, amount, _per_case(given, subject, place), hardness))
    return found


def _per_case(given: Coefficients, subject: str, place: int | None) -> float:
    if place is None:
        return given.other
    return given.own[subject][place] if subject in given.own else given.classes[place].per_case


def adjusted(view: View, cell: MetricCell) -> str:
    """Return what complexity made of a value, as a clause; '' where nothing was adjusted."""
    if cell.adjusted is None:
        return ""
    value = figure(cell.adjusted, view.metric(cell.metric).unit, view.locale)
    if cell.complexity is None:
        return f",按工作难度调整为 {value}" if view.locale == "zh" else f", {value} allowing for complexity"
    if view.locale == "zh":
        return f",难度系数 {cell.complexity:.3f}(1 为平均),调整后为 {value}"
    return f", {value} allowing for cases with a coefficient of {cell.complexity:.3f} (1 is average, more is harder)"


def section(view: View, subject: str, width: int) -> list[str]:
    """Return a person's cases by class as text; nothing where nothing was adjusted."""
    found = parts(view, subject)
    if not found:
        return []
    words = ("metric", "class", "cases", "amount", "each counts or is expected", "coefficient")
    rows = [[view.title(each.metric), named(each.values, view.locale), *_figures(view, each)] for each in found]
    return ["", f"{say('cases by class', view.locale)}:", "", _grid(view, words, rows, width)]


_TEXTS = ("metric", "class", "person", "")
"""Columns that hold no figures."""


def _grid(view: View, words: tuple[str, ...], rows: list[list[str]], width: int) -> str:
    return grid([(say(word, view.locale) if word else "", word not in _TEXTS) for word in words], rows, width)


def _figures(view: View, part: ClassPart) -> list[str]:
    given = view.run.scored.allowed.coefficients[part.metric]
    unit = "count" if given.form == "credit" else view.metric(part.metric).unit
    return [f"{part.cases:,.6g}", f"{part.amount:,.6g}", figure(part.per_case, unit, view.locale), ratio(part.coefficient)]


def named(values: tuple[str | None, ...], locale: str) -> str:
    """Return the name of a class, e.g. 'large · support'."""
    return " · ".join(say("unknown", locale) if value is None else plain(value) for value in values)


def ratio(number: float | None) -> str:
    """Return a ratio with three decimals."""
    return "–" if number is None or math.isnan(number) else f"{number:.3f}"


def review(view: View, metric: str, declared: Coefficients, fitted: Coefficients | None, width: int) -> str:
    """Return the coefficients that were used beside those that the results stand for, per class, as text."""
    beside = {} if fitted is None else {each.values: each for each in fitted.classes}
    words = ("class", "cases", "people", "used", "from results", "used / from results", "")
    rows = [_row(view, each, beside.get(each.values)) for each in declared.classes if each.cases or each.values in beside]
    heading = f"{view.title(metric)} ({metric}) · {declared.method} · {' · '.join(declared.columns)}"
    approved = "" if declared.approved_by is None else f" · {say('approved by', view.locale)} {plain(declared.approved_by)}"
    return f"{heading}{approved}\n\n{_grid(view, words, rows, width)}"


def _row(view: View, used: ClassFigures, fitted: ClassFigures | None) -> list[str]:
    result = None if fitted is None else fitted.coefficient
    flags = dict.fromkeys([*used.flags, *(fitted.flags if fitted is not None else ())])
    told = ", ".join(say(flag, view.locale) for flag in flags)
    counts = [f"{used.cases:,.6g}", f"{used.subjects:,}"]
    return [named(used.values, view.locale), *counts, ratio(used.coefficient), ratio(result), ratio(against(used, fitted)), told]


def against(used: ClassFigures, fitted: ClassFigures | None) -> float | None:
    """Return the coefficient that was used, over the one that the results stand for."""
    if fitted is None or not used.coefficient or not fitted.coefficient:
        return None
    return used.coefficient / fitted.coefficient


def drift(view: View, metric: str, width: int) -> str:
    """Return how each person's mix moved since the period before, the most unusual first, as text."""
    moved = [each for each in view.result.drifts.get(metric, ()) if each.before is not None and each.now is not None]
    rows = [
        [
            plain(each.subject),
            ratio(each.before),
            ratio(each.now),
            f"{100 * ((each.now or 0.0) / (each.before or 1.0) - 1):+.1f} %",
            "–" if each.z is None else f"{each.z:+.2f}",
            say("cases became harder than the peers' did", view.locale) if each.is_unusual else "",
        ]
        for each in sorted(moved, key=lambda each: (-(each.z if each.z is not None else -math.inf), each.subject))
    ]
    return _grid(view, ("person", "before", "now", "change", "z", ""), rows, width) if rows else ""


def to_dict(view: View, metric: str, used: Coefficients, fitted: Coefficients | None, why: str) -> dict[str, Any]:
    """Return the review of one metric as plain values for JSON; `why` says why nothing was fitted."""
    beside = {} if fitted is None else {each.values: each for each in fitted.classes}
    classes = [
        {
            **each.to_dict(),
            "from_results": None if each.values not in beside else beside[each.values].coefficient,
            "used_over_results": against(each, beside.get(each.values)),
            "flags_of_results": [] if each.values not in beside else list(beside[each.values].flags),
        }
        for each in used.classes
    ]
    moved = [each.to_dict() for each in view.result.drifts.get(metric, ())]
    told = {**used.to_dict(), "classes": classes}
    return {"metric": metric, **told, "why": why or None, "drift": moved, "drift_of_peers": _of_peers(view, metric)}


def _of_peers(view: View, metric: str) -> float | None:
    moved = view.run.scored.allowed.drifts.get(metric)
    return None if moved is None or math.isnan(moved.peers) else math.expm1(moved.peers)
