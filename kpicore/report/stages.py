"""The funnel of the pipeline: per stage how many deals came, went on, stayed, were lost, skipped it or came back; as values and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kpicore.kernels.stages import DAY, stage_funnel
from kpicore.model.result import significant
from kpicore.model.text import in_language
from kpicore.report.figures import figure
from kpicore.report.plain import plain
from kpicore.report.text import WIDTH, grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore.kernels.stages import StageFunnel
    from kpicore.query.stages import Ways

_WORDS = {
    "stage": {"en": "stage", "zh": "阶段"},
    "reached": {"en": "deals", "zh": "商机数"},
    "conversion": {"en": "went on", "zh": "转化率"},
    "of_all": {"en": "of all", "zh": "占全部"},
    "days": {"en": "median days", "zh": "停留天数中位数"},
    "staying": {"en": "still there", "zh": "仍在此阶段"},
    "lost": {"en": "lost here", "zh": "在此输单"},
    "skipped": {"en": "skipped", "zh": "跳过"},
    "turned_back": {"en": "went back", "zh": "回退"},
    "deals": {"en": "{} deals begun in {}", "zh": "{1} 开始的商机共 {0} 个"},
    "slowest": {"en": "slowest stage: {}, {}", "zh": "最慢的阶段：{}，{}"},
    "losing": {"en": "stage that loses most: {}, {} deals", "zh": "流失最多的阶段：{}，{} 个商机"},
    "immature": {
        "en": "not of age: {} of {} deals are younger than {:g} days and still open; their conversions can only rise",
        "zh": "尚未成熟：{1} 个商机中有 {0} 个不满 {2:g} 天且仍未关闭，其转化率只会上升",
    },
    "systems": {
        "en": "systems, not people: {}; they made {} of {} changes of stage, which count as what happened to the deals",
        "zh": "系统账号(非人员)：{}；{} / {} 次阶段变更由其完成，作为商机经历计入",
    },
    "hidden": {"en": "{} deals of systems belong to nobody and are left out", "zh": "{} 个商机归属系统账号，不属于任何人，未列出"},
    "apart": {"en": "{} deals name no {} and are left out", "zh": "{} 个商机未注明{}，未列出"},
    "staying_counted": {"en": "a stay that has not ended counts with its age", "zh": "尚未结束的停留按已停留时长计"},
    "none": {"en": "no deal was begun in {}", "zh": "{} 没有开始的商机"},
}
_BY = {
    "person": {"en": "person", "zh": "人员"},
    "team": {"en": "team", "zh": "团队"},
    "source": {"en": "source", "zh": "来源"},
    "product": {"en": "product", "zh": "产品"},
}


@frozen(eq=False)
class StagesView:
    """The funnel of all deals, and of each group."""

    stages: tuple[str, ...]
    period: str
    by: str
    within_days: float
    """Deals younger than this are not of age."""
    ways: Ways
    locale: str = "en"

    def groups(self) -> list[str | None]:
        """Return the groups, sorted; all deals together are the group None."""
        return [None] if self.by == "all" else [*sorted({each for each in self.ways.groups if each is not None})]

    def funnel(self, group: str | None) -> StageFunnel:
        """Count the funnel of a group."""
        ways, mine = self.ways, self.ways.of(group)
        visits = mine[ways.case]
        number = np.cumsum(mine) - 1
        failed = np.isfinite(ways.ended) & ~ways.is_won
        return stage_funnel(
            number[ways.case[visits]],
            ways.stage[visits],
            ways.at[visits],
            ways.ended[mine],
            failed[mine],
            stages=len(self.stages),
            now=ways.now,
        )

    def immature(self, group: str | None) -> int:
        """Count the deals that are open and younger than the time that they are given."""
        young = self.ways.now - self.ways.created < self.within_days * DAY
        return int((self.ways.of(group) & young & np.isnan(self.ways.ended)).sum())

    def words(self, key: str, *given: object) -> str:
        """Return words in the reader's language."""
        return in_language(_WORDS[key], self.locale).format(*given)

    @property
    def apart(self) -> int:
        """Deals that belong to no group, besides those of systems."""
        if self.by == "all":
            return 0
        return sum(each is None for each in self.ways.groups) - self.ways.deals_of_systems


def to_dict(view: StagesView) -> dict[str, Any]:
    """Return plain values for JSON."""
    systems = {"users": list(view.ways.systems), "changes": view.ways.changes_by_systems, "deals_left_out": view.ways.deals_of_systems}
    return {
        "schema": "kpicore.stages/1",
        "period": view.period,
        "by": view.by,
        "stages": list(view.stages),
        "within_days": view.within_days,
        "changes": view.ways.changes,
        "systems": systems,
        "without_group": view.apart,
        "funnels": [_group_dict(view, group) for group in view.groups()],
    }


def _group_dict(view: StagesView, group: str | None) -> dict[str, Any]:
    funnel = view.funnel(group)
    rows = [
        {
            "stage": stage,
            "deals": int(funnel.reached[at]),
            "went_on": int(funnel.went_on[at]) if at < len(view.stages) - 1 else None,
            "conversion": significant(funnel.conversion[at]),
            "median_days": significant(funnel.median_days[at]),
            "staying": int(funnel.staying[at]),
            "lost": int(funnel.lost[at]),
            "skipped": int(funnel.skipped[at]),
            "turned_back": int(funnel.turned_back[at]),
        }
        for at, stage in enumerate(view.stages)
    ]
    named = {"slowest": _name(view, funnel.slowest), "most_losing": _name(view, funnel.most_losing)}
    return {"group": group, "deals": int(view.ways.of(group).sum()), "immature": view.immature(group), **named, "stages": rows}


def _name(view: StagesView, at: int | None) -> str | None:
    return None if at is None else view.stages[at]


def text(view: StagesView, width: int = WIDTH) -> str:
    """Return the funnels as text."""
    if not view.ways.groups:
        return view.words("none", view.period) + "\n"
    parts = [_group_text(view, group, width) for group in view.groups()]
    return "\n".join([*parts, *(f"{line}\n" for line in _remarks(view))])


def _group_text(view: StagesView, group: str | None, width: int) -> str:
    funnel, deals = view.funnel(group), int(view.ways.of(group).sum())
    title = view.words("deals", f"{deals:,}", plain(view.period))
    heading = title if group is None else f"{plain(group)}: {title}"
    figures = ("reached", "conversion", "of_all", "days", "staying", "lost", "skipped", "turned_back")
    columns = [(view.words("stage"), False), *((view.words(key), True) for key in figures)]
    return "\n".join([heading, "", grid(columns, _rows(view, funnel, deals), width), *_named(view, funnel, group, deals), ""])


def _rows(view: StagesView, funnel: StageFunnel, deals: int) -> list[list[str]]:
    rows = []
    for at, stage in enumerate(view.stages):
        counts = [f"{int(part[at]):,}" for part in (funnel.staying, funnel.lost, funnel.skipped, funnel.turned_back)]
        shares = [figure(share, "share", view.locale) for share in (funnel.conversion[at], funnel.reached[at] / max(deals, 1))]
        rows.append([plain(stage), f"{int(funnel.reached[at]):,}", *shares, figure(funnel.median_days[at], "days", view.locale), *counts])
    return rows


def _named(view: StagesView, funnel: StageFunnel, group: str | None, deals: int) -> list[str]:
    lines = []
    if funnel.slowest is not None:
        lines.append(
            view.words("slowest", plain(view.stages[funnel.slowest]), figure(funnel.median_days[funnel.slowest], "days", view.locale))
        )
    if funnel.most_losing is not None:
        lines.append(view.words("losing", plain(view.stages[funnel.most_losing]), f"{int(funnel.lost[funnel.most_losing]):,}"))
    if young := view.immature(group):
        lines.append(view.words("immature", f"{young:,}", f"{deals:,}", view.within_days))
    return lines


def _remarks(view: StagesView) -> list[str]:
    ways = view.ways
    lines = [view.words("staying_counted")]
    if ways.systems:
        names: Sequence[str] = [plain(each) for each in ways.systems]
        lines.append(view.words("systems", ", ".join(names), f"{ways.changes_by_systems:,}", f"{ways.changes:,}"))
    if ways.deals_of_systems:
        lines.append(view.words("hidden", f"{ways.deals_of_systems:,}"))
    if view.apart:
        lines.append(view.words("apart", f"{view.apart:,}", in_language(_BY[view.by], view.locale)))
    return lines
