"""From measures to statements: one per fact, whatever the number of metrics, and never a join of two facts.

Distinct counts that are cheaper outside the engine have a statement of their own, one per counted value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen
from sqlalchemy import Double, Over, Select, String, cast, literal, null, select
from sqlalchemy.sql import visitors

from kpicore.model.measure import columns_of, sql_text
from kpicore.query.cost import Estimator, clusters
from kpicore.query.discriminate import may_fail
from kpicore.query.distinct import fetch_counts, packed, same_value
from kpicore.query.forms import DECOMPOSABLE, HAS_QUANTILE, by_group, direct, per_group, ranked, two_level
from kpicore.query.pivot import fits, pivoted
from kpicore.query.rows import Scope, build, steps_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa
    from sqlalchemy import Column, CompoundSelect
    from sqlalchemy.sql.expression import ColumnElement

    from kpicore.model.measure import Measure
    from kpicore.query.cost import Cluster
    from kpicore.query.database import Facts
    from kpicore.query.distinct import Packing
    from kpicore.query.pivot import Pivot

TWO_LEVEL_ENGINES = ("duckdb",)
"""Engines on which grouping by classes was measured to win."""


EACH_GROUP = "each group"
"""The form that gives one row per group instead of one per subject and window."""


@frozen(eq=False)
class Branch:
    """Measures that share rows, subject and time, in one form."""

    form: str
    """direct, two-level, by group, each group, ranked or keys."""
    why: str
    """Why this form was chosen."""
    measures: tuple[Measure, ...]
    select: Select[Any]
    has_unrated: bool
    """Whether the last column counts rows whose currency has no rate."""
    cluster: Cluster | None = None
    """Of a two-level branch: what it is made of."""


@frozen(eq=False)
class Statement:
    """Everything that is asked of one fact, in one round trip."""

    fact: str
    branches: tuple[Branch, ...]
    select: Select[Any] | CompoundSelect[Any]
    """Columns branch, subject, period, class0, ..., rows, m0, m1, ..., and key where a branch gives each group; with a packing the one
    column key."""
    packing: Packing | None = None
    """How distinct values are counted from the keys that the statement gives; None for every other statement."""
    pivot: Pivot | None = None
    """How the classes that the statement gives are summed; None where the engine does that."""

    def answer(self, database: Facts) -> pa.Table:
        """Ask the database and return the columns branch, subject, period, class0, ..., rows, m0, m1, ..."""
        if self.pivot is not None:
            return self.pivot.table(database.fetch(self.select))
        if self.packing is None or not isinstance(self.select, Select):
            return database.fetch(self.select)
        return fetch_counts(database, self.select, self.packing)


@frozen(eq=False)
class Plan:
    """In the order of the facts' names: one per fact, and one more per value whose distinct counts are taken from keys."""

    statements: tuple[Statement, ...]


def missing_columns(database: Facts, measure: Measure, optional: Iterable[Column[Any]] = (), *, is_whole: bool = False) -> list[str]:
    """Return the names of the columns that a measure needs and the source does not fill, sorted.

    Where all rows belong to one whole, it does not matter to whom a row belongs.
    """
    needed = columns_of(measure.value, measure.where, measure.at, *measure.per, None if is_whole else measure.subject)
    spared = {id(column) for column in (*optional, *measure.optional)}
    # A spared column that is not there is read as null, so that no way need lead to it.
    used = [column for column in needed if id(column) not in spared or database.profile.has(column)]
    wanted = [*used, *(edge.column for edge in steps_to(measure.fact, used))]
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
    return Plan(tuple(statement for fact in sorted(by_fact) for statement in _statements(scope, fact, by_fact[fact])))


def _rows_key(measure: Measure) -> str:
    """Return a text that is equal for measures that can share their rows."""
    window = f"over {measure.lookahead_days}" if has_over(measure) else ""
    per = ",".join([*(sql_text(part) for part in measure.per), *(["each"] if measure.function == "each" else [])])
    return "|".join([sql_text(measure.subject), sql_text(measure.at), measure.attribution, measure.owned_at, per, window])


def has_over(measure: Measure) -> bool:
    """Return whether a measure compares rows with their neighbours, of which it sees those of all windows that are asked for."""
    return any(isinstance(part, Over) for each in measure.expressions() for part in visitors.iterate(each))


def _statements(scope: Scope, fact: str, groups: dict[str, list[Measure]]) -> list[Statement]:
    apart: list[Statement] = []
    for key, measures in groups.items():
        found = _by_keys(scope, fact, measures)
        taken = {measure.key for statement in found for measure in statement.branches[0].measures}
        groups[key] = [measure for measure in measures if measure.key not in taken]
        apart += found
    rest = {key: measures for key, measures in groups.items() if measures}
    return [*([_statement(scope, fact, rest)] if rest else []), *apart]


def _by_keys(scope: Scope, fact: str, measures: list[Measure]) -> list[Statement]:
    counts = [each for each in measures if each.function == "distinct" and not each.per]
    found = []
    for group in same_value(counts):
        made = packed(scope, group, has_company=len(counts) < len(measures))
        if made is not None:
            why = f"{len(group)} distinct counts from one 63-bit key per row, sorted outside the engine"
            found.append(Statement(fact, (Branch("keys", why, tuple(group), made[0], has_unrated=False),), *made))
    return found


def _statement(scope: Scope, fact: str, groups: dict[str, list[Measure]]) -> Statement:
    branches = [branch for key in sorted(groups) for branch in _branches(scope, groups[key])]
    cluster = branches[0].cluster
    if len(branches) == 1 and cluster is not None and fits(cluster.measures):
        wanted, pivot = pivoted(build(scope, cluster.measures), cluster.measures, cluster.keys)
        told = evolve(branches[0], why=f"{branches[0].why}, summed outside the engine")
        return Statement(fact, (told,), wanted, pivot=pivot)
    width = max(len(branch.measures) + branch.has_unrated for branch in branches)
    has_key = any(branch.form == EACH_GROUP for branch in branches)
    parts = [_padded(at, branch, width, has_key=has_key) for at, branch in enumerate(branches)]
    return Statement(fact, tuple(branches), parts[0] if len(parts) == 1 else parts[0].union_all(*parts[1:]))


def _padded(at: int, branch: Branch, width: int, *, has_key: bool) -> Select[Any]:
    source = branch.select.subquery(f"b{at}")
    have = len(branch.measures) + branch.has_unrated
    about = [column for column in list(source.c)[:-have] if column.name != "key"]
    key = [source.c.get("key", cast(null(), String(255)).label("key"))] if has_key else []
    numbers: list[ColumnElement[Any]] = [source.c[f"m{n}"] for n in range(have)]
    blanks = [cast(null(), Double).label(f"m{n}") for n in range(have, width)]
    return select(literal(at).label("branch"), *about, *key, *numbers, *blanks)


def _branches(scope: Scope, measures: list[Measure]) -> list[Branch]:
    dialect = scope.facts.dialect
    if measures[0].per:
        base = build(scope, measures)
        why = "rows are grouped by another column first"
        form, give = (EACH_GROUP, per_group) if measures[0].function == "each" else ("by group", by_group)
        return [Branch(form, why, tuple(measures), give(base, measures), base.unrated is not None)]
    lonely = [each for each in measures if each.function == "quantile" and dialect not in HAS_QUANTILE]
    why = f"{dialect} has no quantile aggregate"
    return _aggregated(scope, [each for each in measures if each not in lonely]) + [_ranked(scope, each, why) for each in lonely]


def _aggregated(scope: Scope, measures: list[Measure]) -> list[Branch]:
    apart = [each for each in measures if each.function not in DECOMPOSABLE]
    if apart and scope.facts.dialect not in TWO_LEVEL_ENGINES:
        # Such an engine sorts the rows for a distinct count anyway; a second pass would only be added to that.
        return [_direct(scope, measures, f"two-level aggregation is not the rule on {scope.facts.dialect}")]
    found = _decomposable(scope, [each for each in measures if each.function in DECOMPOSABLE])
    why = "distinct counts and quantiles cannot be aggregated again"
    return found + ([_direct(scope, apart, why)] if apart else [])


def _ranked(scope: Scope, measure: Measure, why: str) -> Branch:
    base = build(scope, [measure])
    return Branch("ranked", why, (measure,), ranked(base, measure), base.unrated is not None)


def _direct(scope: Scope, measures: list[Measure], why: str) -> Branch:
    base = build(scope, measures)
    return Branch("direct", why, tuple(measures), direct(base, measures, scope.facts.dialect), base.unrated is not None)


def _decomposable(scope: Scope, measures: list[Measure]) -> list[Branch]:
    if not measures:
        return []
    filters = {sql_text(each.where) for each in measures if each.where is not None}
    if len(filters) < 2:  # with one filter nothing is shared
        return [_direct(scope, measures, f"{len(filters)} different filters")]
    if scope.facts.dialect not in TWO_LEVEL_ENGINES:
        return [_direct(scope, measures, f"two-level aggregation is not the rule on {scope.facts.dialect}")]
    estimator = Estimator.of(scope, measures[0])
    if estimator.is_small:
        return [_direct(scope, measures, f"{estimator.rows} rows are few in either form")]
    guarded = [each for each in measures if each.where is not None and may_fail(each.value)]
    passes, rest = clusters(estimator, [each for each in measures if each not in guarded])
    found = [_two_level(scope, each) for each in passes]
    why = "the others would make too many classes, or may fail on rows that their filters leave out"
    why = why if found else f"cheaper than by classes, for {len(filters)} filters"
    return found + ([_direct(scope, [*rest, *guarded], why)] if rest or guarded else [])


def _two_level(scope: Scope, cluster: Cluster) -> Branch:
    base = build(scope, cluster.measures)
    keys, measures = cluster.keys, cluster.measures
    why = f"{len(measures)} measures over {len(keys.by_text)} group keys with about {cluster.classes} combinations"
    return Branch("two-level", why, measures, two_level(base, measures, keys), base.unrated is not None, cluster)
