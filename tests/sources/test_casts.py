"""From text to typed values: every declared step, and every way in which a value can be bad."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sources.conftest import Bench

TEXTS = [
    ('"x"', ["  a ", "", "?", "N/A", "Select", "无", "NULL"], ["a", None, None, None, None, None, None]),
    ('{ column = "x", drop_suffix = ".0" }', ["279.0", "10", "0.0"], ["279", "10", "0"]),
    ('{ column = "x", drop_prefix = "a+" }', ["a+7", "aa7"], ["7", "aa7"]),
    ('{ column = "x", prefix = "U-" }', ["7", ""], ["U-7", None]),
    ('{ column = "x", map = { a = "b" }, keep_others = true }', ["a", "c", ""], ["b", "c", None]),
    ('{ column = "x", map = { a = "b", "" = "none" }, otherwise = "o" }', ["a", "c", ""], ["b", "o", "none"]),
    ('{ column = "x", map = { a = "" }, otherwise = "o" }', ["a", "c", ""], [None, "o", None]),
    ('{ constant = "it\'s" }', ["a"], ["it's"]),
    ('{ columns = ["id", "x"], join = "/" }', ["a", ""], ["0/a", "1"]),
    ('{ row = "S" }', ["a", "b"], ["S1", "S2"]),
]


@pytest.mark.parametrize(("entry", "said", "expected"), TEXTS)
def test_steps_on_text(bench: Bench, entry: str, said: list[str], expected: list[str | None]) -> None:
    """Each step does what the reference page says, and a missing value stays missing."""
    bench.load_column("stage", said, entry)

    assert expected == bench.values("stage")


def test_half_an_id_is_none(bench: Bench) -> None:
    """A joined id with a missing part would name another thing."""
    bench.load_column("owner_id", ["a", ""], '{ columns = ["id", "x"], join = "/" }')

    assert ["0/a", None] == bench.values("owner_id")


def test_ids_keep_zeros_and_case(bench: Bench) -> None:
    """Ids are opaque."""
    bench.load_column("customer_id", ["007", "7", "aB", "AB", "1e5"], '"x"')

    assert ["007", "7", "aB", "AB", "1e5"] == bench.values("customer_id")


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("Moses Frase", "Moses", "Frase"),
        ("Anna Maria Snelling", "Anna Maria", "Snelling"),
        ("王芳", "芳", "王"),
        ("欧阳娜娜", "娜娜", "欧阳"),
        ("Cher", "Cher", None),
        ("", None, None),
    ],
)
def test_split_names(bench: Bench, name: str, given: str | None, family: str | None) -> None:
    """The family name is last in Western names and first in Chinese ones."""
    bench.load_column("given_name", [name], '{ column = "x", split = "given" }\nsurname = { column = "x", split = "family" }', "customer")

    assert (given, family) == bench.query("SELECT given_name, surname FROM customer")[0]


def test_split_name_with_comma(bench: Bench) -> None:
    """Before a comma stands the family name."""
    bench.load_column("surname", ["Frase, Moses"], '{ column = "x", split = "family" }', "customer")

    assert ["Frase"] == bench.values("surname", "customer")


NUMBERS = [
    ('"x"', ["1200", "-3.5", "+1e3", ".5", ""], ["1200", "-3.5", "1000", "0.5", None]),
    ('{ column = "x", number = { symbol = "$", thousands = "," } }', ["$1,200", "-$1,234,567.89", "12"], ["1200", "-1234567.89", "12"]),
    ('{ column = "x", number = { symbol = "€", thousands = ".", decimal = "," } }', ["1.234,50 €", "7,5"], ["1234.5", "7.5"]),
    ('{ column = "x", number = { symbol = ["¥", "元"] } }', ["¥300", "300元"], ["300", "300"]),
    ('{ column = "x", number = { symbol = "%", times = 0.01 } }', ["12.5%"], ["0.125"]),
    ('{ column = "x", number = { thousands = "," } }', ["1,00,000"], ["100000"]),
]


@pytest.mark.parametrize(("entry", "said", "expected"), NUMBERS)
def test_numbers(bench: Bench, entry: str, said: list[str], expected: list[str | None]) -> None:
    """Numbers are exact decimals in the declared form."""
    bench.load_column("amount", said, entry)

    assert [None if one is None else Decimal(one) for one in expected] == bench.values("amount")


BAD = [
    ("amount", '"x"', "$1,200", 'amount is not a plain number; declare number = { symbol = "$", thousands = "," }'),
    ("amount", '"x"', "1,200", 'amount is not a plain number; declare number = { thousands = "," }'),
    ("amount", '"x"', "300元", 'amount is not a plain number; declare number = { symbol = "元" }'),
    ("amount", '"x"', "many", "amount is not a number"),
    ("amount", '"x"', "1_000", "amount is not a number"),
    ("amount", '"x"', "123456789012345", "amount is out of range"),
    ("amount", '{ column = "x", number = { thousands = "," } }', "1,20", "amount is not a number in the declared form"),
    ("is_won", '"x"', "maybe", "is_won is not true or false; declare map = { ... }"),
    ("is_won", '"x"', "2", "is_won is not true or false; declare map = { ... }"),
    (
        "is_won",
        '{ column = "x", map = { Won = true } }',
        "Lost",
        "is_won has a value that its map does not list; add it to the map, or declare otherwise",
    ),
    ("closed_at", '"x"', "3/1/2017", 'closed_at is not an ISO date (2017-03-31); declare date = "%d/%m/%Y" or date = "%m/%d/%Y"'),
    ("closed_at", '"x"', "soon", 'closed_at is not an ISO date or time (2017-03-31, 2017-03-31 14:05:00); declare date = "..."'),
    ("closed_at", '"x"', "2017-02-30", 'closed_at is not an ISO date or time (2017-03-31, 2017-03-31 14:05:00); declare date = "..."'),
    ("closed_at", '{ column = "x", date = "%d/%m/%Y" }', "13/13/2017", "closed_at is not a time in the form %d/%m/%Y"),
    (
        "closed_at",
        '{ column = "x", date = "%d/%m/%Y" }',
        "01/09/21",
        "closed_at is not between the years 1800 and 9999; two-digit years need a form with %y",
    ),
]


@pytest.mark.parametrize(("column", "entry", "value", "reason"), BAD)
def test_bad_values_are_set_aside(bench: Bench, column: str, entry: str, value: str, reason: str) -> None:
    """The row is set aside as a whole, with the value and what to declare."""
    report = bench.load_column(column, [value, ""], entry)

    assert [("0", column, value, reason, 2)] == bench.query("SELECT row_key, column_name, value, reason, line FROM reject")
    assert (2, 1, 1) == (report.tables[0].rows_read, report.rows_loaded, report.rows_rejected)
    assert ["1"] == bench.values("opportunity_id")


def test_false_in_text_is_false(bench: Bench) -> None:
    """A text is not true because it is not empty."""
    bench.load_column("is_won", ["false", "False", "0", "no", "true", "YES", "1", ""], '"x"')

    assert [False, False, False, False, True, True, True, None] == bench.values("is_won")


TIMES = [
    ('"x"', "2017-03-01", datetime(2017, 3, 1)),
    ('"x"', "2017-03-01T14:05", datetime(2017, 3, 1, 14, 5)),
    ('"x"', "2014-09-12 11:15:07.263000000", datetime(2014, 9, 12, 11, 15, 7, 263000)),
    ('"x"', "2017-03-01T14:05:00Z", datetime(2017, 3, 1, 14, 5)),
    ('"x"', "2017-03-01T14:05:00+08:00", datetime(2017, 3, 1, 6, 5)),
    ('"x"', "2017-03-01 14:05:00.5 -0530", datetime(2017, 3, 1, 19, 35, 0, 500000)),
    ('{ column = "x", date = "%d/%m/%Y" }', "3/1/2017", datetime(2017, 1, 3)),
    ('{ column = "x", date = "%m/%d/%Y" }', "3/1/2017", datetime(2017, 3, 1)),
    ('{ column = "x", date = ["%m/%d/%Y", "%Y-%m-%d"] }', "3/1/2017", datetime(2017, 3, 1)),
    ('{ column = "x", date = ["%m/%d/%Y", "%Y-%m-%d"] }', "2017-03-01", datetime(2017, 3, 1)),
    ('{ column = "x", map = { Yes = "2019-12-15" } }', "Yes", datetime(2019, 12, 15)),
    ('{ column = "x", plus = { days = 2 } }', "2017-02-27", datetime(2017, 3, 1)),
    ('{ column = "x", minus = { months = 1 } }', "2017-03-31", datetime(2017, 2, 28)),
    ('{ constant = "2017-03-01", plus = { column = "x", unit = "hours" } }', "1.11", datetime(2017, 3, 1, 1, 6, 36)),
    ('{ constant = "2017-03-01", plus = { column = "x", unit = "days" } }', "1.5", datetime(2017, 3, 2, 12)),
    ('{ constant = "2017-03-15", minus = { column = "x", unit = "weeks" } }', "2", datetime(2017, 3, 1)),
    ('{ constant = "2017-03-01", minus = { column = "x", unit = "months" } }', "3", datetime(2016, 12, 1)),
    ('{ constant = "2017-03-01", plus = { column = "x", unit = "hours" } }', "", None),
]


@pytest.mark.parametrize(("entry", "said", "expected"), TIMES)
def test_times(bench: Bench, entry: str, said: str, expected: datetime | None) -> None:
    """ISO is read as it is, other forms as declared, spans are added; all in UTC."""
    bench.load_column("closed_at", [said], entry)

    assert [expected] == bench.values("closed_at")


def test_days_are_not_moved_to_utc(bench: Bench) -> None:
    """A day is the same day everywhere."""
    bench.write("data.csv", "id,x\n1,1990-05-01\n2,1990-05-01T00:30:00+08:00\n")
    columns = '[table.columns]\ntarget_id = "id"\napproved_on = "x"\n'

    bench.load(f'time_zone = "Asia/Shanghai"\n[[table]]\nfact = "target"\nfrom = "data.csv"\n{columns}')

    assert [date(1990, 5, 1), date(1990, 5, 1)] == bench.values("approved_on", "target")


SPANS = [
    ("hours", "soon", "the span by which closed_at is moved is not a plain number, or longer than a thousand years"),
    ("hours", "999999999999", "the span by which closed_at is moved is not a plain number, or longer than a thousand years"),
    ("months", "2.5", "the span by which closed_at is moved is not a whole number, or longer than a thousand years"),
    ("years", "999", "closed_at is moved out of the years 1800 to 9999"),
]


@pytest.mark.parametrize(("unit", "value", "reason"), SPANS)
def test_a_span_that_cannot_be_added_is_set_aside(bench: Bench, unit: str, value: str, reason: str) -> None:
    """What is added must be a number of a size that makes sense, and whole months."""
    bench.load_column("closed_at", [value], f'{{ constant = "9017-03-01", plus = {{ column = "x", unit = "{unit}" }} }}')

    assert [(reason,)] == bench.query("SELECT reason FROM reject")


def test_on_error_null_keeps_the_row_and_notes_it(bench: Bench) -> None:
    """The value is dropped, the row is not, and the report says so."""
    entry = '{ column = "x", date = "%Y%m%d", on_error = "null" }'

    report = bench.load_column("approved_on", ["19081209", "19339026", ""], entry, "target")

    assert [date(1908, 12, 9), None, None] == bench.values("approved_on", "target")
    assert [("approved_on", "unreadable", 1, "19339026")] == [(note.column, note.kind, note.rows, note.sample) for note in report.notes]


def test_next_runs_to_the_next_of_the_group(bench: Bench) -> None:
    """A quota holds until the person's next one, the last for the declared months."""
    bench.write("data.csv", "who,day\na,2013-01-31\nb,2013-02-01\na,2013-05-01\n")
    columns = 'target_id = { row = "T" }\nperiod_start = "day"\nperiod_end = { column = "day", next = { by = "who", months = 3 } }\n'

    bench.load(f'[[table]]\nfact = "target"\nfrom = "data.csv"\n[table.columns]\n{columns}')

    found: list[tuple[Any, ...]] = bench.query("SELECT target_id, period_end FROM target ORDER BY 1")
    assert [("T1", datetime(2013, 5, 1)), ("T2", datetime(2013, 5, 1)), ("T3", datetime(2013, 8, 1))] == found


def test_a_table_may_have_its_own_missing_texts(bench: Bench) -> None:
    """What means nothing in one file is a value in another."""
    bench.write("data.csv", "id,x\n1,?\n2,-\n")

    report = bench.load(
        '[[table]]\nfact = "customer"\nfrom = "data.csv"\nmissing = ["-"]\n[table.columns]\ncustomer_id = "id"\nname = "x"\n'
    )

    assert ["?", None] == bench.values("name", "customer")
    assert [("name", "missing text", 1, "-")] == [(note.column, note.kind, note.rows, note.sample) for note in report.notes]
