"""How customers are doing, as a score of what they lately did, and how well that score told beforehand who would leave."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import and_, case, func

from kpicore import Cells, Grouped, Groups, each, facts, later, names_parameter, number_parameter, period
from kpicore.kernels.prognosis import area_under_curve, logistic_line, mid_ranks
from kpicore.kernels.rounding import significant
from kpicore_value.activity import IS_ORDER, had_contract
from kpicore_value.portfolio import IS_ACT, OPTIONAL, customers, of_contacts, of_sales, some

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from kpicore import FloatArray, Measure, Metric, Parameters

customer, contact, payment, sale, ticket = (
    facts.customer.c,
    facts.contact.c,
    facts.payment.c,
    facts.sale.c,
    facts.ticket.c,
)

HEALTH, ACCURACY, BRIER = "value.health_score", "value.health_accuracy", "value.health_brier"
WEIGHTS = {"engagement": 0.3, "service": 0.2, "orders": 0.3, "payments": 0.2}
"""Published weights; of a selection of parts they are brought to a sum of 1."""
LOOK_BACK_DAYS, AHEAD_DAYS = 90.0, 90.0
ABOUT: dict[str, Any] = {"subject": customer.owner_id, "dimension": "customer value", "optional": OPTIONAL}


def _parts(moment: ColumnElement[Any], names: Sequence[str], tag: str = "") -> dict[str, Measure]:
    """Return what each customer did in the days before a moment, and nothing later."""

    def lately(at: ColumnElement[Any]) -> ColumnElement[Any]:
        return and_(at >= later(moment, days=-LOOK_BACK_DAYS), at < moment)

    every = {
        "engagement": of_contacts(some(and_(IS_ACT, lately(contact.started_at)))),
        "service": each(-some(lately(ticket.opened_at)), ticket.customer_id),
        "orders": of_sales(some(and_(IS_ORDER, lately(sale.signed_at)))),
        "payments": each(func.sum(case((lately(payment.paid_at), payment.amount), else_=0)), payment.customer_id),
    }
    return {f"{name}{tag}": every[name] for name in names}


def score(groups: Groups, rows: np.ndarray, names: Sequence[str], tag: str = "") -> FloatArray:
    """Return the health of some customers, 0 to 100: the weighted mean of their mid-rank percentiles among each other.

    Args:
        groups: with a value per part; nothing known is 0, as nothing happened.
        rows: (groups,), whose health is asked for.
        names: the parts.
        tag: what follows the part in the groups' names.
    Returns:
        (groups,), NaN outside of the rows.
    """
    found = np.full(len(rows), np.nan)
    known = np.flatnonzero(rows)
    total = sum(WEIGHTS[name] for name in names)
    one = np.zeros(len(known), dtype=np.int64)
    ranks = [WEIGHTS[name] / total * (mid_ranks(significant(np.nan_to_num(groups[f"{name}{tag}"][known])), one) - 0.5) for name in names]
    found[known] = 100.0 * np.sum(ranks, axis=0) / max(len(known), 1)
    return found


def _mean_score(groups: Groups, names: Sequence[str]) -> Cells:
    value = np.full(len(groups.period), np.nan)
    for rows in groups.periods():
        value[rows] = score(groups, rows, names)[rows]
    return groups.mean(value)


def health_score(names: Sequence[str] = tuple(WEIGHTS)) -> Metric:
    """Build the health score, with the parts that it is made of."""
    total = sum(WEIGHTS[name] for name in names)
    told = ", ".join(f"{name} {100 * WEIGHTS[name] / total:.0f} %" for name in names)
    return Grouped(
        name=HEALTH,
        title={"en": "Customer health", "zh": "客户健康分"},
        definition={
            "en": "How customers are doing as the period ends, 0 to 100, by what they lately did; mean of the portfolio.",
            "zh": "期末按客户近期行为计算的健康分(0至100)，取名下客户平均。",
        },
        of={"there": customers(had_contract(period.end), owned_at="end"), **_parts(period.end, names)},
        compute=partial(_mean_score, names=names),
        direction="higher",
        unit="points",
        frequency="week",
        formula={"en": f"100 x weighted mean of percentile ranks: {told}", "zh": f"100 × 百分位的加权平均：{told}"},
        caliber={
            "en": (
                "Of the 90 days before the period's end: inbound contacts, tickets opened (fewer are better), orders and"
                " payments, each as the"
                " rank among all customers that are there then. A customer is compared with the others, not with itself."
            ),
            "zh": "期末前90天的主动联系、工单(越少越好)、订单和付款，各取在当时全部活跃客户中的百分位。与其他客户比较，而非与自身比较。",
        },
        drives=["value.retention_rate", "value.clv"],
        guards=[ACCURACY, BRIER],
        gaming={
            "en": "Making customers write without need; whether the score tells who leaves shows it.",
            "zh": "让客户无谓联系；健康分能否预示流失会反映出来。",
        },
        source="Common practice in customer success; the weights are published and the accuracy is measured.",
        parameters={"parts": list(names)},
        **ABOUT,
    )


def _looked_back(names: Sequence[str], ahead: float) -> dict[str, Measure]:
    """List the customers of the period's start and of so many days before, with what was known then and what became of them."""
    before, until = later(period.start, days=-ahead), later(period.start, days=ahead)
    mature = and_(had_contract(period.start), until <= period.as_of)
    listed = and_(customer.started_at < period.start, had_contract(before) | mature)
    return {
        "listed": customers(listed),
        "now": customers(listed, case((mature, 1), else_=0)),
        "then": customers(listed, case((had_contract(before), 1), else_=0)),
        "leaves": customers(listed, case((and_(customer.ended_at >= period.start, customer.ended_at < until), 1), else_=0)),
        "left": customers(listed, case((and_(customer.ended_at >= before, customer.ended_at < period.start), 1), else_=0)),
        **_parts(period.start, names),
        **_parts(before, names, " then"),
    }


def _auc(groups: Groups, names: Sequence[str]) -> Cells:
    value, n = np.full(groups.shape[0] * groups.shape[1], np.nan), groups.sums(groups["now"])
    for rows in groups.periods():
        known = rows & (groups["now"] > 0)
        mine = known & (groups.subject >= 0)
        found = area_under_curve(-score(groups, known, names)[mine], groups["leaves"][mine] > 0, groups.cells()[mine], len(value))
        value = np.where(np.isfinite(found), found, value)
    return Cells.of(value.reshape(groups.shape), n)


def _brier(groups: Groups, names: Sequence[str]) -> Cells:
    error = np.full(len(groups.period), np.nan)
    for rows in groups.periods():
        now, then = rows & (groups["now"] > 0), rows & (groups["then"] > 0)
        if then.any() and now.any():
            a, b = logistic_line(score(groups, then, names, " then")[then] / 50.0 - 1.0, groups["left"][then] > 0)
            chance = 1.0 / (1.0 + np.exp(-(a + b * (score(groups, now, names)[now] / 50.0 - 1.0))))
            error[now] = (chance - groups["leaves"][now]) ** 2
    return groups.mean(error)


def _about_accuracy(names: Sequence[str], ahead: float) -> dict[str, Any]:
    caliber = {
        "en": (
            f"The score as it was when the period began, from what was known then, against losses in the {ahead:g} days after;"
            " only where they"
            " have passed. By who looked after the customers then."
        ),
        "zh": f"以期初当时已知信息计算的健康分，对照此后{ahead:g}天内的流失；期限未满则不计。归属当时的负责人。",
    }
    return {
        "of": _looked_back(names, ahead),
        "frequency": "quarter",
        "caliber": caliber,
        "drives": ["value.winback_rate"],
        "gaming": {"en": "Not recording losses.", "zh": "不登记流失。"},
        "parameters": {"parts": list(names), "ahead_days": ahead},
        **ABOUT,
    }


def health_accuracy(names: Sequence[str] = tuple(WEIGHTS), ahead: float = AHEAD_DAYS) -> list[Metric]:
    """Build the two measures of accuracy, with the parts of the score and how many days it looks ahead."""
    given = _about_accuracy(names, ahead)
    auc = Grouped(
        name=ACCURACY,
        title={"en": "Health-score accuracy", "zh": "健康分预测准确率"},
        definition={
            "en": "Probability that a customer who left had a lower health score beforehand than one who stayed (AUC).",
            "zh": "流失客户事前健康分低于留存客户的概率(AUC)。",
        },
        compute=partial(_auc, names=names),
        direction="higher",
        unit="share",
        formula={
            "en": "pairs told in the right order / pairs of a customer who left and one who stayed",
            "zh": "排序正确的对数 ÷ 流失与留存客户的配对数",
        },
        guards=[BRIER, "value.churn_rate"],
        source="Hanley & McNeil (1982), Radiology 143; 0.5 is chance.",
        **given,
    )
    brier = Grouped(
        name=BRIER,
        title={"en": "Health-score calibration error (Brier)", "zh": "健康分校准误差(Brier)"},
        definition={
            "en": "Mean squared difference between the chance of leaving that the health score gave and what happened.",
            "zh": "健康分给出的流失概率与实际结果之差的平方的平均。",
        },
        compute=partial(_brier, names=names),
        direction="lower",
        unit="ratio",
        formula={"en": "mean of (chance of leaving - (1 if it left, else 0))^2", "zh": "(流失概率 - 是否流失)² 的平均"},
        guards=[ACCURACY, "value.churn_rate"],
        source="Brier (1950), Monthly Weather Review 78; the chance is fitted to the same score one horizon earlier (Platt 1999).",
        **given,
    )
    return [auc, brier]


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    parts = {name: names_parameter(parameters, name, "parts", tuple(WEIGHTS), tuple(WEIGHTS)) for name in (HEALTH, ACCURACY, BRIER)}
    ahead = {name: number_parameter(parameters, name, "ahead_days", AHEAD_DAYS, most=3660) for name in (ACCURACY, BRIER)}
    return [
        health_score(parts[HEALTH]),
        health_accuracy(parts[ACCURACY], ahead[ACCURACY])[0],
        health_accuracy(parts[BRIER], ahead[BRIER])[1],
    ]
