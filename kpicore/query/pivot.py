"""The second level of a two-level aggregation outside the engine: classes times filters is a small matrix product.

The engine groups by subject, window and the filters' classes, and says per group, bit by bit, which filters admit it. What a filter
admits is then summed in numpy, from one table of cells and combinations of bits per aggregate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen
from sqlalchemy import BigInteger, Double, Select, case, cast, literal, select

from kpicore.model.measure import sql_text
from kpicore.query.forms import class_texts, classes_of
from kpicore.query.places import codes_of, encoded, places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sqlalchemy import ColumnElement

    from kpicore.model.measure import Measure
    from kpicore.query.discriminate import Discriminators
    from kpicore.query.rows import Base

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

MAX_FILTERS = 62
"""Bits of a whole number that are not its sign."""

DENSE = 20_000_000
"""Numbers in one table of cells and combinations; beyond that each filter is summed by itself."""


@frozen
class Pivot:
    """Which aggregate and which bit belong to each measure."""

    partials: tuple[str, ...]
    bits: tuple[int | None, ...]
    """None: no filter."""
    has_unrated: bool

    def table(self, fetched: pa.Table) -> pa.Table:
        """Sum what each filter admits, and return the columns that every statement has."""
        grid = Grid.of(fetched)
        rows = grid.sums("n", [None])[0]
        cells = np.flatnonzero(rows)
        numbers: dict[int, FloatArray] = {}
        for name in dict.fromkeys(self.partials):
            own = [at for at, partial in enumerate(self.partials) if partial == name]
            numbers |= dict(zip(own, grid.sums(name, [self.bits[at] for at in own]), strict=True))
        if self.has_unrated:
            numbers[len(self.partials)] = grid.sums("unrated", [None])[0]
        who = grid.places.take(pa.array(cells // grid.width))
        fixed = {
            "branch": pa.array(np.zeros(len(cells), dtype=np.int64)),
            **dict(zip(who.column_names, who.columns, strict=True)),
            "period": pa.array(cells % grid.width + grid.first),
            "rows": pa.array(rows[cells]),
        }
        return pa.table({**fixed, **{f"m{at}": pa.array(numbers[at][cells]) for at in range(len(numbers))}})


def fits(measures: Sequence[Measure]) -> bool:
    """Return whether measures can be summed outside the engine."""
    filters = {sql_text(each.where) for each in measures if each.where is not None}
    return len(filters) <= MAX_FILTERS and all(each.function in ("count", "sum", "squares") for each in measures)


def pivoted(base: Base, measures: Sequence[Measure], keys: Discriminators) -> tuple[Select[Any], Pivot]:
    """Return the first level, with one bit per filter, and how to sum it."""
    grouped, names = classes_of(base, measures, keys)
    filters = {sql_text(each.where): each.where for each in measures if each.where is not None}
    order = {text: at for at, text in enumerate(filters)}
    flags = [_flag(keys.rewrite(where, grouped), at) for at, where in enumerate(filters.values())]
    wanted = dict.fromkeys(["n", *names, *([] if base.unrated is None else ["unrated"])])
    numbers = [cast(grouped.c[name], Double).label(name) for name in wanted]
    where = [grouped.c.s.label("subject"), grouped.c.k.label("period"), *class_texts(grouped)]
    columns = [*where, _sum(flags).label("bits"), *numbers]
    bits = tuple(None if each.where is None else order[sql_text(each.where)] for each in measures)
    return select(*columns), Pivot(tuple(names), bits, base.unrated is not None)


def _flag(admits: ColumnElement[Any], bit: int) -> ColumnElement[Any]:
    return case((admits, literal(1 << bit, BigInteger)), else_=literal(0, BigInteger))


def _sum(flags: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    total: ColumnElement[Any] = literal(0, BigInteger)
    for flag in flags:
        total = total + flag
    return total


@frozen(eq=False)
class Grid:
    """Groups placed in cells (place and window) and combinations of bits."""

    fetched: pa.Table
    places: pa.Table
    """Subject and classes, one row each."""
    first: int
    """The lowest key of a window."""
    width: int
    """Windows."""
    cell: IntArray
    combination: IntArray
    masks: IntArray
    """The bits of each combination."""

    @classmethod
    def of(cls, fetched: pa.Table) -> Grid:
        """Find the cells and combinations that occur."""
        (place, who), mask = places(fetched), encoded(fetched.column("bits").cast(pa.int64()))
        key = fetched.column("period").cast(pa.int64()).to_numpy(zero_copy_only=False)
        first, last = (int(key.min()), int(key.max())) if len(key) else (0, 0)
        cell = place * (last - first + 1) + (key - first)
        masks = np.asarray(mask.dictionary.to_numpy(zero_copy_only=False), dtype=np.int64)
        return cls(fetched, who, first, last - first + 1, cell, codes_of(mask), masks)

    def sums(self, name: str, bits: Sequence[int | None]) -> list[FloatArray]:
        """Sum an aggregate over the groups that each filter admits, per cell."""
        column = pc.fill_null(self.fetched.column(name).cast(pa.float64()), 0.0)
        values = np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)
        cells = len(self.places) * self.width
        admitted = [np.ones(len(self.masks)) if bit is None else ((self.masks >> bit) & 1).astype(np.float64) for bit in bits]
        if len(bits) > 1 and cells * len(self.masks) <= DENSE:
            place = self.cell * len(self.masks) + self.combination
            table = np.bincount(place, values, cells * len(self.masks)).reshape(cells, len(self.masks))
            return list(np.ascontiguousarray((table @ np.array(admitted).T).T))
        return [np.asarray(np.bincount(self.cell, values * each[self.combination], cells), dtype=np.float64) for each in admitted]
