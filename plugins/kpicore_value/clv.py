"""What customers are worth: what they have brought so far, and what they may be expected to bring."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import and_, case, func

from kpicore import Cells, Derived, Grouped, Groups, each, facts, local_day, number_parameter, period
from kpicore.kernels.rounding import significant
from kpicore_value import bgnbd, gamma_gamma
from kpicore_value.activity import IS_ORDER
from kpicore_value.recurring import NET

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from kpicore import Measure, Metric, Parameters
    from kpicore_value.likelihood import FloatArray

customer, sale = facts.customer.c, facts.sale.c

CLV = "value.clv"
HORIZON_MONTHS, DISCOUNT = 12.0, 0.10
DAYS_A_MONTH = 365.25 / 12.0
ENOUGH = 10
"""Customers who have bought again, below which nothing can be said of how the others will."""

_SO_FAR = and_(IS_ORDER, sale.signed_at < period.end)
_DAY = case((_SO_FAR, local_day(sale.signed_at)))
_FIRST = func.min(case((IS_ORDER, sale.signed_at))).over(partition_by=sale.customer_id)
_IS_FIRST_DAY = and_(_SO_FAR, local_day(sale.signed_at) == local_day(_FIRST))


def _of_customer(value: ColumnElement[Any]) -> Measure:
    whose: dict[str, Any] = {"subject": customer.owner_id, "is_state": True, "owned_at": "end", "optional": (sale.reverses_id,)}
    return each(value, per=sale.customer_id, where=func.count(_DAY) > 0, **whose)


HISTORY = {
    "days": _of_customer(func.count(_DAY.distinct())),
    "first": _of_customer(func.min(_DAY)),
    "last": _of_customer(func.max(_DAY)),
    "now": _of_customer(func.max(local_day(period.end)) - 1),
    "spent": _of_customer(func.sum(case((_SO_FAR, sale.amount), else_=0))),
    "spent_first": _of_customer(func.sum(case((_IS_FIRST_DAY, sale.amount), else_=0))),
    "net": _of_customer(func.sum(case((sale.signed_at < period.end, NET), else_=0))),
}
"""Of each customer with an order before the period's end: days with orders, and amounts."""


def expected_value(groups: Groups, months: float, discount: float) -> FloatArray:
    """Return what each customer may be expected to bring within the horizon, discounted to the period's end.

    Args:
        groups: with the values of HISTORY, of one period.
        months: the horizon.
        discount: by how much money of a year later is worth less, 0.1 is 10 % a year.
    Returns:
        (customers,), money; NaN where too few customers have bought again.
    """
    frequency = groups["days"] - 1.0
    # What was taken back makes all purchases of the customer smaller by the same share.
    spent = np.nan_to_num(groups["spent"])
    kept = np.clip(np.divide(np.nan_to_num(groups["net"]), spent, out=np.zeros_like(spent), where=spent > 0), 0.0, 1.0)
    again = np.nan_to_num(groups["spent"] - groups["spent_first"]) * kept
    mean = significant(np.divide(again, frequency, out=np.zeros_like(again), where=frequency > 0))
    paying = (frequency > 0) & (mean > 0)
    if paying.sum() < ENOUGH:
        return np.full(len(frequency), np.nan)
    histories = bgnbd.Histories(frequency, (groups["last"] - groups["first"]) / 7.0, (groups["now"] - groups["first"]) / 7.0)
    worth = gamma_gamma.fit(frequency[paying], mean[paying]).expected(np.where(mean > 0, frequency, 0.0), mean)
    return discounted_purchases(histories, months, discount) * worth


def discounted_purchases(histories: bgnbd.Histories, months: float, discount: float) -> FloatArray:
    """Return the purchases that each customer is expected to make, those of each month discounted from its end."""
    model, (found, _, place) = bgnbd.fit(histories), histories.distinct
    ends = np.append(np.arange(1.0, months), months)
    until = model.expected(found, ends * DAYS_A_MONTH / 7.0)
    made: FloatArray = np.diff(until, axis=1, prepend=0.0) @ (1.0 + discount) ** (-ends / 12.0)
    every: FloatArray = made[place]
    return every


def _mean_expected(groups: Groups, months: float, discount: float) -> Cells:
    value = np.full(len(groups.period), np.nan)
    for rows in groups.periods():
        value[rows] = expected_value(groups.of(rows), months, discount)
    return groups.mean(value)


def clv(months: float = HORIZON_MONTHS, discount: float = DISCOUNT) -> Metric:
    """Build the expected customer value, with its horizon and discount."""
    return Grouped(
        name=CLV,
        title={"en": "Customer lifetime value, expected", "zh": "客户生命周期价值(预期)"},
        definition={
            "en": (f"What a customer may be expected to buy in the {months:g} months after the period, discounted; mean of the portfolio."),
            "zh": f"名下客户在期末之后{months:g}个月内预期购买金额的折现值的平均。",
        },
        of=HISTORY,
        compute=partial(_mean_expected, months=months, discount=discount),
        subject=customer.owner_id,
        direction="higher",
        unit="money",
        frequency="quarter",
        dimension="customer value",
        formula={
            "en": (
                f"sum over {months:g} months of expected purchases (BG/NBD) x expected amount (gamma-gamma) / (1 +"
                f" {discount:g})^(months / 12)"
            ),
            "zh": f"Σ({months:g}个月) 预期购买次数(BG/NBD) × 预期金额(gamma-gamma) ÷ (1+{discount:g})^(月数/12)",
        },
        caliber={
            "en": (
                "All customers with an order before the period's end, by who looks after them then; orders of one day are"
                " one, in the project's"
                " time zone. The models are fitted to all customers that are measured together, of whom at least 10 must have"
                " bought again."
                " Revenue, not margin; what was taken back lowers all purchases of the customer alike. For trade without contracts."
            ),
            "zh": (
                "期末前有订单的全部客户，归属期末负责人；同一天(项目时区)的订单算一次。模型用一起计算的全部客户拟合，其中至少10个有复购。"
                "按收入而非利润；退回金额按比例降低该客户的每次购买。适用于非合同制交易。"
            ),
        },
        drives=["value.clv_historic"],
        guards=["value.clv_historic", "value.churn_rate"],
        gaming={
            "en": "Splitting an order over several days; the mean amount falls with it.",
            "zh": "把一单拆到多天；平均金额会随之下降。",
        },
        source="Fader, Hardie & Lee (2005), Marketing Science 24(2); Fader & Hardie (2013), The gamma-gamma model of monetary value.",
        optional=[sale.reverses_id],
        parameters={"horizon_months": months, "discount": discount},
    )


clv_historic = Grouped(
    name="value.clv_historic",
    title={"en": "Customer value to date", "zh": "历史客户价值"},
    definition={
        "en": "What customers have bought from the first purchase to the period's end, net; mean of the portfolio.",
        "zh": "名下客户自首次购买至期末的净购买额的平均。",
    },
    of={"net": HISTORY["net"]},
    compute=lambda groups: groups.mean(groups["net"]),
    subject=customer.owner_id,
    direction="higher",
    unit="money",
    frequency="quarter",
    dimension="customer value",
    formula={"en": "signed revenue to date, net of reversals / customers with an order", "zh": "累计签约收入(扣除冲销) ÷ 有订单的客户数"},
    caliber={
        "en": (
            "All customers with an order before the period's end, also those who are gone, by who looks after them then. Revenue,"
            " not margin."
        ),
        "zh": "期末前有订单的全部客户(含已流失)，归属期末负责人。按收入而非利润。",
    },
    drives=["sales.revenue_signed"],
    guards=["value.churn_rate", "value.retention_rate"],
    gaming={"en": "Taking over old customers, and leaving new ones to others.", "zh": "接手老客户，把新客户留给他人。"},
    source="Common practice in customer value management (historic customer lifetime value).",
    optional=[sale.reverses_id],
)

ltv_to_cac = Derived(
    name="value.ltv_to_cac",
    title={"en": "LTV : CAC", "zh": "客户生命周期价值与获客成本比"},
    definition={
        "en": "What a customer may be expected to bring, per money spent on winning one.",
        "zh": "客户的预期价值除以获取一个客户的成本。",
    },
    of={"value": CLV, "cost": "marketing.cac"},
    compute=lambda value, cost: np.where(cost > 0, value / cost, np.nan),
    direction="higher",
    unit="ratio",
    frequency="quarter",
    dimension="customer value",
    formula={"en": "value.clv / marketing.cac", "zh": "value.clv ÷ marketing.cac"},
    caliber={
        "en": (
            "Expected revenue of the customers who are there, against the cost of the period's new ones; 3 and more is held"
            " to be healthy for"
            " value by margin, so by revenue more is needed. No data where winning cost nothing."
        ),
        "zh": "现有客户的预期收入与本期新客户的获取成本之比；按毛利口径一般以3以上为健康，按收入口径要求更高。获客成本为零时无数据。",
    },
    drives=["sales.revenue_signed"],
    guards=["value.retention_rate", "sales.new_customers"],
    gaming={
        "en": "Booking the cost under another kind; a long horizon for the value. Both are stated as parameters.",
        "zh": "把成本记到其他类别，或放长价值期限；两者均作为参数列明。",
    },
    source="Common practice in subscription business and venture finance.",
)


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    months = number_parameter(parameters, CLV, "horizon_months", HORIZON_MONTHS, most=600)
    return [clv(months, number_parameter(parameters, CLV, "discount", DISCOUNT, most=10)), clv_historic, ltv_to_cac]
