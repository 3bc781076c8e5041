"""Compiles the steps of one mapped column to DuckDB SQL: cleaned text, typed value, when it is bad, and how to say so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from kpicore.sources.moments import is_far, read_time, span_of, time_reason, typed_time
from kpicore.sources.numerals import number_reason, typed_number
from kpicore.sources.quoting import listed, literal, name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kpicore.sources.mapping import ColumnMap, Following

DUCKDB_TYPES = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "flag": "BOOLEAN",
    "time": "TIMESTAMP",
    "day": "DATE",
    "money": "DECIMAL(18,4)",
    "number": "DECIMAL(18,6)",
    "integer": "INTEGER",
}
_TRUE, _FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
# Two-character family names; every other Chinese family name has one character.
_SURNAMES = (
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|长孙|宇文|司徒|夏侯|轩辕|端木"
    "|百里|独孤|南宫|西门|东郭|公冶|申屠|太史|澹台|濮阳|闻人|呼延|钟离|淳于"
)


@frozen
class Expression:
    """One canonical column in SQL, in layers: each may use the aliases of the layers before it."""

    source: str
    """Text as in the data, after the steps on text; alias s_<column>."""
    mapped: str
    """Text after the map; alias m_<column>."""
    shift: str | None
    """The number by which a time is moved; alias q_<column>."""
    parts: Mapping[str, str]
    """What the text says, typed; aliases b_<column> and, for moments with an offset, o_<column>."""
    value: str
    """The value of the canonical column."""
    bad: str
    """Condition: the data says something that is not understood."""
    reason: str
    """Text: what was expected, and what to declare."""


def compile_column(column: str, kind: str, mapped: ColumnMap, cell: Callable[[str], str]) -> Expression:
    """Return the SQL of one canonical column; `cell` gives the SQL of a source column's text."""
    s, m, q = (name(f"{layer}_{column}") for layer in "smq")
    shift = cell(mapped.shift.column) if mapped.shift and mapped.shift.column else None
    parts = _parts(kind, mapped, m)
    understood = [name(f"{part}_{column}") for part in parts]
    faults = [(f"({m} IS NOT NULL AND coalesce({', '.join(understood)}) IS NULL)", _reason(column, kind, mapped, m))]
    if mapped.map is not None and mapped.otherwise is None and not mapped.keeps_others:
        unlisted = literal(f"{column} has a value that its map does not list; add it to the map, or declare otherwise")
        faults.insert(0, (f"({s} NOT IN {listed(tuple(mapped.map))})", unlisted))
    if shift is not None:
        faults.append((f"({shift} IS NOT NULL AND {q} IS NULL)", literal(f"the span by which {column} is moved {_wanted(mapped)}")))
    if mapped.shift is not None:
        faults.append((is_far(name(f"v_{column}")), literal(f"{column} is moved out of the years 1800 to 9999")))
    return Expression(
        source=_source(kind, mapped, cell),
        mapped=_mapped(mapped, s),
        shift=span_of(mapped.shift, shift) if mapped.shift and shift else None,
        parts=parts,
        value=_value(kind, mapped, understood, q, cell),
        bad=" OR ".join(bad for bad, _ in faults),
        reason="CASE " + " ".join(f"WHEN {bad} THEN {reason}" for bad, reason in faults) + " END",
    )


def _wanted(mapped: ColumnMap) -> str:
    is_whole = mapped.shift is not None and mapped.shift.unit in {"months", "years"}
    return f"is not {'a whole' if is_whole else 'a plain'} number, or longer than a thousand years"


def _source(kind: str, mapped: ColumnMap, cell: Callable[[str], str]) -> str:
    if mapped.constant is not None:
        return literal(mapped.constant)
    if mapped.row is not None:
        return f"{literal(mapped.row)} || __row"
    text = _joined(kind, mapped, cell)
    if mapped.drop_prefix:
        text = f"regexp_replace({text}, {literal('^' + re.escape(mapped.drop_prefix))}, '')"
    if mapped.drop_suffix:
        text = f"regexp_replace({text}, {literal(re.escape(mapped.drop_suffix) + '$')}, '')"
    if mapped.split:
        text = _split(text, mapped.split)
    return f"{literal(mapped.prefix)} || nullif({text}, '')" if mapped.prefix else text


def _joined(kind: str, mapped: ColumnMap, cell: Callable[[str], str]) -> str:
    cells = [cell(one) for one in mapped.columns]
    if len(cells) == 1:
        return cells[0]
    if kind == "id":
        # Half an id would name another thing, so one missing part makes the whole missing.
        return "(" + f" || {literal(mapped.join)} || ".join(cells) + ")"
    return f"nullif(concat_ws({literal(mapped.join)}, {', '.join(cells)}), '')"


def _split(text: str, part: str) -> str:
    is_family = part == "family"
    forms = (
        (rf"^({_SURNAMES}|\p{{Han}})(\p{{Han}}+)$", 1 if is_family else 2),
        (r"^([^,]+?)\s*,\s*(.+)$", 1 if is_family else 2),
        (r"^(.+)\s+(\S+)$", 2 if is_family else 1),
    )
    quoted = [(literal(form), group) for form, group in forms]
    cases = " ".join(f"WHEN regexp_matches({text}, {form}) THEN regexp_extract({text}, {form}, {group})" for form, group in quoted)
    return f"CASE {cases} ELSE {'NULL' if is_family else text} END"


def _mapped(mapped: ColumnMap, s: str) -> str:
    if mapped.map is None:
        return f"nullif({s}, '')"
    cases = " ".join(f"WHEN {literal(key)} THEN {literal(value)}" for key, value in mapped.map.items())
    other = s if mapped.keeps_others else "NULL" if mapped.otherwise is None else literal(mapped.otherwise)
    # A missing value stays missing, whatever `otherwise` says, unless the map itself lists ''.
    blank = literal(mapped.map[""]) if "" in mapped.map else "NULL"
    return f"nullif(CASE WHEN {s} IS NULL THEN {blank} ELSE CASE {s} {cases or 'WHEN NULL THEN NULL'} ELSE {other} END END, '')"


def _parts(kind: str, mapped: ColumnMap, m: str) -> Mapping[str, str]:
    if kind in {"time", "day"}:
        return read_time(kind, mapped, m)
    if kind == "flag":
        return {"b": f"CASE WHEN lower({m}) IN {listed(_TRUE)} THEN TRUE WHEN lower({m}) IN {listed(_FALSE)} THEN FALSE END"}
    if kind in {"money", "number", "integer"}:
        return {"b": typed_number(kind, DUCKDB_TYPES[kind], mapped.number, m)}
    return {"b": m}


def _value(kind: str, mapped: ColumnMap, understood: list[str], q: str, cell: Callable[[str], str]) -> str:
    if kind not in {"time", "day"}:
        return understood[0]
    value = typed_time(kind, mapped, understood[0], understood[1] if len(understood) > 1 else None, q)
    return _next_value(mapped.following, value, cell) if mapped.following else value


def _next_value(following: Following, value: str, cell: Callable[[str], str]) -> str:
    moment = f"CAST({value} AS TIMESTAMP)"
    group = "PARTITION BY " + ", ".join(cell(one) for one in following.by) if following.by else ""
    later = f"min({moment}) OVER ({group} ORDER BY {moment} RANGE BETWEEN INTERVAL 1 MICROSECOND FOLLOWING AND UNBOUNDED FOLLOWING)"
    return later if following.months is None else f"coalesce({later}, {moment} + to_months({following.months}))"


def _reason(column: str, kind: str, mapped: ColumnMap, m: str) -> str:
    if kind in {"money", "number", "integer"}:
        return number_reason(column, kind, mapped.number, m)
    if kind in {"time", "day"}:
        return time_reason(column, mapped, m)
    return literal(f"{column} is not true or false; declare map = {{ ... }}")
