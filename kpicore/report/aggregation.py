"""How metrics became dimensions and the score, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.report.plain import plain

if TYPE_CHECKING:
    from kpicore.model.choice import Choice
    from kpicore.report.view import View

_MEANS = {
    "arithmetic": ("weighted arithmetic mean", "加权算术平均"),
    "geometric": ("weighted geometric mean: a weakness is not bought off by a strength elsewhere", "加权几何平均:弱项不能被强项抵消"),
    "harmonic": ("weighted harmonic mean: the weakest decides most", "加权调和平均:最弱项影响最大"),
    "generalised_mean": ("weighted mean of power {power}", "加权广义平均(幂次 {power})"),
    "copeland": (
        "share of the peers whom one is ahead of, by weight: it changes with who they are",
        "按权重领先的同侪比例:随同侪构成而变化",
    ),
    "benefit_of_the_doubt": (
        "mean with the weights that suit the person best, within bounds, against the best of the peers: it changes with who they are",
        "在限度内采用对本人最有利的权重并与最佳同侪相比的平均:随同侪构成而变化",
    ),
}

_SHARING = {
    "arithmetic": ("points are 100 × weight × normalised", "得分点 = 100 × 权重 × 归一化值"),
    "geometric": (
        "each metric starts with its weight in points and loses in proportion to weight × ln(normalised)",
        "每项指标从其权重对应的分数起步,按 权重 × ln(归一化值) 的比例扣减",
    ),
    "copeland": (
        "each metric starts with its weight in points and loses in proportion to the support that it did not give against the peers",
        "每项指标从其权重对应的分数起步,按其未能支持领先的权重比例扣减",
    ),
    "benefit_of_the_doubt": ("points are 100 × the person's own weight × normalised", "得分点 = 100 × 本人权重 × 归一化值"),
}

_LACKING = (
    "each metric starts with its weight in points and loses in proportion to what it lacks, weight × |1 − normalised ^ power|",
    "每项指标从其权重对应的分数起步,按 权重 × |1 − 归一化值 ^ 幂次| 的比例扣减",
)


def how(view: View) -> list[str]:
    """Return sentences: how the score was made, and how each dimension was."""
    at, top = int(view.locale == "zh"), view.scorecard.aggregate
    if not view.scorecard.dimensions:
        told = _SHARING.get(top.by, _LACKING if top.by in _MEANS else None)
        shared = "" if told is None else f"{'。' if at else '. '}{told[at][0].upper() + told[at][1:]}"
        return [f"得分为{_mean(top, at)}{shared}。" if at else f"The score is the {_mean(top, at)}{shared}."]
    score = "得分为各维度的" if at else "The score is, of the dimensions, the "
    lines = [f"{score}{_mean(top, at)}{'。' if at else '.'}"]
    for dimension in view.scorecard.dimensions:
        title, mean = plain(dimension.title_in(view.locale)), _mean(dimension.aggregate, at)
        lines.append(f"{title}为其指标的{mean}。" if at else f"{title} is, of its metrics, the {mean}.")
    last = (
        "What a dimension gained or lost by the mean above it is shared by its metrics in proportion to what each of them lost within it.",
        "维度因上层平均而多得或少得的分数,按其各指标在维度内失分的比例分摊。",
    )
    return lines if {top.by, *(each.aggregate.by for each in view.scorecard.dimensions)} == {"arithmetic"} else [*lines, last[at]]


def _mean(choice: Choice, at: int) -> str:
    """Return what an aggregate is; by name where it is not known here."""
    if choice.by not in _MEANS:
        return f"聚合结果({choice.by})" if at else f"aggregate {choice.by!r}"
    return _MEANS[choice.by][at].format(power=choice.parameters.get("power"))
