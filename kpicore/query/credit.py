"""How much credit the rows of each subject have by a credit rule, and what each of its reasons takes off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen
from sqlalchemy import ColumnElement, Double, and_, case, cast, literal

from kpicore.model.measure import Measure, count, total

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpicore.model.rule import CreditRule
    from kpicore.query.measured import Measured


@frozen(eq=False)
class Ledger:
    """The measures of one rule: raw rows, and what each reason takes off. A row falls to the first reason that strikes it."""

    rule: CreditRule
    raw: Measure
    struck: Mapping[str, Measure]
    """Reason -> a count of its rows, or where they keep some credit a sum of what they lose."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """All measures of the rule."""
        return (self.raw, *self.struck.values())


def ledger(rule: CreditRule) -> Ledger:
    """Return what is to be measured for a rule."""
    first = case(*((reason.when, literal(at)) for at, reason in enumerate(rule.reasons)), else_=literal(-1))
    options = {"subject": rule.subject, "at": rule.at, "lookahead_days": rule.lookahead_days, "optional": rule.optional}
    key = next(iter(count(rule.counted, subject=rule.subject, at=rule.at).fact.primary_key))

    def rows(*conditions: object) -> Measure:
        return count(key, and_(rule.counted, *conditions), **options)  # type: ignore[arg-type]  # conditions are column expressions

    def lost(at: int, credit: ColumnElement[Any] | float) -> Measure:
        if not isinstance(credit, ColumnElement):
            if credit == 0:
                return rows(first == at)
            credit = literal(float(credit))
        return total(1.0 - cast(credit, Double), and_(rule.counted, first == at), **options)

    return Ledger(rule, rows(), {reason.code: lost(at, reason.credit) for at, reason in enumerate(rule.reasons)})


def counted(found: Ledger, measured: Measured, subject: str) -> tuple[float, float, dict[str, float]] | None:
    """Return raw rows, their credit, and what each reason took off, of a subject; None where the source cannot fill the rule's columns."""
    if any(measure.key not in measured.arrays for measure in found.measures):
        return None
    at = measured.subjects.index(subject)
    raw = float(measured.arrays[found.raw.key][at].sum())
    reasons = {code: float(measured.arrays[part.key][at].sum()) for code, part in found.struck.items()}
    return raw, float(raw - np.sum(list(reasons.values()))), {code: lost for code, lost in reasons.items() if lost}
