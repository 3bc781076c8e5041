"""The case mix refuses what does not fit together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kpicore.errors import ShapeError
from kpicore.model.casemix import CaseMix


def mix(**changed: Any) -> CaseMix:
    """Make a mix of two subjects and two classes, with something changed."""
    whole = {"kind": "mean", "columns": ("size",), "classes": (("large",), (None,)), "amount": np.ones((2, 2)), "exposure": np.ones((2, 2))}
    return CaseMix(**{**whole, **changed})


def test_a_mix_holds_what_it_was_given() -> None:
    """Arrays are kept as they are; squares and the period before may be unknown."""
    assert None is mix().squares
    assert (2, 2) == mix(before=np.zeros((2, 2))).exposure.shape


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"amount": np.ones((2, 3))}, r"amount .* \(2, 2\) \(got \(2, 3\)\)"),
        ({"exposure": np.ones((3, 2))}, "exposure"),
        ({"before": np.ones(2)}, "before"),
        ({"squares": np.full((2, 2), np.nan)}, "squares .* finite"),
        ({"amount": np.full((2, 2), np.inf)}, "amount .* finite"),
        ({"exposure": np.array([[1.0, -1.0], [1.0, 1.0]])}, "must not be negative .got -1"),
        ({"classes": (("large",), ("large",))}, "listed once"),
        ({"classes": (("large", "x"), (None,))}, "a value per column"),
    ],
)
def test_what_does_not_fit_is_refused(changed: dict[str, Any], says: str) -> None:
    """The error names the array, what must hold and what came."""
    with pytest.raises(ShapeError, match=says):
        mix(**changed)


def test_a_ratio_may_have_a_negative_denominator() -> None:
    """Reversals can make a sum of money negative."""
    assert -1 == mix(kind="ratio", exposure=np.full((2, 2), -1.0)).exposure.min()
