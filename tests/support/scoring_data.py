"""Reading the published and computed figures that scoring is held against."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


@frozen(eq=False)
class Table:
    """A CSV file: its columns as texts, in the file's order."""

    columns: dict[str, list[str]]

    @classmethod
    def read(cls, path: Path) -> Table:
        """Read a file."""
        with path.open(encoding="utf-8-sig", newline="") as file:
            head, *rows = csv.reader(file)
        return cls({name: [row[at] for row in rows] for at, name in enumerate(head)})

    def numbers(self, names: Sequence[str]) -> FloatArray:
        """Return columns as (rows, columns); an empty cell or NA is NaN."""
        return np.array([[_number(text) for text in self.columns[name]] for name in names], dtype=np.float64).T

    def column(self, name: str) -> FloatArray:
        """Return one column of numbers, (rows,)."""
        column: FloatArray = self.numbers([name])[:, 0]
        return column


def _number(text: str) -> float:
    return np.nan if text in {"", "NA"} else float(text)
