"""What is allowed for complexity: coefficients per class, frozen with the period and stored, and what they make of each subject's value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from kpicore.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kpicore.model.casemix import CaseClass, MixKind
    from kpicore.model.cells import FloatArray

Form: TypeAlias = Literal["credit", "ratio", "difference", "odds"]
"""How values are held against expectations: O / E * mean, mean + (O - E) / n, or through the odds; volumes are credited instead."""

BoolArray: TypeAlias = NDArray[np.bool_]


def settled(number: float) -> float:
    """Return a number with 12 digits: what is used is what is stored, and the last bits of a sum do not matter."""
    return float(f"{number:.12g}")


def _known(number: float | None) -> float | None:
    return None if number is None or math.isnan(number) else settled(number)


def _own(found: Mapping[str, Iterable[float]]) -> dict[str, tuple[float, ...]]:
    return {subject: tuple(settled(number) for number in expected) for subject, expected in found.items()}


@frozen
class ClassFigures:
    """What is known of one class of cases, in plain numbers."""

    values: CaseClass
    """One per column; None is unknown."""
    coefficient: float | None = field(converter=_known)
    """How hard a case is, 1 on average and more where it is harder; None where that cannot be said as a ratio."""
    per_case: float = field(converter=settled)
    """What one unit counts (of a volume), or what is expected of one case, in the metric's unit."""
    cases: float = field(default=0.0, converter=settled)
    """In the reference."""
    subjects: int = 0
    """Who has cases of it in the reference."""
    spread: float | None = field(default=None, converter=_known)
    """Variance of a single case, where it is known."""
    flags: tuple[str, ...] = ()
    """What to be careful about, e.g. 'one subject'."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        numbers = {"coefficient": self.coefficient, "per_case": self.per_case, "cases": self.cases, "subjects": self.subjects}
        return {"values": list(self.values), **numbers, "spread": self.spread, "flags": list(self.flags)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> ClassFigures:
        """Read what `to_dict` gave."""
        return cls(**{**content, "values": tuple(content["values"]), "flags": tuple(content["flags"])})


@frozen
class Coefficients:
    """Everything that a metric is allowed for complexity, fitted or declared; plain numbers, so that they can be frozen and stored."""

    method: str
    """Name of the offer that made them."""
    kind: MixKind
    form: Form
    direction: Literal["higher", "lower"]
    columns: tuple[str, ...]
    classes: tuple[ClassFigures, ...]
    mean: float = field(converter=settled)
    """Of the reference, in the metric's unit; 1 for a volume."""
    other: float = field(converter=settled)
    """`per_case` of a class that is not listed."""
    own: Mapping[str, tuple[float, ...]] = field(factory=dict, converter=_own)
    """By subject, the expectation per class without the subject's own cases, for who has a large share of a class."""
    approved_by: str | None = None
    """Who answers for declared coefficients."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, in full."""
        plain = {name: getattr(self, name) for name in ("method", "kind", "form", "direction", "mean", "other", "approved_by")}
        own = {subject: list(expected) for subject, expected in sorted(self.own.items())}
        return {**plain, "columns": list(self.columns), "classes": [each.to_dict() for each in self.classes], "own": own}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Coefficients:
        """Read what `to_dict` gave; other keys are passed over.

        Raises:
            ConfigError: it is not what a run stored.
        """
        try:
            names = ("method", "kind", "form", "direction", "mean", "other", "approved_by")
            return cls(
                **{name: content[name] for name in names},
                columns=tuple(content["columns"]),
                classes=tuple(ClassFigures.from_dict(each) for each in content["classes"]),
                own={subject: tuple(expected) for subject, expected in content["own"].items()},
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"coefficients must be as a result holds them in `complexity` (got a table without {error})") from None


@frozen(eq=False)
class Adjusted:
    """A metric after complexity was allowed for; all arrays (subjects,)."""

    value: FloatArray
    """In the metric's unit; NaN without cases."""
    variance: FloatArray
    """Sampling variance of the value; NaN where it is unknown."""
    coefficient: FloatArray
    """K_s, how much harder than average the subject's cases are; above 1 is harder."""
    flags: Mapping[str, BoolArray] = field(factory=dict)
    """What to be careful about, and for whom."""


@frozen
class MixDrift:
    """How far one person's mix of cases moved since the period before."""

    subject: str
    before: float | None
    """Mean coefficient in the period before."""
    now: float | None
    """Mean coefficient in this period."""
    z: float | None
    """Robust z of the change against that of the peers; None where it cannot be told."""
    is_unusual: bool
    """Whether the cases became harder by more than happened to the peers and by more than chance: worth a look at how they are classed."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {name: getattr(self, name) for name in ("subject", "before", "now", "z", "is_unusual")}
