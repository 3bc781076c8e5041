"""How much of the portfolio that a person was given is looked after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, not_, or_

from kpicore import Proportion, distinct, facts, period
from kpicore_rules_contact.credit import OPTIONAL, contact, customer
from kpicore_rules_contact.metrics import COVERAGE, RATE, VOLUME

if TYPE_CHECKING:
    from kpicore import Metric
    from kpicore_rules_contact.credit import Credit

_SINCE = (customer.created_at, customer.started_at)
_ENTERED = func.coalesce(*_SINCE)
_IN_PORTFOLIO = and_(period.start > _ENTERED, or_(customer.ended_at.is_(None), customer.ended_at >= period.start))
_IS_SOUND = and_(customer.deleted_at.is_(None), customer.merged_into.is_(None), customer.is_test.is_not(True))


def coverage(credit: Credit) -> Metric:
    """Build the share of the portfolio with an effective contact."""
    reached = and_(_IN_PORTFOLIO, _IS_SOUND, credit.is_answered, not_(credit.is_copy))
    return Proportion(
        name=COVERAGE,
        title={"en": "Portfolio coverage", "zh": "客户覆盖率"},
        definition={
            "en": "Customers with an effective contact in the period, out of those assigned when it began.",
            "zh": "期初名下客户中,期内至少有一次有效联系者的占比。",
        },
        numerator=distinct(facts.entity_of(facts.contact), where=reached, attribution="start"),
        denominator=distinct(facts.entity_of(facts.customer), where=_IN_PORTFOLIO, is_state=True),
        subject=customer.owner_id,
        at=contact.started_at,
        lookahead_days=credit.terms.days,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="sales process",
        formula={
            "en": "customers of the portfolio with an effective contact / customers of the portfolio, as assigned at the period's start",
            "zh": "期初名下且有有效联系的客户数 / 期初名下客户数",
        },
        caliber={
            "en": (
                "The portfolio of the period's first moment: customers handed over, added or lost later change nothing. Whoever of the"
                " company made the contact, the customer is covered. A text that went to many covers nobody."
                " Duplicate records of a customer are one."
            ),
            "zh": (
                "以期初时刻的名下客户为准,其后的转入、转出、新增与流失均不影响。"
                "公司内任何人的有效联系均算覆盖;群发相同文本不算。重复客户记录合并计算。"
            ),
        },
        drives=["value.churn_rate", "sales.opportunities_won"],
        guards=[RATE, VOLUME],
        gaming={
            "en": "The number of customers is fixed when the period begins, so leaving some out lowers it. Giving customers away before it"
            " begins: watch who was handed over.",
            "zh": "客户数在期初即固定,漏联系只会降低。期初前转出客户:须查看转移记录。",
        },
        source="kpicore: a denominator that is not for the person to choose.",
        optional=(*OPTIONAL, customer.ended_at, customer.deleted_at, customer.is_test),
        either=[_SINCE],
    )
