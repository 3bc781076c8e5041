"""What makes a customer active: a contract, or a purchase not long ago."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen
from sqlalchemy import and_, case, func, or_

from kpicore import ConfigError, choice_parameter, count, facts, groups, later, number_parameter, period

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Column, ColumnElement

    from kpicore import Measure, Parameters

customer, sale = facts.customer.c, facts.sale.c

WINDOW_DAYS = 365.0
"""A customer who has not bought for a year is taken for gone, where purchases decide."""

RECORD_COUNTS = (
    customer.deleted_at.is_(None),
    customer.merged_into.is_(None),
    or_(customer.is_test.is_(None), customer.is_test.is_not(True)),
)
"""Whether the customer's record counts at all, for measures whose rows are not customers."""

IS_ORDER = sale.reverses_id.is_(None)


def had_contract(moment: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return whether a customer was active at a moment, by contract."""
    return and_(customer.started_at < moment, or_(customer.ended_at.is_(None), customer.ended_at >= moment))


def bought_between(since: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return, over a customer's sales, whether one of them is an order of that time."""
    return func.count(case((and_(IS_ORDER, sale.signed_at >= since, sale.signed_at < until), 1))) > 0


def buyers(having: ColumnElement[Any]) -> Measure:
    """Count customers by a condition on all their sales; they belong to whoever looks after them as the period begins."""
    return groups(sale.customer_id, having=having, on=facts.sale, subject=customer.owner_id, is_state=True)


@frozen
class Activity:
    """A rule by which customers are active or not."""

    rule: str = "contract"
    """contract: from the start to the end of the relation; purchase: with an order within the window."""
    window_days: float = WINDOW_DAYS

    @classmethod
    def given(cls, parameters: Parameters, metric: str) -> Activity:
        """Read the rule of a metric from what the project gives."""
        rule = choice_parameter(parameters, metric, "activity", "contract", ("contract", "purchase"))
        days = number_parameter(parameters, metric, "window_days", WINDOW_DAYS, most=36600)
        if rule == "contract" and "window_days" in parameters.get(metric, {}):
            raise ConfigError(f'window_days is used where activity = "purchase" (got activity = "contract" in [parameters."{metric}"])')
        return cls(rule, days)

    @property
    def parameters(self) -> Mapping[str, object]:
        """What a metric states of it."""
        return {"activity": self.rule, **({"window_days": self.window_days} if self.rule == "purchase" else {})}

    @property
    def optional(self) -> Sequence[Column[Any]]:
        """The columns that a source may lack."""
        return [sale.reverses_id] if self.rule == "purchase" else []

    def words(self, locale: str) -> str:
        """Say the rule in English or Chinese."""
        if self.rule == "contract":
            return "Active from the start to the end of the relation." if locale == "en" else "活跃指在合作起止时间之内。"
        days = f"{self.window_days:g}"
        return f"Active is who ordered in the {days} days before." if locale == "en" else f"活跃指此前{days}天内有订单。"

    def _bought(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        return bought_between(later(moment, days=-self.window_days), moment)

    def at_start(self) -> Measure:
        """Count the customers who were active as the period began."""
        if self.rule == "purchase":
            return buyers(self._bought(period.start))
        return count(customer.customer_id, had_contract(period.start), subject=customer.owner_id, is_state=True)

    def kept(self) -> Measure:
        """Count those of them who still were as it ended."""
        if self.rule == "purchase":
            return buyers(and_(self._bought(period.start), self._bought(period.end)))
        both = and_(had_contract(period.start), had_contract(period.end))
        return count(customer.customer_id, both, subject=customer.owner_id, is_state=True)

    def lost(self, reasons: Sequence[str] = ()) -> Measure:
        """Count those of them who no longer were; with reasons, only who left for one of them.

        Raises:
            ConfigError: reasons are asked for where purchases decide, which give none.
        """
        if self.rule == "purchase":
            if reasons:
                raise ConfigError('reasons are known of losses by contract only (got activity = "purchase")')
            return buyers(and_(self._bought(period.start), ~self._bought(period.end)))
        left = and_(had_contract(period.start), customer.ended_at < period.end)
        where = and_(left, customer.end_reason.in_(list(reasons))) if reasons else left
        return count(customer.customer_id, where, subject=customer.owner_id, is_state=True)


CONTRACT = Activity()
