"""Whether what the systems know of a customer comes together: linked records, the flow between systems, and what had to be put right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import String, and_, case, func, or_

from kpicore import Custom, Proportion, Quantile, count, facts, groups, minutes_between, names_parameter, number_parameter, seconds_between

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from kpicore import FloatArray, Measure, Metric, Parameters

contact, sale, payment, survey, change = facts.contact.c, facts.sale.c, facts.payment.c, facts.survey.c, facts.record_change.c

VIEW, ERRORS = "adoption.view_360", "adoption.process_error_rate"
CORRECTION_DAYS = 7.0
CORE_FIELDS = ("name", "phone", "email", "tax_id", "customer_id", "product_id", "amount", "signed_at")
"""Fields that say what is so, and are changed only where it was wrong; a stage or a priority is meant to move."""

Way = tuple["ColumnElement[Any]", tuple["ColumnElement[Any]", ...], "ColumnElement[Any]", "ColumnElement[Any]"]
KINDS: dict[str, Way] = {
    "contact": (
        contact.customer_id,
        (facts.ticket.c.customer_id, facts.opportunity.c.customer_id, facts.lead.c.customer_id),
        contact.employee_id,
        contact.started_at,
    ),
    "sale": (sale.customer_id, (facts.opportunity.c.customer_id,), sale.employee_id, sale.signed_at),
    "payment": (payment.customer_id, (facts.sale.c.customer_id,), payment.employee_id, payment.paid_at),
    "survey": (survey.customer_id, (facts.ticket.c.customer_id,), survey.employee_id, func.coalesce(survey.sent_at, survey.answered_at)),
}
"""Kind of fact -> the customer that it names, those that it leads to in other ways, whose it is, and when it was."""

_INTEGRATED = and_(contact.is_captured.is_(True), contact.recorded_at.is_not(None))
_HAPPENED_S = func.coalesce(contact.duration_s, 0)
_LAG = minutes_between(contact.started_at, contact.recorded_at) - _HAPPENED_S / 60.0
_HAS_PARTY = or_(contact.customer_id.is_not(None), contact.lead_id.is_not(None))
_FLOW_SOURCE = "Timeliness of integration as in ISO/IEC 25012, Data quality model (currentness)."
_FLOW_GAMING = {
    "en": "Loading empty rows fast and filling them later; leaving out the systems that are slow.",
    "zh": "先快速写入空记录再补; 不接入慢的系统。",
}
_FLOW_DRIVES, _FLOW_GUARDS = ("quality.timeliness", "adoption.view_360"), ("quality.completeness", "adoption.sync_failure_rate")


def _known(kind: str, *, linked: bool) -> Measure:
    own, others, subject, at = KINDS[kind]
    customer = func.coalesce(own, *others, type_=String(255))
    having = func.count(case((own.is_(None), 1))) == 0
    optional = (own, *others, *((survey.sent_at, survey.answered_at) if kind == "survey" else ()))
    links = {"contact": (contact.customer_id, contact.ticket_id, contact.opportunity_id, contact.lead_id)}
    spared = (*optional, *links.get(kind, ()), *((sale.opportunity_id,) if kind == "sale" else ()))
    return groups(customer, having=having if linked else None, subject=subject, at=at, optional=spared)


def _share(**parts: FloatArray) -> FloatArray:
    known = sum(value for name, value in parts.items() if name.endswith("_known"))
    linked = sum(value for name, value in parts.items() if name.endswith("_linked"))
    return linked / known  # type: ignore[return-value]  # there is at least one kind


def view_360(kinds: tuple[str, ...] = ("contact", "sale")) -> Metric:
    """Build the share of what is known of customers that is linked to them, over kinds of facts."""
    known = {f"{kind}_known": _known(kind, linked=False) for kind in kinds}
    linked = {f"{kind}_linked": _known(kind, linked=True) for kind in kinds}
    return Custom(
        name=VIEW,
        title={"en": "360° completeness", "zh": "客户360°视图完整度"},
        definition={
            "en": "Over customers and kinds of facts that they are known to have, the share of which all facts are linked to the customer.",
            "zh": "在已知客户拥有的各类事实中, 全部事实都已关联到该客户的占比。",
        },
        of={**known, **linked},
        compute=_share,
        direction="higher",
        unit="share",
        frequency="quarter",
        dimension="adoption",
        formula={
            "en": "pairs of customer and kind with every fact linked / pairs of customer and kind with a fact",
            "zh": "事实全部关联的(客户, 类别)对数 ÷ 有事实的(客户, 类别)对数",
        },
        caliber={
            "en": f"Kinds {', '.join(kinds)}, by their own time and person. That a fact is a customer's is known from the fact"
            " itself, or from"
            " the ticket, deal, lead or sale that it belongs to; it is linked if it names the customer itself. Every pair weighs the same.",
            "zh": f"类别 {', '.join(kinds)}, 按各自时间与经办人。事实属于某客户可由其自身或所属工单、商机、线索、销售得知;"
            " 自身写明客户才算已关联。"
            "每个(客户, 类别)对权重相同。",
        },
        drives=["service.first_contact_resolution", "value.churn_rate"],
        guards=["quality.completeness", "quality.duplicate_rate"],
        gaming={
            "en": "Linking everything to a dummy customer; not recording what cannot be linked.",
            "zh": "全部挂到虚拟客户; 无法关联的干脆不录。",
        },
        source="kpicore: the share of facts that are found when the customer is opened.",
        parameters={"kinds": list(kinds)},
        is_census=True,
    )


def sync_lag(name: str, q: float, title: dict[str, str]) -> Metric:
    """Build a quantile of the time that records take from the system where they arise to the CRM."""
    en, zh = ("Median", "中位数") if q == 0.5 else (f"{q:.0%} quantile", f"{q:.0%} 分位数")
    return Quantile(
        name=name,
        title=title,
        definition={
            "en": f"{en} of the minutes from the end of a contact that a system captured to its arrival in the CRM.",
            "zh": f"系统采集的联系自结束到进入 CRM 的分钟数{zh}。",
        },
        value=_LAG,
        q=q,
        where=and_(_INTEGRATED, _LAG >= 0.0),
        subject=contact.employee_id,
        at=contact.started_at,
        direction="lower",
        unit="minutes",
        frequency="day",
        dimension="adoption",
        formula={
            "en": f"{en} of (entered in the CRM - end of the contact), in minutes, over captured contacts",
            "zh": f"采集联系的 (进入 CRM 时间 − 联系结束时间) 的{zh}(分钟)",
        },
        caliber={
            "en": "Contacts that telephony, mail, chat or the like captured, by their own time; a system's figure. Those entered"
            " before they"
            " ended are errors of the clock and do not count; those that found no customer are in adoption.sync_failure_rate.",
            "zh": "由话务、邮件、即时通讯等系统采集的联系, 按发生时间; 系统指标。早于结束即入库的为时钟错误, 不计; 未匹配客户的见"
            " adoption.sync_failure_rate。",
        },
        drives=_FLOW_DRIVES,
        guards=_FLOW_GUARDS,
        gaming=_FLOW_GAMING,
        source=_FLOW_SOURCE,
        kinds=["team"],
        optional=[contact.duration_s],
    )


sync_failure_rate = Proportion(
    name="adoption.sync_failure_rate",
    title={"en": "Integration failures", "zh": "系统间数据流转失败率"},
    definition={
        "en": "Captured contacts that arrived in the CRM without a customer or lead, out of all captured contacts.",
        "zh": "系统采集的联系中进入 CRM 后未匹配到客户或线索的占比。",
    },
    numerator=count(contact.contact_id, where=and_(contact.is_captured.is_(True), ~_HAS_PARTY)),
    denominator=count(contact.contact_id, where=contact.is_captured.is_(True)),
    subject=contact.employee_id,
    at=contact.started_at,
    direction="lower",
    unit="share",
    frequency="day",
    dimension="adoption",
    formula={"en": "captured contacts without customer and lead / captured contacts", "zh": "未匹配客户与线索的采集联系数 ÷ 采集联系数"},
    caliber={
        "en": "A system's figure. What never arrived leaves no trace here.",
        "zh": "系统指标; 从未到达的数据在此不可见。",
    },
    drives=_FLOW_DRIVES,
    guards=["quality.completeness", "quality.duplicate_rate"],
    gaming=_FLOW_GAMING,
    source=_FLOW_SOURCE,
    kinds=["team"],
    either=[(contact.customer_id, contact.lead_id)],
)


def process_error_rate(days: float = CORRECTION_DAYS, fields: tuple[str, ...] = CORE_FIELDS) -> Metric:
    """Build the share of entries that had to be put right, with the days in which that counts and the fields that state facts."""
    place: dict[str, Any] = {
        "partition_by": [func.coalesce(change.table_name, ""), change.record_id, change.field],
        "order_by": [change.changed_at, change.change_id],
    }
    following, when = func.lead(change.new_value, type_=String(255)).over(**place), func.lead(change.changed_at).over(**place)
    soon = seconds_between(change.changed_at, when) <= days * 86400.0
    # A change there and back was wrong in any field; a second change only in a field that states a fact.
    is_undone = and_(change.old_value.is_not(None), following == change.old_value)
    is_corrected = and_(change.field.in_(fields), or_(following.is_(None), following != change.new_value))
    is_entry = and_(
        change.record_id.is_not(None), change.new_value.is_not(None), or_(change.old_value.is_(None), change.old_value != change.new_value)
    )
    return Proportion(
        name=ERRORS,
        title={"en": "Process error rate", "zh": "流程错误率"},
        definition={
            "en": f"Entries that were undone, or corrected in a core field, within {days:g} days, out of all entries of the period.",
            "zh": f"本期录入中 {days:g} 天内被撤回、或核心字段被更正的占比。",
        },
        numerator=count(change.change_id, where=and_(is_entry, soon, or_(is_undone, is_corrected))),
        denominator=count(change.change_id, where=is_entry),
        subject=change.employee_id,
        at=change.changed_at,
        direction="lower",
        unit="share",
        frequency="month",
        dimension="adoption",
        formula={"en": "entries undone or corrected / entries", "zh": "被撤回或更正的录入数 ÷ 录入数"},
        caliber={
            "en": f"By entry and for whoever made it, whoever put it right. Core fields are {', '.join(fields)}; in other fields"
            " only a change"
            " back to the earlier value is an error. Edits that change nothing and emptied fields are no entries.",
            "zh": f"按录入时间归录入人, 不论由谁更正。核心字段为 {', '.join(fields)}; 其他字段只有改回原值才算错误。"
            "无变化的保存与清空不算录入。",
        },
        drives=["quality.completeness", "quality.timeliness"],
        guards=["quality.completeness", "adoption.active_rate"],
        gaming={
            "en": "Not correcting what is wrong: accuracy shows it. Correcting only after the limit.",
            "zh": "有错不改, 由准确率识别; 拖过期限再改。",
        },
        source="Rework as in ISO 9000, Quality management systems: action on a nonconforming product.",
        lookahead_days=days,
        parameters={"days": days, "fields": list(fields)},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    kinds = names_parameter(parameters, VIEW, "kinds", ["contact", "sale"], tuple(KINDS))
    days = number_parameter(parameters, ERRORS, "days", CORRECTION_DAYS, most=366)
    fields = names_parameter(parameters, ERRORS, "fields", CORE_FIELDS)
    median = sync_lag("adoption.sync_lag", 0.5, {"en": "Integration flow, median", "zh": "系统间数据流转(中位数)"})
    slow = sync_lag("adoption.sync_lag_p95", 0.95, {"en": "Integration flow, 95 %", "zh": "系统间数据流转(95 分位)"})
    return [view_360(kinds), median, slow, sync_failure_rate, process_error_rate(days, fields)]
