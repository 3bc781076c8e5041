"""The weights review as text and as plain values: what each metric's weight decides, what the data would give, and what stands out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpicore.kernels.review import HALF
from kpicore.report.figures import figure
from kpicore.report.plain import plain
from kpicore.report.text import WIDTH, grid
from kpicore.report.wording import say

if TYPE_CHECKING:
    from kpicore.report.view import View
    from kpicore.scorecard.review import Advice, Finding, ReviewedMetric, WeightsReview

FEW = 30
"""With fewer people than this the figures say little."""
SLIGHT = 0.01
"""A share that is below 0 by less than this is told as none."""

_SAYS: dict[str, dict[str, str]] = {
    "works_against": {
        "en": "{title} works against the score: whoever has a high score tends to do worse on it (it decides {value}).\n"
        "    Look whether it measures the opposite of the others, or whether they are bought at its cost.",
        "zh": "「{title}」与得分方向相反:得分高的人在这项上往往更差(实际影响 {value})。\n"
        "    请检查它是否与其他指标相抵,或其他指标是否以它为代价。",
    },
    "hardly_against": {
        "en": "{title} decides nothing, or works slightly against the score ({value}), with a weight of {weight}.\n"
        "    People differ little on it, or it goes its own way; its target may be too easy, or too far off.",
        "zh": "「{title}」几乎不起作用,甚至略与得分方向相反(实际影响 {value}),权重为 {weight}。\n"
        "    人员在这项上差别很小,或与其他指标无关;目标可能过易或过远。",
    },
    "no_difference": {
        "en": "{title} decides nothing: everybody has the same on it, so its weight of {weight} moves nobody.\n"
        "    Set its target where people differ, use it in a gate, or give its weight to others.",
        "zh": "「{title}」不产生任何影响:所有人在这项上都相同,{weight} 的权重不改变任何人的名次。\n"
        "    请把目标设在能区分人员的位置、改作门槛,或把权重让给其他指标。",
    },
    "too_little": {
        "en": "{title} decides {value} of the differences between scores, less than half of its weight of {weight}.\n"
        "    People differ little on it, or it goes its own way; its target may be too easy, or too far off.",
        "zh": "「{title}」只解释了得分差异的 {value},不到其权重 {weight} 的一半。\n"
        "    人员在这项上差别很小,或与其他指标无关;目标可能过易或过远。",
    },
    "too_much": {
        "en": "{title} decides {value} of the differences between scores, more than double its weight of {weight}.\n"
        "    People differ widely on it; widen the distance between its floor and its target, or lower its weight.",
        "zh": "「{title}」解释了得分差异的 {value},超过其权重 {weight} 的两倍。\n"
        "    人员在这项上差别很大;可拉开底线与目标的距离,或降低权重。",
    },
    "dominates": {
        "en": "{title} alone decides {value}: more than all other metrics together.\n"
        "    Lower its weight, or widen the distance between its floor and its target.",
        "zh": "「{title}」一项就解释了得分差异的 {value},超过其余指标之和。\n    可降低权重,或拉开底线与目标的距离。",
    },
    "dominates_as_meant": {
        "en": "{title} alone decides {value}, more than all other metrics together, as its weight of {weight} asks for.",
        "zh": "「{title}」一项就解释了得分差异的 {value},超过其余指标之和,这与其 {weight} 的权重相符。",
    },
    "counted_twice": {
        "en": "{title} and {other} say nearly the same (r = {r:.2f}) and count twice.\n    Keep one, or share one weight between them.",
        "zh": "「{title}」与「{other}」几乎相同(r = {r:.2f}),等于重复计算。\n    请保留其一,或让两者合用一份权重。",
    },
    "gap": {
        "en": "The largest distance between weight and effect: {title}, {value} of 100.",
        "zh": "权重与实际影响相差最大的是「{title}」,相差 {value}(满分 100)。",
    },
    "none": {
        "en": "Nothing stands out: every weight decides about as much as it says.",
        "zh": "没有异常:每项权重的实际影响与设定大致相符。",
    },
    "few": {
        "en": "Only {people} people are scored: take these figures as a hint, and look again with more people or a longer period.",
        "zh": "仅有 {people} 人得分:以上数字只作提示,请在人数更多或周期更长时再看。",
    },
    "alike": {
        "en": "All scores are the same, or there are fewer than two: there are no differences that a weight could decide.",
        "zh": "所有得分相同,或不足两人:没有可由权重决定的差异。",
    },
    "linear": {
        "en": "Those for the declared importance are reckoned as if the score were the arithmetic mean.",
        "zh": "「按设定重要性」的权重按算术平均得分计算。",
    },
    "how": {
        "en": "decides: the metric's share of the differences between scores, before gates; the column sums to 100 %.\n"
        "r: correlation with the score; r²: its square; S: as r², on any curve and without what chance explains.\n"
        "The columns after S are weights read off the data. They move with every period: take them as advice.",
        "zh": "实际影响:该指标在门槛之前的得分差异中所占的份额,整列合计 100 %。\n"
        "相关系数:与得分的相关;r²:其平方;相关比:适用于任意曲线,并扣除偶然性。\n"
        "其后各列是由数据得出的权重,每期都会变动,仅供参考。",
    },
}


def weights(view: View, review: WeightsReview, width: int = WIDTH) -> str:
    """Return the review as text."""
    parts = [f"{view.heading()} · {say('weights of {} people', view.locale, review.people)}", "", _table(view, review, width)]
    parts += [f"{say('the review', view.locale)}:", *(f"  {line}" for line in _lines(view, review)), ""]
    absent = [f"  {_title(view, each)}: {plain(each.why)}" for each in review.advice if each.weights is None]
    parts += [*absent, ""] if absent else []
    used = {view.scorecard.aggregate.by, *(dimension.aggregate.by for dimension in view.scorecard.dimensions)}
    linear = [] if used == {"arithmetic"} else [_SAYS["linear"][view.locale]]
    return "\n".join([*parts, _SAYS["how"][view.locale], *linear]).rstrip() + "\n"


def _table(view: View, review: WeightsReview, width: int) -> str:
    advised = [each for each in review.advice if each.weights is not None]
    words = [(say(word, view.locale), word != "metric") for word in ("metric", "weight", "decides", "r", "r²", "S")]
    words += [(_title(view, each), True) for each in advised]
    rows = [
        [*_row(view, metric), *(figure(each.weights[at], "share") for each in advised if each.weights is not None)]
        for at, metric in enumerate(review.metrics)
    ]
    return grid(words, rows, width)


def _row(view: View, metric: ReviewedMetric) -> list[str]:
    numbers = ["–" if number is None else f"{number:.2f}" for number in (metric.r, metric.r2, metric.ratio)]
    return [view.title(metric.metric), figure(metric.nominal, "share"), figure(metric.share, "share"), *numbers]


def _title(view: View, advice: Advice) -> str:
    return plain(advice.title.get(view.locale) or advice.title.get("en") or advice.weighting)


def _lines(view: View, review: WeightsReview) -> list[str]:
    if review.gap is None:
        return [_SAYS["alike"][view.locale]]
    told = [sentence(view, review, finding) for finding in review.findings] or [_SAYS["none"][view.locale]]
    metric, gap = review.gap
    told.append(_SAYS["gap"][view.locale].format(title=view.title(metric), value=f"{100 * gap:.1f}"))
    return told + ([_SAYS["few"][view.locale].format(people=review.people)] if review.people < FEW else [])


def sentence(view: View, review: WeightsReview, finding: Finding) -> str:
    """Return what a finding says, and what to do."""
    nominal = {metric.metric: metric.nominal for metric in review.metrics}
    titles = [view.title(name) for name in finding.metrics]
    weight, value = (figure(number, "share") for number in (nominal[finding.metrics[0]], finding.value))
    key = _mild(finding, nominal[finding.metrics[0]])
    return _SAYS[key][view.locale].format(title=titles[0], other=titles[-1], weight=weight, value=value, r=finding.value)


def _mild(finding: Finding, nominal: float) -> str:
    """Return the key of the words for a finding; what is slight, or was meant, is told more mildly."""
    if finding.flag == "works_against" and finding.value > -SLIGHT:
        return "hardly_against"
    return "dominates_as_meant" if finding.flag == "dominates" and nominal >= HALF else finding.flag


def to_dict(view: View, review: WeightsReview) -> dict[str, Any]:
    """Return the review as plain values for JSON."""
    return {
        "schema": "kpicore.weights/1",
        "run": view.result.run.to_dict(),
        "weighting": view.scorecard.weighting.by,
        "people": review.people,
        "metrics": [_metric(view, review, at) for at in range(len(review.metrics))],
        "advice": [{"weighting": each.weighting, "title": dict(each.title), "why": each.why or None} for each in review.advice],
        "findings": [_finding(view, review, finding) for finding in review.findings],
        "largest_gap": None if review.gap is None else {"metric": review.gap[0], "value": review.gap[1]},
    }


def _metric(view: View, review: WeightsReview, at: int) -> dict[str, Any]:
    metric = review.metrics[at]
    return {
        "metric": metric.metric,
        "title": dict(view.metric(metric.metric).title),
        "weight": metric.nominal,
        "covariance_share": metric.share,
        "r": metric.r,
        "r2": metric.r2,
        "correlation_ratio": metric.ratio,
        "advice": {each.weighting: None if each.weights is None else each.weights[at] for each in review.advice},
    }


def _finding(view: View, review: WeightsReview, finding: Finding) -> dict[str, Any]:
    text = sentence(view, review, finding).replace("\n    ", " ")
    return {"flag": finding.flag, "metrics": list(finding.metrics), "value": finding.value, "text": text}
