"""Accuracy and junk rate, on cells judged by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_data_quality
from kpicore import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from sqlalchemy import Engine


def accuracy(cells: Callable[..., dict[str, Any]], field: str, values: list[Any], **given: object) -> list[float]:
    """Return the accuracy of each value by itself; none where it is not checked."""
    rows = {"customer": [{"owner_id": f"p{at:02}", field: value, "created_at": None} for at, value in enumerate(values)]}
    parameters = {"quality.accuracy": {"fields": [field], **given}}
    found = cells(kpicore_data_quality, "quality.accuracy", rows, parameters=parameters)
    return [found[f"p{at:02}"] for at in range(len(values))]


def test_phones(cells: Callable[..., dict[str, Any]]) -> None:
    """Seven to fifteen digits, with the usual signs and an extension, of more than one kind."""
    good = ["13812345678", "+86 138-1234-5678", "(010) 6255.1234", "010 62551234 转 801", "+49 30 123456 ext. 12"]
    bad = ["12345", "call her", "00000000", "1111-1111", "1234567890123456", "138123456O8"]

    assert [1.0] * 5 + [0.0] * 6 == accuracy(cells, "phone", [*good, *bad])


def test_mailboxes(cells: Callable[..., dict[str, Any]]) -> None:
    """A name, one @, and a domain with a dot."""
    good, bad = (
        [" Ann.Lee+x@Acme.co.uk ", "李@公司.cn"],
        ["ann.acme.com", "ann@acme", "ann lee@acme.com", "a@@acme.com", "a@acme..com", "@a.com"],
    )

    assert [1.0] * 2 + [0.0] * 6 == accuracy(cells, "email", [*good, *bad])


def test_tax_ids(cells: Callable[..., dict[str, Any]]) -> None:
    """Any of six letters and digits; where asked, the eighteen of a Unified Social Credit Code, which has no I, O, S, V and Z."""
    values = ["91440300708461136T", "DE 123.456.789", "12345", "000000000", "9144030070846113OT"]

    assert [1.0, 1.0, 0.0, 0.0, 1.0] == accuracy(cells, "tax_id", values)
    assert [1.0, 0.0, 0.0, 0.0, 0.0] == accuracy(cells, "tax_id", ["91440300708461136t", *values[1:]], tax_id="cn")


def test_web_sites_and_sizes(cells: Callable[..., dict[str, Any]]) -> None:
    """A domain with or without what stands around it; a number of people that a firm can have."""
    assert [1.0, 1.0, 0.0, 0.0] == accuracy(cells, "website", ["https://www.acme.com/a?b=1", "acme.cn", "acme", "see mail"])
    assert [1.0, 0.0, 0.0, "no_data"] == accuracy(cells, "employee_count", [12, 0, 9_000_000, None])


def test_share_of_checked_cells(cells: Callable[..., dict[str, Any]]) -> None:
    """Of five filled cells three can be right; empty ones and placeholders are not judged."""
    rows: list[dict[str, object]] = [
        {"phone": "138 1234 5678", "email": "ann@acme.com", "tax_id": None},
        {"phone": "12", "email": "?", "tax_id": "914403007"},
        {"phone": " ", "email": "nobody", "tax_id": "无"},
    ]
    given = {"customer": [{"owner_id": "ann", "created_at": "2024-01-01", **row} for row in rows]}

    assert {"ann": pytest.approx(3 / 5)} == cells(kpicore_data_quality, "quality.accuracy", given)


def test_unmapped_fields_are_named(cells: Callable[..., dict[str, Any]]) -> None:
    """A source without tax ids cannot be judged by them, unless the project leaves them out."""
    rows = {"employee": [{"employee_id": "ann"}], "customer": [{"owner_id": "ann", "phone": "138 1234 5678", "email": None}]}

    assert {"ann": "not_testable"} == cells(kpicore_data_quality, "quality.accuracy", rows)
    given = {"quality.accuracy": {"fields": ["phone", "email"]}}
    assert {"ann": 1.0} == cells(kpicore_data_quality, "quality.accuracy", rows, parameters=given)


def test_only_fields_that_can_be_checked() -> None:
    """A field without a check, and a number for junk, are refused."""
    with pytest.raises(ConfigError, match="must be of phone, email, tax_id, website, employee_count"):
        kpicore_data_quality.kpicore_metrics({"quality.accuracy": {"fields": ["city"]}})
    with pytest.raises(ConfigError, match="must be texts"):
        kpicore_data_quality.kpicore_metrics({"quality.junk_rate": {"fields": ["employee_count"]}})


JUNK = ["?", "无", "test", "aaaa", "11111", "---", "123456", "Qwerty", " N/A "]
FINE = ["Acme", "AAA Ltd", "3M", None, "", "  ", "华为", "7-Eleven"]


def test_junk(cells: Callable[..., dict[str, Any]]) -> None:
    """What is typed to get past a field is junk; what is left empty is not."""
    rows = {"customer": [{"owner_id": f"p{at:02}", "name": name} for at, name in enumerate([*JUNK, *FINE])]}
    given = {"quality.junk_rate": {"fields": ["name"]}}

    found = cells(kpicore_data_quality, "quality.junk_rate", rows, parameters=given)

    assert [1.0] * len(JUNK) + [0.0] * len(FINE) == [found[f"p{at:02}"] for at in range(len(JUNK) + len(FINE))]


def test_records_with_junk(cells: Callable[..., dict[str, Any]]) -> None:
    """Two of Ann's four records hold junk; one of them in two fields, and counts once."""
    core = ("name", "phone", "email", "city", "industry")
    values = [("?", "000", "a@b.cn", "Oslo", "x"), ("Acme", "1", None, "", "steel"), ("B", "2", "", "...", ""), ("C", "3", "", "Bonn", "")]
    rows = {"customer": [{"owner_id": "ann", **dict(zip(core, each, strict=True))} for each in values]}

    assert {"ann": 0.5} == cells(kpicore_data_quality, "quality.junk_rate", rows)


@pytest.mark.parametrize(("metric", "expected"), [("quality.accuracy", 5 / 9), ("quality.junk_rate", 3 / 4)])
def test_every_engine_reads_forms_alike(empty_database: Engine, filled: Callable[..., Engine], metric: str, expected: float) -> None:
    """Patterns mean the same in all four databases."""
    from kpicore import measure
    from kpicore.testing import check_plugin

    values = [
        ("13812345678", "Ann@Acme.com", "9144-0300", "Acme"),
        ("+86 138 1234 5678 转 12", "ann@acme", "00000000", "Qwerty"),
        ("1111111", "a@b.c.de", "12", "3M"),
        ("?", "?", "?", "华为"),
    ]
    names = ("phone", "email", "tax_id", "name")
    rows = {"customer": [{"owner_id": "ann", **dict(zip(names, each, strict=True))} for each in values]}
    given = {"quality.junk_rate": {"fields": ["name", "phone"]}}
    engine = filled(rows, empty_database.url.render_as_string(hide_password=False))

    matrix = measure(metrics=[metric], facts=engine, period="2024", registry=check_plugin(kpicore_data_quality, given))

    assert pytest.approx(expected) == float(matrix.value[0, 0, 0])
