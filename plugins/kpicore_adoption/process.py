"""How much of the core process runs inside the CRM: leads, forecasts, tickets, reports, and all of it together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen
from sqlalchemy import and_, case, func, or_

from kpicore import Cells, Derived, Proportion, count, facts, groups, hours_between, later, names_parameter, number_parameter, period

if TYPE_CHECKING:
    from kpicore import FloatArray, Metric, Parameters

lead, opportunity, ticket = facts.lead.c, facts.opportunity.c, facts.ticket.c
session, employee = facts.session.c, facts.employee.c

COMPLIANCE, FORECAST, LIFECYCLE = "adoption.process_compliance", "adoption.forecast_recorded", "adoption.ticket_lifecycle"
REPORTS, DEPTH = "adoption.report_use", "adoption.depth"
PARTS = {"leads": COMPLIANCE, "forecast": FORECAST, "tickets": LIFECYCLE, "reports": REPORTS}
LIMITS = {"assign_hours": 24.0, "touch_hours": 24.0, "close_days": 90.0}
TICKET_DAYS = 30.0

_PRACTICE = "Common practice in measuring the adoption of a CRM: by what runs through it, not by logins."

_END = case((period.as_of < period.end, period.as_of), else_=period.end)
_IS_OPEN = and_(opportunity.created_at < _END, or_(opportunity.closed_at.is_(None), opportunity.closed_at >= _END))
_IS_FORECAST = and_(opportunity.forecast_amount.is_not(None), opportunity.expected_close_at >= _END)

_IS_EMPLOYED = and_(
    employee.employee_id.is_not(None),
    or_(employee.kind.is_(None), employee.kind == "person"),
    or_(employee.hired_at.is_(None), employee.hired_at < period.end),
    or_(employee.left_at.is_(None), employee.left_at >= period.start),
)
_IN_PERIOD = and_(session.started_at >= period.start, session.started_at < period.end)


def process_compliance(limits: dict[str, float] | None = None) -> Metric:
    """Build the share of leads that were assigned, touched and closed by rule, with the limits of the three steps."""
    given = {**LIMITS, **(limits or {})}
    assign, touch, close = (given[name] for name in LIMITS)
    mature = later(lead.created_at, days=close) <= period.as_of
    closed_at = case((lead.converted_at.is_not(None), lead.converted_at), else_=lead.lost_at)
    by_rule = and_(
        hours_between(lead.created_at, lead.assigned_at) <= assign,
        hours_between(lead.assigned_at, lead.first_response_at) <= touch,
        lead.first_response_at >= lead.assigned_at,
        closed_at <= later(lead.created_at, days=close),
    )
    return Proportion(
        name=COMPLIANCE,
        title={"en": "Lead-process compliance", "zh": "线索流程执行率"},
        definition={
            "en": f"Leads assigned within {assign:g} hours, contacted within {touch:g} hours after that and converted or given up within"
            f" {close:g} days, out of those created in the period.",
            "zh": f"本期新建线索中 {assign:g} 小时内分配、分配后 {touch:g} 小时内首次联系、{close:g} 天内转化或放弃的占比。",
        },
        numerator=count(lead.lead_id, where=and_(mature, by_rule)),
        denominator=count(lead.lead_id, where=mature),
        subject=lead.owner_id,
        at=lead.created_at,
        attribution="now",
        direction="higher",
        unit="share",
        frequency="month",
        dimension="adoption",
        formula={
            "en": "leads with all three steps in time / leads old enough for all three",
            "zh": "三步均按时的线索数 ÷ 已满期限的线索数",
        },
        caliber={
            "en": f"By creation, for the lead's owner today. Leads younger than {close:g} days are in neither part, whatever was done with"
            " them. A contact before the assignment was not made by rule.",
            "zh": f"按创建时间, 归现负责人。不满 {close:g} 天的线索无论进展如何两边都不计; 分配前的联系不算按规则执行。",
        },
        drives=["sales.win_rate_created", "adoption.depth"],
        guards=["sales.win_rate_created", "quality.completeness"],
        gaming={
            "en": "Giving leads up just before the limit; logging a touch that the customer never noticed.",
            "zh": "临近期限批量放弃线索; 记录客户并未感知的联系。",
        },
        source="Oldroyd, McElheran and Elkington, The Short Life of Online Sales Leads, Harvard Business Review 89(3), 2011.",
        optional=[lead.lost_at],
        parameters=given,
    )


forecast_recorded = Proportion(
    name=FORECAST,
    title={"en": "Forecast recorded", "zh": "预测填报率"},
    definition={
        "en": "Open opportunities with a forecast amount and an expected closing date that has not passed, out of all open ones.",
        "zh": "期末未结商机中填有预测金额且预计成交日未过期的占比。",
    },
    numerator=count(opportunity.opportunity_id, where=and_(_IS_OPEN, _IS_FORECAST), is_state=True, owned_at="end"),
    denominator=count(opportunity.opportunity_id, where=_IS_OPEN, is_state=True, owned_at="end"),
    subject=opportunity.owner_id,
    direction="higher",
    unit="share",
    frequency="week",
    dimension="adoption",
    formula={"en": "open opportunities with a current forecast / open opportunities", "zh": "有有效预测的未结商机数 ÷ 未结商机数"},
    caliber={
        "en": "At the period's end, or now if it has not ended, for the owner then. The forecast is read as it stands today: of a"
        " period long"
        " past, what was filled in later counts too.",
        "zh": "期末时点(未结束则为当前), 归当时负责人。预测按今日所存读取, 对久远期间而言事后补填也会算入。",
    },
    drives=["sales.win_rate", "adoption.depth"],
    guards=["quality.completeness", "adoption.process_compliance"],
    gaming={
        "en": "Moving all closing dates to next month; a forecast of 1. The accuracy of forecasts shows it.",
        "zh": "把预计成交日统一后移; 随手填 1。由预测准确率识别。",
    },
    source=_PRACTICE,
    is_census=True,
)


def ticket_lifecycle(within_days: float = TICKET_DAYS) -> Metric:
    """Build the share of tickets whose whole life is recorded, with the days after which it should be over."""
    mature = later(ticket.opened_at, days=within_days) <= period.as_of
    whole = and_(
        ticket.first_response_at >= ticket.opened_at,
        ticket.resolved_at >= ticket.first_response_at,
        ticket.closed_at >= ticket.resolved_at,
    )
    return Proportion(
        name=LIFECYCLE,
        title={"en": "Ticket life cycle in the system", "zh": "工单全流程率"},
        definition={
            "en": "Tickets with opening, answer, resolution and closing all recorded and in this order, out of those opened in the period.",
            "zh": "本期开单中开单、响应、解决、关闭四个时间齐全且顺序正确的工单占比。",
        },
        numerator=count(ticket.ticket_id, where=and_(mature, whole)),
        denominator=count(ticket.ticket_id, where=mature),
        subject=ticket.owner_id,
        at=ticket.opened_at,
        attribution="now",
        direction="higher",
        unit="share",
        frequency="month",
        dimension="adoption",
        formula={"en": "tickets with all four times in order / tickets old enough", "zh": "四个时间齐全有序的工单数 ÷ 已满期限的工单数"},
        caliber={
            "en": f"By opening, for the ticket's owner today. Tickets younger than {within_days:g} days are in neither part; older"
            " ones that"
            " are still open count as not whole.",
            "zh": f"按开单时间, 归现负责人。不满 {within_days:g} 天的两边都不计; 超过仍未关闭的算不完整。",
        },
        drives=["service.resolution_rate", "adoption.depth"],
        guards=["service.reopen_rate", "service.resolution_time"],
        gaming={
            "en": "Closing in bulk: the times are there, the service was not. Read with reopening and satisfaction.",
            "zh": "批量关单: 时间齐全而服务未到位。与重开率、满意度同看。",
        },
        source="Incident records as in ISO/IEC 20000-1.",
        parameters={"within_days": within_days},
    )


def report_use(kinds: tuple[str, ...] = ("report", "automation")) -> Metric:
    """Build the share of employees who used reports or automation, with the kinds of use that count."""
    used = func.count(case((and_(session.kind.in_(kinds), _IN_PERIOD, _IS_EMPLOYED), session.session_id))) >= 1
    return Proportion(
        name=REPORTS,
        title={"en": "Use of reports and automation", "zh": "报表与自动化使用率"},
        definition={
            "en": f"Employees who used {' or '.join(kinds)} at least once in the period, out of those employed then.",
            "zh": f"本期至少使用过一次 {'、'.join(kinds)} 功能的在职员工占比。",
        },
        numerator=groups(session.employee_id, having=used, subject=session.employee_id, is_state=True),
        denominator=count(employee.employee_id, where=_IS_EMPLOYED, subject=employee.employee_id, is_state=True),
        subject=employee.employee_id,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="adoption",
        formula={"en": f"employees with a session of the kind {' or '.join(kinds)} / employees", "zh": "使用过的员工数 ÷ 在职员工数"},
        caliber={
            "en": "People by team and role as the period begins. Of one person it is 0 or 1.",
            "zh": "按期初的团队与岗位归属; 对个人只取 0 或 1。",
        },
        drives=["adoption.depth"],
        guards=["adoption.active_rate", "adoption.process_compliance"],
        gaming={
            "en": "Opening a report without reading it. It says that the feature is known, no more.",
            "zh": "打开报表而不看; 只说明会用。",
        },
        source=_PRACTICE,
        optional=[employee.kind, employee.hired_at, employee.left_at],
        parameters={"kinds": list(kinds)},
        is_census=True,
    )


@frozen(eq=False, kw_only=True)
class _MeanOfParts(Derived):
    """The mean of those parts that a subject has, each a share."""

    def cells(self, get: Any) -> Cells:
        """Return the mean, with as many observations as the parts have together."""
        parts = [get.metric(name) for name in self.of.values()]
        n = np.sum([part.n for part in parts], axis=0)
        return Cells.of(self.compute(np.stack([part.value for part in parts])), n)


def _mean_of_known(shares: FloatArray) -> FloatArray:
    known = np.isfinite(shares)
    number = known.sum(axis=0)
    return np.where(number > 0, np.where(known, shares, 0.0).sum(axis=0) / np.maximum(number, 1), np.nan)


def depth(parts: tuple[str, ...] = tuple(PARTS)) -> Metric:
    """Build the share of the core process that runs inside the system, with the parts that make it up."""
    return _MeanOfParts(
        name=DEPTH,
        title={"en": "Adoption depth", "zh": "用户采纳深度"},
        definition={
            "en": "Share of the core process that runs inside the system, as the mean over leads handled by rule, deals with a forecast,"
            " tickets with their whole life, and people who use reports or automation.",
            "zh": "核心流程在系统内运行的程度: 线索按规则执行、商机有预测、工单全流程、使用报表或自动化四项占比的均值。",
        },
        of={name: PARTS[name] for name in parts},
        compute=_mean_of_known,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="adoption",
        formula={
            "en": f"mean of {', '.join(PARTS[name] for name in parts)} that the subject has",
            "zh": f"{'、'.join(PARTS[name] for name in parts)} 中有数据各项的均值",
        },
        caliber={
            "en": "Parts in which somebody has no work do not count for them: a sales person has no tickets. So compare people of one role."
            " A source that cannot feed a part names the others in `parts`.",
            "zh": "没有相应工作的部分不计入(如销售无工单), 因此只在同岗位内比较。数据源缺某部分时以 parts 指定其余部分。",
        },
        drives=["quality.completeness", "quality.timeliness"],
        guards=["adoption.active_rate", "quality.completeness"],
        gaming={
            "en": "As those of its parts: each is watched by what it should bring about.",
            "zh": "同各组成部分; 每项都以其应带来的结果为佐证。",
        },
        source=_PRACTICE,
        parameters={"parts": list(parts)},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    limits = {name: number_parameter(parameters, COMPLIANCE, name, value, most=8784) for name, value in LIMITS.items()}
    days = number_parameter(parameters, LIFECYCLE, "within_days", TICKET_DAYS, most=366)
    kinds = names_parameter(parameters, REPORTS, "kinds", ["report", "automation"])
    parts = names_parameter(parameters, DEPTH, "parts", tuple(PARTS), tuple(PARTS))
    return [process_compliance(limits), forecast_recorded, ticket_lifecycle(days), report_use(kinds), depth(parts)]
