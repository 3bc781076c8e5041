"""`load`: from a mapping and its source to the embedded database of canonical facts. Read this module first."""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import asdict, evolve, frozen

from kpicore.errors import ConfigError, nearest
from kpicore.sources.checks import reject_broken, reject_copies, reject_unbalanced
from kpicore.sources.constants import check_constants
from kpicore.sources.filling import fill_tables, horizon, record
from kpicore.sources.guarding import opened
from kpicore.sources.moments import utc_macro
from kpicore.sources.noting import notes
from kpicore.sources.offered import builtin_sources
from kpicore.sources.progress import Progress, Tracker
from kpicore.sources.resolving import entity_columns, fill_entities
from kpicore.sources.shaping import Block, create_gathered, gathered, key_of, shape
from kpicore.sources.staging import sources_of, stage
from kpicore.sources.store import stored_report, writing
from kpicore.sources.structure import check_zone, read_mapping
from kpicore.sources.summary import LoadReport, TableReport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from kpicore.entities.resolution import Resolution
    from kpicore.model.matching import Matcher, Matching
    from kpicore.model.source import Reader, Source
    from kpicore.sources.mapping import MappingFile

STORE = "kpicore.facts/1"


@frozen
class _Job:
    """What one load needs to know."""

    mapping: MappingFile
    reader: Reader
    zone: str
    currency: str | None
    matching: Matching | None
    matchers: Mapping[str, Matcher]
    fingerprint: str


def load(
    mapping: Path | Mapping[str, object],
    database: Path,
    *,
    sources: Sequence[Source] = builtin_sources,
    time_zone: str = "UTC",
    currency: str | None = None,
    folder: Path | None = None,
    matching: Matching | None = None,
    matchers: Mapping[str, Matcher] | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Fill the DuckDB file `database` with the canonical facts that `mapping` makes of its source.

    Loading the same input again changes nothing. Rows that are not understood are set aside in the table `reject`, never
    dropped: rows read = loaded + rejected + repeated + left out. A crash leaves the file as it was.

    Args:
        mapping: the mapping file, or a document parsed from one.
        database: the file to write; its folder must exist.
        sources: the kinds of source that `[source] kind` may name.
        time_zone: of times that say none, unless the mapping says it; an IANA name.
        currency: the project's currency, kept with the facts.
        folder: where the data is, instead of what `[source] folder` says.
        matching: how records of one customer are found; None matches none. A mapping that fills customer_entity has its own way.
        matchers: those that plugins offer, by name.
        progress: is told what is being done.

    Returns:
        What was loaded, set aside and noted; `is_changed` is False where the file already held it.

    Raises:
        ConfigError: the mapping does not say what it must, or does not fit the data.
        SourceError: the source cannot be read, or the file cannot be written.
    """
    plan = read_mapping(mapping)
    zone = plan.time_zone or time_zone
    check_zone(zone, plan.place)
    check_constants(plan)
    reader = _open(plan, sources, _base(plan, mapping, folder), folder)
    matching = None if any(table.fact == "customer_entity" for table in plan.tables) else matching
    job = _Job(plan, reader, zone, currency, matching, matchers or {}, _fingerprint(plan, reader, zone, currency, matching))
    earlier = stored_report(database)
    if earlier is not None and earlier.fingerprint == job.fingerprint:
        return evolve(earlier, is_changed=False)
    with writing(database) as connection:
        return _fill(connection, job, progress)


def _base(plan: MappingFile, mapping: Path | Mapping[str, object], folder: Path | None) -> Path:
    if folder is not None:
        return folder
    if isinstance(mapping, Path):
        return mapping.parent
    named = Path(str(plan.options.get("folder", "")))
    if plan.kind != "database" and not named.is_absolute():
        raise ConfigError("a mapping that is no file must say in full where the data is; give folder, or an absolute [source] folder")
    return Path()


def _open(plan: MappingFile, sources: Sequence[Source], base: Path, folder: Path | None) -> Reader:
    known = {source.name: source for source in sources}
    if plan.kind not in known:
        raise ConfigError(f"{plan.place}: [source] kind must be one that is installed (got {plan.kind!r}{nearest(plan.kind, known)})")
    options = {key: value for key, value in plan.options.items() if folder is None or key != "folder"}
    return opened(known[plan.kind], options, base)


def _fingerprint(plan: MappingFile, reader: Reader, zone: str, currency: str | None, matching: Matching | None) -> str:
    document = dict(plan.document)
    # Where the data lies does not matter, only what it holds; and an address may hold a password.
    document["source"] = {key: value for key, value in plan.options.items() if key not in {"folder", "url", "url_env"}}
    told = [STORE, kpicore_version(), json.dumps(document, sort_keys=True, default=str), plan.kind, zone, currency or ""]
    told += [] if matching is None else [json.dumps(asdict(matching))]
    for source in sorted({table.source for table in plan.tables}):
        told += [source, reader.fingerprint(source)]
    return "sha256:" + sha256("\0".join(told).encode()).hexdigest()


def kpicore_version() -> str:
    """Return the installed version of kpicore, or '0' where it runs from a checkout that is not installed."""
    try:
        return version("kpicore")
    except PackageNotFoundError:
        return "0"


def _fill(connection: DuckDBPyConnection, job: _Job, progress: Progress | None) -> LoadReport:
    tables = job.mapping.tables
    mapped = _mapped_columns(job.mapping)
    tracker = Tracker(progress, len({table.source for table in tables}) + len(tables) + 2 + (job.matching is not None))
    connection.execute(utc_macro(job.zone))
    blocks = _stage(connection, job, tracker)
    _gather(connection, blocks, mapped, tracker)
    tracker.step("writing the tables")
    fill_tables(connection, mapped)
    resolution = _resolve(connection, job, mapped.get("customer"), tracker)
    tracker.step("taking stock")
    report = LoadReport(
        fingerprint=job.fingerprint,
        is_changed=True,
        horizon=horizon(connection),
        tables=tuple(_table_report(connection, block) for block in blocks),
        notes=notes(connection, blocks, mapped),
        entities=None if resolution is None else resolution.to_dict(),
    )
    known = mapped if resolution is None else mapped | {"customer_entity": entity_columns(mapped["customer"])}
    record(connection, report, _meta(job, report), known, [table.source for table in tables])
    tracker.finish()
    return report


def _resolve(connection: DuckDBPyConnection, job: _Job, columns: list[str] | None, tracker: Tracker) -> Resolution | None:
    if job.matching is None or columns is None:
        return None
    tracker.step("matching customers")
    return fill_entities(connection, columns, job.matching, job.matchers)


def _meta(job: _Job, report: LoadReport) -> dict[str, str]:
    found = {"schema": STORE, "kpicore": kpicore_version(), "fingerprint": job.fingerprint, "time_zone": job.zone}
    optional = {"currency": job.currency, "horizon": report.horizon}
    return found | {name: value for name, value in optional.items() if value is not None}


def _mapped_columns(mapping: MappingFile) -> dict[str, list[str]]:
    """Return table to its mapped columns, over all [[table]]s that fill it, in order."""
    found: dict[str, dict[str, None]] = {}
    for table in mapping.tables:
        found.setdefault(table.fact, {}).update(dict.fromkeys(table.columns))
    return {fact: list(columns) for fact, columns in found.items()}


def _stage(connection: DuckDBPyConnection, job: _Job, tracker: Tracker) -> list[Block]:
    tables = job.mapping.tables
    needed = sources_of((table.source, column, table.place) for table in tables for column in table.reads())
    staged = {}
    for number, source in enumerate(dict.fromkeys(table.source for table in tables)):
        tracker.step(f"reading {source}")
        staged[source] = stage(connection, job.reader, source, needed.get(source, {}), number, tracker)
    return [Block(number, table, staged[table.source]) for number, table in enumerate(tables)]


def _gather(connection: DuckDBPyConnection, blocks: Sequence[Block], mapped: Mapping[str, list[str]], tracker: Tracker) -> None:
    for table in {block.fact.name: block.fact for block in blocks}.values():
        create_gathered(connection, table)
        for block in (one for one in blocks if one.fact is table):
            tracker.step(f"mapping {block.mapped.source} to {table.name}")
            shape(connection, block)
        reject_broken(connection, table.name, set(mapped[table.name]))
        reject_copies(connection, table.name, key_of(table), mapped[table.name])
        if table.name == "credit_split":
            reject_unbalanced(connection)


def _table_report(connection: DuckDBPyConnection, block: Block) -> TableReport:
    rows = connection.execute(
        f"SELECT __state, CASE WHEN __state = 'rejected' THEN __reason END, count(*) FROM {gathered(block.fact.name)}"
        f" WHERE __block = {block.number} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    counts = {state: sum(count for one, _, count in rows if one == state) for state in ("loaded", "rejected", "repeated")}
    return TableReport(
        fact=block.fact.name,
        source=block.mapped.source,
        rows_read=block.staged.rows,
        rows_loaded=counts["loaded"],
        rows_rejected=counts["rejected"],
        rows_repeated=counts["repeated"],
        rows_left_out=block.staged.rows - sum(counts.values()),
        rejected={reason: count for state, reason, count in rows if state == "rejected"},
    )
