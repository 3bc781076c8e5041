"""The stages of the pipeline, from the recorded changes: how many deals go on, how long they stay, what is skipped and taken back.

A deal enters a stage when a change of its field `stage` says so. The stage in which it was created is the old value of its first change,
or its stage of today where it never changed; it entered that one when it was created.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen
from sqlalchemy import DateTime, Integer, String, and_, case, func, or_

from kpicore import (
    Cells,
    Metric,
    Proportion,
    Quantile,
    count,
    days_between,
    facts,
    later,
    names_parameter,
    number_parameter,
    period,
    seconds_between,
)
from kpicore.kernels import estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from kpicore import FloatArray, Measure, Parameters

deal, change = facts.opportunity.c, facts.opportunity_change.c

CONVERSION, DURATION = "sales.stage_conversion", "sales.stage_duration"
SKIPS, REVERSALS = "sales.stage_skips", "sales.stage_reversals"
STAGES = ("qualify", "propose", "negotiate", "won")
"""The stages in their order, the last of which is the goal, unless the project lists its own."""
WITHIN_DAYS = 90.0
ALL_DAYS = 36600.0
"""The first change of a deal is looked for however long ago."""

_IS_STAGE = case((change.field == "stage", 1), else_=0)
_OF_DEAL: dict[str, Any] = {"partition_by": [change.opportunity_id, _IS_STAGE], "order_by": (change.changed_at, change.change_id)}
_PLACE = func.row_number(type_=Integer()).over(**_OF_DEAL)
_VISIT = func.row_number(type_=Integer()).over(
    partition_by=[change.opportunity_id, _IS_STAGE, change.new_value], order_by=(change.changed_at, change.change_id)
)
_BEGAN_IN = func.first_value(change.old_value, type_=String(255)).over(**_OF_DEAL)
_BEFORE = func.coalesce(change.old_value, func.lag(change.new_value, type_=String(255)).over(**_OF_DEAL))
# A log may say again in which stage a deal is; the stay goes on.
_MOVED = func.coalesce(_BEFORE, "") != change.new_value
_ENTERED = func.max(case((_MOVED, change.changed_at)), type_=DateTime()).over(**_OF_DEAL, rows=(None, -1))
_SINCE = func.coalesce(_ENTERED, deal.created_at)

_IS_RECORD = and_(deal.deleted_at.is_(None), deal.merged_into.is_(None), or_(deal.is_test.is_(None), deal.is_test.is_(False)))
_COUNTS = and_(change.field == "stage", _IS_RECORD)
_OPTIONAL = (change.old_value, deal.stage, deal.deleted_at, deal.merged_into, deal.is_test)
# Not the plain column: shares in a deal do not divide its way through the stages.
_OWNER = func.coalesce(deal.owner_id, None)


@frozen(eq=False)
class Step:
    """The deals that entered a stage, and those of them that went on; the parts of each add up."""

    entered: tuple[Measure, ...]
    doubled: Measure
    """Deals that are among the entered twice."""
    went_on: tuple[Measure, ...]


def _step(stage: str, further: Sequence[str], within_days: float) -> Step:
    """Say how to count a step, by the way in which a deal entered the stage."""
    follows = case((change.new_value.in_(list(further)), change.changed_at))
    after = func.min(follows, type_=DateTime()).over(**_OF_DEAL, rows=(1, None))
    ever = func.min(follows, type_=DateTime()).over(**_OF_DEAL, rows=(0, None))
    moved, created = _ripe(change.changed_at, within_days), _ripe(deal.created_at, within_days)
    # By a change; by creation, known from the first change; by creation and never changed since.
    by_change = [_COUNTS, moved, change.new_value == stage, _VISIT == 1, func.coalesce(_BEGAN_IN, "") != stage]
    by_creation = [_COUNTS, created, _PLACE == 1, change.old_value == stage]
    changed: dict[str, Any] = {"on": facts.opportunity_change, "at": change.changed_at}
    begun: dict[str, Any] = {"on": facts.opportunity_change, "at": deal.created_at}
    return Step(
        entered=(
            count(change.change_id, and_(*by_change), **changed),
            count(change.change_id, and_(*by_creation), **begun),
            count(deal.opportunity_id, and_(deal.stage == stage, created), at=deal.created_at),
        ),
        doubled=count(change.change_id, and_(_COUNTS, created, _PLACE == 1, deal.stage == stage), **begun),
        went_on=(
            count(change.change_id, and_(*by_change, _in_time(change.changed_at, after, within_days)), **changed),
            count(change.change_id, and_(*by_creation, _in_time(deal.created_at, ever, within_days)), **begun),
        ),
    )


def _ripe(moment: ColumnElement[Any], within_days: float) -> ColumnElement[Any]:
    return later(moment, days=within_days) <= period.as_of


def _in_time(since: ColumnElement[Any], until: ColumnElement[Any], within_days: float) -> ColumnElement[Any]:
    return seconds_between(since, until) <= within_days * 86400.0


@frozen(eq=False, kw_only=True)
class StageConversion(Metric):
    """The share of the deals that entered a stage, or any of several, and went on to a later one."""

    steps: tuple[Step, ...]

    def measures(self) -> tuple[Measure, ...]:
        """Return the parts of all steps."""
        return tuple(self._bound(part) for step in self.steps for part in (*step.entered, step.doubled, *step.went_on))

    def cells(self, get: Any) -> Cells:
        """Return the share and its binomial variance."""

        def summed(parts: Sequence[Measure]) -> FloatArray:
            found: FloatArray = np.sum([get.measure(self._bound(part)) for part in parts], axis=0)
            return found

        went_on = summed([part for step in self.steps for part in step.went_on])
        entered = summed([part for step in self.steps for part in step.entered]) - summed([step.doubled for step in self.steps])
        return Cells.of(*estimate.proportion(went_on, entered), "binomial")


def stage_conversion(stages: Sequence[str] = STAGES, within_days: float = WITHIN_DAYS, at: int | None = None) -> Metric:
    """Build the conversion of one step of the pipeline, or of all together.

    Args:
        stages: in their order; the last is the goal.
        within_days: the days that a deal is given to go on.
        at: position of the stage; None for all but the last together.
    """
    chosen = range(len(stages) - 1) if at is None else [at]
    begins = {"en": "a stage", "zh": "各阶段"} if at is None else {"en": repr(stages[at]), "zh": f"“{stages[at]}”阶段"}
    return StageConversion(
        name=CONVERSION if at is None else f"{CONVERSION}_{at + 1}",
        title=_title(stages, at, {"en": "Stage conversion", "zh": "漏斗阶段转化率"}),
        definition={
            "en": f"Deals that went on from {begins['en']} within {within_days:g} days, of those that entered it in the period.",
            "zh": f"本期进入{begins['zh']}且已满{within_days:g}天的商机中，{within_days:g}天内进入后续阶段的比例。",
        },
        steps=tuple(_step(stages[one], stages[one + 1 :], within_days) for one in chosen),
        subject=_OWNER,
        at=deal.created_at,
        attribution="now",
        direction="higher",
        unit="share",
        frequency="month",
        dimension="sales process",
        formula={
            "en": "deals that reached a later stage in time / deals that entered the stage",
            "zh": "按期进入后续阶段的商机数 ÷ 进入本阶段的商机数",
        },
        caliber={
            "en": (
                "By the first entry into the stage, to today's owner. A later stage counts also where the next one was skipped. Entries"
                f" younger than {within_days:g} days are in neither part; see sales.stage_skips and sales.stage_reversals for the rest."
            ),
            "zh": (
                "按首次进入该阶段计，归属现任负责人；跳过下一阶段直接进入更后阶段的也计入。"
                f"进入不满{within_days:g}天的不计入；跳阶段与回退见 sales.stage_skips 与 sales.stage_reversals。"
            ),
        },
        drives=["sales.win_rate_created", "sales.velocity"],
        guards=[SKIPS, "sales.win_rate_created"],
        gaming={
            "en": "Moving deals on that are not ready; they are lost later or come back.",
            "zh": "把未成熟的商机推进；之后会输单或回退。",
        },
        source="Funnel conversion from stage history, as a cohort with a maturity window.",
        optional=_OPTIONAL,
        lookahead_days=ALL_DAYS,
        parameters={"stages": list(stages), "within_days": within_days},
    )


def _title(stages: Sequence[str], at: int | None, of: dict[str, str], *, is_pair: bool = True) -> dict[str, str]:
    if at is None:
        return of
    where = f"{stages[at]} → {stages[at + 1]}" if is_pair else stages[at]
    return {"en": f"{of['en']}: {where}", "zh": f"{of['zh']}：{where}"}


def stage_duration(stages: Sequence[str] = STAGES, at: int | None = None) -> Metric:
    """Build the median time in one stage, or in any but the last."""
    chosen = list(stages[:-1]) if at is None else [stages[at]]
    days = days_between(_SINCE, change.changed_at)
    return Quantile(
        name=DURATION if at is None else f"{DURATION}_{at + 1}",
        title=_title(stages, at, {"en": "Time in stage", "zh": "阶段停留时间"}, is_pair=False),
        definition={
            "en": f"Median days that deals spent in {', '.join(chosen)}, of the stays that ended in the period.",
            "zh": f"本期离开{'、'.join(chosen)}阶段的商机在该阶段停留天数的中位数。",
        },
        value=days,
        where=and_(_COUNTS, _MOVED, _BEFORE.in_(chosen), days >= 0),
        subject=_OWNER,
        at=change.changed_at,
        attribution="now",
        direction="lower",
        unit="days",
        frequency="month",
        dimension="sales process",
        formula={"en": "median of (leaving - entering), in days of 24 hours", "zh": "(离开时间 − 进入时间)的中位数，按24小时为一天"},
        caliber={
            "en": (
                "Each stay by itself, whether the deal then went on, went back or was lost, by the day of leaving, to today's owner. Stays"
                " that go on are not in it: `kpicore funnel` counts them with their age."
            ),
            "zh": "逐次停留统计，不论之后推进、回退或输单，按离开日计，归属现任负责人。仍在停留的不计入：`kpicore funnel` 按已停留时长计。",
        },
        drives=["sales.cycle_time", "sales.velocity"],
        guards=[CONVERSION, "sales.pipeline_honesty"],
        gaming={
            "en": "Moving deals on paper only; the conversion of the next stage falls.",
            "zh": "只在系统里推进；下一阶段转化率会下降。",
        },
        source="Stage duration as in the history reports of CRM systems.",
        optional=_OPTIONAL,
        lookahead_days=ALL_DAYS,
        parameters={"stages": list(stages)},
    )


def _moves(name: str, stages: Sequence[str]) -> Metric:
    """Build the share of moves between stages that skip one, or go back."""
    start, goal = _position(_BEFORE, stages), _position(change.new_value, stages)
    is_move = and_(_COUNTS, start.is_not(None), goal.is_not(None), start != goal)
    is_skip = name == SKIPS
    words = _MOVES[name]
    return Proportion(
        name=name,
        title=words["title"],
        definition={
            "en": f"Moves between stages that {words['en']}, out of all moves of the period.",
            "zh": f"本期阶段变更中{words['zh']}的比例。",
        },
        numerator=count(change.change_id, and_(is_move, goal > start + 1 if is_skip else goal < start)),
        denominator=count(change.change_id, is_move),
        subject=_OWNER,
        at=change.changed_at,
        attribution="now",
        direction="lower",
        unit="share",
        frequency="month",
        dimension="sales process",
        formula={"en": f"moves that {words['en']} / moves between stages", "zh": f"{words['zh']}的变更数 ÷ 阶段变更数"},
        caliber={
            "en": f"Moves between {', '.join(stages)}, by the day of the move, to today's owner; losing a deal is no move.",
            "zh": f"阶段依次为{'、'.join(stages)}，按变更日计，归属现任负责人；输单不算变更。",
        },
        drives=[CONVERSION],
        guards=[CONVERSION, "sales.pipeline_honesty"],
        gaming={
            "en": "Entering the stages in between on the same day; the time in stage shows it.",
            "zh": "同日补录中间阶段；阶段停留时间会暴露。",
        },
        source="Conformance of stage history, as in process mining.",
        optional=_OPTIONAL,
        lookahead_days=ALL_DAYS,
        parameters={"stages": list(stages)},
    )


_MOVES: dict[str, Any] = {
    SKIPS: {"title": {"en": "Skipped stages", "zh": "跳阶段率"}, "en": "skip at least one stage", "zh": "跳过至少一个阶段"},
    REVERSALS: {"title": {"en": "Stage reversals", "zh": "阶段回退率"}, "en": "go back to an earlier stage", "zh": "退回较前阶段"},
}


def _position(stage: ColumnElement[Any], stages: Sequence[str]) -> ColumnElement[Any]:
    return case(*((stage == name, at) for at, name in enumerate(stages)))


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module: one per step or stage, and one of all together."""
    stages = names_parameter(parameters, CONVERSION, "stages", STAGES)
    within = number_parameter(parameters, CONVERSION, "within_days", WITHIN_DAYS, most=3660)
    lasting = names_parameter(parameters, DURATION, "stages", stages)
    return [
        *(stage_conversion(stages, within, at) for at in (None, *range(len(stages) - 1))),
        *(stage_duration(lasting, at) for at in (None, *range(len(lasting) - 1))),
        *(_moves(name, names_parameter(parameters, name, "stages", stages)) for name in (SKIPS, REVERSALS)),
    ]
