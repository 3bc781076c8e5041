"""The credit rule: outbound contacts, and the reasons for which some of them earn nothing."""

from __future__ import annotations

from kpicore import CreditRule, Reason
from kpicore_rules_contact.credit import IS_MASS, IS_OUTBOUND, IS_REPEAT, IS_UNANSWERED, LOOKAHEAD_DAYS, OPTIONAL, contact

contact_rule = CreditRule(
    name="contact",
    title={"en": "Contacts that the customer answered", "zh": "有客户回应的联系"},
    counted=IS_OUTBOUND,
    reasons=(
        Reason("mass", {"en": "sent to many at once, or by a machine", "zh": "群发或自动发送"}, IS_MASS),
        Reason("repeat", {"en": "further answered contact with the customer on that day", "zh": "同日对同一客户的重复联系"}, IS_REPEAT),
        Reason("no_customer_act", {"en": "no act of the customer within 72 hours", "zh": "72小时内无客户行为"}, IS_UNANSWERED),
    ),
    subject=contact.employee_id,
    at=contact.started_at,
    lookahead_days=LOOKAHEAD_DAYS,
    optional=OPTIONAL,
    docs=(
        "Catches contacts that were only typed in, the fifth call of a day, and mailings. Honest work that looks like it: a team without"
        " telephony, whose calls no system records, earns credit only where customers write, pay or call by themselves; compare it with"
        " its like."
    ),
)
