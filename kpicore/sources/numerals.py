"""Numbers as people write them, in DuckDB SQL: recognised strictly, so that nothing is misread by a factor of a thousand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kpicore.sources.quoting import any_of, literal

if TYPE_CHECKING:
    from kpicore.sources.mapping import NumberForm

PLAIN = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_WHOLE = r"[+-]?\d+(\.0*)?"


def plain_number(form: NumberForm, text: str) -> str:
    """Return SQL for the number without symbols and separators, as text; null where it is not written in the declared form."""
    text = _without_symbols(form, text)
    if not form.thousands and form.decimal == ".":
        return f"CASE WHEN regexp_full_match({text}, '{PLAIN}') THEN {text} END"
    cleaned = f"replace({text}, {literal(form.thousands)}, '')" if form.thousands else text
    return f"CASE WHEN regexp_full_match({text}, {literal(_pattern(form))}) THEN replace({cleaned}, {literal(form.decimal)}, '.') END"


def _without_symbols(form: NumberForm, text: str) -> str:
    if not form.symbols:
        return text
    symbols = any_of(form.symbols)
    before, after = literal(rf"^([+-]?)\s*{symbols}\s*"), literal(rf"\s*{symbols}$")
    return rf"regexp_replace(regexp_replace({text}, {before}, '\1'), {after}, '')"


def _pattern(form: NumberForm) -> str:
    point = re.escape(form.decimal)
    whole = r"\d+"
    if form.thousands:
        # Groups of two occur in India; the last group always has three digits, so that '1,20' is never read as 120.
        group = re.escape(form.thousands)
        whole = rf"(\d+|\d{{1,3}}({group}\d{{2,3}})*{group}\d{{3}})"
    return rf"[+-]?({whole}({point}\d*)?|{point}\d+)"


def typed_number(kind: str, duckdb_type: str, form: NumberForm, text: str) -> str:
    """Return SQL for the exact number; null where the text is not one, or not within the type's range."""
    plain = plain_number(form, text)
    if kind == "integer":
        plain = f"CASE WHEN regexp_full_match({plain}, '{_WHOLE}') THEN {plain} END"
    if form.times != "1":
        plain = f"TRY_CAST({plain} AS DECIMAL(26,10)) * {form.times}"
    return f"TRY_CAST({plain} AS {duckdb_type})"


def number_reason(column: str, kind: str, form: NumberForm, text: str) -> str:
    """Return SQL for the text that says why the number was not understood."""
    what = "a whole number" if kind == "integer" else "a number"
    plain = plain_number(form, text)
    is_declared = form.thousands or form.symbols or form.decimal != "."
    unreadable = literal(f"{column} is not {what} in the declared form") if is_declared else _advice(column, what, text)
    outside = literal(f"{column} is out of range" if kind != "integer" else f"{column} is not a whole number, or out of range")
    return f"CASE WHEN {plain} IS NULL THEN {unreadable} ELSE {outside} END"


def _advice(column: str, what: str, text: str) -> str:
    symbol = rf"regexp_extract({text}, '[^0-9.,+\-\s]+')"
    parts = f"CASE WHEN {symbol} <> '' THEN 'symbol = \"' || {symbol} || '\"' END"
    parts += f", CASE WHEN contains({text}, ',') THEN 'thousands = \",\"' END"
    start = literal(f"{column} is not a plain number; declare number = {{ ")
    hinted = f"{start} || concat_ws(', ', {parts}) || ' }}'"
    # A currency sign or code is worth declaring; other letters among digits are mistakes of typing.
    is_currency = rf"regexp_full_match({symbol}, '([A-Z]{{1,2}})?\p{{Sc}}|[A-Z]{{3}}|[元円원]')"
    has_hint = rf"regexp_matches({text}, '\d') AND ({is_currency} OR ({symbol} = '' AND contains({text}, ',')))"
    return f"CASE WHEN {has_hint} THEN {hinted} ELSE {literal(f'{column} is not {what}')} END"
