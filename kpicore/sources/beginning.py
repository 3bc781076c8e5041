"""`init`: writes a starting project for a source, and never over anything that is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kpicore.errors import ConfigError, SourceError, nearest
from kpicore.sources.guessing import guess_mapping
from kpicore.sources.offered import builtin_sources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kpicore.model.source import Source

_FOLDER = 'folder = "data"'


def init(folder: Path, source_name: str, data: Path | None = None, *, sources: Sequence[Source] = builtin_sources) -> list[Path]:
    """Write the starting project of a source into `folder`.

    Args:
        folder: the project's folder; made if it does not exist.
        source_name: a source that offers a starting project; 'csv' guesses the mapping from the files in `data`.
        data: where the data lies; the project's own folder 'data' unless given.
        sources: the sources to choose from.

    Returns:
        The files written.

    Raises:
        ConfigError: no such source, it has no starting project, or one of its files is there already (nothing is written).
        SourceError: the folder cannot be written, or the data to guess from cannot be read.
    """
    files = {folder / name: text for name, text in _starter(source_name, sources).items()}
    there = [str(path) for path in files if path.exists()]
    if there:
        listed = ", ".join(there)
        raise ConfigError(f"init must not overwrite anything (there is already {listed}); choose another folder or move the files away")
    place = _place(folder, data)
    if source_name == "csv":
        files[folder / "mapping.toml"] = guess_mapping(data or folder / "data", place)
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace(_FOLDER, f"folder = {json.dumps(place, ensure_ascii=False)}"), "utf-8", newline="\n")
    except OSError as error:
        raise SourceError(f"{folder}: cannot be written ({error.strerror}); choose a folder that you may write to") from None
    return list(files)


def _starter(source_name: str, sources: Sequence[Source]) -> dict[str, str]:
    offered = {source.name: dict(source.starter) for source in sources if source.starter}
    if source_name not in offered:
        raise ConfigError(f"init must start from a source that has a starting project (got {source_name!r}{nearest(source_name, offered)})")
    return offered[source_name]


def _place(folder: Path, data: Path | None) -> str:
    if data is None:
        return "data"
    full, project = data.resolve(), folder.resolve()
    return full.relative_to(project).as_posix() if full.is_relative_to(project) else full.as_posix()
