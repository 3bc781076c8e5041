"""From measures to statements: one per fact, whatever the number of metrics, and never a join of two facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen
from sqlalchemy import Double, Over, Select, cast, literal, null, select
from sqlalchemy.sql import visitors

from kpicore import facts
from kpicore.model.measure import columns_of, sql_text
from kpicore.query.discriminate import Discriminators, discriminators
from kpicore.query.forms import DECOMPOSABLE, HAS_QUANTILE, by_group, direct, ranked, two_level
from kpicore.query.rows import Scope, build, steps_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Column, CompoundSelect
    from sqlalchemy.sql.expression import ColumnElement

    from kpicore.model.measure import Measure
    from kpicore.query.database import Facts

MANY_FILTERS = 4
"""From this many different filters on, grouping by the filters' classes is cheaper than evaluating every filter on every row."""

TWO_LEVEL_ENGINES = ("duckdb",)
"""Engines on which grouping by classes was measured to win."""

ROWS_PER_GROUP = 4
"""Grouping by classes must shrink the fact at least this much to be worth it."""


@frozen(eq=False)
class Branch:
    """Measures that share rows, subject and time, in one form."""

    form: str
    """direct, two-level, by group or ranked."""
    why: str
    """Why this form was chosen."""
    measures: tuple[Measure, ...]
    select: Select[Any]
    has_unrated: bool
    """Whether the last column counts rows whose currency has no rate."""


@frozen(eq=False)
class Statement:
    """Everything that is asked of one fact, in one round trip."""

    fact: str
    branches: tuple[Branch, ...]
    select: Select[Any] | CompoundSelect[Any]
    """Columns branch, subject, period, rows, m0, m1, ..."""


@frozen(eq=False)
class Plan:
    """The statements of a run, in the order of the facts' names."""

    statements: tuple[Statement, ...]


def missing_columns(database: Facts, measure: Measure, optional: Iterable[Column[Any]] = (), *, is_whole: bool = False) -> list[str]:
    """Return the names of the columns that a measure needs and the source does not fill, sorted.

    Where all rows belong to one whole, it does not matter to whom a row belongs.
    """
    needed = columns_of(measure.value, measure.where, measure.at, *measure.per, None if is_whole else measure.subject)
    wanted = [*needed, *(edge.column for edge in steps_to(measure.fact, needed))]
    spared = {id(column) for column in (*optional, *measure.optional)}
    return sorted({str(column) for column in wanted if id(column) not in spared and not database.profile.has(column)})


def plan(scope: Scope, measures: Sequence[Measure]) -> Plan:
    """Plan measures: drop repeats, group by fact and branch, choose a form for each branch.

    Args:
        scope: database, windows, grouping and currency.
        measures: bound measures whose columns the source fills.
    """
    distinct = {measure.key: measure for measure in measures}
    by_fact: dict[str, dict[str, list[Measure]]] = {}
    for key in sorted(distinct):
        measure = distinct[key]
        by_fact.setdefault(measure.fact.name, {}).setdefault(_rows_key(measure), []).append(measure)
    return Plan(tuple(_statement(scope, fact, by_fact[fact]) for fact in sorted(by_fact)))


def _rows_key(measure: Measure) -> str:
    """Return a text that is equal for measures that can share their rows."""
    has_over = any(isinstance(part, Over) for each in measure.expressions() for part in visitors.iterate(each))
    window = f"over {measure.lookahead_days}" if has_over else ""
    per = ",".join(sql_text(part) for part in measure.per)
    return "|".join([sql_text(measure.subject), sql_text(measure.at), measure.attribution, measure.owned_at, per, window])


def _statement(scope: Scope, fact: str, groups: dict[str, list[Measure]]) -> Statement:
    branches = [branch for key in sorted(groups) for branch in _branches(scope, groups[key])]
    width = max(len(branch.measures) + branch.has_unrated for branch in branches)
    parts = [_padded(at, branch, width) for at, branch in enumerate(branches)]
    return Statement(fact, tuple(branches), parts[0] if len(parts) == 1 else parts[0].union_all(*parts[1:]))


def _padded(at: int, branch: Branch, width: int) -> Select[Any]:
    source = branch.select.subquery(f"b{at}")
    have = len(branch.measures) + branch.has_unrated
    numbers: list[ColumnElement[Any]] = [source.c[f"m{n}"] for n in range(have)]
    blanks = [cast(null(), Double).label(f"m{n}") for n in range(have, width)]
    return select(literal(at).label("branch"), source.c.subject, source.c.period, source.c.rows, *numbers, *blanks)


def _branches(scope: Scope, measures: list[Measure]) -> list[Branch]:
    dialect = scope.facts.dialect
    if measures[0].per:
        base = build(scope, measures)
        why = "rows are grouped by another column first"
        return [Branch("by group", why, tuple(measures), by_group(base, measures), base.unrated is not None)]
    lonely = [each for each in measures if each.function == "quantile" and dialect not in HAS_QUANTILE]
    apart = [each for each in measures if each.function not in DECOMPOSABLE and each not in lonely]
    found = _decomposable(scope, [each for each in measures if each.function in DECOMPOSABLE])
    if apart:
        why = "distinct counts and quantiles cannot be aggregated again"
        found.append(_direct(scope, apart, why))
    why = f"{dialect} has no quantile aggregate"
    return found + [_ranked(scope, each, why) for each in lonely]


def _ranked(scope: Scope, measure: Measure, why: str) -> Branch:
    base = build(scope, [measure])
    return Branch("ranked", why, (measure,), ranked(base, measure), base.unrated is not None)


def _direct(scope: Scope, measures: list[Measure], why: str) -> Branch:
    base = build(scope, measures)
    return Branch("direct", why, tuple(measures), direct(base, measures, scope.facts.dialect), base.unrated is not None)


def _decomposable(scope: Scope, measures: list[Measure]) -> list[Branch]:
    if not measures:
        return []
    filters = {sql_text(each.where): each.where for each in measures if each.where is not None}
    if len(filters) < MANY_FILTERS:
        return [_direct(scope, measures, f"{len(filters)} different filters, fewer than {MANY_FILTERS}")]
    if scope.facts.dialect not in TWO_LEVEL_ENGINES:
        return [_direct(scope, measures, f"two-level aggregation is not the rule on {scope.facts.dialect}")]
    return _two_level(scope, measures)


def _two_level(scope: Scope, measures: list[Measure]) -> list[Branch]:
    budget = _class_budget(scope, measures[0])
    chosen: list[Measure] = []
    keys, rest = Discriminators({}), []
    for measure in sorted(measures, key=lambda each: (each.where is not None, sql_text(each.where))):
        wider = discriminators([each.where for each in [*chosen, measure] if each.where is not None], scope.facts.variety)
        if wider.combinations <= budget:
            chosen.append(measure)
            keys = wider
        else:
            rest.append(measure)
    if len({sql_text(each.where) for each in chosen}) < MANY_FILTERS:
        return [_direct(scope, measures, f"the filters' classes would not shrink the rows (at most {budget} per person and period)")]
    base = build(scope, chosen)
    why = f"{len(chosen)} measures over {len(keys.by_text)} group keys with at most {keys.combinations} combinations"
    found = [Branch("two-level", why, tuple(chosen), two_level(base, chosen, keys), base.unrated is not None)]
    return found + ([_direct(scope, rest, "their filters would make too many classes")] if rest else [])


def _class_budget(scope: Scope, sample: Measure) -> int:
    subjects = len(scope.grouping.subjects or ()) or scope.facts.row_count(facts.employee) or 1
    groups = max(1, subjects * len(scope.windows.periods))
    return int(scope.facts.row_count(sample.fact) / (ROWS_PER_GROUP * groups))
