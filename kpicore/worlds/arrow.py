"""From arrays to Arrow tables in the canonical column names and types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpicore import facts
from kpicore.errors import KpiError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore.worlds.draws import Flags, Ints

TYPES: dict[str, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "flag": pa.bool_(),
    "time": pa.timestamp("us"),
    "day": pa.date32(),
    "money": pa.decimal128(18, 4),
    "number": pa.float64(),
    "integer": pa.int32(),
}
"""The Arrow type of each kind of canonical column."""


def ids(prefix: str, numbers: Ints, width: int = 6) -> pa.Array:
    """Return opaque ids such as 'C000042'; -1 becomes null."""
    digits = pc.utf8_lpad(pa.array(np.maximum(numbers, 0)).cast(pa.string()), width, "0")
    return _without(pc.binary_join_element_wise(prefix, digits, ""), numbers < 0)


def labels(values: Sequence[str | None], codes: Ints) -> pa.Array:
    """Return the text for each code; -1 becomes null."""
    return pa.array(values, pa.string()).take(pa.array(codes, mask=codes < 0))


def texts(numbers: np.ndarray) -> pa.Array:
    """Return numbers written as text, for the audit trail's old and new values."""
    return pa.array(numbers).cast(pa.string())


def hashes(rng: np.random.Generator, count: int) -> pa.Array:
    """Return random hashes of 16 hexadecimal digits."""
    digits = rng.bytes(count * 8).hex().encode()
    starts = np.arange(count + 1, dtype=np.int32) * 16
    return pa.Array.from_buffers(pa.string(), count, [None, pa.py_buffer(starts), pa.py_buffer(digits)])


def money(cents: Ints, known: Flags | None = None) -> pa.Array:
    """Return amounts of whole cents as decimal(18,4); null where not known."""
    low = np.ascontiguousarray(cents, dtype=np.int64) * 100
    words = np.stack([low, low >> 63], axis=1)
    exact = pa.Array.from_buffers(TYPES["money"], len(low), [None, pa.py_buffer(words)])
    return exact if known is None else _without(exact, ~known)


def _without(values: pa.Array, missing: Flags) -> pa.Array:
    return pc.if_else(pa.array(missing), pa.scalar(None, values.type), values) if missing.any() else values


def build(name: str, columns: Mapping[str, Any]) -> pa.Table:
    """Make the Arrow table of one canonical fact; columns that are not given are null, single values fill the column.

    Raises:
        KpiError: a column that the canonical table does not have.
    """
    canonical = facts.metadata.tables[name].c
    for column in columns:
        if column not in canonical:
            raise KpiError(f"the fact {name!r} has no column {column!r}{nearest(column, canonical.keys())}")
    rows = next(len(values) for values in columns.values() if isinstance(values, (pa.Array, np.ndarray)))
    arrays = {column.name: _column(columns.get(column.name), TYPES[column.info["kind"]], rows) for column in canonical}
    return pa.table(arrays)


def _column(values: Any, type_: pa.DataType, rows: int) -> pa.Array:
    if isinstance(values, np.ndarray):
        return pa.array(values, from_pandas=True).cast(type_)
    if isinstance(values, pa.Array):
        return values.cast(type_)
    return pa.nulls(rows, type_) if values is None else pa.repeat(pa.scalar(values, type_), rows)
