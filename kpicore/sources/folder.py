"""The source `folder`: CSV, text and Parquet files, plain or gzipped."""

from __future__ import annotations

import codecs
from hashlib import sha256
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from attrs import frozen

from kpicore.errors import SourceError, nearest
from kpicore.sources.section import Section
from kpicore.sources.text import BATCH, TextForm, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_ENDINGS = (".csv", ".txt", ".tsv", ".csv.gz", ".txt.gz", ".tsv.gz", ".parquet")
_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


@frozen
class FolderReader:
    """Reads the files of one folder."""

    folder: Path
    form: TextForm
    forms: Mapping[str, TextForm]
    """What differs for single files."""

    def tables(self) -> list[str]:
        """Return the readable files, as paths below the folder, sorted."""
        if not self.folder.is_dir():
            raise SourceError(f"{self.folder}: must be a folder with data files (there is none); set folder under [source]")
        files = (path for path in self.folder.rglob("*") if path.name.lower().endswith(_ENDINGS) and path.is_file())
        return sorted(path.relative_to(self.folder).as_posix() for path in files)

    def read(self, table: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of one file."""
        path = self._path(table)
        if path.suffix == ".parquet":
            return _read_parquet(path)
        return read_text(path, self.forms.get(table, self.form))

    def fingerprint(self, table: str) -> str:
        """Return the SHA-256 of the file."""
        digest = sha256()
        try:
            with self._path(table).open("rb") as handle:
                while chunk := handle.read(1 << 20):
                    digest.update(chunk)
        except OSError as error:
            raise SourceError(f"{self.folder / table}: cannot be read ({error.strerror}); check the file and its permissions") from None
        return digest.hexdigest()

    def _path(self, table: str) -> Path:
        path = self.folder / table
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise SourceError(f"from must name a file inside {self.folder} (got {table!r}); set folder under [source] instead")
        if not path.is_file():
            raise SourceError(f"{path}: there is no such file{nearest(table, self.tables())}")
        return path


def _read_parquet(path: Path) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(path) as file:
            yield pa.RecordBatch.from_pylist([], schema=file.schema_arrow)
            yield from file.iter_batches(BATCH)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{path}: cannot be read as Parquet ({error})") from None


def open_folder(options: Mapping[str, object], base: Path) -> FolderReader:
    """Open the folder that `[source]` describes.

    Raises:
        ConfigError: an option is unknown or has no meaning.
    """
    section = Section("[source]", options)
    section.only("folder", "encoding", "delimiter", "header", "files")
    form = _form(section, TextForm())
    files = section.section("files")
    forms = {name: _file_form(Section.of(f"{files.place}, {name}", value), form) for name, value in files.entries.items()} if files else {}
    return FolderReader(base / (section.text("folder", ".") or "."), form, forms)


def _file_form(section: Section, default: TextForm) -> TextForm:
    section.only("encoding", "delimiter", "header")
    return _form(section, default)


def _form(section: Section, default: TextForm) -> TextForm:
    encoding = section.text("encoding", default.encoding) or default.encoding
    try:
        codecs.lookup(encoding)
    except LookupError:
        section.fail(f"encoding must be one that Python knows, e.g. 'utf-8' or 'gb18030' (got {encoding!r})")
    delimiter = section.text("delimiter", default.delimiter) or default.delimiter
    delimiter = _DELIMITERS.get(delimiter, delimiter)
    if delimiter != "whitespace" and len(delimiter) != 1:
        section.fail(f"delimiter must be one character, or {', '.join(_DELIMITERS)} or whitespace (got {delimiter!r})")
    return TextForm(encoding, delimiter, section.texts("header") or default.header)
