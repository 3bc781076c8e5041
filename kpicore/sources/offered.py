"""The sources that come with kpicore: a folder of files, a database, and two starting points for folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.model.source import Source
from kpicore.sources.starters import CSV, MAVEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kpicore.model.source import Reader


def _folder(options: Mapping[str, object], base: Path) -> Reader:
    from kpicore.sources.folder import open_folder

    return open_folder(options, base)


def _database(options: Mapping[str, object], base: Path) -> Reader:
    from kpicore.sources.sqldatabase import open_database

    return open_database(options, base)


builtin_sources: Sequence[Source] = (
    Source("folder", {"en": "Folder of CSV, text or Parquet files", "zh": "CSV、文本或 Parquet 文件夹"}, _folder),
    Source("database", {"en": "Any database that SQLAlchemy reaches", "zh": "SQLAlchemy 支持的任意数据库"}, _database),
    Source("maven", {"en": "Maven CRM sales opportunities (CSV)", "zh": "Maven CRM 销售商机示例数据（CSV）"}, _folder, MAVEN),
    Source("csv", {"en": "Folder of CSV files, mapping guessed from the headers", "zh": "CSV 文件夹，根据表头推测映射"}, _folder, CSV),
)
"""What `load` and `init` know without plugins."""
