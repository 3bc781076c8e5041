"""What is known of each group, such as a customer, and the metric that is made of it: for what a sum over rows cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from kpicore.kernels import estimate
from kpicore.model.cells import Cells, FloatArray
from kpicore.model.measure import NOBODY
from kpicore.model.metric import Metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kpicore.model.measure import Measure
    from kpicore.model.metric import Lookup

IntArray: TypeAlias = NDArray[np.int64]


@frozen(eq=False)
class Groups:
    """One row per group and period, ordered by the group's key, so that results do not depend on the order in which a database answers."""

    subject: IntArray
    """(rows,) which subject the group belongs to; -1 for none of those that are measured."""
    period: IntArray
    """(rows,) which period the row is about."""
    values: Mapping[str, FloatArray]
    """Name -> (rows,); NaN where nothing is known."""
    shape: tuple[int, int]
    """Subjects x periods."""

    def __getitem__(self, name: str) -> FloatArray:
        """Return the values of one name."""
        return self.values[name]

    def periods(self) -> Iterator[NDArray[np.bool_]]:
        """Yield, for each period, which rows are about it."""
        return (self.period == at for at in range(self.shape[1]))

    def of(self, rows: NDArray[np.bool_]) -> Groups:
        """Return some of the rows."""
        return Groups(self.subject[rows], self.period[rows], {name: values[rows] for name, values in self.values.items()}, self.shape)

    def cells(self) -> IntArray:
        """Return the number of each row's cell, subject by subject; -1 where it belongs to none."""
        return np.where(self.subject >= 0, self.subject * self.shape[1] + self.period, -1)

    def sums(self, values: FloatArray) -> FloatArray:
        """Add up values over each subject's groups; (subjects, periods). NaN counts as 0."""
        cell = self.cells()
        chosen = (cell >= 0) & np.isfinite(values)
        added = np.bincount(cell[chosen], values[chosen], self.shape[0] * self.shape[1])
        return np.asarray(added, dtype=np.float64).reshape(self.shape)

    def mean(self, values: FloatArray) -> Cells:
        """Return the mean of values over each subject's groups, with its sampling variance; NaN is left out."""
        known = np.isfinite(values).astype(np.float64)
        return Cells.of(*estimate.mean(self.sums(values), self.sums(known), self.sums(values * values)), "gaussian")

    def share(self, values: FloatArray) -> Cells:
        """Return the share of each subject's groups of which a 0 or 1 is 1, with its sampling variance; NaN is left out."""
        return Cells.of(*estimate.proportion(self.sums(values), self.sums(np.isfinite(values).astype(np.float64))), "binomial")


@frozen(eq=False, kw_only=True)
class Grouped(Metric):
    """A function of one row per group, such as a customer: for models, ranks and curves over the groups.

    The first measure says which groups there are, those of which it has a value, and to whom they belong; the others, also of other
    facts, say what else is known of groups with the same key. So facts meet in their customers without being joined.
    """

    of: Mapping[str, Measure]
    """Name -> a measure made by `each`."""
    compute: Callable[[Groups], Cells]

    def measures(self) -> tuple[Measure, ...]:
        """Return the measures."""
        return tuple(self._found().values())

    def cells(self, get: Lookup) -> Cells:
        """Return what the function makes of the groups."""
        return self.compute(get.groups(self._found()))

    def _found(self) -> dict[str, Measure]:
        # Rows of other facts are found by the group's key, so that nobody needs to know to whom they belong.
        home = next(iter(self.of.values())).on
        owned = {name: part if part.on is home else evolve(part, subject=NOBODY) for name, part in self.of.items()}
        return {name: self._bound(part) for name, part in owned.items()}
