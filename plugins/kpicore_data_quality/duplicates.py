"""Records that say the same by an exact key: how many are too many, and how many pairs there are to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import String, and_, case, func

from kpicore import Custom, count, filled, groups, total
from kpicore_data_quality.records import chosen, fields

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement

    from kpicore import FloatArray, Metric, Parameters
    from kpicore_data_quality.records import Records

RATE, PAIRS = "quality.duplicate_rate", "quality.duplicate_pairs"

_CALIBER = (
    "By an exact key, after trimming and in lower case: finds what was entered twice, not what was mistyped. A record with an empty part"
    " of the key is an entity of its own. Records of one owner are compared with each other; of a team or the whole, with all of it."
)


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


def duplicate_rate(records: Records, names: tuple[str, ...]) -> Metric:
    """Build the share of records that another record makes superfluous."""
    is_keyed, parts = _key(records, names)
    return Custom(
        name=RATE,
        title={"en": "Duplicate rate", "zh": "重复率"},
        definition=f"Records of {records.table.name} beyond the first of the same {', '.join(names)}, out of all records.",
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
        formula="1 - entities / records",
        caliber=_CALIBER,
        drives=["quality.completeness", "contact.effective_rate"],
        guards=["quality.missing_rate", "quality.completeness"],
        gaming="Leaving a part of the key empty, or writing it differently: the missing rate shows the first.",
        source="Uniqueness as in ISO/IEC 25012, Data quality model (consistency), and common practice in record linkage.",
        optional=[records.created],
        parameters={"table": records.table.name, "key": list(names)},
    )


def duplicate_pairs(records: Records, names: tuple[str, ...]) -> Metric:
    """Build the number of pairs of records with the same key."""
    _, parts = _key(records, names)
    size = func.count()
    return Custom(
        name=PAIRS,
        title={"en": "Duplicate pairs", "zh": "重复对数"},
        definition=f"Pairs of {records.table.name} records with the same {', '.join(names)}.",
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
        formula="sum over keys of n (n - 1) / 2, n being the records with that key",
        caliber=f"{_CALIBER} The work that merging needs, for comparison with record linkage; for scores take the rate.",
        drives=["quality.duplicate_rate"],
        guards=["quality.missing_rate"],
        gaming="As the duplicate rate.",
        source="Exact blocking in record linkage: Fellegi and Sunter, A Theory for Record Linkage, JASA 64(328), 1969.",
        optional=[records.created],
        parameters={"table": records.table.name, "key": list(names)},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    rate, pairs = chosen(parameters, RATE), chosen(parameters, PAIRS)
    return [
        duplicate_rate(rate, fields(parameters, RATE, "key", rate, rate.key)),
        duplicate_pairs(pairs, fields(parameters, PAIRS, "key", pairs, pairs.key)),
    ]
