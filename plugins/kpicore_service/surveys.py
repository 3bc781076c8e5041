"""Who answers when asked, how much effort it took the customer, and the rating over all surveys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Double, and_, case, cast, func, or_

from kpicore import Mean, Proportion, choice_parameter, count, facts, later, names_parameter, number_parameter, period

if TYPE_CHECKING:
    from kpicore import Metric, Parameters

survey = facts.survey.c

RESPONSE, CES, RATING = "service.csat_response_rate", "service.ces", "service.service_rating"
ANSWER_DAYS = 14.0
"""Who has not answered in two weeks will not."""
QUESTIONS = ("effort", "ease")
POPULATIONS = ("eligible", "sent")

_SCORE = cast(survey.score, Double)
_IS_NPS = survey.kind == "nps"
_LOW = func.coalesce(cast(survey.scale_min, Double), case((_IS_NPS, 0.0), else_=1.0))
_HIGH = func.coalesce(cast(survey.scale_max, Double), case((_IS_NPS, 10.0), else_=5.0))
_ON_SCALE = and_(_SCORE >= _LOW, _SCORE <= _HIGH, _HIGH > _LOW)
_SENT_BY_RULE = or_(survey.is_sent_by_rule.is_(None), survey.is_sent_by_rule.is_(True))
_ANSWERED = func.coalesce(survey.answered_at, survey.sent_at, survey.eligible_at)
_TIMES = (survey.answered_at, survey.sent_at, survey.eligible_at)
_OPTIONAL = (survey.is_sent_by_rule, survey.scale_min, survey.scale_max)


def csat_response_rate(kinds: tuple[str, ...], answer_days: float = ANSWER_DAYS, of: str = "eligible") -> Metric:
    """Build the share of surveys that were answered, out of the eligible ones or of those sent, with the days left for an answer."""
    due = func.coalesce(survey.eligible_at, survey.sent_at) if of == "eligible" else survey.sent_at
    asked = and_(survey.kind.in_(kinds), later(due, days=answer_days) <= period.as_of)
    answered = and_(asked, survey.answered_at <= later(due, days=answer_days))
    words = {"eligible": ("that a rule made due, sent or not", "按规则应发(不论是否发出)的"), "sent": ("that were sent", "已发出的")}[of]
    return Proportion(
        name=RESPONSE,
        title={"en": "Survey response rate", "zh": "问卷回收率"},
        definition={
            "en": f"Surveys answered within {answer_days:g} days, out of all {words[0]} in the period.",
            "zh": f"本期{words[1]}问卷中 {answer_days:g} 天内有回答的占比。",
        },
        numerator=count(survey.survey_id, where=answered),
        denominator=count(survey.survey_id, where=asked),
        subject=survey.employee_id,
        at=due,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="customer service",
        formula={"en": f"surveys answered in time / surveys {words[0]}", "zh": f"按时回答的问卷数 ÷ {words[1]}问卷数"},
        caliber={
            "en": f"Of the surveys {words[0]}; kinds {', '.join(kinds)}. Those with less than {answer_days:g} days to answer by now are in"
            " neither part.",
            "zh": f"分母为{words[1]}问卷, 种类 {', '.join(kinds)}; 至今不足 {answer_days:g} 天的两边都不计。",
        },
        drives=["service.csat"],
        guards=["service.csat", "service.csat_top_box"],
        gaming={
            "en": "Not sending to those who may complain: of the eligible ones, what is not sent counts as not answered.",
            "zh": "不发给可能不满的客户: 以应发为分母时, 未发即未答。",
        },
        source="AAPOR, Standard Definitions: Final Dispositions of Case Codes and Outcome Rates for Surveys (response rate 1).",
        optional=[survey.sent_at] if of == "eligible" else [],
        parameters={"kinds": list(kinds), "answer_days": answer_days, "of": of},
    )


def ces(question: str = "effort") -> Metric:
    """Build the mean effort; `question` says whether a high answer means much effort or much ease."""
    asks = {
        "effort": ("how much effort it took", "费力程度", "as answered", "按原始回答"),
        "ease": ("how easy it was", "容易程度", "turned round", "反向计分"),
    }
    asked, asked_zh, how, how_zh = asks[question]
    return Mean(
        name=CES,
        title={"en": "Customer effort", "zh": "客户费力度"},
        definition={
            "en": "Mean effort that customers say it took to have their request handled, in points of the question's scale.",
            "zh": "客户自述办成一件事所费力气的平均分, 以题目分值计。",
        },
        value=_SCORE if question == "effort" else _LOW + _HIGH - _SCORE,
        where=and_(survey.kind == "ces", _SENT_BY_RULE, _ON_SCALE),
        subject=survey.employee_id,
        at=_ANSWERED,
        direction="lower",
        unit="points",
        frequency="quarter",
        dimension="customer service",
        formula={"en": f"mean of the scores, {how}", "zh": f"得分均值({how_zh})"},
        caliber={
            "en": f"Surveys of the kind ces that ask {asked}, {how}; raw points, so only for surveys on one scale, 1 to 5 unless the survey"
            " says otherwise. Surveys that the person sent by choice do not count.",
            "zh": f"种类为 ces、询问{asked_zh}的问卷, {how_zh}; 用原始分值, 只适于同一量表, 未注明则为 1 至 5。由当事人自行发送的不计。",
        },
        drives=["value.churn_rate", "value.repurchase_rate"],
        guards=["service.csat_response_rate", "service.first_contact_resolution"],
        gaming={
            "en": "Asking after easy requests only; explaining the scale to the customer. Watch how many answer.",
            "zh": "只在简单请求后发问卷; 引导客户打分。留意回收率。",
        },
        source="Dixon, Freeman and Toman, Stop Trying to Delight Your Customers, Harvard Business Review 88(7), 2010.",
        optional=_OPTIONAL,
        either=[_TIMES],
        parameters={"question": question},
    )


def service_rating(kinds: tuple[str, ...], question: str = "effort") -> Metric:
    """Build the mean rating over kinds of surveys; effort counts the other way round."""
    share = (_SCORE - _LOW) / func.nullif(_HIGH - _LOW, 0.0)
    rated = case((survey.kind == "ces", 1.0 - share), else_=share) if question == "effort" else share
    return Mean(
        name=RATING,
        title={"en": "Service rating", "zh": "服务评价分"},
        definition={
            "en": "Mean answer over all kinds of surveys, each brought to a scale from 0 (worst) to 1 (best).",
            "zh": "各类问卷回答统一换算到 0(最差)至 1(最好)后的平均分。",
        },
        value=rated,
        where=and_(survey.kind.in_(kinds), _SENT_BY_RULE, _ON_SCALE),
        subject=survey.employee_id,
        at=_ANSWERED,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="customer service",
        formula={
            "en": "mean of (score - lowest point) / (highest point - lowest point), effort turned round",
            "zh": "(得分 − 最低分) ÷ (最高分 − 最低分) 的均值, 费力度反向",
        },
        caliber={
            "en": f"Every answer weighs the same; kinds {', '.join(kinds)}. Scales are 1 to 5, of nps 0 to 10, unless the survey says"
            " otherwise. It moves when the mix of kinds does: for one kind see service.csat and service.nps.",
            "zh": f"每份回答权重相同, 种类 {', '.join(kinds)}; 量表未注明则为 1 至 5, nps 为 0 至 10。问卷种类占比变化会影响数值。",
        },
        drives=["service.nps", "value.churn_rate"],
        guards=["service.csat_response_rate", "service.resolution_rate"],
        gaming={
            "en": "Sending more of the kind that is answered kindly; asking only happy customers.",
            "zh": "多发得分偏高的问卷种类; 只问满意的客户。",
        },
        source="ISO 10004, Quality management: customer satisfaction, guidelines for monitoring and measuring.",
        optional=_OPTIONAL,
        either=[_TIMES],
        parameters={"kinds": list(kinds), "question": question},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    asked = names_parameter(parameters, RESPONSE, "kinds", ["csat"])
    days = number_parameter(parameters, RESPONSE, "answer_days", ANSWER_DAYS, most=366)
    rated = names_parameter(parameters, RATING, "kinds", ["csat", "nps", "ces", "rating"])
    question = {name: choice_parameter(parameters, name, "question", "effort", QUESTIONS) for name in (CES, RATING)}
    of = choice_parameter(parameters, RESPONSE, "of", "eligible", POPULATIONS)
    return [csat_response_rate(asked, days, of), ces(question[CES]), service_rating(rated, question[RATING])]
