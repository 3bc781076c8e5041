"""The sources that come with kpicore: a folder of files, a database, and two starting points for folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.model.source import Source
from kpicore.sources.folder import open_folder
from kpicore.sources.sqldatabase import open_database
from kpicore.sources.starters import CSV, MAVEN

if TYPE_CHECKING:
    from collections.abc import Sequence

builtin_sources: Sequence[Source] = (
    Source("folder", {"en": "Folder of CSV, text or Parquet files", "zh": "CSV、文本或 Parquet 文件夹"}, open_folder),  # noqa: RUF001
    Source("database", {"en": "Any database that SQLAlchemy reaches", "zh": "SQLAlchemy 支持的任意数据库"}, open_database),
    Source("maven", {"en": "Maven CRM sales opportunities (CSV)", "zh": "Maven CRM 销售商机示例数据(CSV)"}, open_folder, MAVEN),
    Source("csv", {"en": "Folder of CSV files, mapping guessed from the headers", "zh": "CSV 文件夹,根据表头推测映射"}, open_folder, CSV),  # noqa: RUF001
)
"""What `load` and `init` know without plugins."""
