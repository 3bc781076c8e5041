"""What the statements gave, as arrays (subjects, windows) per measure, and the lookup from which metrics compute their cells."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import define, evolve, field, frozen

from kpicore.errors import MetricError, SourceError, nearest
from kpicore.kernels.rounding import significant
from kpicore.model.cells import Cells, State
from kpicore.model.kinds import Shifted
from kpicore.model.reach import reach
from kpicore.query.each import each_group, merged
from kpicore.query.plan import EACH_GROUP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from kpicore.model.cells import FloatArray
    from kpicore.model.groups import Groups
    from kpicore.model.measure import Measure
    from kpicore.model.metric import Metric, Shift
    from kpicore.query.each import Each
    from kpicore.query.plan import Branch, Statement
    from kpicore.query.windows import Windows

EMPTY_IS_ZERO = ("count", "sum", "squares", "distinct")
"""Aggregates that are 0 of nothing; the others are missing."""


@frozen(eq=False)
class Measured:
    """Arrays of the shape (subjects, windows)."""

    subjects: tuple[str, ...]
    windows: Windows
    arrays: Mapping[str, FloatArray]
    """Measure key -> values."""
    active: NDArray[np.bool_]
    """Whether the subject has any event in the window."""
    unrated: Mapping[str, float] = field(factory=dict)
    """Measure key -> rows of its fact whose currency has no rate."""
    refused: Mapping[str, str] = field(factory=dict)
    """Measure key -> why the database refused to compute it."""
    groups: Mapping[str, Each] = field(factory=dict)
    """Measure key -> its value of each group."""
    digest: str = ""
    """A digest of all that was read."""


def subjects_in(tables: Sequence[pa.Table]) -> tuple[str, ...]:
    """Return the subjects that occur in the results, sorted."""
    found = [pc.unique(table.column("subject").cast(pa.string())) for table in tables]
    return tuple(sorted({str(each) for part in found for each in part.to_pylist() if each is not None}))


def collect(
    statements: Sequence[Statement],
    tables: Sequence[pa.Table],
    subjects: tuple[str, ...] | None,
    windows: Windows,
    refused: Mapping[str, str] | None = None,
) -> Measured:
    """Place the results of the statements on the grid of subjects and windows; rows of other subjects are left out."""
    known = subjects if subjects is not None else subjects_in(tables)
    shape = (len(known), len(windows.periods))
    grid = _Grid(known, windows, np.zeros(shape, dtype=bool))
    digest = hashlib.sha256(json.dumps([known, [period.to_dict() for period in windows.periods]]).encode())
    for statement, table in zip(statements, tables, strict=True):
        number = table.column("branch").to_numpy()
        for at, branch in enumerate(statement.branches):
            grid.place(branch, table.filter(pa.array(number == at)))
    if all(branch.measures[0].at is None for statement in statements for branch in statement.branches):
        # Only balances are asked for, so whoever has something standing is there.
        standing = [np.nan_to_num(array) != 0 for array in grid.arrays.values()]
        grid.active |= np.any([*standing, *(found.places(shape) for found in grid.groups.values()), grid.active], axis=0)
    read = {**grid.arrays, **{key: found.values for key, found in grid.groups.items()}}
    for key in sorted(read):
        digest.update(key.encode())
        digest.update(significant(read[key]).tobytes())
    return Measured(known, windows, grid.arrays, grid.active, grid.unrated, refused or {}, grid.groups, f"sha256:{digest.hexdigest()}")


@define(eq=False)
class _Grid:
    subjects: tuple[str, ...]
    windows: Windows
    active: NDArray[np.bool_]
    arrays: dict[str, FloatArray] = field(factory=dict)
    unrated: dict[str, float] = field(factory=dict)
    groups: dict[str, Each] = field(factory=dict)

    def place(self, branch: Branch, table: pa.Table) -> None:
        row = pc.index_in(table.column("subject").cast(pa.string()), value_set=pa.array(self.subjects, pa.string()))
        period = table.column("period").cast(pa.int64()).to_numpy(zero_copy_only=False)
        column = self.windows.decode(period) if len(self.windows.periods) > 1 else np.zeros(len(period), dtype=np.int64)
        here = row.to_numpy(zero_copy_only=False)
        keep = np.isfinite(here.astype(np.float64))
        place = (here[keep].astype(np.int64), column[keep])
        if branch.form == EACH_GROUP:
            self.groups.update(each_group(branch.measures, table, np.where(keep, here, -1.0).astype(np.int64), column))
        for at, measure in enumerate(branch.measures if branch.form != EACH_GROUP else ()):
            self.arrays[measure.key] = self._spread(table, f"m{at}", keep, place, zero=measure.function in EMPTY_IS_ZERO)
        if branch.measures[0].at is not None:
            self.active[place] |= _numbers(table, "rows")[keep] > 0
        if branch.has_unrated:
            lost = float(np.nansum(_numbers(table, f"m{len(branch.measures)}")))
            self.unrated.update({measure.key: lost for measure in branch.measures if lost and reads_money(measure)})

    def _spread(
        self, table: pa.Table, name: str, keep: NDArray[np.bool_], place: tuple[NDArray[np.int64], NDArray[np.int64]], *, zero: bool
    ) -> FloatArray:
        array = np.full(self.active.shape, 0.0 if zero else np.nan)
        values = _numbers(table, name)[keep]
        array[place] = np.nan_to_num(values, nan=0.0) if zero else values
        return array


def reads_money(measure: Measure) -> bool:
    """Return whether a measure depends on amounts of its fact."""
    return any(column.info.get("is_money") and column.table is measure.fact for column in measure.columns())


def _numbers(table: pa.Table, name: str) -> FloatArray:
    return np.asarray(table.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


@define(eq=False)
class Workbench:
    """Answers what metrics ask for while their cells are computed. Cells have the shape (subjects, periods)."""

    measured: Measured
    columns: Mapping[str, NDArray[np.int64]]
    """Shift -> the window's position for each period."""
    metrics: Mapping[str, Metric]
    untestable: Mapping[str, Sequence[str]] = field(factory=dict)
    """Metric -> the columns that the source lacks."""
    fail: Callable[[str, BaseException], None] = lambda _name, _error: None
    _done: dict[tuple[str, Shift], Cells] = field(factory=dict)
    _open: list[tuple[str, Shift]] = field(factory=list)

    @property
    def shape(self) -> tuple[int, int]:
        """Subjects x periods."""
        return len(self.measured.subjects), len(self.columns[""])

    @property
    def active(self) -> NDArray[np.bool_]:
        """Whether the subject has any event in the period."""
        return self.measured.active[:, self.columns[""]]

    def days(self, shift: Shift = "") -> FloatArray:
        """Return the length of each period in days; shape (periods,)."""
        spans = [self.measured.windows.periods[at] for at in self.columns[shift]]
        return np.array([(span.end - span.start) / timedelta(days=1) for span in spans])

    def measure(self, measure: Measure, shift: Shift = "") -> FloatArray:
        """Return a measure for the periods, or for earlier windows.

        Raises:
            SourceError: the database refused to compute it.
            MetricError: amounts in a currency without a rate are among its rows.
        """
        self._refuse(measure)
        return self.measured.arrays[measure.key][:, self.columns[shift]]

    def _refuse(self, measure: Measure) -> None:
        if why := self.measured.refused.get(measure.key):
            raise SourceError(why)
        if lost := self.measured.unrated.get(measure.key):
            raise MetricError(
                f"{lost:g} rows of {measure.fact.name} are in a currency for which fx_rate has no rate on their day;"
                " add the rate, a sum without them would be wrong"
            )

    def groups(self, measures: Mapping[str, Measure], shift: Shift = "") -> Groups:
        """Return one row per group of the first measure, with the values of all.

        Raises:
            SourceError: the database refused to compute one of them.
            MetricError: amounts have no rate, or a group has two rows of one measure.
        """
        for measure in measures.values():
            self._refuse(measure)
        found = {name: self.measured.groups[measure.key] for name, measure in measures.items()}
        return merged(found, self.columns[shift], self.shape)

    def metric(self, name: str, shift: Shift = "") -> Cells:
        """Return a metric's cells, computed once; a metric that fails is an error cell, not an exception.

        Raises:
            MetricError: there is no such metric, or it is computed from itself.
        """
        if name not in self.metrics:
            raise MetricError(f"a metric must be offered by a plugin to be used (got {name!r}){nearest(name, self.metrics)}")
        if (name, shift) in self._open:
            around = " -> ".join(repr(each) for each, _ in [*self._open, (name, shift)])
            raise MetricError(f"a metric must not be computed from itself (got {around})")
        if (name, shift) not in self._done:
            self._done[name, shift] = self._compute(name, shift)
        return self._done[name, shift]

    def _compute(self, name: str, shift: Shift) -> Cells:
        if missing := self.untestable.get(name):
            return Cells.empty(self.shape, State.NOT_TESTABLE, f"the source does not fill {', '.join(missing)}")
        self._open.append((name, shift))
        try:
            metric = self.metrics[name]
            cells = self._without_value(name, shift) or _checked(metric.cells(Shifted(self, shift) if shift else self), self.shape)
            return cells.exact() if metric.is_census else evolve(cells, reach=reach(metric))
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin may raise anything, even leave; the others go on
            self.fail(name, error)
            return Cells.empty(self.shape, State.ERROR, str(error) or type(error).__name__)
        finally:
            self._open.pop()

    def _without_value(self, name: str, shift: Shift) -> Cells | None:
        """Return cells without a value where a metric that this one is computed from has none at all."""
        for part in self.metrics[name].inputs():
            cells = self.metric(part, shift)
            if cells.state.size and (cells.state == State.NOT_TESTABLE).all():
                return Cells.empty(self.shape, State.NOT_TESTABLE, f"{part} cannot be measured: {cells.why}")
            if cells.state.size and (cells.state == State.ERROR).all():
                return Cells.empty(self.shape, State.ERROR, f"{part} failed: {cells.why}")
        return None


def _checked(cells: object, shape: tuple[int, int]) -> Cells:
    """Return what a metric gave if it can be believed."""
    if not isinstance(cells, Cells):
        raise MetricError(f"a metric must return Cells (got {type(cells).__name__})")
    for name in ("value", "n", "variance", "state"):
        array = np.asarray(getattr(cells, name))
        if array.shape != shape:
            raise MetricError(f"{name} of a metric must have the shape (subjects, periods) = {shape} (got {array.shape})")
        if array.dtype.kind not in "fi":
            raise MetricError(f"{name} of a metric must be numbers (got {array.dtype})")
    if not np.isfinite(cells.value[cells.state == State.VALUE]).all():
        raise MetricError("a cell with the state VALUE must have a finite value (got NaN or infinity)")
    return cells
