"""What a team brings in per person who was there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Double, and_, case, cast, func, or_

from kpicore import Custom, choice_parameter, count, facts, period, seconds_between, total
from kpicore_sales.revenue import NET

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from kpicore import FloatArray, Measure, Metric, Parameters

sale, assignment, absence = facts.sale.c, facts.assignment.c, facts.absence.c

OUTPUT = "sales.activity_output"
ABSENCES = ("subtract", "ignore")


def _share(since: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return which share of the period a span covers; a bound that is missing is open."""
    start = case((since > period.start, since), else_=period.start)
    end = case((until < period.end, until), else_=period.end)
    return seconds_between(start, end) / seconds_between(period.start, period.end)


def _overlaps(since: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[Any]:
    return and_(or_(since.is_(None), since < period.end), or_(until.is_(None), until > period.start))


def _span(table: Any, weight: ColumnElement[Any]) -> Measure:
    full_time = cast(func.coalesce(weight, 1), Double) * _share(table.valid_from, table.valid_to)
    optional = (table.valid_from, table.valid_to, weight)
    return total(full_time, _overlaps(table.valid_from, table.valid_to), subject=table.employee_id, is_state=True, optional=optional)


def _per_person(*, revenue: FloatArray, sales: FloatArray, held: FloatArray, away: FloatArray | float = 0.0) -> FloatArray:
    del sales
    present = held - away
    return np.where(present > 0, revenue / present, np.nan)


def activity_output(absences: str = ABSENCES[0]) -> Metric:
    """Build the output per person, with or without taking absences off."""
    of = {"revenue": total(NET), "sales": count(sale.sale_id), "held": _span(assignment, assignment.fte)}
    is_subtracted = absences == "subtract"
    return Custom(
        name=OUTPUT,
        title={"en": "Output per person", "zh": "人均业绩产出"},
        definition={"en": "Signed revenue of the period per full-time person who was there.", "zh": "本期签约额除以在岗全职人力。"},
        of={**of, "away": _span(absence, absence.share)} if is_subtracted else of,
        compute=_per_person,
        evidence="sales",
        subject=sale.employee_id,
        at=sale.signed_at,
        direction="higher",
        unit="money",
        frequency="quarter",
        dimension="acquisition",
        kinds=["team"],
        formula={
            "en": "signed revenue / sum of (full-time equivalent x share of the period assigned"
            + (", less absence)" if is_subtracted else ")"),
            "zh": "签约额 ÷ Σ(全职当量 × 在岗占本期的比例" + ("，扣除缺勤)" if is_subtracted else ")"),
        },
        caliber={
            "en": (
                "A figure of teams. Everybody with an assignment counts, also who sold nothing, by the team of the period's start; absences"
                + (" are taken off by their share of the time." if is_subtracted else " are not taken off.")
            ),
            "zh": "团队指标。有任职记录者均计入，含无业绩者，按期初所在团队；"
            + ("缺勤按时间比例扣除。" if is_subtracted else "不扣除缺勤。"),
        },
        drives=["sales.revenue_growth"],
        guards=["sales.revenue_signed", "sales.average_order_value"],
        gaming={"en": "Keeping people off the books of the team.", "zh": "把人员挂在其他团队名下。"},
        source="Revenue per full-time equivalent, common practice.",
        optional=[sale.reverses_id],
        parameters={"absences": absences},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    return [activity_output(choice_parameter(parameters, OUTPUT, "absences", ABSENCES[0], ABSENCES))]
