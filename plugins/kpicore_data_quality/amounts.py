"""Whether the amount of a deal is the amount that was signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_

from kpicore import Proportion, as_recorded, facts, groups, number_parameter

if TYPE_CHECKING:
    from kpicore import Metric, Parameters

CONSISTENCY = "quality.amount_consistency"
TOLERANCE = 0.01
"""Part of the deal's amount by which the signed amount may differ: rounding, not another price."""

sale, deal = facts.sale.c, facts.opportunity.c

_signed_amount, _stated_amount = as_recorded(sale.amount), as_recorded(deal.amount)
_IS_ONE_CURRENCY = or_(sale.currency.is_(None), deal.currency.is_(None), sale.currency == deal.currency)
_IS_SIGNED = and_(deal.is_won, _stated_amount.is_not(None), _signed_amount.is_not(None), sale.reverses_id.is_(None), _IS_ONE_CURRENCY)
_SIGNED = func.sum(case((_IS_SIGNED, _signed_amount)))
_STATED = func.max(case((_IS_SIGNED, _stated_amount)))


def amount_consistency(tolerance: float = TOLERANCE) -> Metric:
    """Build the share of won deals whose amount is what was signed."""
    return Proportion(
        name=CONSISTENCY,
        title={"en": "Amount consistency", "zh": "金额一致率"},
        definition={
            "en": f"Won deals signed in the period whose amount equals the sum of their sales to within {tolerance:.1%}.",
            "zh": f"期内签约的赢单商机中，商机金额与销售合同金额之差不超过 {tolerance:.1%} 的比例。",
        },
        numerator=groups(sale.opportunity_id, having=func.abs(_SIGNED - _STATED) <= tolerance * func.abs(_STATED)),
        denominator=groups(sale.opportunity_id, having=_STATED.is_not(None)),
        subject=sale.employee_id,
        at=sale.signed_at,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="data quality",
        formula={
            "en": f"deals with |signed - stated| <= {tolerance:g} x stated / deals with a signed sale",
            "zh": f"|签约额 − 商机额| ≤ {tolerance:g} × 商机额 的商机 ÷ 有签约销售的赢单商机",
        },
        caliber={
            "en": (
                "By the time of signing, to whom the sale is credited; all sales of a deal in the period are one amount, reversals left"
                " out. A won deal without a sale, or either without an amount, is in neither part; nor is one that was signed in"
                " another currency than the deal's."
            ),
            "zh": (
                "按签约时间，归属于销售人员；同一商机在期内的各笔销售合计为一个金额，冲销不计。没有销售记录、或任一金额缺失的赢单不计入，"
                "签约货币与商机货币不同的也不计入。"
            ),
        },
        drives=["sales.win_rate", "quality.accuracy"],
        guards=["quality.completeness", "quality.timeliness"],
        gaming={
            "en": "Correcting the deal after the signing: its history of changes shows when. Leaving amounts empty: completeness shows it.",
            "zh": "签约后再改商机金额：变更历史会显示时间。把金额留空：完整率会显示。",
        },
        source="Consistency as in ISO/IEC 25012, Data quality model.",
        optional=[sale.reverses_id, sale.currency, deal.currency],
        parameters={"tolerance": tolerance},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    return [amount_consistency(number_parameter(parameters, CONSISTENCY, "tolerance", TOLERANCE, most=1))]
