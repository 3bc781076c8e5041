"""What customers say when they are asked: satisfaction and recommendation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Double, and_, case, cast, func, or_

from kpicore import Mean, Proportion, count, facts, names_parameter, number_parameter

if TYPE_CHECKING:
    from kpicore import Metric, Parameters

survey = facts.survey.c

CSAT, POINTS, TOP_BOX, NPS = "service.csat", "service.csat_points", "service.csat_top_box", "service.nps"

_SCORE = cast(survey.score, Double)
_LOW = func.coalesce(cast(survey.scale_min, Double), 1.0)
_HIGH = func.coalesce(cast(survey.scale_max, Double), 5.0)
_ON_SCALE = and_(_SCORE >= _LOW, _SCORE <= _HIGH, _HIGH > _LOW)
# Whom to ask must not be for the person to choose whom the answer is about.
_SENT_BY_RULE = or_(survey.is_sent_by_rule.is_(None), survey.is_sent_by_rule.is_(True))
_ANSWERED = func.coalesce(survey.answered_at, survey.sent_at, survey.eligible_at)
_TIMES = (survey.answered_at, survey.sent_at, survey.eligible_at)
_OPTIONAL = (survey.is_sent_by_rule, survey.scale_min, survey.scale_max)

_WHEN = "By the time of the answer, or where the source does not have it, when it was sent or due."
_WHOSE = "Surveys that the person sent by choice do not count."
_GAMING = "Asking only happy customers: only surveys sent by rule count. Asking for a good score. Watch how many answer."
_WHEN_ZH = "按回答时间，来源没有时按发送或应发的时间。"
_WHOSE_ZH = "由当事人自行选择发送的问卷不计。"
_GAMING_ZH = "只问满意的客户：只计按规则发送的问卷。引导客户打高分。请留意回收率。"


def csat(kinds: tuple[str, ...]) -> Metric:
    """Build the mean satisfaction on the scale 0 to 1."""
    return Mean(
        name=CSAT,
        title={"en": "Customer satisfaction", "zh": "客户满意度"},
        definition={
            "en": "Mean answer to the satisfaction question, brought to a scale from 0 (lowest point) to 1 (highest).",
            "zh": "满意度问题的平均得分，换算到 0（最低分）至 1（最高分）。",
        },
        value=(_SCORE - _LOW) / func.nullif(_HIGH - _LOW, 0.0),
        where=and_(survey.kind.in_(kinds), _SENT_BY_RULE, _ON_SCALE),
        subject=survey.employee_id,
        at=_ANSWERED,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="customer service",
        formula={
            "en": "mean of (score - lowest point) / (highest point - lowest point); the scale is 1 to 5 unless the survey says otherwise",
            "zh": "（得分 − 最低分）÷（最高分 − 最低分）的均值；问卷没有说明时分值为 1 至 5",
        },
        caliber={
            "en": f"Surveys of the kinds {', '.join(kinds)}. {_WHEN} {_WHOSE} Scores off the scale are errors and do not count.",
            "zh": f"种类为 {', '.join(kinds)} 的问卷。{_WHEN_ZH}{_WHOSE_ZH}超出分值范围的得分是错误，不计。",
        },
        drives=["service.nps", "value.churn_rate", "value.repurchase_rate"],
        guards=["service.resolution_rate", "service.csat_top_box"],
        gaming={"en": _GAMING, "zh": _GAMING_ZH},
        source="ISO 10004, Quality management: customer satisfaction, guidelines for monitoring and measuring.",
        optional=_OPTIONAL,
        either=[_TIMES],
        parameters={"kinds": list(kinds)},
    )


def csat_points(kinds: tuple[str, ...]) -> Metric:
    """Build the mean satisfaction in points of the question's own scale."""
    return Mean(
        name=POINTS,
        title={"en": "Customer satisfaction, points", "zh": "客户满意度(分)"},
        definition={
            "en": "Mean answer to the satisfaction question, in points of its own scale.",
            "zh": "满意度问题的平均得分，按问卷自身的分值计。",
        },
        value=_SCORE,
        where=and_(survey.kind.in_(kinds), _SENT_BY_RULE, _ON_SCALE),
        subject=survey.employee_id,
        at=_ANSWERED,
        direction="higher",
        unit="points",
        frequency="month",
        dimension="customer service",
        formula={"en": "sum of scores / answers", "zh": "得分之和 ÷ 回答数"},
        caliber={
            "en": f"Raw points, so only for surveys on one scale. Kinds {', '.join(kinds)}. {_WHEN} {_WHOSE}",
            "zh": f"原始分值，因此只适用于同一分值的问卷。种类为 {', '.join(kinds)}。{_WHEN_ZH}{_WHOSE_ZH}",
        },
        drives=["service.nps", "value.churn_rate", "value.repurchase_rate"],
        guards=["service.resolution_rate", "service.csat_top_box"],
        gaming={"en": _GAMING, "zh": _GAMING_ZH},
        source="ISO 10004, Quality management: customer satisfaction, guidelines for monitoring and measuring.",
        optional=_OPTIONAL,
        either=[_TIMES],
        parameters={"kinds": list(kinds)},
    )


def csat_top_box(kinds: tuple[str, ...], boxes: float) -> Metric:
    """Build the share of satisfied customers: those who chose one of the highest points."""
    wanted = and_(survey.kind.in_(kinds), _SENT_BY_RULE, _ON_SCALE)
    return Proportion(
        name=TOP_BOX,
        title={"en": "Satisfied customers", "zh": "满意客户占比"},
        definition={
            "en": f"Answers on the highest {boxes:g} points of the scale, out of all answers to the satisfaction question.",
            "zh": f"满意度问题的全部回答中，得分为最高 {boxes:g} 档的比例。",
        },
        numerator=count(survey.survey_id, where=and_(wanted, _HIGH - boxes < _SCORE)),
        denominator=count(survey.survey_id, where=wanted),
        subject=survey.employee_id,
        at=_ANSWERED,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="customer service",
        formula={
            "en": f"answers with a score above (highest point - {boxes:g}) / answers",
            "zh": f"得分高于（最高分 − {boxes:g}）的回答数 ÷ 回答数",
        },
        caliber={
            "en": f"Top box, the highest {boxes:g} points: 4 and 5 of five for 2. Kinds {', '.join(kinds)}. {_WHEN} {_WHOSE}",
            "zh": f"最高 {boxes:g} 档：五分制取 2 档时为 4 分和 5 分。种类为 {', '.join(kinds)}。{_WHEN_ZH}{_WHOSE_ZH}",
        },
        drives=["service.nps", "value.churn_rate", "value.repurchase_rate"],
        guards=["service.resolution_rate", "service.csat"],
        gaming={"en": _GAMING, "zh": _GAMING_ZH},
        source="Top-two-box score, common in market research.",
        optional=_OPTIONAL,
        either=[_TIMES],
        parameters={"kinds": list(kinds), "boxes": boxes},
    )


nps = Mean(
    name=NPS,
    title={"en": "Net promoter score", "zh": "净推荐值"},
    definition={
        "en": "Share of promoters (9 or 10 of 10) less the share of detractors (0 to 6) among the answers, in points.",
        "zh": "回答中推荐者(9 至 10 分)占比减去贬损者(0 至 6 分)占比, 以点计。",
    },
    value=case((_SCORE >= 9.0, 100.0), (_SCORE <= 6.0, -100.0), else_=0.0),
    where=and_(survey.kind == "nps", _SENT_BY_RULE, _SCORE >= 0.0, _SCORE <= 10.0),
    subject=survey.employee_id,
    at=_ANSWERED,
    direction="higher",
    unit="points",
    frequency="quarter",
    dimension="customer service",
    # The mean of +100, 0 and -100: its variance is the multinomial one of the three shares.
    formula={
        "en": "100 x (answers of 9 or 10 - answers of 0 to 6) / answers; variance 100^2 (p + d - (p - d)^2) / (answers - 1)",
        "zh": "100 × (9 至 10 分的回答数 − 0 至 6 分的回答数) ÷ 回答数; 方差 100² (p + d − (p − d)²) ÷ (回答数 − 1)",
    },
    caliber={
        "en": f"Surveys of the kind nps, on the scale 0 to 10. {_WHEN} {_WHOSE} The interval follows from the multinomial variance of the"
        " shares of promoters p and detractors d.",
        "zh": "种类为 nps 的 0 至 10 分问卷, 按回答时间, 无则按发送或应发时间; 由当事人自行发送的不计。区间按推荐者 p 与贬损者 d"
        " 占比的多项分布方差计算。",
    },
    drives=["value.churn_rate", "value.repurchase_rate"],
    guards=["service.csat_response_rate", "service.csat", "value.churn_rate"],
    gaming={"en": _GAMING, "zh": "只问满意的客户、引导客户打高分: 只计按规则发送的问卷, 并留意回收率。"},
    source="Reichheld, The One Number You Need to Grow, Harvard Business Review 81(12), 2003.",
    optional=[survey.is_sent_by_rule],
    either=[_TIMES],
)


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    kinds = {name: names_parameter(parameters, name, "kinds", ["csat"]) for name in (CSAT, POINTS, TOP_BOX)}
    boxes = number_parameter(parameters, TOP_BOX, "boxes", 2, most=10)
    return [csat(kinds[CSAT]), csat_points(kinds[POINTS]), csat_top_box(kinds[TOP_BOX], boxes), nps]
