"""Where the rows of a result belong besides their window: a number per combination of subject and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

WHO = ("subject", "class")
"""How the names of the columns begin that say to whom and to what a row belongs."""


def places(table: pa.Table) -> tuple[IntArray, pa.Table]:
    """Number the combinations of subject and classes that occur.

    Args:
        table: with the columns subject, and class0, class1, ... where rows are told apart by classes.
    Returns:
        The number of each row's combination, and one row of texts per combination.
    """
    names = [name for name in table.column_names if name.startswith(WHO)]
    numbers, first = _numbered(table.column(names[0]))
    for name in names[1:]:
        more, _ = _numbered(table.column(name))
        wide = numbers * (int(more.max(initial=0)) + 1) + more
        _, first, numbers = np.unique(wide, return_index=True, return_inverse=True)
    chosen = pa.array(first)
    return numbers, pa.table({name: whole(table.column(name)).take(chosen).cast(pa.string()) for name in names})


def _numbered(column: pa.ChunkedArray) -> tuple[IntArray, IntArray]:
    codes = codes_of(encoded(column))
    # Numbers are given in order of appearance, so a value is new where its number is.
    return codes, np.flatnonzero(np.maximum.accumulate(np.concatenate([[-1], codes]))[:-1] < codes)


def whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece, its values written out."""
    found = column.combine_chunks()
    return found.cast(found.type.value_type) if pa.types.is_dictionary(found.type) else found


def encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a column as numbers of its different values, null being one of them."""
    return pc.dictionary_encode(whole(column), null_encoding="encode")


def codes_of(given: pa.DictionaryArray) -> IntArray:
    """Return the numbers."""
    return np.asarray(given.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
