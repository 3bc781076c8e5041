"""The credit that a person's contacts earn, as a number, as a share, and per touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import case, literal, or_

from kpicore import Proportion, Ratio, Total, count, total
from kpicore_rules_contact.credit import IS_MADE, OPTIONAL, contact

if TYPE_CHECKING:
    from kpicore import Metric
    from kpicore_rules_contact.credit import Credit

VOLUME, RATE, TOUCHES, COVERAGE = "contact.volume", "contact.effective_rate", "contact.touches_per_response", "contact.coverage"

_ABOUT: dict[str, Any] = {"subject": contact.employee_id, "at": contact.started_at, "dimension": "sales process", "optional": OPTIONAL}
_SOURCE = "kpicore: counts the customer's act, not the employee's; falling credit after Goodhart's law."


def volume(credit: Credit) -> Metric:
    """Build the sum of credit."""
    terms = credit.terms
    return Total(
        name=VOLUME,
        title={"en": "Contact volume", "zh": "客户联系量"},
        definition={
            "en": "Credit of the outbound contacts of the period that a customer's own act followed.",
            "zh": "期内主动联系中,有客户本人行为跟随者所得的计分之和。",
        },
        value=credit.credit,
        where=credit.is_answered,
        lookahead_days=terms.days,
        direction="higher",
        unit="count",
        frequency="day",
        formula={
            "en": "sum of credit: 1 for the first answered contact with a customer on a day, less for repeats and copies, 0 without an act",
            "zh": "计分之和:同一客户同日首次获回应的联系计1,重复与群发相同文本递减,无客户行为计0",
        },
        caliber={
            "en": (
                f"A customer's act within {terms.within_hours:g} hours credits the latest contact before it, and only that."
                f" Each further answered contact with the customer on that day earns {terms.repeat_credit:g} of the one before;"
                f" one text earns at most {terms.copies:g} a day."
                " Duplicate customers are one. Never without contact.effective_rate beside it."
            ),
            "zh": (
                f"客户行为只计入其前{terms.within_hours:g}小时内最近的一次联系。同日对同一客户的后续联系每次按前一次的"
                f"{terms.repeat_credit:g}倍计;同一文本每日至多计{terms.copies:g}。重复客户合并计算。须与有效沟通率同看。"
            ),
        },
        drives=[RATE, "sales.opportunities_won"],
        guards=[RATE, TOUCHES],
        gaming={
            "en": (
                "Contacts written up after the act, five calls a day to one customer, one text to everybody: none earns more."
                " Contacts invented beforehand catch an act by chance now and then, and cost far more in the rate and in touches."
                " Friends who reply do earn: call some customers back."
            ),
            "zh": (
                "客户行为之后补录的联系、一天五次联系同一客户、群发同一内容均不增加计分。"
                "事先虚报的联系偶尔碰上客户行为,但有效沟通率与触达数的损失远大于所得。熟人配合回复仍有效:须抽样回访。"
            ),
        },
        source=_SOURCE,
        **_ABOUT,
    )


def effective_rate(credit: Credit) -> Metric:
    """Build the share of credit in what could have earned it."""
    terms = credit.terms
    possible = case((credit.is_answered, credit.credit), else_=literal(1.0))
    return Proportion(
        name=RATE,
        title={"en": "Effective contact rate", "zh": "有效沟通率"},
        definition={
            "en": f"Credit of outbound contacts that a customer's own act followed within {terms.within_hours:g} hours, out of what they"
            " and the unanswered ones could have earned.",
            "zh": f"主动联系中,{terms.within_hours:g}小时内有客户本人行为跟随者的计分,占其与未获回应者之和的比例。",
        },
        numerator=total(credit.credit, where=credit.is_answered),
        denominator=total(possible, where=or_(credit.is_answered, credit.is_unanswered)),
        lookahead_days=terms.days,
        direction="higher",
        unit="share",
        frequency="week",
        formula={
            "en": "credit / (credit + contacts without a customer act)",
            "zh": "计分 / (计分 + 无客户行为的联系数)",
        },
        caliber={
            "en": (
                "The customer's act as a system recorded it, never a tick box; one act credits one contact, the latest before it."
                " Mailings neither earn nor cost; what a repeat or copy falls short of a whole credit does not cost;"
                " each unanswered contact costs 1."
            ),
            "zh": (
                "以系统记录的客户行为为准,绝不以勾选为准;一次行为只计一次联系。系统群发不计入;重复与相同文本的折减不扣分;未获回应者各扣1。"
            ),
        },
        drives=["sales.opportunities_won", "value.churn_rate"],
        guards=[VOLUME, COVERAGE, "sales.opportunities_won"],
        gaming={
            "en": "Contacting only those who always answer, leaving unanswered contacts out, friends who reply: watch coverage,"
            " and the results.",
            "zh": "只联系必回复的客户、不登记无回应的联系、熟人回复:须同看客户覆盖率与业绩。",
        },
        source=_SOURCE,
        **_ABOUT,
    )


def touches_per_response(credit: Credit) -> Metric:
    """Build how many contacts it takes until a customer acts."""
    return Ratio(
        name=TOUCHES,
        title={"en": "Touches per response", "zh": "单次响应触达数"},
        definition={
            "en": "Outbound contacts made for each one that a customer's own act followed.",
            "zh": "每获得一次客户行为所做的主动联系次数。",
        },
        numerator=count(contact.contact_id, where=IS_MADE),
        denominator=count(contact.contact_id, where=credit.is_answered),
        lookahead_days=credit.terms.days,
        direction="lower",
        unit="ratio",
        frequency="month",
        formula={"en": "contacts made / customer acts that followed one", "zh": "主动联系次数 / 随后的客户行为数"},
        caliber={
            "en": (
                "The price of nuisance: each contact counts whole, repeats and copies too. An act that followed no contact, and further"
                " acts after the one that credited it, are none. Mailings of the company are left out. No data without any response."
            ),
            "zh": "打扰的代价:每次联系按一次计,包括重复与相同文本。未跟随任何联系的客户行为不计;公司群发不计;无任何回应时无数据。",
        },
        drives=["service.nps", "value.churn_rate"],
        guards=[VOLUME, COVERAGE],
        gaming={
            "en": "Contacting nobody but those who always answer, not recording contacts in vain: watch coverage.",
            "zh": "只联系必回复的客户、不登记徒劳的联系:须同看客户覆盖率。",
        },
        source=_SOURCE,
        **_ABOUT,
    )
