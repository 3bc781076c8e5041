"""How fresh records are: customers who were looked after of late, and contacts that were entered soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_

from kpicore import Proportion, Quantile, count, facts, hours_between, later, number_parameter, period

if TYPE_CHECKING:
    from kpicore import Metric, Parameters

customer, contact = facts.customer.c, facts.contact.c

TIMELINESS = "quality.timeliness"
LIMIT_DAYS = 90.0
"""A quarter: whoever looks after a customer should have something new to say of it by then."""

_CHANGED = func.coalesce(customer.updated_at, customer.created_at)
# The end of a period that has not ended yet is now.
_END = case((period.as_of < period.end, period.as_of), else_=period.end)
_IS_ACTIVE = and_(
    or_(customer.created_at.is_(None), customer.created_at < _END), or_(customer.ended_at.is_(None), customer.ended_at >= _END)
)


def timeliness(limit_days: float = LIMIT_DAYS) -> Metric:
    """Build the share of active customers whose record was changed within the limit."""
    oldest, is_known = later(_END, days=-limit_days), or_(_CHANGED.is_(None), _CHANGED < _END)
    return Proportion(
        name=TIMELINESS,
        title={"en": "Update timeliness", "zh": "更新及时率"},
        definition={
            "en": f"Active customers whose record was changed in substance within {limit_days:g} days before the period's end.",
            "zh": f"期末前 {limit_days:g} 天内记录有实质更新的活跃客户占比。",
        },
        numerator=count(customer.customer_id, where=and_(_IS_ACTIVE, _CHANGED < _END, oldest <= _CHANGED), is_state=True, owned_at="end"),
        denominator=count(customer.customer_id, where=and_(_IS_ACTIVE, is_known), is_state=True, owned_at="end"),
        subject=customer.owner_id,
        direction="higher",
        is_census=True,
        unit="share",
        frequency="month",
        dimension="data quality",
        formula={
            "en": f"active customers changed within {limit_days:g} days / active customers",
            "zh": f"{limit_days:g} 天内更新过的活跃客户 ÷ 活跃客户",
        },
        caliber={
            "en": (
                "At the period's end, or now if it has not ended; for whoever looks after the customer then. Creating a record is its first"
                " change. A record changed again since the period's end is in neither part, as its age then is not known any more."
            ),
            "zh": (
                "按期末（未结束则按当前）状态计算，归属于当时的客户负责人。创建记录算作第一次更新。期末之后又更新过的记录不计入，"
                "因为其当时的更新时间已无从得知。"
            ),
        },
        drives=["value.churn_rate", "contact.effective_rate"],
        guards=["quality.completeness", "value.churn_rate"],
        gaming={
            "en": "Touching records at the period's end: the source's time of change must leave out edits that change nothing.",
            "zh": "期末随意保存记录：数据源的更新时间须排除没有实质变化的编辑。",
        },
        source="Currentness as in ISO/IEC 25012, Data quality model.",
        optional=[customer.created_at, customer.ended_at],
        parameters={"days": limit_days},
    )


recording_lag = Quantile(
    name="quality.recording_lag",
    title={"en": "Recording lag", "zh": "录入延迟"},
    definition={
        "en": "Median hours from a contact to its being entered, for contacts that people entered in the period.",
        "zh": "期内人工录入的联系记录，从发生到录入所经小时数的中位数。",
    },
    value=hours_between(contact.started_at, contact.recorded_at),
    where=and_(contact.recorded_at >= contact.started_at, or_(contact.is_captured.is_(None), contact.is_captured.is_(False))),
    subject=contact.employee_id,
    at=contact.recorded_at,
    direction="lower",
    unit="hours",
    frequency="week",
    dimension="data quality",
    formula={"en": "median of (entered - happened), in hours of elapsed time", "zh": "（录入时间 − 发生时间）的中位数，按自然小时"},
    caliber={
        "en": "By the time of entry. What a system recorded by itself, and appointments entered beforehand, have no lag.",
        "zh": "按录入时间。系统自动记录的联系和事先录入的预约没有延迟，不计入。",
    },
    drives=["quality.timeliness"],
    guards=["contact.volume"],
    gaming={
        "en": "Dating a contact to the time of its entry; honest field work is entered in the evening or on Friday.",
        "zh": "把发生时间写成录入时间；诚实的外勤工作多在晚上或周五补录。",
    },
    source="Currentness as in ISO/IEC 25012, Data quality model.",
    optional=[contact.is_captured],
)


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    return [timeliness(number_parameter(parameters, TIMELINESS, "days", LIMIT_DAYS, most=3660)), recording_lag]
