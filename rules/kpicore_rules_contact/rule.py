"""The credit rule: outbound contacts, and the reasons for which some of them earn less or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import CreditRule, Reason
from kpicore_rules_contact.credit import IS_MASS, IS_OUTBOUND, OPTIONAL, contact
from kpicore_rules_contact.terms import RULE

if TYPE_CHECKING:
    from kpicore_rules_contact.credit import Credit


def contact_rule(credit: Credit) -> CreditRule:
    """Build the rule under the terms of the definition."""
    hours = f"{credit.terms.within_hours:g}"
    unanswered = {"en": f"no act of the customer within {hours} hours", "zh": f"{hours}小时内无客户行为"}
    repeat = {"en": "further answered contact with the customer on that day", "zh": "同日对同一客户的重复联系"}
    return CreditRule(
        name=RULE,
        title={"en": "Contacts that the customer answered", "zh": "有客户回应的联系"},
        counted=IS_OUTBOUND,
        reasons=(
            Reason("mass", {"en": "sent to many at once, or by a machine", "zh": "群发或自动发送"}, IS_MASS),
            Reason("no_customer_act", unanswered, credit.is_unanswered),
            Reason("repeat", repeat, credit.is_repeat, credit.credit),
            Reason("copy", {"en": "the same text to many on one day", "zh": "同日向多人发送相同文本"}, credit.is_copy, credit.credit),
        ),
        subject=contact.employee_id,
        at=contact.started_at,
        lookahead_days=credit.terms.days,
        optional=OPTIONAL,
        parameters=credit.terms.to_dict(),
        docs=(
            "Catches contacts that were only typed in, or written up after the customer had acted, the fifth call of a day, and one text"
            " to everybody. Honest work that looks like it: a team without telephony, whose calls no system records, earns credit only"
            " where customers write, pay or call by themselves; compare it with its like."
            " Who answers with set phrases may need more `copies`."
        ),
    )
