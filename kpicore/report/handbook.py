"""The KPI handbook of a project: what each metric means here, where its figures come from, and on which scorecards it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from kpicore.model.text import in_language
from kpicore.query.run import closure
from kpicore.report.figures import figure
from kpicore.report.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore.config import Project
    from kpicore.model.choice import Choice
    from kpicore.model.metric import Metric
    from kpicore.model.scorecard import Gate, Scorecard, ScorecardMetric
    from kpicore.sources.mapping import ColumnMap, MappingFile


@frozen
class Use:
    """One metric on one scorecard."""

    role: str
    title: str
    weight: float | None
    """Share of the declared weight; None where it is not declared as a number."""
    against: str
    """What its value is held against, e.g. 'target (floor 40.0 %, target 63.0 %)'."""


@frozen
class Column:
    """One canonical column that a metric reads, and what fills it."""

    name: str
    origins: tuple[str, ...]
    """E.g. 'deals.csv: close_date'; empty where the source does not fill it."""


@frozen(eq=False)
class Entry:
    """One metric of the handbook."""

    metric: Metric
    columns: tuple[Column, ...]
    uses: tuple[Use, ...]
    gates: tuple[tuple[str, Gate], ...]
    """Scorecard's title and gate."""
    own: tuple[str, ...]
    """Parameters that this project sets itself."""
    missing: tuple[str, ...]
    """Columns for want of which it cannot be measured here."""


@frozen(eq=False)
class Handbook:
    """What the handbook says, before it is written in a format."""

    project: Project
    scorecards: tuple[Scorecard, ...]
    entries: tuple[Entry, ...]
    """Those that can be measured or that scorecards use, by dimension and name."""
    rest: tuple[Entry, ...]
    """The others, by name."""
    metrics: Mapping[str, Metric]
    locale: str = "en"

    def title(self, name: str) -> str:
        """Return a metric's title, or its name where there is no such metric."""
        return in_language(self.metrics[name].title, self.locale) if name in self.metrics else name

    def dimensions(self) -> list[tuple[str, list[Entry]]]:
        """Return the entries by dimension, in order of appearance."""
        found: dict[str, list[Entry]] = {}
        for each in self.entries:
            found.setdefault(each.metric.dimension, []).append(each)
        return list(found.items())


def handbook(
    project: Project,
    metrics: Mapping[str, Metric],
    scorecards: Sequence[Scorecard],
    mapping: MappingFile | None,
    missing: Mapping[str, Sequence[str]],
    locale: str,
) -> Handbook:
    """Put the handbook together.

    Args:
        project: its settings.
        metrics: all that plugins offer.
        scorecards: of the project, by role.
        mapping: what fills the facts; None where a database is used in place.
        missing: per metric, the columns that the source does not fill.
        locale: en or zh.
    """
    maker = _Maker(project, metrics, scorecards, mapping, missing, locale)
    made = {name: maker.entry(name) for name in metrics}
    used = set(closure(metrics, [name for card in scorecards for name in card.uses() if name in metrics]))
    chosen = [each for name, each in made.items() if name in used or not each.missing]
    rest = [each for name, each in made.items() if name not in used and each.missing]
    by_name = tuple(sorted(rest, key=lambda each: each.metric.name))
    ordered = tuple(sorted(chosen, key=lambda each: (each.metric.dimension, each.metric.name)))
    return Handbook(project, tuple(scorecards), ordered, by_name, metrics, locale)


@frozen(eq=False)
class _Maker:
    project: Project
    metrics: Mapping[str, Metric]
    scorecards: Sequence[Scorecard]
    mapping: MappingFile | None
    missing: Mapping[str, Sequence[str]]
    locale: str

    def entry(self, name: str) -> Entry:
        metric, cards = self.metrics[name], self.scorecards
        parts = [part for each in closure(self.metrics, [name]) for part in self.metrics[each].measures()]
        columns = sorted({str(column) for part in parts for column in part.columns()})
        uses = [use_of(card, each, metric.unit, self.locale) for card in cards for each in card.metrics if each.use == name]
        gates = [(card.title_in(self.locale), gate) for card in cards for gate in card.gates if gate.use == name]
        own = tuple(sorted(self.project.parameters.get(name, {})))
        named = tuple(Column(column, origins(self.mapping, column, self.locale)) for column in columns)
        return Entry(metric, named, tuple(uses), tuple(gates), own, tuple(self.missing.get(name, ())))


def use_of(card: Scorecard, metric: ScorecardMetric, unit: str, locale: str) -> Use:
    """Return how a scorecard uses a metric."""
    whole = sum(each.weight or 0.0 for each in card.metrics)
    weight = None if metric.weight is None or card.weighting.by != "declared" or not whole else metric.weight / whole
    return Use(card.role, card.title_in(locale), weight, _choice(metric.normalise, unit, locale))


_GOALPOSTS = ("floor", "target", "stretch", "baseline", "low", "high", "worst", "best", "reference")
"""Parameters of normalisers that are values of the metric."""


def _choice(chosen: Choice, unit: str, locale: str) -> str:
    told = [
        f"{say(key, locale)} {figure(value, unit, locale) if key in _GOALPOSTS and isinstance(value, int | float) else written(value)}"
        for key, value in chosen.parameters.items()
    ]
    return f"{chosen.by} ({', '.join(told)})" if told else chosen.by


def written(value: object) -> str:
    """Return a parameter's value as people write it."""
    if isinstance(value, list | tuple):
        return ", ".join(written(each) for each in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def origins(mapping: MappingFile | None, name: str, locale: str) -> tuple[str, ...]:
    """Return what fills a canonical column; without a mapping the database's own column does."""
    if mapping is None:
        return (name,)
    fact, column = name.split(".")
    found = [(table.source, table.columns[column]) for table in mapping.tables if table.fact == fact and column in table.columns]
    return tuple(dict.fromkeys(f"{source}: {_origin(each, locale)}" for source, each in found))


def _origin(column: ColumnMap, locale: str) -> str:
    if column.constant is not None:
        return say("always {}", locale, repr(column.constant))
    if column.row is not None:
        return say("numbered", locale)
    changed = column.map is not None or column.shift is not None or column.following is not None
    return " + ".join(column.columns) + (f" ({say('translated', locale)})" if changed else "")


def to_dict(view: Handbook) -> dict[str, Any]:
    """Return the entries as plain values."""
    return {"project": view.project.name, "metrics": [_plain(view, each) for each in (*view.entries, *view.rest)]}


def _plain(view: Handbook, entry: Entry) -> dict[str, Any]:
    metric = entry.metric
    texts = {key: in_language(getattr(metric, key), view.locale) for key in ("definition", "formula", "caliber", "gaming", "title")}
    about = {key: getattr(metric, key) for key in ("name", "unit", "direction", "frequency", "dimension", "source")}
    lists = {key: list(getattr(metric, key)) for key in ("kinds", "drives", "guards")}
    uses = [{"role": use.role, "weight": use.weight, "against": use.against} for use in entry.uses]
    gates = [{"scorecard": title, "condition": gate.condition, **gate.then.to_dict()} for title, gate in entry.gates]
    columns = {column.name: list(column.origins) for column in entry.columns}
    made = {"parameters": dict(metric.parameters), "columns": columns, "missing": list(entry.missing)}
    return {**about, **texts, **lists, **made, "uses": uses, "gates": gates}
