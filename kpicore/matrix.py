"""The metric matrix: what the query layer measured, and what the scoring stages work on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from attrs import evolve, field, frozen

from kpicore.errors import ShapeError
from kpicore.model.cells import Cells, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore.model.cells import Family, FloatArray, StateArray


@frozen(eq=False)
class MetricMatrix:
    """Values and evidence of all metrics; arrays have the shape (subjects, metrics, periods)."""

    subjects: tuple[str, ...]
    """Ids of the subjects, sorted."""
    metrics: tuple[str, ...]
    """Names of the metrics, in the order asked for."""
    periods: tuple[str, ...]
    """Names of the periods, in time order."""
    value: FloatArray
    n: FloatArray
    variance: FloatArray
    state: StateArray
    why: Mapping[str, str] = field(factory=dict)
    """Per metric, why its cells have no value, where that is the same for all."""
    active: np.ndarray | None = None
    """(subjects, periods): whether the subject has any fact in the period."""
    families: Mapping[str, Family] = field(factory=dict)
    """Per metric how its values vary by chance, where that is known."""
    reaches: Mapping[str, tuple[float, float]] = field(factory=dict)
    """Per metric the lowest and the highest value that there can be, where there is such."""

    def cell(self, metric: str) -> Cells:
        """Return the cells of one metric."""
        at = self.metrics.index(metric)
        arrays = (self.value[:, at], self.n[:, at], self.variance[:, at], self.state[:, at])
        return Cells(*arrays, self.why.get(metric), self.families.get(metric))

    @classmethod
    def build(
        cls, subjects: Sequence[str], periods: Sequence[str], cells: Mapping[str, Cells], active: np.ndarray | None = None
    ) -> MetricMatrix:
        """Stack the cells of each metric.

        Raises:
            ShapeError: cells of a metric do not cover all subjects and periods.
        """
        shape = (len(subjects), len(periods))
        for name, part in cells.items():
            if part.value.shape != shape:
                raise ShapeError(f"cells of {name!r} must have the shape (subjects, periods) = {shape} (got {part.value.shape})")
        parts = list(cells.values())
        blank = np.zeros((*shape[:1], 0, *shape[1:]))
        stack: dict[str, Any] = {
            kind: np.stack([getattr(part, kind) for part in parts], axis=1) if parts else blank for kind in ("value", "n", "variance")
        }
        state = np.stack([part.state for part in parts], axis=1) if parts else blank.astype(np.int8)
        why = {name: part.why for name, part in cells.items() if part.why is not None}
        families = {name: part.family for name, part in cells.items() if part.family is not None}
        reaches = {name: part.reach for name, part in cells.items() if np.isfinite(part.reach).any()}
        stack |= {"why": why, "active": active, "families": families, "reaches": reaches}
        return cls(tuple(subjects), tuple(cells), tuple(periods), **stack, state=state)

    def not_testable(self, why: Mapping[str, str]) -> MetricMatrix:
        """Return the matrix with some metrics not testable, each for its reason; a metric that failed stays so."""
        at = [self.metrics.index(name) for name in why]
        lost = np.zeros(self.state.shape, dtype=bool)
        lost[:, at] = self.state[:, at] != State.ERROR
        return evolve(
            self,
            value=np.where(lost, np.nan, self.value),
            n=np.where(lost, 0.0, self.n),
            variance=np.where(lost, np.nan, self.variance),
            state=np.where(lost, State.NOT_TESTABLE, self.state).astype(np.int8),
            why={**why, **self.why},
        )

    def columns(self, kind: Literal["value", "n", "variance", "state"], names: Sequence[str]) -> Any:
        """Return (subjects, metrics): some metrics in the first period; a view where they stand together in this order, else a copy."""
        at = [self.metrics.index(name) for name in names]
        together = bool(at) and at == list(range(at[0], at[0] + len(at)))
        found = getattr(self, kind)[:, slice(at[0], at[-1] + 1) if together else at, 0]
        found.flags.writeable = False
        return found

    def has_value(self) -> np.ndarray:
        """Return (subjects, metrics, periods): whether the cell has a value."""
        return np.asarray(self.state == State.VALUE)
