"""How many of the cells that should be filled are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Integer, case, literal

from kpicore import Proportion, filled, total
from kpicore_data_quality.records import chosen, fields

if TYPE_CHECKING:
    from kpicore import Measure, Metric, Parameters
    from kpicore_data_quality.records import Records

COMPLETENESS, MISSING = "quality.completeness", "quality.missing_rate"

_CALIBER = "Records that are there when the period ends, as they read today; for whoever owns them then."
_CALIBER_ZH = "期末存在的记录，按其现在的内容计算；归属于期末的负责人。"
_PLACEHOLDERS = "Blanks and placeholders such as '?', 'n/a', 'test' and '无' are empty."
_PLACEHOLDERS_ZH = "空白和占位符（如“?”“n/a”“test”“无”）视为空。"
_GAMING = {
    "en": "Filling fields with junk that is no placeholder, or copying values between records.",
    "zh": "用占位符以外的垃圾内容填充，或在记录之间复制内容。",
}


def _cells(records: Records, names: tuple[str, ...], *, is_filled: bool) -> Measure:
    yes, no = (1, 0) if is_filled else (0, 1)
    parts = [case((filled(records.table.c[name]), yes), else_=no) for name in names]
    return total(sum(parts[1:], parts[0]), where=records.is_there, is_state=True, owned_at="end")


def _all_cells(records: Records, names: tuple[str, ...]) -> Measure:
    return total(literal(len(names), Integer), where=records.is_there, is_state=True, owned_at="end")


def completeness(records: Records, names: tuple[str, ...]) -> Metric:
    """Build the share of core cells that are filled."""
    return Proportion(
        name=COMPLETENESS,
        title={"en": "Core-field completeness", "zh": "核心字段填充率"},
        definition={
            "en": f"Filled cells among {', '.join(names)} of the {records.table.name} records, out of all of these cells.",
            "zh": f"{records.table.name} 记录的 {', '.join(names)} 中，已填写的单元格占比。",
        },
        numerator=_cells(records, names, is_filled=True),
        denominator=_all_cells(records, names),
        subject=records.owner,
        direction="higher",
        is_census=True,
        unit="share",
        frequency="month",
        dimension="data quality",
        formula={"en": "filled core cells / (records x core fields)", "zh": "已填写的核心单元格 ÷（记录数 × 核心字段数）"},
        caliber={
            "en": f"{_CALIBER} {_PLACEHOLDERS} A core field that the source does not have makes the metric not testable.",
            "zh": f"{_CALIBER_ZH}{_PLACEHOLDERS_ZH}数据源没有的核心字段使该指标无法检验。",
        },
        drives=["sales.win_rate", "service.first_response_time"],
        guards=["quality.duplicate_rate", "quality.timeliness"],
        gaming=_GAMING,
        source="Completeness as in ISO/IEC 25012, Data quality model.",
        optional=[records.created],
        parameters={"table": records.table.name, "fields": list(names)},
    )


def missing_rate(records: Records, names: tuple[str, ...]) -> Metric:
    """Build the share of key cells that are empty."""
    return Proportion(
        name=MISSING,
        title={"en": "Key-field missing rate", "zh": "关键字段缺失率"},
        definition={
            "en": f"Empty cells among {', '.join(names)} of the {records.table.name} records, out of all of these cells.",
            "zh": f"{records.table.name} 记录的 {', '.join(names)} 中，空单元格占比。",
        },
        numerator=_cells(records, names, is_filled=False),
        denominator=_all_cells(records, names),
        subject=records.owner,
        direction="lower",
        is_census=True,
        unit="share",
        frequency="month",
        dimension="data quality",
        formula={"en": "empty key cells / (records x key fields)", "zh": "空的关键单元格 ÷（记录数 × 关键字段数）"},
        caliber={
            "en": f"{_CALIBER} {_PLACEHOLDERS} 1 less the completeness of the key fields.",
            "zh": f"{_CALIBER_ZH}{_PLACEHOLDERS_ZH}等于 1 减去关键字段的填充率。",
        },
        drives=["quality.duplicate_rate", "sales.win_rate"],
        guards=["quality.completeness", "quality.duplicate_rate"],
        gaming=_GAMING,
        source="Completeness as in ISO/IEC 25012, Data quality model.",
        optional=[records.created],
        parameters={"table": records.table.name, "fields": list(names)},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    core, key = chosen(parameters, COMPLETENESS), chosen(parameters, MISSING)
    return [
        completeness(core, fields(parameters, COMPLETENESS, "fields", core, core.core)),
        missing_rate(key, fields(parameters, MISSING, "fields", key, key.key)),
    ]
