"""Leads by where they come from: which channels yield, and whether leads are worth pursuing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, not_

from kpicore import Conversion, facts, names_parameter, number_parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import Metric, Parameters

lead = facts.lead.c

YIELD, OFFLINE, QUALITY = "marketing.channel_yield", "marketing.channel_yield_offline", "marketing.lead_quality"
WITHIN_DAYS = 90.0
QUALIFIED_DAYS = 30.0
ONLINE = ("campaign", "display", "email", "form", "online", "organic_search", "paid_search", "social", "web", "website")
"""Sources that are read as online unless the project lists its own."""


def channel_yield(name: str, within_days: float = WITHIN_DAYS, online: Sequence[str] = ONLINE) -> Metric:
    """Build the conversion of leads from online sources, or from all others."""
    is_online = name == YIELD
    words = ("online", "线上") if is_online else ("offline", "线下")
    listed = lead.source.in_(list(online))
    return Conversion(
        name=name,
        title={"en": f"Channel effectiveness, {words[0]}", "zh": f"渠道效能({words[1]})"},
        definition={
            "en": f"Leads from {words[0]} channels that converted within {within_days:g} days, out of those created and at least that old.",
            "zh": f"本期创建且已满{within_days:g}天的{words[1]}线索中，{within_days:g}天内转化的比例。",
        },
        key=lead.lead_id,
        converted_at=lead.converted_at,
        where=listed if is_online else and_(lead.source.is_not(None), not_(listed)),
        within_days=within_days,
        subject=lead.owner_id,
        at=lead.created_at,
        direction="higher",
        unit="share",
        frequency="quarter",
        dimension="acquisition",
        formula={
            "en": f"{words[0]} leads converted within {within_days:g} days / {words[0]} leads created at least {within_days:g} days ago",
            "zh": f"{within_days:g}天内转化的{words[1]}线索数 ÷ 创建满{within_days:g}天的{words[1]}线索数",
        },
        caliber={
            "en": f"Online are the sources {', '.join(online)}; every other named source is offline. Look at both, and at what they cost.",
            "zh": f"线上渠道指：{'、'.join(online)}；其余注明来源的均为线下。两者对照，并结合各自成本看。",
        },
        drives=["sales.lead_conversion"],
        guards=["marketing.cac", OFFLINE if is_online else YIELD],
        gaming={"en": "Naming another source for good leads.", "zh": "把优质线索改记为其他来源。"},
        source="Channel effectiveness by conversion of the cohort.",
        parameters={"within_days": within_days, "online": list(online)},
    )


def lead_quality(within_days: float = QUALIFIED_DAYS) -> Metric:
    """Build the share of leads that were judged worth pursuing, with the days for that."""
    return Conversion(
        name=QUALITY,
        title={"en": "Lead quality", "zh": "线索质量"},
        definition={
            "en": f"Leads qualified within {within_days:g} days, out of those created in the period and at least that old.",
            "zh": f"本期创建且已满{within_days:g}天的线索中，{within_days:g}天内被判定合格的比例。",
        },
        key=lead.lead_id,
        converted_at=lead.qualified_at,
        within_days=within_days,
        subject=lead.owner_id,
        at=lead.created_at,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="acquisition",
        formula={
            "en": f"leads qualified within {within_days:g} days / leads created at least {within_days:g} days ago",
            "zh": f"{within_days:g}天内合格的线索数 ÷ 创建满{within_days:g}天的线索数",
        },
        caliber={
            "en": "By creation and the owner then; what is given up or left undecided is not qualified. Compare by source.",
            "zh": "按创建时间及当时负责人计；放弃或未判定的不算合格。宜按来源比较。",
        },
        drives=["sales.lead_conversion"],
        guards=["sales.lead_conversion", "sales.win_rate"],
        gaming={"en": "Qualifying every lead; the lead conversion then falls.", "zh": "把所有线索判为合格；线索转化率会随之下降。"},
        source="Marketing-qualified leads as in demand generation; a cohort with a maturity.",
        parameters={"within_days": within_days},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    sides = [
        channel_yield(
            name,
            number_parameter(parameters, name, "within_days", WITHIN_DAYS, most=3660),
            names_parameter(parameters, name, "online", ONLINE),
        )
        for name in (YIELD, OFFLINE)
    ]
    return [*sides, lead_quality(number_parameter(parameters, QUALITY, "within_days", QUALIFIED_DAYS, most=3660))]
