"""The words of reports, in English and Chinese. Keys are the English texts."""

from __future__ import annotations

_ZH = {
    "rank": "名次",
    "person": "人员",
    "team": "团队",
    "score": "得分",
    "band": "等级",
    "coverage": "覆盖率",
    "metric": "指标",
    "value": "数值",
    "n": "样本数",
    "held against": "对照标准",
    "normalised": "归一化",
    "weight": "权重",
    "points": "得分贡献",
    "of {} people scored": "共 {} 人得分",
    "without a score": "未评分",
    "why": "原因",
    "state": "状态",
    "scored": "已评分",
    "how the score came about": "得分的由来",
    "sum": "合计",
    "gate": "门槛",
    "gates that fired": "触发的门槛",
    "gates that did not fire": "未触发的门槛",
    "what was counted": "计入与未计入的记录",
    "in words": "文字说明",
    "set aside when the data was loaded": "加载时拒收的行",
    "what failed": "失败项",
    "no data": "无数据",
    "not applicable": "不适用",
    "not testable": "无法测量",
    "error": "错误",
    "rank {} of {}": "第 {} 名,共 {} 人",
    "{:.4g} of 100 points": "{:.4g} 分(满分 100)",
    "counted": "计入",
    "raw": "原始",
    "not counted": "未计入",
    "rows": "行",
    "set": "已公布",
    "the peers": "同岗对比组",
    "best possible": "最高可得",
    "fact": "事实表",
    "aggregate": "汇总",
    "condition": "条件",
    "record": "记录",
    "at": "时间",
    "below": "低于",
    "above": "高于",
    "floor": "底线值",
    "target": "目标值",
    "stretch": "挑战值",
    "baseline": "起点值",
    "low": "下限",
    "high": "上限",
    "lower": "下限",
    "upper": "上限",
    "minimum": "最低值",
    "maximum": "最高值",
    "mean": "均值",
    "{} peers, {} to {}": "对比组 {} 人,{} 至 {}",
}

LOCALES = ("en", "zh")


def say(text: str, locale: str, *values: object) -> str:
    """Return a text in a language, with its values filled in; a text without translation stays English."""
    chosen = _ZH.get(text, text) if locale == "zh" else text
    return chosen.format(*values) if values else chosen
