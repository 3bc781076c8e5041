"""The pipeline: how many deals are open, how fast they bring money, how real they are, and how well their value is foreseen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, Double, Integer, Numeric, and_, case, cast, func, or_

from kpicore import Custom, Derived, Proportion, Snapshot, count, days_between, facts, number_parameter, period, total

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from kpicore import FloatArray, Metric, Parameters

deal, change = facts.opportunity.c, facts.opportunity_change.c

HONESTY = "sales.pipeline_honesty"
MEDIAN_DAYS = 60.0
LATE_DAYS = 7.0

open_opportunities = Snapshot(
    name="sales.open_opportunities",
    title={"en": "Open opportunities", "zh": "在手商机数"},
    definition={"en": "Opportunities that are neither won nor lost at the period's end.", "zh": "期末尚未赢单或输单的商机数。"},
    began_at=deal.created_at,
    ended_at=deal.closed_at,
    subject=deal.owner_id,
    at=deal.created_at,
    direction="higher",
    unit="count",
    frequency="week",
    dimension="sales process",
    formula={"en": "opportunities created before the end and not closed before it", "zh": "期末前创建且期末前未关闭的商机数"},
    caliber={"en": "Records, to the owner at the period's end, whatever their age.", "zh": "按档案计，归属期末负责人，不论时长。"},
    drives=["sales.velocity", "sales.opportunities_won"],
    guards=["sales.pipeline_honesty", "sales.win_rate_created"],
    gaming={"en": "Never closing what is lost; the pipeline honesty falls.", "zh": "输单不关闭；商机真实度会下降。"},
    source="Common sales practice.",
)


def _velocity(*, standing: FloatArray, rate: FloatArray, amount: FloatArray, cycle: FloatArray) -> FloatArray:
    return standing * rate * amount / cycle


velocity = Derived(
    name="sales.velocity",
    title={"en": "Pipeline velocity", "zh": "商机推进速度"},
    definition={
        "en": "Money per day that the open pipeline brings at the present win rate, deal value and cycle.",
        "zh": "按现有赢单率、平均金额和成交周期，在手商机每天带来的金额。",
    },
    of={
        "standing": "sales.open_opportunities",
        "rate": "sales.win_rate",
        "amount": "sales.average_won_value",
        "cycle": "sales.cycle_time",
    },
    compute=_velocity,
    direction="higher",
    unit="money",
    frequency="month",
    dimension="sales process",
    formula={
        "en": "open opportunities x win rate x mean won value / mean cycle in days",
        "zh": "在手商机数 × 赢单率 × 平均赢单金额 ÷ 平均成交周期(天)",
    },
    caliber={
        "en": "Money per day. Open at the period's end, the others of the deals closed in the period; a mean cycle of 0 has no velocity.",
        "zh": "每天金额。在手商机取期末，其余取本期关闭的商机；平均周期为0时无值。",
    },
    drives=["sales.revenue_won", "sales.revenue_signed"],
    guards=["sales.pipeline_honesty", "sales.discount_rate"],
    gaming={"en": "Keeping dead deals open, or entering deals only once they are won.", "zh": "保留已无希望的商机，或赢单前才录入商机。"},
    source="Sales velocity as taught in pipeline management.",
)


def pipeline_honesty(median_days: float = MEDIAN_DAYS, late_days: float = LATE_DAYS) -> Metric:
    """Build the pipeline honesty, with the median cycle and the days before a win within which entering a deal is too late."""
    end = case((period.as_of < period.end, period.as_of), else_=period.end)
    is_open = and_(deal.created_at < period.end, or_(deal.closed_at.is_(None), deal.closed_at >= period.end))
    is_won = and_(deal.is_closed, deal.is_won, deal.closed_at >= period.start, deal.closed_at < period.end)
    is_fresh = and_(is_open, days_between(deal.created_at, end) <= 2 * median_days)
    is_early = and_(is_won, days_between(deal.created_at, deal.closed_at) >= late_days)
    state: dict[str, Any] = {"is_state": True, "owned_at": "end"}
    return Proportion(
        name=HONESTY,
        title={"en": "Pipeline honesty", "zh": "商机真实度"},
        definition={
            "en": (
                f"Opportunities open at the end and at most {2 * median_days:g} days old, or won and opened at least {late_days:g} days"
                " before, out of all open or won."
            ),
            "zh": f"期末在手且不超过{2 * median_days:g}天的商机，以及赢单前至少{late_days:g}天已录入的商机，占全部在手与本期赢单的比例。",
        },
        numerator=count(deal.opportunity_id, or_(is_fresh, is_early), **state),
        denominator=count(deal.opportunity_id, or_(is_open, is_won), **state),
        subject=deal.owner_id,
        at=deal.created_at,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="sales process",
        formula={
            "en": "(open and not stale + won and not entered late) / (open at the end + won in the period)",
            "zh": "(在手未过期 + 赢单非临时录入) ÷ (期末在手 + 本期赢单)",
        },
        caliber={
            "en": (
                f"Stale is older than twice a median cycle of {median_days:g} days (set it to your sales.cycle_time_median); late is less"
                f" than {late_days:g} days before the win. To the owner at the period's end."
            ),
            "zh": (
                f"过期指超过中位成交周期{median_days:g}天的两倍(请按本项目的成交周期中位数设定)；"
                f"临时录入指赢单前不足{late_days:g}天。归属期末负责人。"
            ),
        },
        drives=["sales.forecast_accuracy"],
        guards=["sales.win_rate", "sales.win_rate_created"],
        gaming={
            "en": "Closing a stale deal and entering it anew; the cohort win rate counts both.",
            "zh": "关闭过期商机后重新录入；按创建的赢单率两者都计。",
        },
        source="kpicore: the two ways in which a pipeline says what is not so.",
        parameters={"median_days": median_days, "late_days": late_days},
    )


_IS_FORECAST = case((change.field == "forecast_amount", 1), else_=0)
_CHANGES: dict[str, Any] = {
    "partition_by": [change.opportunity_id, _IS_FORECAST],
    "order_by": (change.changed_at, change.change_id),
}
_NEXT_AT = func.lead(change.changed_at, type_=DateTime()).over(**_CHANGES)
_PLACE = func.row_number(type_=Integer()).over(**_CHANGES)


def _amount(text: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(cast(case((_IS_FORECAST == 1, text)), Numeric(18, 4)), Double)


# Of a deal's changes one tells the forecast at the period's start: the last before it, or the first after it, which knows what was.
_IS_LAST = and_(change.changed_at < period.start, or_(_NEXT_AT.is_(None), period.start <= _NEXT_AT))
_IS_FIRST = and_(change.changed_at >= period.start, _PLACE == 1)
_FORESEEN = case((_IS_LAST, _amount(change.new_value)), else_=_amount(change.old_value))
_STOOD = and_(deal.is_closed, deal.created_at < period.start, deal.closed_at >= period.start, deal.closed_at < period.end)
_RECORD = and_(deal.deleted_at.is_(None), deal.merged_into.is_(None), or_(deal.is_test.is_(None), deal.is_test.is_(False)))
_ACTUAL = case((deal.is_won, cast(func.coalesce(deal.amount, 0), Double)), else_=0.0)
_NOW = cast(func.coalesce(deal.forecast_amount, 0), Double)


def _accuracy(*, missed: FloatArray, corrected: FloatArray, actual: FloatArray, deals: FloatArray) -> FloatArray:
    del deals
    return 1.0 - (missed + corrected) / actual


_STATE: dict[str, Any] = {"is_state": True, "owned_at": "end"}

forecast_accuracy = Custom(
    name="sales.forecast_accuracy",
    title={"en": "Forecast accuracy", "zh": "销售预测准确率"},
    definition={
        "en": "How close the forecasts at the period's start came to what the deals closed in it brought: 1 less the weighted error.",
        "zh": "期初预测与本期关闭商机实际金额的接近程度：1减加权绝对误差率。",
    },
    of={
        "missed": total(func.abs(_NOW - _ACTUAL), _STOOD, subject=deal.owner_id, **_STATE),
        "corrected": total(
            func.abs(func.coalesce(_FORESEEN, 0.0) - _ACTUAL) - func.abs(_NOW - _ACTUAL),
            and_(_IS_FORECAST == 1, or_(_IS_LAST, _IS_FIRST), _STOOD, _RECORD),
            subject=deal.owner_id,
            on=facts.opportunity_change,
            optional=(deal.deleted_at, deal.merged_into, deal.is_test),
            **_STATE,
        ),
        "actual": total(_ACTUAL, _STOOD, subject=deal.owner_id, **_STATE),
        "deals": count(deal.opportunity_id, _STOOD, subject=deal.owner_id, **_STATE),
    },
    compute=_accuracy,
    evidence="deals",
    attribution="now",
    direction="higher",
    unit="share",
    frequency="month",
    dimension="sales process",
    formula={"en": "1 - sum of |forecast - actual| / sum of actual (WAPE)", "zh": "1 − Σ|预测 − 实际| ÷ Σ实际(WAPE)"},
    caliber={
        "en": (
            "Deals that were open when the period began and closed in it; a lost one brought 0. The forecast is the one recorded at the"
            " period's start, read back from the recorded changes of forecast_amount; a deal without such a change always had today's."
            " To today's owner. Below 0 where the errors exceed what came in; no value where nothing did."
        ),
        "zh": (
            "期初在手且本期关闭的商机；输单实际为0。预测取期初记录值，由 forecast_amount 的变更记录还原；无变更的取现值。"
            "归属现任负责人。误差超过实际时为负；实际为0时无值。"
        ),
    },
    drives=["sales.quota_attainment"],
    guards=["sales.pipeline_honesty", "sales.velocity"],
    gaming={
        "en": "Forecasting after the fact does not help, as the start counts; not closing a deal that failed keeps it out.",
        "zh": "事后修改预测无效；失败的商机不关闭则不会计入。",
    },
    source="Weighted absolute percentage error: Hyndman and Koehler, International Journal of Forecasting 22(4), 2006.",
)


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    median = number_parameter(parameters, HONESTY, "median_days", MEDIAN_DAYS, most=3660)
    late = number_parameter(parameters, HONESTY, "late_days", LATE_DAYS, most=3660)
    return [open_opportunities, velocity, pipeline_honesty(median, late), forecast_accuracy]
