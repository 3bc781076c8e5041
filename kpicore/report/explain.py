"""How one person's score came about, in figures and words, down to the facts that were counted and those that were not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from attrs import frozen

from kpicore.model.measure import sql_text
from kpicore.model.result import Score
from kpicore.model.text import in_language
from kpicore.query.run import closure
from kpicore.report import chance, complexity, small
from kpicore.report.aggregation import how
from kpicore.report.chance import bracketed, rank_text, score_text
from kpicore.report.drivers import behind_text
from kpicore.report.figures import figure, points
from kpicore.report.plain import plain
from kpicore.report.text import WIDTH, grid, taken
from kpicore.report.view import shown
from kpicore.report.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore.model.dimension import Dimension, DimensionScore
    from kpicore.model.metric import Metric
    from kpicore.model.result import Credit, MetricCell, Unscored
    from kpicore.query.records import Record
    from kpicore.report.drivers import Behind
    from kpicore.report.view import View


_LONGEST = 160
"""Longer expressions are cut in the text, as nobody reads them there."""


@frozen
class Counted:
    """One aggregate behind a metric: what was counted or summed, and what it came to."""

    metric: str
    fact: str
    aggregate: str
    """count, sum, ... of which column, in the words of the definition."""
    condition: str
    value: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "metric": self.metric,
            "fact": self.fact,
            "aggregate": self.aggregate,
            "condition": self.condition,
            "value": self.value,
        }


def counted(view: View, subject: str) -> list[Counted]:
    """Return the aggregates behind each of the scorecard's metrics for one person."""
    evidence = view.run.evidence
    measured, registry = evidence.outcome.measured, evidence.setting.registry
    at = measured.subjects.index(subject)
    column = measured.windows.index(evidence.request.periods[0])
    found = []
    for name in closure(registry.metrics, view.scorecard.uses()):
        for part in registry.metrics[name].measures():
            if part.key in measured.arrays and part.function != "squares":
                value = float(measured.arrays[part.key][at, column])
                aggregate = f"{part.function} of {sql_text(part.value)}"
                found.append(Counted(name, part.fact.name, aggregate, sql_text(part.where), None if math.isnan(value) else value))
    return found


def to_dict(view: View, person: Score | Unscored, drivers: Sequence[Behind] = ()) -> dict[str, Any]:
    """Return the explanation as plain values for JSON; see `explanation`."""
    held = view.result.scale.treatments
    cells = [
        {**cell.to_dict(), **_about(view, cell), "goalposts": _posts(cell.goalposts), "treatment": _posts(held.get(cell.metric, {}))}
        for cell in person.metrics
    ]
    return {
        "schema": "kpicore.explanation/1",
        "run": view.result.run.to_dict(),
        "aggregate": view.scorecard.aggregate.by,
        "aggregate_within": {dimension.name: dimension.aggregate.by for dimension in view.scorecard.dimensions},
        "missing": view.scorecard.missing,
        **person.to_dict(),
        "metrics": cells,
        "counted": [each.to_dict() for each in counted(view, person.subject)],
        "classes": [each.to_dict() for each in complexity.parts(view, person.subject)],
        "rejects": {fact: found.to_dict() for fact, found in sorted(view.result.rejects.items())},
        "drivers": [each.to_dict() for each in drivers],
        "text": explanation(view, person, drivers=drivers),
    }


def _about(view: View, cell: MetricCell) -> dict[str, Any]:
    metric = view.metric(cell.metric)
    return {
        "title": dict(metric.title),
        "definition": in_language(metric.definition, view.locale),
        "unit": metric.unit,
        "direction": metric.direction,
    }


def _posts(goalposts: Mapping[str, float | tuple[float, ...]]) -> dict[str, Any]:
    return {key: list(post) if isinstance(post, tuple) else post for key, post in sorted(goalposts.items())}


def explanation(view: View, person: Score | Unscored, width: int = WIDTH, drivers: Sequence[Behind] = ()) -> str:
    """Return the explanation as text.

    Args:
        view: the run.
        person: whose score it is.
        width: of tables.
        drivers: what drives the person's figures in the lower half, where that was measured.
    """
    parts = [f"{shown(person)} · {view.heading()}", _verdict(view, person), "", _table(view, person, width)]
    parts += behind_text(drivers, view.locale, width)
    parts += [f"{say('in words', view.locale)}:", *_sentences(view, person), ""]
    parts += [f"{say('what was counted', view.locale)}:", "", _counted(view, person, width)]
    parts += _credits(view, person) + complexity.section(view, person.subject, width) + _rejects(view)
    return "\n".join(parts).rstrip() + "\n"


def _verdict(view: View, person: Score | Unscored) -> str:
    if not isinstance(person, Score):
        return f"{say('without a score', view.locale)} ({say(person.state.replace('_', ' '), view.locale)}): {plain(person.why)}"
    rank = say("rank {} of {}", view.locale, bracketed(*rank_text(person)), len(view.result.scores))
    band = f", {view.band(person.band)}" if person.band else ""
    share = f"{say('coverage', view.locale)} {figure(person.coverage, 'share')}"
    return f"{say('{} of 100 points', view.locale, bracketed(*score_text(person)))}, {rank}{band}; {share}"


def _table(view: View, person: Score | Unscored, width: int) -> str:
    words = ("metric", "value", "n", "held against", "normalised", "weight", "points")
    rows = _rows(view, person)
    if isinstance(person, Score):
        rows += [_gate_row(view, gate) for gate in person.gates if gate.fired]
        rows.append([say("sum", view.locale), "", "", "", "", "", points(person.score)])
    return grid([(say(word, view.locale), word not in ("metric", "held against")) for word in words], rows, width)


def _rows(view: View, person: Score | Unscored) -> list[list[str]]:
    """Return the metrics; under their dimensions, with the subtotal of each, where there are any."""
    if not isinstance(person, Score) or not person.dimensions:
        return [_row(view, cell) for cell in person.metrics]
    rows = []
    for dimension, each in zip(view.scorecard.dimensions, person.dimensions, strict=True):
        rows.append(_dimension_row(view, dimension, each))
        cells = [cell for cell, metric in zip(person.metrics, view.scorecard.metrics, strict=True) if metric.dimension == dimension.name]
        rows += [[f"  {title}", *rest] for title, *rest in (_row(view, cell) for cell in cells)]
    return rows


def _dimension_row(view: View, dimension: Dimension, came: DimensionScore) -> list[str]:
    normal = "–" if came.score is None else f"{came.score / 100:.3f}"
    weight = "–" if came.weight is None else figure(came.weight, "share")
    return [plain(dimension.title_in(view.locale)), "", "", "", normal, weight, points(came.points)]


def _gate_row(view: View, gate: Any) -> list[str]:
    value = figure(gate.value, view.metric(gate.use).unit, view.locale)
    return [f"{say('gate', view.locale)}: {view.title(gate.use)}", value, "", view.condition(gate), "", "", points(gate.points)]


def _row(view: View, cell: MetricCell) -> list[str]:
    normal = "–" if cell.normalised is None else f"{cell.normalised:.3f}"
    weight = "–" if cell.weight is None else figure(cell.weight, "share")
    value = view.value(cell)
    if cell.adjusted is not None:
        value += f" → {figure(cell.adjusted, view.metric(cell.metric).unit, view.locale)}"
    if cell.shrunk is not None:
        value += f" → {figure(cell.shrunk, view.metric(cell.metric).unit, view.locale)}"
    return [view.title(cell.metric), value, f"{cell.n:,.6g}", against(view, cell), normal, weight, points(cell.points)]


def against(view: View, cell: MetricCell) -> str:
    """Return what a value was held against, e.g. 'floor 40.0 %, target 63.0 %, stretch 75.0 %'."""
    unit, treatment = view.metric(cell.metric).unit, view.result.scale.treatments.get(cell.metric, {})
    ends = [figure(_number(treatment[key]), unit, view.locale) for key in ("low", "high") if key in treatment]
    if "log" in treatment:
        return say("the peers by logarithm, {} to {}", view.locale, *ends)
    told = [text for key, post in cell.goalposts.items() if (text := _post(key, post, unit, view.locale))]
    return ", ".join([*told, *([say("outliers drawn in to {}", view.locale, " / ".join(ends))] if ends else [])])


_SHOWN = ("floor", "target", "stretch", "baseline", "low", "high", "worst", "best", "reference", "mean", "midpoint")
"""Goalposts that are values in the metric's unit, and are told by name; so are those of other normalisers:"""
_OFTEN = ("minimum", "maximum", "lower", "upper")


def _post(key: str, post: float | tuple[float, ...], unit: str, locale: str) -> str:
    if isinstance(post, tuple) and key == "cuts":
        return f"{say(key, locale)} {' / '.join(figure(cut, unit, locale) for cut in post)}"
    if isinstance(post, tuple) and key not in ("share", "worth"):  # the heights that belong to the places
        known = sorted(number for number in post if not math.isnan(number))
        ends = [figure(number, unit, locale) for number in (known[0], known[-1])] if known else []
        return say("{} peers, {} to {}", locale, len(known), *ends) if known else ""
    return f"{say(key, locale)} {figure(_number(post), unit, locale)}" if key in _SHOWN + _OFTEN else ""


def _number(post: float | tuple[float, ...]) -> float:
    return math.nan if isinstance(post, tuple) else float(post)


def _sentences(view: View, person: Score | Unscored) -> list[str]:
    lines = [f"  {_sentence(view, cell, is_scored=isinstance(person, Score))}" for cell in person.metrics]
    if isinstance(person, Score):
        lines += [f"  {each}" for each in how(view)] + [f"  {_gate_sentence(view, gate)}" for gate in person.gates]
        lines += [f"  {each}" for each in chance.sentences(view, person)]
    return lines


def _sentence(view: View, cell: MetricCell, *, is_scored: bool) -> str:
    title, zh = view.title(cell.metric), view.locale == "zh"
    if cell.state != "value":
        shared = "其权重由其余指标分担" if zh else "its weight is shared by the others"
        is_shared = is_scored and cell.points is None
        return f"{title}: {view.value(cell)} ({plain(cell.why or '')})" + (f"; {shared}." if is_shared else ".")
    if cell.enough_data is False:
        return small.lacking(view, cell, is_scored=is_scored)
    best = points(100 * (cell.weight or 0.0))
    if cell.points is not None and cell.points < 0:
        return _cost(view, cell, title)
    if zh:
        return f"{_placed(view, cell, title)},得 {points(cell.points)} 分,最高 {best} 分。{_special(cell)}"
    return f"{_placed(view, cell, title)} and gives {points(cell.points)} of {best} points.{_special(cell)}"


def _cost(view: View, cell: MetricCell, title: str) -> str:
    """Tell a metric that takes points off: only a geometric mean lets a weakness do so."""
    lost, best = points(-(cell.points or 0.0)), points(100 * (cell.weight or 0.0))
    if view.locale == "zh":
        return f"{_placed(view, cell, title)},扣 {lost} 分(最高可得 {best} 分)。{_special(cell)}"
    return f"{_placed(view, cell, title)} and takes {lost} points off; it could give {best}.{_special(cell)}"


def _placed(view: View, cell: MetricCell, title: str) -> str:
    """Tell the value, what became of it as an outlier, and where it lies between worst and best."""
    norm, treated = cell.normalised or 0.0, "" if cell.treated is None else _treated(view, cell)
    treated = complexity.adjusted(view, cell) + small.shrunk(view, cell) + treated
    if view.locale == "zh":
        return f"{title}: {view.value(cell)}(n = {cell.n:,.6g}){treated},归一化为 {norm:.3f}(0 最差,1 最好)"
    return f"{title} is {view.value(cell)} (n = {cell.n:,.6g}){treated}; that is {norm:.3f} on the way from worst (0) to best (1)"


def _treated(view: View, cell: MetricCell) -> str:
    if "log" in view.result.scale.treatments.get(cell.metric, {}):
        return ",按对数比较" if view.locale == "zh" else ", compared by its logarithm"
    counts_as = figure(cell.treated, view.metric(cell.metric).unit, view.locale)
    return f",作为离群值按 {counts_as} 计" if view.locale == "zh" else f", which as an outlier counts as {counts_as}"


def _special(cell: MetricCell) -> str:
    return f" ({plain(cell.why)})" if cell.why else ""


def _gate_sentence(view: View, gate: Any) -> str:
    value = figure(gate.value, view.metric(gate.use).unit, view.locale)
    told = f"{view.title(gate.use)} {value}, {view.condition(gate)}"
    if gate.fired:
        return f"{say('gate', view.locale)}: {told}: {plain(gate.reason)} ({taken(view, gate)})"
    return f"{say('gates that did not fire', view.locale)}: {told}. {plain(gate.why or '')}".rstrip()


def _counted(view: View, person: Score | Unscored, width: int) -> str:
    words = [("metric", False), ("fact", False), ("counted", False), ("formula", False)]
    by_metric: dict[str, list[Counted]] = {}
    for each in counted(view, person.subject):
        by_metric.setdefault(each.metric, []).append(each)
    rows = [
        [
            view.title(name),
            _facts(parts),
            _figures(view.metric(name), parts),
            plain(in_language(view.metric(name).formula, view.locale)),
        ]
        for name, parts in by_metric.items()
    ]
    return grid([(say(word, view.locale), is_figure) for word, is_figure in words], rows, width)


def _facts(parts: Sequence[Counted]) -> str:
    return ", ".join(sorted({each.fact for each in parts}))


_PATTERNS = {"Proportion": "{} of {}", "Conversion": "{} of {}", "Mean": "{} over {} rows", "Total": "{} from {} rows", "Ratio": "{} / {}"}
"""How the aggregates of a kind of metric are told, in the order of its measures."""


def _figures(metric: Metric, parts: Sequence[Counted]) -> str:
    told = ["–" if each.value is None else f"{each.value:,.10g}" for each in parts]
    pattern = _PATTERNS.get(type(metric).__name__)
    if pattern is not None and len(told) >= pattern.count("{}"):
        return pattern.format(*told)
    return ", ".join(f"{each.aggregate.split(' of ')[0]} {value}" for each, value in zip(parts, told, strict=True))


def _short(expression: str) -> str:
    return expression if len(expression) <= _LONGEST else f"{expression[: _LONGEST - 1]}…"


def _credits(view: View, person: Score | Unscored) -> list[str]:
    return [_credit(view, each) for each in person.credit] if isinstance(person, Score) else []


def _credit(view: View, credit: Credit) -> str:
    titles = {reason.code: reason.title.get(view.locale, reason.code) for each in view.run.evidence.ledgers for reason in each.rule.reasons}
    struck = ", ".join(f"{rows:g} {plain(titles.get(code, code))}" for code, rows in credit.reasons.items())
    words = say("raw", view.locale), say("counted", view.locale), say("not counted", view.locale)
    return f"{credit.fact}: {words[0]} {credit.raw:g} → {words[1]} {credit.effective:g}" + (f"; {words[2]}: {struck}" if struck else "")


def _rejects(view: View) -> list[str]:
    lines = [
        f"  {fact}: {found.rows} ({'; '.join(f'{plain(why)} {rows}' for why, rows in sorted(found.reasons.items()))})"
        for fact, found in sorted(view.result.rejects.items())
    ]
    return ["", f"{say('set aside when the data was loaded', view.locale)}:", *lines] if lines else []


def listing(records: Sequence[Record], view: View, width: int = WIDTH) -> str:
    """Return records, counted or not, as text."""
    words = [("metric", False), ("fact", False), ("record", False), ("at", False), ("counted", False), ("condition", False)]
    rows = [[each.metric, each.fact, plain(each.key), plain(each.at or ""), _adds(each), _short(each.condition) or "–"] for each in records]
    return grid([(say(word, view.locale), is_figure) for word, is_figure in words], rows, width)


def _adds(record: Record) -> str:
    """Say whether a record counted, and where it is not for one, for how much."""
    if not record.is_counted:
        return "no"
    return "yes" if record.adds in (None, 1.0) else f"{record.adds:,.10g}"
