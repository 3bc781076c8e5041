"""Turns mapping.toml into values; whatever is misspelt, contradictory or of the wrong type is an error that names its place."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from attrs import evolve

from kpicore import facts
from kpicore.errors import ConfigError, nearest
from kpicore.sources.formats import check_formats
from kpicore.sources.mapping import LONGEST, MISSING, SCHEMA, ColumnMap, Condition, Following, MappingFile, NumberForm, Shift, TableMap
from kpicore.sources.section import Section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Table

_ORIGINS = ("column", "columns", "constant", "row")
_STEPS = ("join", "drop_prefix", "drop_suffix", "split", "prefix", "map", "otherwise", "keep_others")
_FORMS = ("date", "number", "plus", "minus", "next", "on_error")


def read_mapping(mapping: Path | Mapping[str, object]) -> MappingFile:
    """Return the mapping of a file, or of a document parsed from one.

    Raises:
        ConfigError: the file is missing, is not TOML, or says something that has no meaning.
    """
    if isinstance(mapping, Path):
        return _structure(mapping.name, _parse(mapping))
    return _structure("mapping", mapping)


def _parse(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no mapping file; 'kpicore init' writes one") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: must be UTF-8 text (byte {error.start + 1} is not); save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from None


def _structure(place: str, document: Mapping[str, object]) -> MappingFile:
    top = Section(place, document)
    top.only("schema", "time_zone", "missing", "source", "table")
    if top.required("schema") != SCHEMA:
        top.fail(f"schema must be {SCHEMA!r} (got {document['schema']!r})")
    source = top.section("source") or Section(place, {})
    missing = top.texts("missing")
    tables = tuple(_table(one, MISSING if missing is None else missing) for one in top.sections("table", of="[[table]]"))
    if not tables:
        top.fail("there must be at least one [[table]] (got none); 'kpicore init' writes an example")
    options = {key: value for key, value in source.entries.items() if key != "kind"}
    return MappingFile(place, _zone(top), source.text("kind", "folder") or "folder", options, tables, document)


def _zone(top: Section) -> str | None:
    name = top.text("time_zone")
    if name is not None:
        check_zone(name, top.place)
    return name


def check_zone(name: str, place: str) -> None:
    """Refuse a time zone that does not exist.

    Raises:
        ConfigError: the name is unknown.
    """
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ConfigError(f"{place}: time_zone must be an IANA name such as 'Asia/Shanghai' or 'UTC' (got {name!r})") from None


def _table(section: Section, missing: tuple[str, ...]) -> TableMap:
    section.only("fact", "from", "keep", "order_by", "where", "missing", "columns")
    fact = section.required("fact")
    if fact not in facts.metadata.tables:
        section.fail(f"fact must be a canonical table (got {fact!r}{nearest(fact, facts.metadata.tables)})")
    section = evolve(section, place=f"{section.place} ({fact})")
    own, keep = section.texts("missing"), section.choice("keep", "first", "last")
    order_by = _order_by(section)
    if order_by and not keep:
        section.fail('order_by needs keep = "first" or keep = "last"')
    return TableMap(
        place=section.place,
        fact=fact,
        source=section.required("from"),
        columns=_columns(section, facts.metadata.tables[fact]),
        missing=missing if own is None else own,
        where=tuple(_condition(one) for one in section.sections("where", of="where")),
        keep=keep,
        order_by=order_by,
    )


def _columns(section: Section, table: Table) -> dict[str, ColumnMap]:
    columns = section.section("columns")
    if columns is None:
        section.fail("there must be a [table.columns] with the table's columns")
    for name in columns.entries:
        if name not in table.c:
            columns.fail(f"{table.name} has no column {name!r}{nearest(name, table.c.keys())}")
    key = next(iter(table.primary_key)).name
    if key not in columns.entries:
        columns.fail(f'{key} must be mapped; where the data has no id, give {key} = {{ row = "..." }}')
    return {name: _column(f"{columns.place}.{name}", value, table.c[name].info["kind"]) for name, value in columns.entries.items()}


def _column(place: str, value: object, kind: str) -> ColumnMap:
    if isinstance(value, str):
        return ColumnMap(place, columns=(value,))
    section = Section.of(place, value)
    section.only(*_ORIGINS, *_STEPS, *_FORMS)
    if len([key for key in _ORIGINS if key in section.entries]) != 1:
        section.fail(f"exactly one of {', '.join(_ORIGINS)} must be given (got {', '.join(section.entries)})")
    _check_kind(section, kind)
    return evolve(_origin(section), **_steps(section), **_forms(section))


def _origin(section: Section) -> ColumnMap:
    one, several = section.text("column"), section.texts("columns")
    return ColumnMap(
        section.place,
        columns=(one,) if one is not None else several or (),
        join=section.text("join", " ") or "",
        constant=section.scalar("constant"),
        row=section.text("row"),
    )


def _steps(section: Section) -> dict[str, Any]:
    mapped = section.section("map")
    if mapped is None and ("otherwise" in section.entries or "keep_others" in section.entries):
        section.fail("otherwise and keep_others need a map")
    if "otherwise" in section.entries and "keep_others" in section.entries:
        section.fail("otherwise and keep_others exclude each other; drop one")
    return {
        "drop_prefix": section.text("drop_prefix", ""),
        "drop_suffix": section.text("drop_suffix", ""),
        "split": section.choice("split", "given", "family"),
        "prefix": section.text("prefix", ""),
        "map": None if mapped is None else {key: mapped.as_text(key, value) for key, value in mapped.entries.items()},
        "otherwise": section.scalar("otherwise"),
        "keeps_others": bool(section.flag("keep_others")),
    }


def _forms(section: Section) -> dict[str, Any]:
    dates = section.texts("date") or ()
    check_formats(section.place, dates)
    return {
        "dates": dates,
        "number": _number(section.section("number")),
        "shift": _shift(section),
        "following": _following(section.section("next")),
        "nulls_errors": section.choice("on_error", "null", "reject") == "null",
    }


def _check_kind(section: Section, kind: str) -> None:
    times, numbers = ("time", "day"), ("money", "number", "integer")
    for keys, kinds in ((("date", "plus", "minus", "next"), times), (("number",), numbers), (("row", "split", "prefix"), ("id", "text"))):
        for key in keys:
            if key in section.entries and kind not in kinds:
                section.fail(f"{key} is for columns of kind {' or '.join(kinds)} (this one is of kind {kind}); drop it")


def _number(section: Section | None) -> NumberForm:
    if section is None:
        return NumberForm()
    section.only("thousands", "decimal", "symbol", "times")
    form = NumberForm(
        thousands=section.text("thousands", "") or "",
        decimal=section.text("decimal", ".") or ".",
        symbols=section.texts("symbol") or (),
        times=section.scalar("times") or "1",
    )
    if form.thousands == form.decimal or len(form.decimal) != 1 or len(form.thousands) > 1:
        section.fail(f"thousands and decimal must be two different characters (got {form.thousands!r} and {form.decimal!r})")
    if not _is_decimal(form.times):
        section.fail(f"times must be a number (got {form.times!r})")
    return form


def _is_decimal(text: str) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit()


def _shift(section: Section) -> Shift | None:
    if "plus" in section.entries and "minus" in section.entries:
        section.fail("plus and minus exclude each other; drop one")
    key, sign = ("minus", -1) if "minus" in section.entries else ("plus", 1)
    shift = section.section(key)
    if shift is None:
        return None
    if "column" in shift.entries:
        shift.only("column", "unit")
        unit = shift.choice("unit", *LONGEST) or shift.fail(f"unit must be given, one of {', '.join(LONGEST)}")
        return Shift(None, shift.required("column"), unit, sign)
    shift.only(*LONGEST)
    if len(shift.entries) != 1:
        shift.fail(f"must be {{ column = ..., unit = ... }} or one of {', '.join(LONGEST)} = a whole number")
    unit = next(iter(shift.entries))
    amount = shift.whole(unit) or 0
    if abs(amount) > LONGEST[unit]:
        shift.fail(f"{unit} must be at most a thousand years, {LONGEST[unit]} (got {amount})")
    return Shift(amount, None, unit, sign)


def _following(section: Section | None) -> Following | None:
    if section is None:
        return None
    section.only("by", "months")
    return Following(section.texts("by") or (), section.whole("months"))


def _order_by(section: Section) -> tuple[tuple[ColumnMap, str], ...]:
    value = section.entries.get("order_by", [])
    found = []
    for number, one in enumerate(value if isinstance(value, list) else [value], 1):
        place = f"{section.place}, order_by {number}"
        entries = one if isinstance(one, dict) else {}
        kind = "time" if "date" in entries else "number" if "number" in entries else "text"
        found.append((_column(place, one, kind), kind))
    return tuple(found)


def _condition(section: Section) -> Condition:
    section.only("column", "in", "not_in", "present")
    given = [key for key in ("in", "not_in", "present") if key in section.entries]
    if len(given) != 1:
        section.fail(f"exactly one of in, not_in, present must be given (got {', '.join(given) or 'none'})")
    if given[0] == "present":
        return Condition(section.required("column"), (), section.flag("present") is False, is_presence=True)
    return Condition(section.required("column"), section.texts(given[0]) or (), given[0] == "not_in", is_presence=False)
