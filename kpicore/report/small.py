"""What became of figures of few observations, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.report.chance import declared
from kpicore.report.figures import figure
from kpicore.report.plain import plain

if TYPE_CHECKING:
    from kpicore.model.result import MetricCell
    from kpicore.report.view import View


def shrunk(view: View, cell: MetricCell) -> str:
    """Return what shrinkage made of a value, as a clause with its interval; '' where nothing was shrunk."""
    if cell.shrunk is None or cell.low is None or cell.high is None:
        return ""
    unit, level = view.metric(cell.metric).unit, declared(float(view.result.run.uncertainty["level"]))
    value, low, high = (figure(number, unit, view.locale) for number in (cell.shrunk, cell.low, cell.high))
    is_same = value == figure(cell.value if cell.adjusted is None else cell.adjusted, unit, view.locale)
    is_declared = "peers" not in view.result.scale.priors.get(cell.metric, {})
    if view.locale == "zh":
        sure = "" if cell.reliability is None else f",信度 {cell.reliability:.2f}"
        moved = f"向{'设定的先验' if is_declared else '同侪'}收缩{'后仍' if is_same else ''}为 {value}"
        return f",因样本有限{moved}(真实值以 {level} 的概率介于 {low} 与 {high} 之间{sure})"
    sure = "" if cell.reliability is None else f"; reliability {cell.reliability:.2f}"
    whom = "what was declared" if is_declared else "the peers"
    moved = f"still {value} when drawn towards {whom}" if is_same else f"drawn towards {whom} to {value} as chance may have moved it"
    return f", {moved} (the true value lies from {low} to {high} with a probability of {level}{sure})"


def lacking(view: View, cell: MetricCell, *, is_scored: bool) -> str:
    """Return what is said of a value that rests on too little; who has no score has nothing to share its weight."""
    title, value, why = view.title(cell.metric), view.value(cell), plain(cell.why or "")
    if view.locale == "zh":
        return f"{title}: {value},数据不足,不计分,也不视为零或缺失({why}){';其权重由其余指标分担' if is_scored else ''}。"
    shared = "; the others share its weight" if is_scored else ""
    return f"{title} is {value}, which is not scored, and counts neither as zero nor as missing ({why}){shared}."
