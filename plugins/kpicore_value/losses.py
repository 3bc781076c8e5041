"""How many customers stay and how many leave: by contract, or by whether they still buy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, or_

from kpicore import Proportion, Ratio, facts, later, names_parameter, number_parameter, period, seconds_between, total
from kpicore_value.activity import CONTRACT, RECORD_COUNTS, Activity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from kpicore import Measure, Metric, Parameters

customer, owner = facts.customer.c, facts.customer_owner.c

RETENTION, CHURN, CHARGED = "value.retention_rate", "value.churn_rate", "value.churn_rate_exposure"
CHARGE_DAYS = 60.0
"""Handing a customer over so many days before it leaves does not help; after them the new owner has had a fair chance."""


def retention_rate(activity: Activity = CONTRACT) -> Metric:
    """Build the retention rate, with what makes a customer active."""
    en, zh = activity.words("en"), activity.words("zh")
    return Proportion(
        name=RETENTION,
        title={"en": "Retention", "zh": "客户留存率"},
        definition={
            "en": "Customers still active when the period ends, out of those who were active when it began.",
            "zh": "期初活跃的客户中，期末仍然活跃的比例。",
        },
        numerator=activity.kept(),
        denominator=activity.at_start(),
        subject=customer.owner_id,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="customer value",
        formula={
            "en": "customers active at the start and at the end / customers active at the start",
            "zh": "期初和期末均活跃的客户数 ÷ 期初活跃的客户数",
        },
        caliber={
            "en": (
                f"{en} By customers, not revenue; by who looked after them when the period began. Customers won in the period"
                " count nowhere."
            ),
            "zh": f"{zh}按客户数而非收入；归属期初的负责人。期内新增的客户不计入分子和分母。",
        },
        drives=["value.clv", "value.clv_historic", "sales.revenue_signed"],
        guards=["value.revenue_churn", "service.nps"],
        gaming={
            "en": "Handing over customers who are about to leave before the period begins; not recording a loss.",
            "zh": "在期初之前把即将流失的客户转给他人；不登记流失。",
        },
        source="Common practice in subscription business; 100 customers of whom 85 stay are 85 %.",
        optional=activity.optional,
        parameters=activity.parameters,
    )


def churn_rate(activity: Activity = CONTRACT, reasons: Sequence[str] = ()) -> Metric:
    """Build the churn rate, with what makes a customer active and the reasons that count."""
    told = f" Only losses for: {', '.join(reasons)}." if reasons else ""
    told_zh = f"仅计以下原因：{'、'.join(reasons)}。" if reasons else ""
    return Proportion(
        name=CHURN,
        title={"en": "Churn rate", "zh": "客户流失率"},
        definition={
            "en": "Customers lost in the period, out of those who were active when it began.",
            "zh": "期初活跃的客户中，在本期流失的比例。",
        },
        numerator=activity.lost(reasons),
        denominator=activity.at_start(),
        subject=customer.owner_id,
        direction="lower",
        unit="share",
        frequency="month",
        dimension="customer value",
        formula={
            "en": "customers active at the start and lost before the end / customers active at the start",
            "zh": "期初活跃且期末前流失的客户数 ÷ 期初活跃的客户数",
        },
        caliber={
            "en": (
                f"{activity.words('en')}{told} By customers, not revenue; by who looked after them when the period began, so"
                " that handing a"
                " customer over before it leaves does not help within the period. Whoever comes and leaves within the period"
                " is in neither part."
            ),
            "zh": (
                f"{activity.words('zh')}{told_zh}按客户数而非收入；归属期初的负责人，因此期内转交客户不能减少流失。"
                "期内新增又流失的客户不计入分子和分母。"
            ),
        },
        drives=["sales.revenue_signed", "value.annual_spend"],
        guards=["service.nps", "quality.timeliness", CHARGED],
        gaming={
            "en": "Handing over customers who are about to leave before the period begins; not recording a loss.",
            "zh": "在期初之前把即将流失的客户转给他人；不登记流失。",
        },
        source="Common practice in subscription business; retention is 1 less this.",
        optional=activity.optional,
        parameters={**activity.parameters, **({"reasons": list(reasons)} if reasons else {})},
    )


def _exposure(days: float) -> ColumnElement[Any]:
    """Return the share of the days before a loss that lies in a span of ownership."""
    since, until = later(customer.ended_at, days=-days), customer.ended_at
    begins = case((owner.valid_from > since, owner.valid_from), else_=since)
    ends = case((owner.valid_to < until, owner.valid_to), else_=until)
    seconds = seconds_between(begins, ends)
    return case((seconds > 0, seconds / (days * 86400.0)), else_=0.0)


def _charged(days: float) -> Measure:
    is_loss = and_(customer.started_at < period.start, customer.ended_at < period.end, *RECORD_COUNTS)
    had = or_(owner.valid_to.is_(None), owner.valid_to > later(customer.ended_at, days=-days))
    return total(_exposure(days), and_(is_loss, had), on=facts.customer_owner, subject=owner.employee_id, at=customer.ended_at)


def churn_rate_exposure(days: float = CHARGE_DAYS) -> Metric:
    """Build the churn rate that is charged to whoever looked after a customer in the days before it left."""
    return Ratio(
        name=CHARGED,
        title={"en": "Churn rate, charged by exposure", "zh": "客户流失率(按负责时长分摊)"},
        definition={
            "en": (
                f"Customers lost in the period, each charged to those who looked after it in the {days:g} days before, by their"
                " share of these days, per customer active when the period began."
            ),
            "zh": f"本期流失的客户，按流失前{days:g}天内各负责人的负责天数占比分摊，除以期初活跃的客户数。",
        },
        numerator=_charged(days),
        denominator=CONTRACT.at_start(),
        subject=customer.owner_id,
        direction="lower",
        unit="share",
        frequency="month",
        dimension="customer value",
        formula={
            "en": (f"sum over lost customers of (days looked after in the last {days:g} days / {days:g}) / customers active at the start"),
            "zh": f"Σ(流失前{days:g}天内的负责天数 ÷ {days:g}) ÷ 期初活跃客户数",
        },
        caliber={
            "en": (
                "From the spans of ownership, so that a hand-over shortly before the loss leaves the loss with whoever handed"
                " over. Days on which"
                " nobody looked after the customer are charged to nobody. Who took over many may exceed 1."
            ),
            "zh": "根据客户归属的时间段计算，流失前不久的转交不能转走流失责任。无人负责的天数不计给任何人。接手较多客户者可能超过1。",
        },
        drives=["sales.revenue_signed"],
        guards=[CHURN],
        gaming={
            "en": (f"Handing over more than {days:g} days before the loss; the one who takes over then has had time to keep the customer."),
            "zh": f"提前{days:g}天以上转交；此时接手人已有足够时间挽留客户。",
        },
        source="kpicore: losses by exposure, as in the epidemiology of person-time.",
        optional=[owner.valid_from, owner.valid_to, customer.deleted_at, customer.merged_into, customer.is_test],
        parameters={"charge_days": days},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    reasons = names_parameter(parameters, CHURN, "reasons", ()) if "reasons" in parameters.get(CHURN, {}) else ()
    days = number_parameter(parameters, CHARGED, "charge_days", CHARGE_DAYS, most=3660)
    activities = {name: Activity.given(parameters, name) for name in (RETENTION, CHURN)}
    return [retention_rate(activities[RETENTION]), churn_rate(activities[CHURN], reasons), churn_rate_exposure(days)]
