"""The mapping file: whatever is misspelt, contradictory or of the wrong type is an error that names file, table and key."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from kpicore.errors import ConfigError
from kpicore.sources.casts import DUCKDB_TYPES
from kpicore.sources.constants import check_constants
from kpicore.sources.mapping import MISSING
from kpicore.sources.structure import _FORMS, _ORIGINS, _STEPS, read_mapping

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'schema = "kpicore.mapping/1"\n'
SALE = '[[table]]\nfact = "sale"\nfrom = "a.csv"\n[table.columns]\nsale_id = "id"\n'

WRONG = [
    ("", "mapping: schema must be given"),
    ('schema = "kpicore.mapping/2"', "schema must be 'kpicore.mapping/1' (got 'kpicore.mapping/2')"),
    (HEAD, "there must be at least one [[table]]"),
    (HEAD + 'time_zon = "UTC"\n' + SALE, "unknown key 'time_zon'; did you mean 'time_zone'?"),
    (HEAD + 'time_zone = "Mars"\n' + SALE, "time_zone must be an IANA name such as 'Asia/Shanghai' or 'UTC' (got 'Mars')"),
    (HEAD + "missing = [1]\n" + SALE, "missing must be a text or a list of texts in quotes (got 1)"),
    (HEAD + '[[table]]\nfact = "sales"\nfrom = "a"\n', "fact must be a canonical table (got 'sales'; did you mean 'sale'?)"),
    (HEAD + '[[table]]\nfact = "sale"\n', "[[table]] 1 (sale): from must be given"),
    (HEAD + '[[table]]\nfact = "sale"\nfrom = "a"\n', "[[table]] 1 (sale): there must be a [table.columns]"),
    (HEAD + SALE.replace("sale_id", "sale_nr"), "[[table]] 1 (sale), columns: sale has no column 'sale_nr'; did you mean 'sale_id'?"),
    (HEAD + SALE.replace("sale_id", "amount"), "sale_id must be mapped"),
    (HEAD + SALE + "amount = 1", "columns.amount: must be a table { key = value } (got 1)"),
    (HEAD + SALE + 'amount = { column = "x", numbr = {} }', "columns.amount: unknown key 'numbr'; did you mean 'number'?"),
    (
        HEAD + SALE + 'amount = { column = "x", number = { thousand = "," } }',
        "amount, number: unknown key 'thousand'; did you mean 'thousands'?",
    ),
    (HEAD + SALE + 'amount = { column = "x", number = { thousands = "." } }', "thousands and decimal must be two different characters"),
    (HEAD + SALE + 'amount = { column = "x", number = { times = "1; DROP" } }', "times must be a number (got '1; DROP')"),
    (HEAD + SALE + 'amount = { column = "x", constant = 1 }', "exactly one of column, columns, constant, row must be given"),
    (HEAD + SALE + 'amount = { column = "x", date = "%Y" }', "date is for columns of kind time or day (this one is of kind money)"),
    (HEAD + SALE + 'signed_at = { column = "x", date = ["%d/%m/%Y", "%m/%d/%Y"] }', "read '03/02/2001' as two different times"),
    (HEAD + SALE + 'signed_at = { column = "x", date = "%Q" }', "'%Q' is not a date format"),
    (HEAD + SALE + 'signed_at = { column = "x", date = "%Y-%m-%d%z" }', "must not hold a time zone"),
    (HEAD + SALE + 'signed_at = { column = "x", plus = { hour = 1 } }', "unknown key 'hour'; did you mean 'hours'?"),
    (HEAD + SALE + 'signed_at = { column = "x", plus = { column = "y" } }', "unit must be given"),
    (HEAD + SALE + 'signed_at = { column = "x", plus = { days = 1.5 } }', "days must be a whole number (got 1.5)"),
    (HEAD + SALE + 'signed_at = { column = "x", plus = { years = 1001 } }', "years must be at most a thousand years, 1000 (got 1001)"),
    (HEAD + SALE + 'signed_at = { column = "x", plus = { days = 1 }, minus = { days = 1 } }', "plus and minus exclude each other"),
    (HEAD + SALE + 'kind = { column = "x", otherwise = "y" }', "otherwise and keep_others need a map"),
    (
        HEAD + SALE + 'kind = { column = "x", map = {}, otherwise = "y", keep_others = true }',
        "otherwise and keep_others exclude each other",
    ),
    (HEAD + SALE + 'kind = { column = "x", map = { a = [] } }', "a must be a single value (got [])"),
    (HEAD + SALE + 'kind = { column = "x", split = "first" }', "split must be one of given, family (got 'first'"),
    (HEAD + SALE.replace("[table.columns]", 'keep = "latest"\n[table.columns]'), "keep must be one of first, last (got 'latest'"),
    (HEAD + SALE.replace("[table.columns]", 'order_by = "x"\n[table.columns]'), "order_by needs keep"),
    (
        HEAD + SALE.replace("[table.columns]", 'where = { column = "x" }\n[table.columns]'),
        "exactly one of in, not_in, present must be given",
    ),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_errors_teach(text: str, message: str) -> None:
    """The error says what must hold, what came and where."""
    with pytest.raises(ConfigError, match=re.escape(message)):
        read_mapping(tomllib.loads(text))


CONSTANTS = [
    ('signed_at = { constant = "soon" }', "columns.signed_at: constant must fit the column (got 'soon'): signed_at is not an ISO date"),
    ('signed_at = { column = "x", map = { a = "soon" } }', "columns.signed_at: map 'a' must fit the column (got 'soon')"),
    ('is_test = { column = "x", map = { a = true }, otherwise = "maybe" }', "otherwise must fit the column (got 'maybe')"),
    ('amount = { constant = "$5" }', "amount is not a plain number"),
]


@pytest.mark.parametrize(("entry", "message"), CONSTANTS)
def test_fixed_values_are_checked_beforehand(entry: str, message: str) -> None:
    """A wrong constant is an error of the mapping, not of every row."""
    plan = read_mapping(tomllib.loads(HEAD + SALE + entry))

    with pytest.raises(ConfigError, match=re.escape(message)):
        check_constants(plan)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no mapping file; 'kpicore init' writes one"),
        (b"a = ", "is not valid TOML"),
        (b"a = '\xff'", "must be UTF-8 text (byte 6 is not)"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes | None, message: str) -> None:
    """The file itself may be the problem."""
    path = tmp_path / "mapping.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError, match=re.escape(message)):
        read_mapping(path)


def test_the_reference_page_lists_every_key(root: Path) -> None:
    """What can be declared is documented."""
    page = (root / "docs/reference/mapping.md").read_text("utf-8")
    keys = [
        *_ORIGINS,
        *_STEPS,
        *_FORMS,
        "keep",
        "order_by",
        "where",
        "missing",
        "time_zone",
        "times",
        "thousands",
        "symbol",
    ]

    assert [] == [key for key in [*keys, *MISSING, *DUCKDB_TYPES.values()] if f"`{key}" not in page]


def test_every_mapping_of_the_tests_is_valid(root: Path) -> None:
    """The ready mappings can be read."""
    paths = sorted((root / "tests/data/mappings").glob("*.toml"))

    assert len(paths) == len([read_mapping(path) for path in paths])
    assert paths
