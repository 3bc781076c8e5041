"""Exact distinct counts outside the engine: subject, window and value packed into one 63-bit key per row, sorted in numpy.

DuckDB needs a hash table of all (subject, window, value) for the same; sorting whole numbers is several times cheaper. Where the
columns are not whole numbers or an ENUM, or the key would need more than 63 bits, the count stays in the engine.
"""

from __future__ import annotations

from functools import reduce
from itertools import groupby, pairwise
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from attrs import frozen
from sqlalchemy import BigInteger, BindParameter, Column, ColumnElement, Select, Table, and_, case, cast, func, literal, or_, select

from kpicore.model.expression import Exact
from kpicore.model.measure import sql_text
from kpicore.query.rows import build

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kpicore.model.measure import Measure
    from kpicore.query.database import Facts
    from kpicore.query.rows import Base, Scope

Expression = ColumnElement[Any]

PACKING_ENGINES = ("duckdb",)
"""Engines that run in this process, so that handing over one number per row costs less than counting there."""

KEY_BITS = 63

ROWS_AT_ONCE = 64_000_000
"""Keys sorted at once (512 MB); a larger fact is counted in ranges of subjects."""

WHOLE_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")


@frozen(eq=False)
class Code:
    """How the values of a column become the whole numbers 0, 1, ..., size - 1."""

    expression: Expression
    size: int
    low: int = 0
    names: tuple[str, ...] | None = None
    """What the numbers stand for; None where it is number + low."""

    def texts(self, codes: NDArray[np.int64]) -> pa.Array:
        """Return what the numbers stand for, as text."""
        if self.names is None:
            return pa.array(codes + self.low).cast(pa.string())
        return pa.array(self.names, pa.string()).take(pa.array(codes))


@frozen(eq=False)
class Packing:
    """How subject, window, value and filters lie in a key, from high bits to low."""

    subject: Code
    period_low: int
    period_bits: int
    value_bits: int
    filters: tuple[int | None, ...]
    """Per measure the bit that says whether its filter holds; None where it has none."""
    filter_bits: int
    ranges: int
    """Into how many ranges of subjects the fact is divided."""

    def selects(self, whole: Select[Any]) -> list[Select[Any]]:
        """Return the statement, divided into ranges of subjects where it would give too many keys at once."""
        if self.ranges == 1:
            return [whole]
        edges = [self.subject.size * at // self.ranges for at in range(self.ranges + 1)]
        code = self.subject.expression
        return [whole.where(code >= low, code < high) for low, high in pairwise(edges)]


def code_of(database: Facts, column: Any) -> Code | None:
    """Return how a column becomes whole numbers, or None where it does not: asked once per column."""
    if isinstance(column, Exact):
        column = next(iter(column.clauses))
    if isinstance(column, BindParameter):
        return Code(literal(0, BigInteger), 1, names=(str(column.value),))
    if not isinstance(column, Column) or not isinstance(column.table, Table):
        return None
    kind = database.once(f"type {column}", select(select(func.typeof(column)).limit(1).scalar_subquery()))
    if str(kind).startswith("ENUM"):
        names = database.once(f"enum {column}", select(select(func.enum_range(column)).limit(1).scalar_subquery()))
        return Code(cast(func.enum_code(column), BigInteger), len(names), names=tuple(names))
    if kind not in WHOLE_NUMBERS:
        return None
    number = cast(column, BigInteger)
    low = database.once(f"least {column}", select(func.min(number)))
    high = database.once(f"greatest {column}", select(func.max(number)))
    return Code(number - literal(low, BigInteger), high - low + 1, low) if low is not None else None


def packed(scope: Scope, measures: Sequence[Measure], *, has_company: bool) -> tuple[Select[Any], Packing] | None:
    """Return the statement that gives one key per row and how to read it, or None where the engine must count: so it must by classes.

    Args:
        scope: database, windows, grouping and currency.
        measures: distinct counts of one value, of the same subject and time.
        has_company: whether another statement counts the rows of the same subject and time; then rows that count in no
            measure are left out here.
    """
    if scope.facts.dialect not in PACKING_ENGINES or measures[0].at is None or scope.classes:
        return None
    base = build(scope, measures)
    subject, value = code_of(scope.facts, base.subject), code_of(scope.facts, base.read(measures[0].value))
    if subject is None or value is None or base.unrated is not None:
        return None
    codes = scope.windows.codes if base.key is not None else [0]
    filters = _filter_bits(measures)
    count = len({bit for bit in filters if bit is not None})
    ranges = -(-scope.facts.row_count(measures[0].fact) // ROWS_AT_ONCE)
    widths = ((max(codes) - min(codes)).bit_length(), value.size.bit_length(), count)
    packing = Packing(subject, min(codes), widths[0], widths[1], filters, count, max(1, ranges))
    if subject.size.bit_length() + sum(widths) > KEY_BITS:
        return None
    return _select(base, measures, packing, value, has_company=has_company), packing


def _filter_bits(measures: Sequence[Measure]) -> tuple[int | None, ...]:
    texts = [sql_text(each.where) for each in measures]
    numbers = {text: at for at, text in enumerate(sorted({*texts} - {""}))}
    return tuple(numbers.get(text) for text in texts)


def _select(base: Base, measures: Sequence[Measure], packing: Packing, value: Code, *, has_company: bool) -> Select[Any]:
    period = literal(0, BigInteger) if base.key is None else cast(base.key, BigInteger) - literal(packing.period_low, BigInteger)
    # 0 stands for no value, so that the row still shows that its subject was active.
    number = func.coalesce(value.expression + literal(1, BigInteger), literal(0, BigInteger))
    key = _appended(packing.subject.expression, period, packing.period_bits)
    key = _appended(key, number, packing.value_bits)
    pairs = zip(packing.filters, measures, strict=True)
    held = {bit: base.read(each.where) for bit, each in pairs if bit is not None and each.where is not None}
    if held:
        flags = [case((condition, literal(1 << bit, BigInteger)), else_=literal(0, BigInteger)) for bit, condition in sorted(held.items())]
        key = _appended(key, reduce(add, flags), packing.filter_bits)
    wanted = [*base.conditions, base.subject.is_not(None)]
    if has_company:
        wanted += [base.read(measures[0].value).is_not(None), *([or_(*held.values())] if None not in packing.filters else [])]
    return select(key.label("key")).select_from(base.from_).where(and_(*wanted))


def _appended(key: Expression, low: Expression, bits: int) -> Expression:
    return key * literal(1 << bits, BigInteger) + low


def count_keys(keys: NDArray[np.int64], packing: Packing) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    """Count the different values of each subject and window.

    Args:
        keys: one per row, any order; sorted in place.
        packing: how to read them.
    Returns:
        The (subject, window) parts in ascending order; then the number of different values, 0 being none, per measure, each of
        the same length.
    """
    keys.sort()
    is_first = _changes(keys >> packing.filter_bits if packing.filter_bits else keys)
    first = keys[is_first]
    held = np.bitwise_or.reduceat(keys, np.flatnonzero(is_first)) if packing.filter_bits and len(keys) else first
    first >>= packing.filter_bits
    is_value = (first & ((1 << packing.value_bits) - 1)) != 0
    first >>= packing.value_bits
    starts = np.flatnonzero(_changes(first))
    found = {bit: _admitted(is_value, held, bit, starts) for bit in set(packing.filters)}
    return first[starts], [found[bit] for bit in packing.filters]


def _changes(sorted_keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    found = np.ones(len(sorted_keys), dtype=bool)
    np.not_equal(sorted_keys[1:], sorted_keys[:-1], out=found[1:])
    return found


def _admitted(is_value: NDArray[np.bool_], held: NDArray[np.int64], bit: int | None, starts: NDArray[np.intp]) -> NDArray[np.int64]:
    if not len(starts):
        return np.zeros(0, dtype=np.int64)
    counted = is_value if bit is None else is_value & ((held >> bit) & 1).astype(bool)
    return np.add.reduceat(counted, starts, dtype=np.int64)


def fetch_counts(database: Facts, whole: Select[Any], packing: Packing) -> pa.Table:
    """Fetch the keys, range by range, and return their counts in the columns that every statement has."""
    parts = [_table(database.fetch(each), packing) for each in packing.selects(whole)]
    return pa.concat_tables(parts)


def _table(fetched: pa.Table, packing: Packing) -> pa.Table:
    # The engine's memory is read-only and lies in pieces, so this copies it once, and then sorts the copy in place.
    keys = np.array(fetched.column("key").to_numpy(), dtype=np.int64)
    del fetched
    groups, counts = count_keys(keys, packing)
    columns = {f"m{at}": pa.array(count.astype(np.float64)) for at, count in enumerate(counts)}
    windows = groups & ((1 << packing.period_bits) - 1)
    fixed = {
        "branch": pa.array(np.zeros(len(groups), dtype=np.int64)),
        "subject": packing.subject.texts(groups >> packing.period_bits),
        "period": pa.array(windows + packing.period_low),
        "rows": pa.array(np.ones(len(groups))),
    }
    return pa.table({**fixed, **columns})


def same_value(measures: Sequence[Measure]) -> list[list[Measure]]:
    """Return the distinct counts together that count the same value."""
    ordered = sorted(measures, key=lambda each: (sql_text(each.value), each.key))
    return [list(group) for _, group in groupby(ordered, key=lambda each: sql_text(each.value))]
