"""Guesses a first mapping from the headers of a folder's files, by nearest names; a starting point that a person completes."""

from __future__ import annotations

import json
import re
from datetime import datetime
from difflib import SequenceMatcher
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from kpicore import facts
from kpicore.sources.folder import open_folder
from kpicore.sources.mapping import MISSING, SCHEMA
from kpicore.sources.shaping import key_of

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from sqlalchemy import Table

_SAMPLE = 200
_CLOSE = 0.78
_FORMATS = ("%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%Y/%m/%d", "%d.%m.%Y", "%Y%m%d", "%Y-%m-%d")
# What CRMs call the same things.
_OTHER_WORDS = {
    "deal": "opportunity",
    "account": "customer",
    "company": "customer",
    "client": "customer",
    "user": "employee",
    "agent": "employee",
    "people": "employee",
    "person": "employee",
    "staff": "employee",
    "order": "sale",
    "contract": "sale",
    "case": "ticket",
    "incident": "ticket",
    "activity": "contact",
    "call": "contact",
    "opportunitie": "opportunity",
}
_CLOCKS = ("", " %H:%M", " %H:%M:%S")


def guess_mapping(data: Path, place: str) -> str:
    """Return the text of a mapping for the files in `data`; `place` is what the mapping says about where they are.

    Raises:
        SourceError: there is no such folder, or a file cannot be read.
    """
    reader = open_folder({}, data)
    blocks = [_block(file, next(iter(islice(reader.read(file), 1)))) for file in reader.tables()]
    head = [
        f'schema = "{SCHEMA}"',
        "# Guessed from the headers of the files: read every line before you trust it.",
        "# docs/reference/mapping.md says what else can be declared.",
        "",
        "# Texts that mean nothing, besides blank:",
        f"missing = {json.dumps(MISSING, ensure_ascii=False)}",
        "",
        "[source]",
        f"folder = {json.dumps(place, ensure_ascii=False)}",
    ]
    return "\n\n".join(["\n".join(head), *blocks]) + "\n"


def _block(file: str, batch: pa.RecordBatch) -> str:
    columns = [column for column in batch.schema.names if not column.startswith("__")]
    guesses = [(table, _matches(table, columns)) for table in facts.metadata.tables.values()]
    table, found = max(guesses, key=lambda guess: _score(guess[0], guess[1], file))
    if _score(table, found, file) < 2:
        return f"# {file}: no canonical table comes close. Columns: {', '.join(columns)}"
    lines = ["[[table]]", f'fact = "{table.name}"', f"from = {json.dumps(file, ensure_ascii=False)}", "[table.columns]"]
    key = key_of(table)
    if key not in found:
        lines.append(f'{key} = {{ row = "{table.name[0].upper()}" }} # no id recognised: the number of the row makes one')
    lines += [_line(table, column, source, batch) for column, source in found.items()]
    unused = [column for column in columns if column not in found.values()]
    lines += [f"# not used: {', '.join(unused)}"] if unused else []
    lines += [f"# still free in {table.name}: {', '.join(column.name for column in table.c if column.name not in {key, *found})}"]
    return "\n".join(lines)


def _score(table: Table, found: dict[str, str], file: str) -> float:
    """Return how well a file fits a table: its name, its key, and the share of columns that are recognised."""
    if not found:
        return 0
    stem = _plain(PurePosixPath(file).name.split(".")[0])
    whole, part = _likeness(stem, table.name) >= _CLOSE, table.name in stem.split("_")
    has_key = _plain(found.get(key_of(table), "")) in {f"{table.name}_id", table.name}
    return 3 * whole + part + 3 * has_key + len(found) / 3


def _matches(table: Table, columns: list[str]) -> dict[str, str]:
    """Return canonical column to source column, the closest pairs first, each used once, in the table's order."""
    pairs = [(_column_likeness(table, column.name, source), column.name, source) for column in table.c for source in columns]
    chosen: dict[str, str] = {}
    for likeness, column, source in sorted(pairs, key=lambda pair: -pair[0]):
        if likeness >= _CLOSE and column not in chosen and source not in chosen.values():
            chosen[column] = source
    return {column.name: chosen[column.name] for column in table.c if column.name in chosen}


def _column_likeness(table: Table, column: str, source: str) -> float:
    plain = _plain(source)
    if column == key_of(table) and plain in {"id", table.name, f"{table.name}_id"}:
        return 1.0
    if "_" not in column and plain.endswith("_" + column):
        return 0.9
    stems = [column, column.removesuffix("_id"), column.removesuffix("_at") + "_date"]
    return max(_likeness(plain, stem) for stem in stems)


def _plain(text: str) -> str:
    words = re.sub(r"[^0-9a-z\u4e00-\u9fff]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()).strip("_").split("_")
    return "_".join(_OTHER_WORDS.get(word) or _OTHER_WORDS.get(word.removesuffix("s")) or word for word in words)


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _line(table: Table, column: str, source: str, batch: pa.RecordBatch) -> str:
    quoted = json.dumps(source, ensure_ascii=False)
    if table.c[column].info["kind"] not in {"time", "day"}:
        return f"{column} = {quoted}"
    formats = _formats(batch, source)
    if formats is None:
        return f"{column} = {quoted}"
    if len(formats) == 1:
        return f"{column} = {{ column = {quoted}, date = {json.dumps(formats[0])} }}"
    known = f"either of {', '.join(formats)}" if formats else "its form was not recognised"
    return f'# {column} = {{ column = {quoted}, date = "..." }} # {known}'


def _formats(batch: pa.RecordBatch, source: str) -> list[str] | None:
    """Return the forms that fit every sample; None where the values are ISO, or there are none."""
    said = batch.column(source).slice(0, _SAMPLE).to_pylist()
    values = [value.strip() for value in said if isinstance(value, str) and value.strip() and value.strip() not in MISSING]
    if not values or all(re.match(r"\d{4}-\d\d?-\d\d?([ T]|$)", value) for value in values):
        return None
    candidates = [day + clock for day in _FORMATS for clock in _CLOCKS]
    return [form for form in candidates if all(_fits(value, form) for value in values)]


def _fits(value: str, form: str) -> bool:
    try:
        datetime.strptime(value, form)  # noqa: DTZ007  # only whether the form fits is asked
    except ValueError:
        return False
    return True
