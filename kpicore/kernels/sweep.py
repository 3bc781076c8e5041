"""Sweeping subjects out: what classes of cases differ by, seen within subjects, so that skill is not mistaken for difficulty.

Where able people get the hard cases, the pooled mean of a hard class is too good, because able people made it. A model with an intercept
per subject compares each subject's classes with one another alone. The intercepts are swept out, not kept: what they hold is the skill.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]

POOLED = float("inf")
"""The prior precision of subject intercepts at which there are none."""


class Sums(NamedTuple):
    """What the normal equations are made of; sums over subjects, so that a subject can be taken out again."""

    cases: FloatArray
    """(classes,): N_c = sum_s w_sc."""
    total: FloatArray
    """(classes,): S_c = sum_s w_sc y_sc."""
    shared: FloatArray
    """(classes, classes): sum_s w_sc w_sd / (w_s + rho), which subjects have both."""
    lifted: FloatArray
    """(classes,): sum_s w_sc S_s / (w_s + rho), what the subjects' own means explain."""

    def without(self, other: Sums) -> Sums:
        """Return the sums without some of the subjects."""
        return Sums(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))

    def mean(self) -> float:
        """Return ybar, the mean of all cases; NaN without cases."""
        weight = self.cases.sum()
        return float(self.total.sum() / weight) if weight > 0 else float("nan")


def sums(amount: FloatArray, exposure: FloatArray, rho: float = 0.0) -> Sums:
    """Add up cells for the model y_sc = a + a_s + b_c + noise / sqrt(w_sc).

    Args:
        amount: (subjects, classes), sums w_sc y_sc.
        exposure: (subjects, classes), w_sc, 0 or more.
        rho: prior precision of the subject intercepts a_s, in cases; 0 leaves them free, `POOLED` leaves them out.
    """
    shrunk = exposure.sum(axis=1) + rho
    part = np.divide(exposure, shrunk[:, None], out=np.zeros_like(exposure), where=shrunk[:, None] > 0)
    return Sums(exposure.sum(axis=0), amount.sum(axis=0), part.T @ exposure, part.T @ amount.sum(axis=1))


def equations(of: Sums) -> tuple[FloatArray, FloatArray]:
    """Return the normal equations of the class effects, L b = r, with the subject and common intercepts swept out.

    L = diag(N) - sum_s w_s w_s' / (w_s + rho), r = S - sum_s w_s S_s / (w_s + rho); then the common intercept likewise

    Args:
        of: the sums.
    Returns:
        L, (classes, classes), and r, (classes,). L is singular: effects are told apart only up to a constant per group of linked classes.
    """
    information, response = np.diag(of.cases) - of.shared, of.total - of.lifted
    lifted = information.sum(axis=1)
    if lifted.sum() > 1e-9 * of.cases.sum():  # nothing is left to sweep where the subject intercepts are free
        information = information - np.outer(lifted, lifted) / lifted.sum()
        response = response - lifted * (response.sum() / lifted.sum())
    return information, response


def linked(exposure: FloatArray) -> NDArray[np.int64]:
    """Number the groups of classes that can be compared within subjects: two are linked where a subject, or a chain of them, has both.

    Args:
        exposure: (subjects, classes), cases.
    Returns:
        (classes,), 0 for the group with the most cases, then 1 and so on; -1 for a class without cases.
    """
    occurs = exposure > 0
    reach = (occurs.T.astype(np.float64) @ occurs) > 0
    for _ in range(int(np.ceil(np.log2(max(reach.shape[0], 2))))):
        reach = (reach.astype(np.float64) @ reach) > 0
    first = np.where(reach.any(axis=1), reach.argmax(axis=1), -1)
    cases = exposure.sum(axis=0)
    groups = sorted({int(group) for group in first if group >= 0}, key=lambda group: (-cases[first == group].sum(), group))
    number = {group: at for at, group in enumerate(groups)}
    return np.array([number.get(int(group), -1) for group in first], dtype=np.int64)


def dominant(exposure: FloatArray, share: float = 0.2) -> NDArray[np.bool_]:
    """Return who has more than a share of all cases of some class, and would be held against their own results.

    Args:
        exposure: (subjects, classes), cases.
        share: above which a subject is left out of the own expectation.
    Returns:
        (subjects,).
    """
    return np.asarray((exposure > share * exposure.sum(axis=0)).any(axis=1))
