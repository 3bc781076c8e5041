"""What marketing costs and brings: acquisition cost, return, clicks, and what campaigns turn into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import and_, func, or_

from kpicore import Custom, Ratio, choice_parameter, count, facts, names_parameter, total
from kpicore_sales.customers import ALL_DAYS, IS_FIRST_SALE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import FloatArray, Metric, Parameters

campaign, cost, lead, deal, sale = (table.c for table in (facts.campaign, facts.cost, facts.lead, facts.opportunity, facts.sale))

CAC, ROI, RESULT = "marketing.cac", "marketing.roi", "marketing.campaign_conversion"
SCOPE = ("marketing", "sales")
TOUCHES = ("first", "last")
OF = ("sent", "clicked")
TO = ("lead", "converted")

_BRAKES = {"en": "Booking the cost under another kind.", "zh": "把成本记到其他类别。"}


def cac(scope: Sequence[str] = SCOPE) -> Metric:
    """Build the acquisition cost, with the kinds of cost that are in it."""
    kinds = {"en": " and ".join(scope), "zh": "、".join(scope)}
    return Ratio(
        name=CAC,
        title={"en": "Acquisition cost", "zh": "客户获取成本"},
        definition={
            "en": f"Cost of {kinds['en']} in the period per customer who bought for the first time in it.",
            "zh": f"本期{kinds['zh']}类成本除以本期首次购买的客户数。",
        },
        numerator=total(cost.amount, cost.kind.in_(list(scope)), subject=cost.employee_id, at=cost.incurred_at),
        denominator=count(sale.sale_id, IS_FIRST_SALE, subject=sale.employee_id, at=sale.signed_at, lookahead_days=ALL_DAYS),
        direction="lower",
        unit="money",
        frequency="quarter",
        dimension="acquisition",
        formula={"en": f"cost of {', '.join(scope)} / new customers", "zh": f"{kinds['zh']}类成本 ÷ 新增客户数"},
        caliber={
            "en": (
                "Cost by the day it was incurred and to whoever caused it, customers by their first sale of all and its seller: compare the"
                " whole or teams rather than persons. Cost that names no person counts for the whole only."
            ),
            "zh": "成本按发生日归属发生人，客户按有史以来首单归属签单人；宜比较整体或团队。未注明人员的成本只计入整体。",
        },
        drives=["marketing.roi"],
        guards=["sales.new_customers", "sales.average_order_value"],
        gaming=_BRAKES,
        source="Common practice; the scope of the cost is stated because it decides the figure.",
        optional=[cost.employee_id, sale.reverses_id, facts.customer_entity.c.entity_id],
        parameters={"scope": list(scope)},
    )


_FIRST = func.row_number().over(partition_by=lead.opportunity_id, order_by=(lead.created_at, lead.lead_id))
_LAST = func.row_number().over(partition_by=lead.opportunity_id, order_by=(lead.created_at.desc(), lead.lead_id.desc()))
_DEAL_COUNTS = and_(
    deal.is_closed, deal.is_won, deal.deleted_at.is_(None), deal.merged_into.is_(None), or_(deal.is_test.is_(None), deal.is_test.is_(False))
)


def _return(*, revenue: FloatArray, spent: FloatArray, deals: FloatArray) -> FloatArray:
    del deals
    return np.where(spent > 0, (revenue - spent) / spent, np.nan)


def roi(touch: str = TOUCHES[1]) -> Metric:
    """Build the return on marketing, with the touch to which a deal's value is attributed."""
    is_credited = and_(lead.campaign_id.is_not(None), (_FIRST if touch == "first" else _LAST) == 1, _DEAL_COUNTS)
    whole = {"subject": campaign.owner_id, "at": deal.closed_at, "on": facts.lead, "lookahead_days": ALL_DAYS}
    flags = (deal.deleted_at, deal.merged_into, deal.is_test)
    is_marketing = or_(cost.kind == "marketing", cost.campaign_id.is_not(None))
    first = {"en": touch, "zh": "首次" if touch == "first" else "末次"}
    return Custom(
        name=ROI,
        title={"en": "Marketing ROI", "zh": "营销投资回报率"},
        definition={
            "en": f"What deals won in the period brought beyond marketing's cost, per unit of it, by the {first['en']} touch.",
            "zh": f"本期赢单金额(按{first['zh']}触点归因于营销活动)超出营销成本的部分与成本之比。",
        },
        of={
            "revenue": total(deal.amount, is_credited, optional=flags, **whole),
            "deals": count(lead.lead_id, is_credited, optional=flags, **whole),
            "spent": total(
                cost.amount, is_marketing, subject=func.coalesce(campaign.owner_id, cost.employee_id), at=cost.incurred_at, on=facts.cost
            ),
        },
        compute=_return,
        evidence="deals",
        direction="higher",
        unit="share",
        frequency="quarter",
        dimension="acquisition",
        formula={"en": "(attributed revenue - cost) / cost", "zh": "(归因收入 − 成本) ÷ 成本"},
        caliber={
            "en": (
                f"A won deal counts once, with its amount and by its close date, for the campaign of its {first['en']} lead; a deal whose"
                f" {first['en']} lead came without a campaign counts for none. Cost of marketing or of any campaign, to who runs it."
            ),
            "zh": (
                f"每个赢单商机按关闭日只计一次，归属其{first['zh']}线索的营销活动；该线索无活动的不归因。"
                "成本含营销类及任何活动的成本，归属活动负责人。"
            ),
        },
        drives=["sales.revenue_growth"],
        guards=["marketing.cac", "marketing.lead_quality"],
        gaming={
            "en": "Putting a campaign on leads that would have come anyway; the other touch shows it.",
            "zh": "给本来就会来的线索挂上活动；换用另一触点口径即可看出。",
        },
        source="Single-touch attribution, first or last, as in marketing automation.",
        optional=[cost.employee_id, cost.campaign_id, cost.kind],
        parameters={"touch": touch},
    )


click_through_rate = Ratio(
    name="marketing.click_through_rate",
    title={"en": "Click-through rate", "zh": "点击率"},
    definition={
        "en": "Recipients who clicked, out of messages sent, of campaigns begun in the period.",
        "zh": "本期启动的活动中，点击人数占发送数的比例。",
    },
    numerator=total(campaign.clicked_count, campaign.sent_count > 0),
    denominator=total(campaign.sent_count, campaign.sent_count > 0),
    subject=campaign.owner_id,
    at=campaign.started_at,
    direction="higher",
    unit="share",
    frequency="month",
    dimension="acquisition",
    formula={"en": "clicked / sent", "zh": "点击数 ÷ 发送数"},
    caliber={
        "en": "By the campaign's start and to who runs it; recipients, not clicks. Campaigns of which nothing was sent are left out.",
        "zh": "按活动启动日归属活动负责人；按人数而非点击次数计。未发送的活动不计。",
    },
    drives=["marketing.campaign_conversion"],
    guards=["marketing.campaign_conversion", "marketing.lead_quality"],
    gaming={"en": "Headings that promise what the page does not hold; the conversion falls.", "zh": "标题与内容不符；转化率会下降。"},
    source="Common practice in e-mail marketing.",
)


def campaign_conversion(of: str = OF[0], to: str = TO[0]) -> Metric:
    """Build the conversion of campaigns, with what is above and below."""
    below = {"sent": campaign.sent_count, "clicked": campaign.clicked_count}[of]
    is_result = and_(below > 0, *([lead.converted_at.is_not(None)] if to == "converted" else []))
    words = {
        "sent": ("messages sent", "发送数"),
        "clicked": ("clicks", "点击数"),
        "lead": ("leads", "线索数"),
        "converted": ("converted leads", "已转化线索数"),
    }
    return Ratio(
        name=RESULT,
        title={"en": "Campaign conversion", "zh": "营销转化率"},
        definition={
            "en": f"{words[to][0].capitalize()} per {words[of][0]}, of campaigns begun in the period.",
            "zh": f"本期启动的活动中，{words[to][1]}与{words[of][1]}之比。",
        },
        numerator=count(lead.lead_id, is_result, on=facts.lead),
        denominator=total(below, below > 0),
        subject=campaign.owner_id,
        at=campaign.started_at,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="acquisition",
        formula={"en": f"{words[to][0]} / {words[of][0]}", "zh": f"{words[to][1]} ÷ {words[of][1]}"},
        caliber={
            "en": "By the campaign's start and to who runs it, to date: young ones still grow. A lead counts for the campaign it names.",
            "zh": "按活动启动日归属活动负责人，截至目前：新活动还会增长。每条线索只计入其所属的一个活动。",
        },
        drives=["sales.lead_conversion", "marketing.roi"],
        guards=["marketing.lead_quality", "marketing.click_through_rate"],
        gaming={"en": "Entering leads that did not ask; the lead quality falls.", "zh": "录入并未询问的线索；线索质量会下降。"},
        source="Common practice in marketing automation.",
        parameters={"of": of, "to": to},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    of, to = choice_parameter(parameters, RESULT, "of", OF[0], OF), choice_parameter(parameters, RESULT, "to", TO[0], TO)
    return [
        cac(names_parameter(parameters, CAC, "scope", SCOPE)),
        roi(choice_parameter(parameters, ROI, "touch", TOUCHES[1], TOUCHES)),
        click_through_rate,
        campaign_conversion(of, to),
    ]
