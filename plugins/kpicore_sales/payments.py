"""What was paid: money received, and how much of what was signed had been paid by a stated age."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_

from kpicore import Ratio, Total, count, facts, later, number_parameter, period, total

if TYPE_CHECKING:
    from kpicore import Metric, Parameters

payment, sale = facts.payment.c, facts.sale.c

COLLECTION = "sales.collection_rate"
WITHIN_DAYS = 90.0
"""Terms of 30 to 60 days and a reminder."""

_RECEIVED = case((payment.reverses_id.is_not(None), -func.abs(payment.amount)), else_=payment.amount)
_COUNTS = and_(
    sale.reverses_id.is_(None), sale.deleted_at.is_(None), sale.merged_into.is_(None), or_(sale.is_test.is_(None), sale.is_test.is_(False))
)
# Not the plain column: whoever the payment names or shares in the sale does not change whose sale it is.
_SELLER = func.coalesce(sale.employee_id, None)
_OPTIONAL = (payment.reverses_id, sale.reverses_id, sale.deleted_at, sale.merged_into, sale.is_test)

revenue_paid = Total(
    name="sales.revenue_paid",
    title={"en": "Revenue, paid", "zh": "回款额"},
    definition={"en": "Money received in the period, less what was paid back in it.", "zh": "本期收到的款项，减去本期退回的款项。"},
    value=_RECEIVED,
    subject=payment.employee_id,
    at=payment.paid_at,
    direction="higher",
    unit="money",
    frequency="month",
    dimension="acquisition",
    formula={"en": "sum of payments; one that is paid back counts minus its amount", "zh": "回款金额之和；退款按负数计"},
    caliber={
        "en": "Money received, not signed, by the day of payment; a refund counts when it is made, at the rate of the original payment.",
        "zh": "按到账日计的实收款，而非签约额；退款计入退款当期，按原回款日汇率折算。",
    },
    drives=["value.annual_spend"],
    guards=["sales.revenue_signed", "sales.collection_rate"],
    gaming={
        "en": "Asking for payment ahead of time at the period's end; the next period lacks it.",
        "zh": "期末要求客户提前付款；下期随之减少。",
    },
    source="Cash receipts as kept in ERP systems.",
    optional=[payment.reverses_id],
)


def collection_rate(within_days: float = WITHIN_DAYS) -> Metric:
    """Build the collection rate, with the age by which a sale should be paid."""
    is_mature = later(sale.signed_at, days=within_days) <= period.as_of
    in_time = payment.paid_at <= later(sale.signed_at, days=within_days)
    is_due = and_(sale.reverses_id.is_(None), is_mature)
    return Ratio(
        name=COLLECTION,
        title={"en": "Collection rate", "zh": "回款率"},
        definition={
            "en": f"Of the amounts signed in the period, the share that was paid within {within_days:g} days of signing.",
            "zh": f"本期签约金额中，签约后{within_days:g}天内已回款的比例。",
        },
        numerator=total(_RECEIVED, and_(_COUNTS, is_mature, in_time), on=facts.payment),
        denominator=total(sale.amount, is_due),
        evidence=count(sale.sale_id, is_due),
        subject=_SELLER,
        at=sale.signed_at,
        attribution="now",
        direction="higher",
        unit="share",
        frequency="quarter",
        dimension="acquisition",
        formula={
            "en": f"received within {within_days:g} days of signing / signed, of the same sales, all at least {within_days:g} days old",
            "zh": f"签约后{within_days:g}天内的回款 ÷ 同一批合同金额(签约均满{within_days:g}天)",
        },
        caliber={
            "en": (
                "The same sales above and below, by the day of signing; younger sales are in neither part. To the seller of today, without"
                " splitting shared credit; both at the rate of the day of signing. Reversals of a sale are not taken off."
            ),
            "zh": "分子分母为同一批合同，按签约日计；未满期的合同不计入。归属现任销售，不拆分共享业绩；按签约日汇率折算；冲销不扣减。",
        },
        drives=["sales.revenue_paid"],
        guards=["sales.revenue_signed"],
        gaming={"en": "Signing only with customers who pay at once.", "zh": "只与立即付款的客户签约。"},
        source="Common practice in receivables management; a cohort with a maturity.",
        optional=_OPTIONAL,
        parameters={"within_days": within_days},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    return [revenue_paid, collection_rate(number_parameter(parameters, COLLECTION, "within_days", WITHIN_DAYS, most=3660))]
