"""What became of figures of few observations, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.report.figures import figure
from kpicore.report.plain import plain

if TYPE_CHECKING:
    from kpicore.model.result import MetricCell
    from kpicore.report.view import View


def shrunk(view: View, cell: MetricCell) -> str:
    """Return what shrinkage made of a value, as a clause with its interval; '' where nothing was shrunk."""
    if cell.shrunk is None or cell.low is None or cell.high is None:
        return ""
    unit = view.metric(cell.metric).unit
    value, low, high = (figure(number, unit, view.locale) for number in (cell.shrunk, cell.low, cell.high))
    if view.locale == "zh":
        sure = "" if cell.reliability is None else f",信度 {cell.reliability:.2f}"
        return f",因样本有限向同侪收缩为 {value}(真实值介于 {low} 与 {high} 之间{sure})"
    sure = "" if cell.reliability is None else f"; reliability {cell.reliability:.2f}"
    return f", drawn towards the peers to {value} as chance may have moved it (the true value lies from {low} to {high}{sure})"


def lacking(view: View, cell: MetricCell) -> str:
    """Return what is said of a value that rests on too little."""
    title, value, why = view.title(cell.metric), view.value(cell), plain(cell.why or "")
    if view.locale == "zh":
        return f"{title}: {value},数据不足,不计分,也不视为零或缺失({why});其权重由其余指标分担。"
    return f"{title} is {value}, which is not scored, and counts neither as zero nor as missing ({why}); the others share its weight."
