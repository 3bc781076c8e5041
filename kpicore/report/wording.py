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
    "{} of 100 points": "{} 分(满分 100)",
    "counted": "计入",
    "formula": "计算方法",
    "takes nothing: the score is lower anyway": "不扣分:得分本已更低",
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
    "worst": "最差值",
    "best": "最优值",
    "reference": "参照值",
    "midpoint": "中点",
    "cuts": "分档点",
    "the peers by logarithm, {} to {}": "对比组取对数,{} 至 {}",
    "outliers drawn in to {}": "离群值收至 {}",
    "decides": "实际影响",
    "r": "相关系数",
    "r²": "r²",
    "S": "相关比",
    "weights of {} people": "{} 人的权重复核",
    "weights from the data, as advice": "由数据得出的权重(仅供参考)",
    "the review": "复核结果",
    "no {}": "无「{}」",
    "{} peers, {} to {}": "对比组 {} 人,{} 至 {}",
    "finding": "发现",
    "{} with a value; together {}": "{} 项有数值;合计 {}",
    "{} without a value": "{} 项无数值",
    "low, at the edge of chance": "偏低,处于随机范围边缘",
    "high, at the edge of chance": "偏高,处于随机范围边缘",
    "lower than chance explains": "偏低,超出随机所能解释",
    "higher than chance explains": "偏高,超出随机所能解释",
    "● value, | all together, [ ] limits of 95 %, ( ) of 99.8 %": "● 数值,| 合计,[ ] 95 % 界限,( ) 99.8 % 界限",
    "where nobody differs, {:.1f} of {} still lie beyond the 95 % limits": "即使人人相同,{1} 项中仍约有 {0:.1f} 项落在 95 % 界限之外",
    "people differ by more than chance (phi {:.2f}), and the limits allow for that": "人员差异超出随机(phi {:.2f}),界限已作相应放宽",
    "what lies beyond the limits is a question to look into, and no verdict": "超出界限者值得查明原因,而非定论",
    "beyond the outer limits: more than chance explains; a question, and no verdict": "外侧界限之外:超出随机所能解释;是问题,不是定论",
    "n: how many observations the value rests on": "n:数值所依据的样本数",
    "Scores and ranks have no intervals: {}.": "得分与名次没有区间:{}。",
    "The score has no interval: {}.": "该得分没有区间:{}。",
    "no metric's error is known": "各指标的误差均未知",
    "the scorecard asks for none (draws = 0)": "计分卡未要求(draws = 0)",
    "they were not computed": "未计算",
    "Second lines of rank and score: where the true ones lie with a probability of {}, as figures are partly chance.": (
        "名次与得分的第二行:真实名次与真实得分以 {} 的概率落在此范围,因为测得的数值含有偶然成分。"
    ),
    "Neighbours that cannot be told apart (right order: below {}): ranks {}.": "无法区分先后的相邻名次(次序正确的概率低于 {}):{}。",
    "Grades that can be told apart (right order: above {}): {}.": "可以区分的档次(次序正确的概率高于 {}):{}。",
    "The error of a part of the weight (up to {}) is not known; that part is taken as exact.": (
        "部分权重(至多 {})的误差未知,按准确值处理。"
    ),
    "Intervals are not made as asked: {}.": "区间未按要求计算:{}。",
    "With a probability of {} the true score lies from {:.1f} to {:.1f}: figures are partly chance, the more so the fewer cases.": (
        "真实得分以 {} 的概率介于 {:.1f} 与 {:.1f} 之间:测得的数值含有偶然成分,样本越少越明显。"
    ),
    "With the same probability the true rank is {}.": "真实名次以同样的概率为第 {} 名。",
    "The probability of truly reaching {:g} points is {}, and of truly being among the first {} it is {}.": (
        "真实得分达到 {:g} 分的概率为 {},真实名次进入前 {} 名的概率为 {}。"
    ),
    "{} stands next above; that order is right with a probability of {}.": "上一名为 {};该先后次序正确的概率为 {}。",
    "{} stands next below; that order is right with a probability of {}.": "下一名为 {};该先后次序正确的概率为 {}。",
    "{} stands next above; that order is right with a probability of {}; the two cannot be told apart.": (
        "上一名为 {};该先后次序正确的概率为 {},两人无法区分。"
    ),
    "{} stands next below; that order is right with a probability of {}; the two cannot be told apart.": (
        "下一名为 {};该先后次序正确的概率为 {},两人无法区分。"
    ),
    "This allows for chance in {} of the weight; the error of the rest is not known, and it is taken as exact.": (
        "以上考虑了 {} 权重的偶然波动;其余部分误差未知,按准确值处理。"
    ),
}

LOCALES = ("en", "zh")


def say(text: str, locale: str, *values: object) -> str:
    """Return a text in a language, with its values filled in; a text without translation stays English."""
    chosen = _ZH.get(text, text) if locale == "zh" else text
    return chosen.format(*values) if values else chosen
