"""Records that say the same: how many are too many, by entity and by an exact key, and how many of them were merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import String, and_, case, func, or_

from kpicore import Custom, Proportion, count, facts, filled, groups, period, total
from kpicore_data_quality.records import TABLES, chosen, fields

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement

    from kpicore import FloatArray, Metric, Parameters
    from kpicore_data_quality.records import Records

RATE, EXACT, PAIRS, CLEANUP = (
    "quality.duplicate_rate",
    "quality.duplicate_rate_exact",
    "quality.duplicate_pairs",
    "quality.duplicate_cleanup",
)

_CUSTOMERS = TABLES["customer"]
_CALIBER = (
    "By an exact key, after trimming and in lower case: finds what was entered twice, not what was mistyped. A record with an empty part"
    " of the key is an entity of its own. Records of one owner are compared with each other; of a team or the whole, with all of it."
)
_CALIBER_ZH = (
    "按精确键比较（去除首尾空格、转为小写）：能找出重复录入的记录，找不出录错的记录。键有空缺的记录自成一个实体。"
    "按人计算时只比较同一负责人的记录，按团队或整体计算时比较全部记录。"
)
_SOURCE = "Uniqueness as in ISO/IEC 25012, Data quality model (consistency), and common practice in record linkage."


def _normal(column: Column[Any]) -> ColumnElement[Any]:
    return func.lower(func.trim(column)) if isinstance(column.type, String) else column


def _key(records: Records, names: tuple[str, ...]) -> tuple[ColumnElement[Any], list[ColumnElement[Any]]]:
    """Return whether a record that is there has its whole key, and the parts of the key of those that have."""
    columns = [records.table.c[name] for name in names]
    is_keyed = and_(records.is_there, *map(filled, columns))
    return is_keyed, [case((is_keyed, _normal(column))) for column in columns]


def _surplus(records: FloatArray, keyed: FloatArray, entities: FloatArray) -> FloatArray:
    return (keyed - entities) / records


def _pairs(records: FloatArray, pairs: FloatArray) -> FloatArray:
    return np.where(records > 0, pairs, np.nan)


_RECORDS = count(_CUSTOMERS.id, where=_CUSTOMERS.is_there, is_state=True, owned_at="end")

duplicate_rate = Custom(
    name=RATE,
    title={"en": "Duplicate rate", "zh": "重复率"},
    definition={
        "en": "Customer records beyond the oldest of each entity, out of all customer records.",
        "zh": "每个客户实体中除最早一条以外的客户记录，占全部客户记录的比例。",
    },
    of={
        "records": _RECORDS,
        "keyed": _RECORDS,
        "entities": groups(case((_CUSTOMERS.is_there, facts.entity_of(facts.customer))), is_state=True, owned_at="end"),
    },
    compute=_surplus,
    evidence="records",
    subject=_CUSTOMERS.owner,
    direction="lower",
    unit="share",
    frequency="month",
    dimension="data quality",
    is_census=True,
    formula={"en": "1 - entities / records", "zh": "1 − 实体数 ÷ 记录数"},
    caliber={
        "en": (
            "Which records are one entity is found when the data is loaded, as [entities] of the project says, by normalised keys of which"
            " two agree; `kpicore entities` prints by what. Records of one owner are compared with each other; of a team or the whole,"
            " with all of it. Records that were merged already are in neither part."
        ),
        "zh": (
            "哪些记录属于同一实体，在加载数据时按项目的 [entities] 设置确定：规范化后的键中有两个一致；`kpicore entities` 会列出依据。"
            "按人计算时只比较同一负责人的记录，按团队或整体计算时比较全部记录。已合并的记录不计入分子和分母。"
        ),
    },
    drives=["quality.completeness", "contact.effective_rate"],
    guards=["quality.missing_rate", "quality.completeness"],
    gaming={
        "en": "Leaving identities empty, so that nothing agrees: the missing rate shows it.",
        "zh": "把标识字段留空，使记录无从匹配：缺失率会显示出来。",
    },
    source=_SOURCE,
    optional=[_CUSTOMERS.created],
)


def duplicate_rate_exact(records: Records, names: tuple[str, ...]) -> Metric:
    """Build the share of records that another record with the same key makes superfluous."""
    is_keyed, parts = _key(records, names)
    listed = ", ".join(names)
    return Custom(
        name=EXACT,
        title={"en": "Duplicate rate by exact key", "zh": "重复率（精确键）"},
        definition={
            "en": f"Records of {records.table.name} beyond the first of the same {listed}, out of all records.",
            "zh": f"{records.table.name} 中 {listed} 相同的记录除第一条以外的部分，占全部记录的比例。",
        },
        of={
            "records": count(records.id, where=records.is_there, is_state=True, owned_at="end"),
            "keyed": count(records.id, where=is_keyed, is_state=True, owned_at="end"),
            "entities": groups(*parts, is_state=True, owned_at="end"),
        },
        compute=_surplus,
        evidence="records",
        subject=records.owner,
        direction="lower",
        is_census=True,
        unit="share",
        frequency="month",
        dimension="data quality",
        formula={"en": "1 - different keys / records", "zh": "1 − 不同键数 ÷ 记录数"},
        caliber={
            "en": f"{_CALIBER} For any table; of customers, the duplicate rate sees more.",
            "zh": f"{_CALIBER_ZH}适用于任何表；对客户而言，重复率看得更全。",
        },
        drives=[RATE],
        guards=["quality.missing_rate", "quality.completeness"],
        gaming={
            "en": "Leaving a part of the key empty, or writing it differently: the missing rate shows the first.",
            "zh": "留空键的一部分，或换一种写法：前者由缺失率显示出来。",
        },
        source=_SOURCE,
        optional=[records.created],
        parameters={"table": records.table.name, "key": list(names)},
    )


def duplicate_pairs(records: Records, names: tuple[str, ...]) -> Metric:
    """Build the number of pairs of records with the same key."""
    _, parts = _key(records, names)
    size, listed = func.count(), ", ".join(names)
    return Custom(
        name=PAIRS,
        title={"en": "Duplicate pairs", "zh": "重复对数"},
        definition={
            "en": f"Pairs of {records.table.name} records with the same {listed}.",
            "zh": f"{records.table.name} 中 {listed} 相同的记录对数。",
        },
        of={
            "records": count(records.id, where=records.is_there, is_state=True, owned_at="end"),
            "pairs": total(size * (size - 1) / 2.0, per=tuple(parts), is_state=True, owned_at="end"),
        },
        compute=_pairs,
        evidence="records",
        subject=records.owner,
        direction="lower",
        is_census=True,
        unit="count",
        frequency="month",
        dimension="data quality",
        formula={
            "en": "sum over keys of n (n - 1) / 2, n being the records with that key",
            "zh": "对每个键求 n (n − 1) ÷ 2 之和，n 为该键的记录数",
        },
        caliber={
            "en": f"{_CALIBER} The work that merging needs, for comparison with record linkage; for scores take the rate.",
            "zh": f"{_CALIBER_ZH}反映合并的工作量，用于与记录链接方法比较；评分请用重复率。",
        },
        drives=[EXACT],
        guards=["quality.missing_rate"],
        gaming={"en": "As the duplicate rate.", "zh": "同重复率。"},
        source="Exact blocking in record linkage: Fellegi and Sunter, A Theory for Record Linkage, JASA 64(328), 1969.",
        optional=[records.created],
        parameters={"table": records.table.name, "key": list(names)},
    )


_entity, _customer = facts.customer_entity.c, facts.customer.c
_GONE_AT = case(
    (or_(_customer.merged_into.is_not(None), _customer.deleted_at.is_not(None)), func.coalesce(_customer.deleted_at, _customer.updated_at))
)
_AT_START = and_(
    _entity.entity_id != _entity.customer_id,
    or_(_customer.created_at.is_(None), _customer.created_at < period.start),
    or_(_GONE_AT.is_(None), period.start <= _GONE_AT),
)

duplicate_cleanup = Proportion(
    name=CLEANUP,
    title={"en": "Duplicate clean-up", "zh": "重复客户清理率"},
    definition={
        "en": "Duplicate customer records of the period's start that were merged by its end.",
        "zh": "期初存在的重复客户记录中，期末前已合并的比例。",
    },
    numerator=count(
        _entity.customer_id,
        where=and_(_AT_START, _customer.merged_into.is_not(None), period.end > _GONE_AT),
        is_state=True,
        owned_at="start",
    ),
    denominator=count(_entity.customer_id, where=_AT_START, is_state=True),
    subject=_entity.owner_id,
    direction="higher",
    unit="share",
    frequency="month",
    dimension="data quality",
    is_census=True,
    formula={"en": "duplicates merged in the period / duplicates at its start", "zh": "期内合并的重复记录 ÷ 期初的重复记录"},
    caliber={
        "en": (
            "A duplicate is a record that is not the oldest of its entity; it is merged when it was deleted, or last changed, with the"
            " record named into which it went. Deleting a duplicate without merging it loses its history and is no clean-up. For whoever"
            " looks after the record at the period's start."
        ),
        "zh": (
            "重复记录指实体中除最早一条以外的记录；合并时间取其删除时间或最后更新时间，且须注明并入哪条记录。"
            "只删除不合并会丢失历史，不算清理。归属于期初负责该记录的人。"
        ),
    },
    drives=[RATE],
    guards=[RATE, "quality.completeness"],
    gaming={
        "en": "Entering duplicates to merge them: only those of the period's start count, and the duplicate rate shows new ones.",
        "zh": "先录入重复再合并：只计期初已有的重复记录，新增的由重复率显示。",
    },
    source=_SOURCE,
    optional=[_customer.created_at, _customer.deleted_at],
)


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    exact, pairs = chosen(parameters, EXACT), chosen(parameters, PAIRS)
    return [
        duplicate_rate,
        duplicate_rate_exact(exact, fields(parameters, EXACT, "key", exact, exact.key)),
        duplicate_pairs(pairs, fields(parameters, PAIRS, "key", pairs, pairs.key)),
        duplicate_cleanup,
    ]
