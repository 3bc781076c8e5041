"""The case mix of one metric: what each subject did in each class of cases, e.g. by size of the customer and product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from attrs import frozen

from kpicore.errors import ShapeError
from kpicore.kernels.estimate import ratio

if TYPE_CHECKING:
    from kpicore.model.cells import FloatArray

MixKind: TypeAlias = Literal["volume", "mean", "share", "ratio"]
CaseClass: TypeAlias = "tuple[str | None, ...]"
"""One value per column; None is unknown."""

_ARRAYS = ("amount", "exposure", "squares", "before")


@frozen(eq=False)
class CaseMix:
    """One metric in one period, by subject and class; S subjects in the matrix's order, C classes.

    The sum of `amount` over the classes, divided by that of `exposure` (or alone, for a volume), is the metric's raw value.
    """

    kind: MixKind
    """What the metric is: a count or total, a mean, a proportion, or a ratio of two sums."""
    columns: tuple[str, ...]
    """What makes the classes, e.g. ('customer.size', 'opportunity.product_id')."""
    classes: tuple[CaseClass, ...]
    """(C,): the combinations that occur, in this period or the one before; sorted, None last."""
    amount: FloatArray
    """(S, C): the count or sum (volume), the sum of the values (mean), the successes (share), the numerator (ratio)."""
    exposure: FloatArray
    """(S, C): the number of cases (mean, share), the denominator (ratio), the number of rows (volume)."""
    squares: FloatArray | None = None
    """(S, C): the sum of the squared values, where it is known; of a mean or a total."""
    before: FloatArray | None = None
    """(S, C): `exposure` of the period before, where it was measured; to see how the mix drifts."""
    subjects: tuple[str, ...] = ()
    """(S,): ids, for expectations of one's own; empty where they are not known."""

    def __attrs_post_init__(self) -> None:
        """Refuse arrays that do not fit together."""
        self._refuse_classes()
        shape = (self.amount.shape[0], len(self.classes))
        for name in _ARRAYS:
            array = getattr(self, name)
            if array is not None and (array.ndim != 2 or array.shape != shape):
                raise ShapeError(f"{name} of a case mix must have the shape (subjects, classes) = {shape} (got {array.shape})")
            if array is not None and not np.isfinite(array).all():
                raise ShapeError(f"{name} of a case mix must be finite; a subject without cases in a class has 0 there")
        if self.kind != "ratio" and (self.exposure < 0).any():
            raise ShapeError(f"exposure counts cases, so it must not be negative (got {self.exposure.min():g})")

        if self.subjects and len(self.subjects) != shape[0]:
            raise ShapeError(f"a case mix must have one row per subject (got {shape[0]} rows for {len(self.subjects)} subjects)")

    def raw(self) -> FloatArray:
        """Return the metric's value before anything is allowed for, (S,); NaN without cases."""
        total = self.amount.sum(axis=1)
        return total if self.kind == "volume" else ratio(total, self.exposure.sum(axis=1))

    def _refuse_classes(self) -> None:
        if len(set(self.classes)) != len(self.classes):
            raise ShapeError("each class of a case mix must be listed once")
        for one in self.classes:
            if len(one) != len(self.columns):
                raise ShapeError(f"a class must have a value per column {self.columns!r} (got {one!r})")
