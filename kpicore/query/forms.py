"""The forms in which measures of one branch become SQL: direct, two-level, grouped, ranked.

Every form yields the same columns: subject, window key, the classes by which rows are told apart, if any, number of rows, and one
double per measure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Double,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from kpicore.errors import MetricError
from kpicore.model.measure import Measure, sql_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kpicore.query.discriminate import Discriminators
    from kpicore.query.rows import Base

Expression = ColumnElement[Any]

DECOMPOSABLE = ("count", "sum", "squares", "min", "max")
"""Aggregates that can be aggregated again."""

HAS_FILTER = ("duckdb", "postgresql", "sqlite")
HAS_QUANTILE = ("duckdb", "postgresql")


class Truncate(FunctionElement[Any]):
    """The whole part of a number that is not negative."""

    type = BigInteger()
    inherit_cache = True
    name = "truncate_number"


@compiles(Truncate)
def _truncate(element: Truncate, compiler: Any, **kw: Any) -> str:
    value = compiler.process(next(iter(element.clauses)), **kw)
    return f"floor({value})"


@compiles(Truncate, "sqlite")
def _truncate_sqlite(element: Truncate, compiler: Any, **kw: Any) -> str:
    value = compiler.process(next(iter(element.clauses)), **kw)
    return f"CAST({value} AS INTEGER)"


@frozen(eq=False)
class Projection:
    """The joined rows with subject, key, values and filters as named columns, each distinct expression once."""

    rows: FromClause
    names: dict[str, str]

    def column(self, expression: Expression) -> Expression:
        """Return the column that holds an expression."""
        return self.rows.c[self.names[sql_text(expression)]]

    @property
    def share(self) -> Expression | None:
        """The subject's share in a row; None where no credit is split."""
        return self.rows.c.get("w")

    def each_once(self, measure: Measure) -> Expression | None:
        """Return the filter of an aggregate that must see a record once, however many shares in it a subject has."""
        wanted = [self.column(part) for part in _where(measure)]
        if "nth" in self.rows.c:
            wanted.append(self.rows.c.nth == 1)
        return and_(*wanted) if wanted else None


def project(base: Base, expressions: Sequence[Expression], extra: Sequence[Expression] = (), *, once: bool = False) -> Projection:
    """Name the expressions, so that grouping and aggregates refer to columns only."""
    distinct = {sql_text(each): each for each in expressions}
    names = {text: f"e{at}" for at, text in enumerate(distinct)}
    columns = [base.read(each).label(names[text]) for text, each in distinct.items()]
    share = [] if base.share is None else [base.share.label("w")]
    unrated = [] if base.unrated is None else [base.unrated.label("unrated")]
    nth = [] if base.nth is None or not once else [base.nth.label("nth")]
    wanted = select(*_keys(base), *share, *nth, *unrated, *columns, *extra)
    return Projection(wanted.select_from(base.from_).where(*base.conditions).subquery("r"), names)


def _keys(base: Base) -> list[Expression]:
    classes = [each.label(f"class{at}") for at, each in enumerate(base.classes)]
    return [base.subject.label("s"), (literal(0, Integer) if base.key is None else base.key).label("k"), *classes]


def _places(source: FromClause) -> list[Expression]:
    """Return subject, window key and classes among the columns of a source."""
    return [source.c.s, source.c.k, *(column for column in source.c if column.name.startswith("class"))]


def class_texts(source: FromClause) -> list[Expression]:
    """Return the classes among the columns of a source, as the same texts on every engine."""
    return [_text(column).label(column.name) for column in _places(source)[2:]]


def _text(value: Expression) -> Expression:
    if isinstance(value.type, Boolean):
        return case((value.is_(True), "true"), (value.is_(False), "false"), else_=cast(null(), String(255)))
    return cast(value, String(255))


def _output(source: FromClause, rows: Expression, values: Sequence[Expression]) -> Select[Any]:
    numbers = [cast(value, Double).label(f"m{at}") for at, value in enumerate(values)]
    where = [cast(source.c.s, String(255)).label("subject"), source.c.k.label("period"), *class_texts(source)]
    return select(*where, cast(rows, Double).label("rows"), *numbers).group_by(*_places(source))


def _where(measure: Measure) -> list[Expression]:
    return [] if measure.where is None else [measure.where]


def _q(measure: Measure) -> float:
    return 0.5 if measure.q is None else measure.q


def _is_never_null(value: Expression) -> bool:
    return bool(getattr(value, "primary_key", False))


def _when(aggregate: Callable[[Any], Any], value: Expression, condition: Expression | None, dialect: str) -> Expression:
    if condition is None:
        return aggregate(value)  # type: ignore[no-any-return]  # an aggregate function is an expression
    if dialect in HAS_FILTER:
        return aggregate(value).filter(condition)  # type: ignore[no-any-return]
    return aggregate(case((condition, value)))  # type: ignore[no-any-return]


def direct(base: Base, measures: Sequence[Measure], dialect: str) -> Select[Any]:
    """One aggregate with a filter per measure, over all rows."""
    needed = [part for each in measures for part in (each.value, *_where(each))]
    projection = project(base, needed, once=any(each.function == "quantile" for each in measures))
    rows = projection.rows
    values = [_direct(each, projection, dialect) for each in measures]
    unrated = [] if base.unrated is None else [func.count(case((rows.c.unrated, 1)))]
    return _output(rows, func.count(), [*values, *unrated])


def _direct(measure: Measure, projection: Projection, dialect: str) -> Expression:
    value = projection.column(measure.value)
    condition = None if measure.where is None else projection.column(measure.where)
    if measure.function == "distinct":
        return func.count(value.distinct() if condition is None else case((condition, value)).distinct())
    if measure.function == "quantile":
        return _quantile(cast(value, Double), projection.each_once(measure), _q(measure), dialect)
    aggregate, argument = _partial(measure, value, projection.share)
    if argument is None:
        return func.count() if condition is None else func.count(case((condition, 1)))
    return _when(aggregate, argument, condition, dialect)


def _quantile(value: Expression, condition: Expression | None, q: float, dialect: str) -> Expression:
    if dialect == "duckdb":
        return _when(lambda part: func.quantile_cont(part, literal(q)), value, condition, dialect)
    found = func.percentile_cont(literal(q)).within_group(value)
    return found if condition is None else found.filter(condition)


def _partial(measure: Measure, value: Expression, share: Expression | None) -> tuple[Callable[[Any], Any], Expression | None]:
    """Return an aggregate function and its argument; None stands for counting rows."""
    if measure.function in ("min", "max"):
        return (func.min if measure.function == "min" else func.max), value
    if measure.function == "count":
        if share is None:
            return func.count, None if _is_never_null(measure.value) else value
        return func.sum, case((value.is_not(None), share))
    factor = value if measure.function == "sum" else cast(value, Double) * cast(value, Double)
    return func.sum, factor if share is None else cast(factor, Double) * share


def two_level(base: Base, measures: Sequence[Measure], keys: Discriminators) -> Select[Any]:
    """Group by subject, window and the filters' classes first; then sum the classes that each filter admits."""
    grouped, names = classes_of(base, measures, keys)
    filters = {sql_text(each.where): each.where for each in measures if each.where is not None}
    read = {text: keys.rewrite(where, grouped) for text, where in filters.items()}
    values = [_outer(each, grouped.c[name], read.get(sql_text(each.where))) for each, name in zip(measures, names, strict=True)]
    more = [] if base.unrated is None else [func.sum(grouped.c.unrated)]
    return _output(grouped, func.sum(grouped.c.n), [*values, *more])


def classes_of(base: Base, measures: Sequence[Measure], keys: Discriminators) -> tuple[FromClause, list[str]]:
    """Return the first level, and the name of each measure's aggregate in it; `n` is the number of rows."""
    projection = project(base, [each.value for each in measures], keys.keys(base.read))
    rows = projection.rows
    partials: dict[str, Expression] = {}
    names = [_inner_partial(each, projection, partials) for each in measures]
    places = [*_places(rows), *(rows.c[f"d{at}"] for at in range(len(keys.by_text)))]
    unrated = [] if base.unrated is None else [func.count(case((rows.c.unrated, 1))).label("unrated")]
    # Numbers of rows are added as doubles, exact to 2^53; the engine would add them in 128 bits, which takes longer.
    inner = select(*places, cast(func.count(), Double).label("n"), *partials.values(), *unrated)
    return inner.group_by(*places).subquery("g"), names


def _inner_partial(measure: Measure, projection: Projection, partials: dict[str, Expression]) -> str:
    aggregate, argument = _partial(measure, projection.column(measure.value), projection.share)
    if argument is None:
        return "n"
    text = f"{measure.function} {sql_text(measure.value)}"
    if text not in partials:
        partials[text] = aggregate(argument).label(f"p{len(partials)}")
    return str(partials[text].name)


def _outer(measure: Measure, partial: Expression, admitted: Expression | None) -> Expression:
    aggregates: dict[str, Callable[[Any], Expression]] = {"min": func.min, "max": func.max}
    # Not a FILTER: on groups, where most rows fall out, it was measured to take twice as long.
    return aggregates.get(measure.function, func.sum)(partial if admitted is None else case((admitted, partial)))


def by_group(base: Base, measures: Sequence[Measure]) -> Select[Any]:
    """Aggregate per group (customer, say) first; then count or sum the groups that each condition admits."""
    source = _groups(base, measures)
    numbers = [_over_groups(each, source.c[f"v{at}"], source.c[f"a{at}"] == 1) for at, each in enumerate(measures)]
    lost = [] if base.unrated is None else [func.sum(source.c.unrated)]
    return _output(source, func.sum(source.c.n), [*numbers, *lost])


def per_group(base: Base, measures: Sequence[Measure]) -> Select[Any]:
    """One row per group that any condition admits, with the group's key: nothing is aggregated further."""
    source = _groups(base, measures)
    admitted = [source.c[f"a{at}"] == 1 for at in range(len(measures))]
    values = [case((condition, source.c[f"v{at}"])) for at, condition in enumerate(admitted)]
    numbers = [cast(value, Double).label(f"m{at}") for at, value in enumerate(values)]
    lost = [] if base.unrated is None else [cast(source.c.unrated, Double).label(f"m{len(measures)}")]
    about = [cast(source.c.s, String(255)).label("subject"), source.c.k.label("period"), cast(source.c.n, Double).label("rows")]
    return select(*about, cast(source.c.g0, String(255)).label("key"), *numbers, *lost).where(or_(*admitted))


def _groups(base: Base, measures: Sequence[Measure]) -> FromClause:
    per = [base.read(each).label(f"g{at}") for at, each in enumerate(measures[0].per)]
    admitted = [literal(1) if each.where is None else case((base.read(each.where), 1), else_=0) for each in measures]
    values = [base.read(each.value) for each in measures]
    columns = [value.label(f"v{at}") for at, value in enumerate(values)] + [each.label(f"a{at}") for at, each in enumerate(admitted)]
    named = [each.label(f"kpi_{each.name}") for each in _keys(base)]
    unrated = [] if base.unrated is None else [func.count(case((base.unrated, 1))).label("unrated")]
    inside = select(*named, *per, func.count().label("n"), *columns, *unrated).select_from(base.from_)
    inside = inside.where(*base.conditions, *(base.read(each).is_not(None) for each in measures[0].per))
    groups = inside.group_by(*(each.name for each in named), *(each.name for each in per)).subquery("g")
    return select(*(column.label(column.name.removeprefix("kpi_")) for column in groups.c)).subquery("h")


def _over_groups(measure: Measure, value: Expression, admitted: Expression) -> Expression:
    aggregates: dict[str, Callable[[Any], Expression]] = {"count": func.count, "min": func.min, "max": func.max}
    if measure.function in ("distinct", "quantile"):
        raise MetricError(f"a measure over groups must be a count, sum, min or max (got a {measure.function} on {measure.fact.name})")
    number = cast(value, Double) * cast(value, Double) if measure.function == "squares" else value
    return aggregates.get(measure.function, func.sum)(case((admitted, number)))


def ranked(base: Base, measure: Measure) -> Select[Any]:
    """A quantile by ranks, for engines without one: the two values around position (n - 1) q, interpolated."""
    projection = project(base, [measure.value, *_where(measure)], once=True)
    value, admitted = cast(projection.column(measure.value), Double), projection.each_once(measure)
    known = value.is_not(None) if admitted is None else and_(value.is_not(None), admitted)
    rows = projection.rows
    unrated = [] if base.unrated is None else [rows.c.unrated]
    marked = select(*_places(rows), value.label("v"), case((known, 1), else_=0).label("a"), *unrated).subquery("q")
    whose: dict[str, Any] = {"partition_by": [*_places(marked), marked.c.a]}
    rank, n = func.row_number().over(**whose, order_by=marked.c.v) - 1, func.count().over(**whose)
    found = select(*marked.c, rank.label("i"), n.label("n")).subquery("p")
    lost = [] if base.unrated is None else [func.count(case((found.c.unrated, 1)))]
    return _output(found, func.count(), [func.sum(_share_of_rank(found, _q(measure))), *lost])


def _share_of_rank(found: FromClause, q: float) -> Expression:
    position = (found.c.n - 1) * literal(q, Double)
    low = Truncate(position)
    around = ((found.c.i == low, found.c.v * (1.0 - (position - low))), (found.c.i == low + 1, found.c.v * (position - low)))
    return case((found.c.a == 0, None), *around, else_=0.0)
