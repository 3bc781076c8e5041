"""The second level in numpy: what each filter admits, per cell."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from kpicore.query import pivot
from kpicore.query.pivot import Pivot

GROUPS = pa.table(
    {
        "subject": ["a", "a", None, "b", "a"],
        "period": [7, 7, 7, 9, 9],
        "bits": [0b01, 0b11, 0b10, 0b00, 0b01],
        "n": [1.0, 2.0, 4.0, 8.0, 16.0],
        "p0": [0.5, None, 1.5, 2.5, 3.5],
    }
)


def rows(table: pa.Table) -> list[tuple[object, ...]]:
    """Return subject, period and measures of each row, by period and subject."""
    columns = (table.column(name).to_pylist() for name in table.column_names if name not in ("branch", "rows"))
    return sorted(zip(*columns, strict=True), key=lambda row: (row[1], row[0] or ""))


@pytest.mark.parametrize("dense", [0, 20_000_000])
def test_filters_admit_by_bits(dense: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one matrix product or filter by filter: rows, then bit 0, bit 1 and no filter; a null is nothing added."""
    monkeypatch.setattr(pivot, "DENSE", dense)
    sums = Pivot(("n", "n", "p0"), (0, 1, None), has_unrated=False)

    found = rows(sums.table(GROUPS))

    assert [(None, 7, 0.0, 4.0, 1.5), ("a", 7, 3.0, 2.0, 0.5), ("a", 9, 16.0, 0.0, 3.5), ("b", 9, 0.0, 0.0, 2.5)] == found


def test_nothing_gives_nothing() -> None:
    """No group, no cell."""
    empty = GROUPS.slice(0, 0)

    assert 0 == Pivot(("n",), (0,), has_unrated=False).table(empty).num_rows


def test_rows_without_a_rate_are_counted() -> None:
    """In the last column."""
    table = GROUPS.append_column("unrated", pa.array([1.0, 0.0, 0.0, 2.0, 0.0]))

    assert 3.0 == float(np.sum(Pivot(("n",), (0,), has_unrated=True).table(table).column("m1").to_numpy()))


def test_the_columns_are_those_of_every_statement() -> None:
    """So that results are placed alike."""
    assert ["branch", "subject", "period", "rows", "m0"] == Pivot(("n",), (0,), has_unrated=False).table(GROUPS).column_names
