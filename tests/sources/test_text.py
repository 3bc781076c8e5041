"""Text files: quoting, lines, ragged rows, encodings, headers; nothing is lost."""

from __future__ import annotations

import csv
import gzip
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import SourceError
from kpicore.sources.text import TextForm, read_text, unique_names

if TYPE_CHECKING:
    from pathlib import Path


def rows_of(path: Path, form: TextForm | None = None) -> list[dict[str, object]]:
    """Return all rows of a file."""
    return [row for batch in read_text(path, form or TextForm()) for row in batch.to_pylist()]


def test_quoted_newlines_keep_the_line_numbers(tmp_path: Path) -> None:
    """A row begins at its own first line, whatever the rows before it span."""
    path = tmp_path / "a.csv"
    path.write_text('id,note\n1,"two\nlines"\n2,"a ""quote"""\n')

    found = [(row["id"], row["note"], row["__line"]) for row in rows_of(path)]

    assert [("1", "two\nlines", 2), ("2", 'a "quote"', 4)] == found


def test_ragged_rows_are_kept_with_what_is_wrong(tmp_path: Path) -> None:
    """Too few and too many fields are told, and the rows around them are read."""
    path = tmp_path / "a.csv"
    path.write_text("id,x\n1,a\n2\n3,b,c\n4,d\n")

    found = [(row["id"], row["__problem"], row["__record"], row["__line"]) for row in rows_of(path)]

    assert [
        ("1", None, None, 2),
        (None, "the row has 1 fields, the header 2", "2", 3),
        (None, "the row has 3 fields, the header 2", "3,b,c", 4),
        ("4", None, None, 5),
    ] == found


def test_text_after_a_closing_quote_is_one_bad_row(tmp_path: Path) -> None:
    """A quote inside a quoted field that is not doubled spoils its row only."""
    path = tmp_path / "a.csv"
    path.write_text('id,x\n1,"a" b\n2,c\n')

    found = [(row["id"], row["__problem"] is None, row["__line"]) for row in rows_of(path)]

    assert [(None, False, 2), ("2", True, 3)] == found


def test_a_quote_that_is_never_closed_is_an_error(tmp_path: Path) -> None:
    """It would swallow the rest of the file, so that nothing is loaded at all."""
    path = tmp_path / "a.csv"
    path.write_text('id,x\n1,a\n2,"b\n3,c\n')

    with pytest.raises(SourceError, match="line 3: a quoted field is never closed"):
        rows_of(path)


def test_gbk_names_line_byte_and_encoding(tmp_path: Path) -> None:
    """A file that is not UTF-8 says where, and what to declare."""
    path = tmp_path / "a.csv"
    path.write_bytes("id,name\n1,Anna\n2,王芳\n".encode("gbk"))

    with pytest.raises(SourceError, match=r'not valid utf-8 text \(line 3, byte 3\); declare encoding = "gb18030"'):
        rows_of(path)


def test_gbk_is_read_where_declared(tmp_path: Path) -> None:
    """The declared encoding is used."""
    path = tmp_path / "a.csv"
    path.write_bytes("id,name\n2,王芳\n".encode("gbk"))

    assert ["王芳"] == [row["name"] for row in rows_of(path, TextForm(encoding="gb18030"))]


@pytest.mark.parametrize(("content", "advice"), [("id\né\n".encode("cp1252"), "cp1252"), ("id\né\n".encode("utf-16"), "utf-16")])
def test_other_encodings_are_offered(tmp_path: Path, content: bytes, advice: str) -> None:
    """Western European text and UTF-16 are recognised, too."""
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    with pytest.raises(SourceError, match=f'encoding = "{advice}"'):
        rows_of(path)


def test_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    """Excel writes one; it must not hide the first column."""
    path = tmp_path / "a.csv"
    path.write_bytes(b'\xef\xbb\xbf"id",x\n1,2\n')

    assert ["1"] == [row["id"] for row in rows_of(path)]


def test_empty_file_is_an_error(tmp_path: Path) -> None:
    """Without a header nothing is known of the file."""
    path = tmp_path / "a.csv"
    path.write_text("")

    with pytest.raises(SourceError, match=r"a\.csv: is empty"):
        rows_of(path)


def test_header_only_has_columns_and_no_rows(tmp_path: Path) -> None:
    """The columns of a file without rows are known."""
    path = tmp_path / "a.csv"
    path.write_text("id,x\n")

    (batch,) = read_text(path, TextForm())

    assert (["id", "x"], 0) == (batch.schema.names[:2], batch.num_rows)


def test_blank_aligned_file(tmp_path: Path) -> None:
    """Runs of blanks separate the fields; the line numbers are those of the file."""
    path = tmp_path / "a.txt"
    path.write_text(" id  x\n 00001  7\n\n 00002   8\n")

    found = [(row["id"], row["x"], row["__line"]) for row in rows_of(path, TextForm(delimiter="whitespace"))]

    assert [("00001", "7", 2), ("00002", "8", 4)] == found


def test_declared_header_makes_the_first_line_data(tmp_path: Path) -> None:
    """A file without header is read from its first line on."""
    path = tmp_path / "a.csv"
    path.write_text("1\tx\n2\ty\n")

    found = rows_of(path, TextForm(delimiter="\t", header=("id", "what")))

    assert [("1", "x", 1), ("2", "y", 2)] == [(row["id"], row["what"], row["__line"]) for row in found]


def test_gzip_is_unpacked_and_a_broken_one_is_an_error(tmp_path: Path) -> None:
    """Compressed files are read as they are; a torn one is not half a file."""
    whole, torn = tmp_path / "a.csv.gz", tmp_path / "b.csv.gz"
    whole.write_bytes(gzip.compress(b"id\n1\n"))
    torn.write_bytes(gzip.compress(b"id\n" + bytes(range(65, 90)) * 99)[:-12])

    assert ["1"] == [row["id"] for row in rows_of(whole)]
    with pytest.raises(SourceError, match=r"b\.csv\.gz: cannot be read"):
        rows_of(torn)


def test_names_are_stripped_and_made_unique() -> None:
    """Two columns of one name stay apart, and a column without one gets its number."""
    assert ["category", "category.2", "column_3", "x"] == unique_names(["category", " category ", "", " x"])


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), min_size=2, max_size=2), max_size=8))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    """Whatever Python's writer writes comes back, field by field."""
    path = tmp_path_factory.mktemp("text") / "a.csv"
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b"], *rows])
    path.write_bytes(buffer.getvalue().encode())

    assert rows == [[row["a"], row["b"]] for row in rows_of(path)]
