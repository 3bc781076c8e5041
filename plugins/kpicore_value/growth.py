"""What customers bring beyond their own money: how soon they are of value, and whom they recommend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import and_, case, func

from kpicore import Cells, Grouped, Groups, days_between, each, facts, names_parameter, period
from kpicore.kernels.survival import kaplan_meier_quantile
from kpicore_value.activity import IS_ORDER, had_contract
from kpicore_value.portfolio import OPTIONAL, customers, of_sales, some

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import Measure, Metric, Parameters

customer, lead, sale, ticket = facts.customer.c, facts.lead.c, facts.sale.c, facts.ticket.c

TIME = "value.time_to_value"
EVENTS = ("sale", "ticket")


def _firsts() -> dict[str, Measure]:
    sold = and_(IS_ORDER, sale.signed_at >= customer.created_at, sale.signed_at < period.as_of)
    solved = and_(ticket.resolved_at >= customer.created_at, ticket.resolved_at < period.as_of)
    return {
        "sale": of_sales(func.min(case((sold, days_between(customer.created_at, sale.signed_at))))),
        "ticket": each(func.min(case((solved, days_between(customer.created_at, ticket.resolved_at)))), ticket.customer_id),
    }


def _median(groups: Groups, events: Sequence[str]) -> Cells:
    first = np.fmin.reduce([groups[name] for name in events])
    age = np.maximum(groups["age"], 0.0)
    happened = np.isfinite(first)
    value, n = kaplan_meier_quantile(np.where(happened, first, age), happened, groups.cells(), groups.shape[0] * groups.shape[1])
    return Cells.of(value.reshape(groups.shape), n.reshape(groups.shape))


def time_to_value(events: Sequence[str] = EVENTS) -> Metric:
    """Build the time to value, with what counts as value."""
    came = and_(customer.created_at >= period.start, customer.created_at < period.end)
    age = days_between(customer.created_at, period.as_of)
    first = {name: measure for name, measure in _firsts().items() if name in events}
    words = {"sale": ("order", "订单"), "ticket": ("resolved case", "已解决工单")}
    en, zh = (" or ".join(words[name][0] for name in first), "或".join(words[name][1] for name in first))
    return Grouped(
        name=TIME,
        title={"en": "Time to value", "zh": "从数据到价值的时间"},
        definition={
            "en": f"Median days from the record of a customer to its first {en}, for customers recorded in the period.",
            "zh": f"本期录入的客户从录入到首个{zh}的天数中位数。",
        },
        of={"age": customers(came, age, owned_at="end"), **first},
        compute=lambda groups: _median(groups, tuple(first)),
        subject=customer.owner_id,
        direction="lower",
        unit="days",
        frequency="quarter",
        dimension="customer value",
        formula={
            "en": "Kaplan-Meier median of (first value - creation of the record), in days of elapsed time",
            "zh": "(首次产生价值 - 录入)的 Kaplan-Meier 中位数，按自然时间的天数",
        },
        caliber={
            "en": (
                "Customers that have brought nothing yet are known to take at least as long as their record is old, and count"
                " as that; where fewer"
                " than half have brought something the median is not known. By who looks after the customer when the period ends."
            ),
            "zh": "尚未产生价值的客户按“至少已等待这么久”计入(删失)，既不剔除也不当作已产生；不足一半时中位数未知。归属期末负责人。",
        },
        drives=["value.clv"],
        guards=["sales.average_order_value", "service.reopen_rate"],
        gaming={
            "en": "Recording a customer only once it has ordered, or small first orders; the average order value falls.",
            "zh": "成交后才录入客户，或先签小单；客单价会随之下降。",
        },
        source="Kaplan & Meier (1958), Journal of the American Statistical Association 53.",
        optional=OPTIONAL,
        parameters={"events": list(first)},
    )


_REFERRED = and_(lead.created_at >= period.start, lead.created_at < period.end)

referral_rate = Grouped(
    name="value.referral_rate",
    title={"en": "Referral rate", "zh": "推荐率"},
    definition={
        "en": "Customers whose recommendation became a lead in the period, out of those who were active when it began.",
        "zh": "期初活跃的客户中，其推荐在本期成为线索的比例。",
    },
    of={"active": customers(had_contract(period.start)), "leads": each(some(_REFERRED), lead.referrer_id)},
    compute=lambda groups: groups.share((np.nan_to_num(groups["leads"]) > 0).astype(np.float64)),
    subject=customer.owner_id,
    direction="higher",
    unit="share",
    frequency="quarter",
    dimension="customer value",
    formula={
        "en": "active customers named as referrer of a lead of the period / customers active at the start",
        "zh": "被登记为本期线索推荐人的活跃客户数 ÷ 期初活跃客户数",
    },
    caliber={
        "en": "A customer counts once, however many it recommends; credit to who looks after the referrer, not to who works the lead.",
        "zh": "每个客户只计一次，无论推荐多少；归属推荐人的负责人，而非线索的负责人。",
    },
    drives=["sales.revenue_signed"],
    guards=["service.nps"],
    gaming={"en": "Naming a customer as referrer of leads that came by themselves.", "zh": "把自然到来的线索登记为客户推荐。"},
    source="Common practice in customer value management.",
)


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    return [time_to_value(names_parameter(parameters, TIME, "events", EVENTS, EVENTS)), referral_rate]
