"""The cells of one metric: value, evidence and state per subject and period."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Literal, TypeAlias

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
StateArray: TypeAlias = NDArray[np.int8]
Family: TypeAlias = Literal["binomial", "poisson", "gaussian", "compound", "exact"]
"""The distribution of a value around its expectation, named as in generalised linear models (Nelder & Wedderburn 1972).

A compound Poisson value adds up amounts of which it is chance both how many there are and how large they are. An exact one looks at all
there is, and chance has no part in it.
"""


class State(IntEnum):
    """What a cell holds. Only VALUE comes with a number."""

    VALUE = 0
    NO_DATA = 1
    NOT_APPLICABLE = 2
    NOT_TESTABLE = 3
    ERROR = 4

    @property
    def label(self) -> str:
        """The name in results and reports, e.g. 'no_data'."""
        return self.name.lower()


@frozen(eq=False)
class Cells:
    """One metric for all subjects and periods; all arrays have the shape (subjects, periods)."""

    value: FloatArray
    """In the metric's unit; NaN where the state is not VALUE."""
    n: FloatArray
    """How many observations the value rests on; 0 where there is none."""
    variance: FloatArray
    """Sampling variance of the value, in its unit squared; NaN where unknown."""
    state: StateArray
    """A `State` per cell."""
    why: str | None = field(default=None)
    """Why cells of this metric have no value, where that is the same for all."""
    family: Family | None = None
    """How the value varies by chance: a share binomial, a count poisson, a mean gaussian, a sum compound, a census not at all
    (exact); None where that is not known."""
    reach: tuple[float, float] = (-math.inf, math.inf)
    """The lowest and the highest value that there can be."""

    @classmethod
    def of(cls, value: FloatArray, n: FloatArray, variance: FloatArray | None = None, family: Family | None = None) -> Cells:
        """Make cells whose state follows from the numbers: a finite value is VALUE, anything else NO_DATA."""
        finite = np.isfinite(value)
        spread = np.full(value.shape, np.nan) if variance is None else np.where(finite, variance, np.nan)
        state = np.where(finite, State.VALUE, State.NO_DATA).astype(np.int8)
        return cls(np.where(finite, value, np.nan), np.where(finite, n, 0.0), spread, state, family=family)

    def exact(self) -> Cells:
        """Return the cells as a census: the values are what they are, without any sampling error."""
        return evolve(self, variance=np.where(self.state == State.VALUE, 0.0, np.nan), family="exact")

    @classmethod
    def empty(cls, shape: tuple[int, int], state: State, why: str | None = None) -> Cells:
        """Make cells without a value, all in one state."""
        missing = np.full(shape, np.nan)
        return cls(missing, np.zeros(shape), missing.copy(), np.full(shape, state, dtype=np.int8), why)
