"""Who works in the CRM, and from where, by the useful changes of records that the audit trail shows. Logins alone are surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_

from kpicore import Proportion, count, days_between, facts, groups, local_day, names_parameter, number_parameter, period

if TYPE_CHECKING:
    from kpicore import Metric, Parameters

change, employee = facts.record_change.c, facts.employee.c

ACTIVE, MOBILE = "adoption.active_rate", "adoption.mobile_rate"
DAYS_PER_WEEK = 2.0
"""Two days a week on average: enough not to punish part-time work and leave."""
DEVICES = ("mobile", "desktop", "tablet")
"""Devices that people hold or sit at; 'api' is a program."""

_CHANGES_SOMETHING = or_(change.old_value.is_(None), change.new_value.is_(None), change.old_value != change.new_value)
_IS_MANUAL = and_(change.batch_id.is_(None), or_(change.device_class.is_(None), change.device_class != "api"))
_IS_USEFUL = and_(_CHANGES_SOMETHING, _IS_MANUAL)

_IS_PERSON = and_(employee.employee_id.is_not(None), or_(employee.kind.is_(None), employee.kind == "person"))
_IS_EMPLOYED = and_(
    _IS_PERSON,
    or_(employee.hired_at.is_(None), employee.hired_at < period.end),
    or_(employee.left_at.is_(None), employee.left_at >= period.start),
)
_IN_PERIOD = and_(change.changed_at >= period.start, change.changed_at < period.end)
# A period that has not ended yet is only as long as it has lasted.
_WEEKS = days_between(period.start, case((period.as_of < period.end, period.as_of), else_=period.end)) / 7.0
_OPTIONAL = (change.old_value, change.new_value, change.batch_id, change.device_class)

_USEFUL = "A write is useful if it changes something, by hand: imports, mass updates, programs and edits without a difference do not count."
_USEFUL_ZH = "人工写入且确有改动才算有效：导入、批量更新、程序写入和没有差异的编辑不计。"


def active_rate(days_per_week: float = DAYS_PER_WEEK) -> Metric:
    """Build the share of employees who work in the CRM on so many days a week."""
    days = func.count(case((and_(_IS_USEFUL, _IN_PERIOD, _IS_EMPLOYED), local_day(change.changed_at))).distinct())
    return Proportion(
        name=ACTIVE,
        title={"en": "Active users", "zh": "系统使用率"},
        definition={
            "en": f"Employees with a useful write on at least {days_per_week:g} days a week on average, out of those employed then.",
            "zh": f"在职员工中，平均每周至少 {days_per_week:g} 天有有效写入的比例。",
        },
        numerator=groups(
            change.employee_id,
            having=days >= days_per_week * func.max(_WEEKS),
            subject=change.employee_id,
            is_state=True,
            optional=_OPTIONAL,
        ),
        denominator=count(employee.employee_id, where=_IS_EMPLOYED, subject=employee.employee_id, is_state=True),
        subject=employee.employee_id,
        direction="higher",
        is_census=True,
        unit="share",
        frequency="week",
        dimension="adoption",
        formula={
            "en": f"employees with useful writes on {days_per_week:g} or more days per 7 days of the period / employees",
            "zh": f"期内每 7 天有 {days_per_week:g} 天及以上有效写入的员工数 ÷ 员工数",
        },
        caliber={
            "en": f"{_USEFUL} Days in the project's time zone; people by team and role as the period begins. Of one person it is 0 or 1.",
            "zh": f"{_USEFUL_ZH}日期按项目时区；人员按期初的团队和岗位。对单个人为 0 或 1。",
        },
        drives=["quality.completeness", "quality.timeliness"],
        guards=["quality.completeness", "contact.effective_rate"],
        gaming={
            "en": "Changing a field there and back on two days: each difference counts. Presence and logins do not.",
            "zh": "在两天里把字段改过去又改回来：每次差异都计。登录和在线不计。",
        },
        source="kpicore: use by its traces in the records instead of by logins.",
        optional=[employee.kind, employee.hired_at, employee.left_at],
        parameters={"days_per_week": days_per_week},
    )


def mobile_rate(devices: tuple[str, ...] = ("mobile", "tablet")) -> Metric:
    """Build the share of useful writes that come from mobile devices."""
    return Proportion(
        name=MOBILE,
        title={"en": "Mobile activity", "zh": "移动端活跃率"},
        definition={
            "en": f"Useful writes from {' or '.join(devices)} devices, out of those from a known device.",
            "zh": f"已知设备的有效写入中，来自 {'、'.join(devices)} 设备的比例。",
        },
        numerator=count(change.change_id, where=and_(_IS_USEFUL, change.device_class.in_(devices))),
        denominator=count(change.change_id, where=and_(_IS_USEFUL, change.device_class.in_(DEVICES))),
        subject=change.employee_id,
        at=change.changed_at,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="adoption",
        formula={
            "en": "useful writes from mobile devices / useful writes from a known device",
            "zh": "移动设备的有效写入数 ÷ 已知设备的有效写入数",
        },
        caliber={
            "en": f"{_USEFUL} Writes from an unknown device are in neither part. For field roles; there is nothing good in it for a desk.",
            "zh": f"{_USEFUL_ZH}设备未知的写入不计入分子和分母。适用于外勤岗位；对内勤没有意义。",
        },
        drives=["quality.recording_lag", "quality.timeliness"],
        guards=["adoption.active_rate", "quality.completeness"],
        gaming={"en": "Doing desk work on the phone.", "zh": "在手机上做桌面工作。"},
        source="Common practice in mobile CRM.",
        optional=[change.old_value, change.new_value, change.batch_id],
        parameters={"devices": list(devices)},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    days = number_parameter(parameters, ACTIVE, "days_per_week", DAYS_PER_WEEK, most=7)
    return [active_rate(days), mobile_rate(names_parameter(parameters, MOBILE, "devices", ["mobile", "tablet"], DEVICES))]
