"""Reads delimited text into Arrow batches of strings, with the line of every row; rows that do not fit the header say so, none is lost."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from typing import IO, TYPE_CHECKING, TypeAlias, cast

import pyarrow as pa
from attrs import frozen

from kpicore.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BATCH = 50_000
LINE, PROBLEM, RECORD = "__line", "__problem", "__record"

Row: TypeAlias = "tuple[int, list[str], str | None]"
"""Line, fields, and what is wrong with the row (None: nothing)."""


@frozen
class TextForm:
    """How a text file is written."""

    encoding: str = "utf-8"
    delimiter: str = ","
    """One character, or 'whitespace': any run of blanks."""
    header: tuple[str, ...] | None = None
    """Names of the columns, where the file's first line does not hold them."""


def read_text(path: Path, form: TextForm) -> Iterator[pa.RecordBatch]:
    """Yield the rows of one file; at least one batch, so that the columns are known.

    Raises:
        SourceError: the file cannot be read, is empty, or cannot be decoded.
    """
    try:
        with _open(path) as raw, io.TextIOWrapper(raw, _codec(form.encoding), newline="") as handle:
            rows = _rows_by_blanks(handle) if form.delimiter == "whitespace" else _rows(handle, form.delimiter, path)
            yield from _batches(_checked(rows, path, form))
    except UnicodeDecodeError as error:
        raise _undecodable(path, form.encoding, error) from None
    except (OSError, EOFError, zlib.error) as error:
        cause = getattr(error, "strerror", None) or error
        raise SourceError(f"{path}: cannot be read ({cause}); check the file and its permissions") from None


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb"))


def _codec(encoding: str) -> str:
    return "utf-8-sig" if encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else encoding


def _rows_by_blanks(handle: IO[str]) -> Iterator[Row]:
    for line, text in enumerate(handle, 1):
        fields = text.split()
        if fields:
            yield line, fields, None


def _rows(handle: IO[str], delimiter: str, path: Path) -> Iterator[Row]:
    # Strict, so that text after a closing quote and a quote that is never closed are noticed; the reader goes on with the next line.
    reader = csv.reader(handle, delimiter=delimiter, strict=True)
    ended = 0
    while True:
        try:
            for fields in reader:
                if fields:
                    yield ended + 1, fields, None
                ended = reader.line_num
        except csv.Error as error:
            if "expected after" not in str(error):
                raise _broken_quote(path, ended + 1, error) from None
            yield ended + 1, [], "a quoted field goes on after its closing quote; double the quotes inside it"
            ended = reader.line_num
        else:
            return


def _broken_quote(path: Path, line: int, error: csv.Error) -> SourceError:
    advice = "close the quote, or double it if it belongs to the text"
    return SourceError(f"{path}: line {line}: a quoted field is never closed ({error}); {advice}")


def _checked(rows: Iterator[Row], path: Path, form: TextForm) -> tuple[list[str], Iterator[Row]]:
    if form.header is not None:
        return unique_names(list(form.header)), rows
    first = next(rows, None)
    if first is None:
        raise SourceError(f"{path}: is empty; it must have a line with the names of its columns")
    return unique_names(first[1]), rows


def unique_names(names: list[str]) -> list[str]:
    """Return the names of the columns: stripped, an unnamed third one as 'column_3', a second 'name' as 'name.2'."""
    found: list[str] = []
    for number, name in enumerate(names, 1):
        stripped = name.strip().removeprefix("\ufeff").strip('"') or f"column_{number}"
        copies = 1
        unique = stripped
        while unique in found:
            copies += 1
            unique = f"{stripped}.{copies}"
        found.append(unique)
    return found


def _batches(content: tuple[list[str], Iterator[Row]]) -> Iterator[pa.RecordBatch]:
    names, rows = content
    width = len(names)
    good: list[list[str | None]] = []
    lines: list[int] = []
    bad: dict[int, tuple[str, str]] = {}
    is_first = True
    for line, fields, problem in rows:
        if problem is not None or len(fields) != width:
            bad[len(good)] = (problem or _misfit(len(fields), width), ",".join(fields))
            good.append([None] * width)
        else:
            good.append(cast("list[str | None]", fields))
        lines.append(line)
        if len(good) == BATCH:
            yield _batch(names, good, lines, bad)
            good, lines, bad, is_first = [], [], {}, False
    if good or is_first:
        yield _batch(names, good, lines, bad)


def _misfit(fields: int, width: int) -> str:
    return f"the row has {fields} fields, the header {width}"


def _batch(names: list[str], rows: list[list[str | None]], lines: list[int], bad: dict[int, tuple[str, str]]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    arrays = [pa.array(column, pa.string()) for column in columns]
    for part in (0, 1):
        notes = (bad[row][part] if row in bad else None for row in range(len(rows)))
        arrays.append(pa.array(notes, pa.string(), size=len(rows)) if bad else pa.nulls(len(rows), pa.string()))
    arrays.append(pa.array(lines, pa.int64()))
    return pa.RecordBatch.from_arrays(arrays, names=[*names, PROBLEM, RECORD, LINE])


def _undecodable(path: Path, encoding: str, error: UnicodeDecodeError) -> SourceError:
    with _open(path) as raw:
        content = raw.read()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return SourceError(f'{path}: is UTF-16 text, not {encoding}; declare encoding = "utf-16" under [source] or for the file')
    line, byte = _first_fault(content, encoding)
    shown = f"line {line}, byte {byte}" if line else error.reason
    other = next((codec for codec in ("gb18030", "cp1252") if codec != encoding.lower() and _decodes(content, codec)), None)
    advice = f'; declare encoding = "{other}" under [source] or for the file' if other else "; declare the file's encoding under [source]"
    return SourceError(f"{path}: is not valid {encoding} text ({shown}){advice}")


def _first_fault(content: bytes, encoding: str) -> tuple[int, int]:
    """Return line and byte (both from 1) of the first byte that cannot be decoded; the byte counts from the start of the line."""
    for number, line in enumerate(content.split(b"\n"), 1):
        try:
            line.decode(encoding)
        except UnicodeDecodeError as error:
            return number, error.start + 1
    return 0, 0


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
