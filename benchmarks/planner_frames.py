"""What kpicore is compared with outside SQL: pandas, polars (streaming) and boring-semantic-layer, on sets A and B."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner_sql import Columns

NEEDS = {"pandas": ("pandas",), "polars": ("polars",), "bsl": ("boring_semantic_layer", "pyarrow_hotfix")}


def is_installed(variant: str) -> bool:
    """Return whether the library of a variant is there."""
    return all(find_spec(module) is not None for module in NEEDS[variant])


def runs(variant: str, name: str, facts: Path, parquet: Path) -> Callable[[], list[Columns]]:
    """Return what a variant does."""
    if variant == "bsl":
        return _bsl(name, facts)
    return (lambda: _pandas(name, parquet)) if variant == "pandas" else (lambda: _polars(name, parquet))


def _grouped_in_pandas(  # noqa: PLR0917  # as many as a group-by has parts
    folder: Path,
    table: str,
    who: str,
    at: str,
    columns: list[str],
    make: Callable[[Any], dict[str, Any]],
    how: dict[str, tuple[str, str]],
) -> Columns:
    import pandas as pd

    frame = pd.read_parquet(folder / f"{table}.parquet", columns=[who, at, *columns])
    frame = frame.assign(month=frame[at].values.astype("datetime64[M]"), **make(frame)).rename(columns={who: "who"})
    out = frame.groupby(["who", "month"], sort=False).agg(**how).reset_index()
    return {column: out[column].to_numpy() for column in out}


def _pandas(name: str, folder: Path) -> list[Columns]:
    grouped = partial(_grouped_in_pandas, folder)
    distinct = {"deals_contacted": ("opportunity_id", "nunique")} if name == "A" else {}
    contact = grouped(
        "contact",
        "employee_id",
        "started_at",
        ["is_connected", "duration_s", "channel", *(["opportunity_id"] if distinct else [])],
        lambda f: {"talk": f.duration_s.where(f.is_connected), "long": (f.channel == "call") & (f.duration_s >= 300)},
        {
            "contacts": ("is_connected", "size"),
            "connected_share": ("is_connected", "mean"),
            "mean_duration": ("talk", "mean"),
            "long_calls": ("long", "sum"),
            **distinct,
        },
    )
    deal = grouped(
        "opportunity",
        "owner_id",
        "closed_at",
        ["created_at", "is_won", "amount"],
        lambda f: {
            "won": f.amount.astype(float).where(f.is_won),
            "days": ((f.closed_at - f.created_at).dt.total_seconds() / 86400).where(f.is_won),
        },
        {"win_rate": ("is_won", "mean"), "won_amount": ("won", "sum"), "mean_cycle_days": ("days", "mean")},
    )
    ticket = grouped(
        "ticket",
        "owner_id",
        "resolved_at",
        ["due_at", "handle_s", "reopen_count"],
        lambda f: {"met": f.resolved_at <= f.due_at, "again": f.reopen_count > 0},
        {
            "tickets": ("met", "size"),
            "mean_handling_s": ("handle_s", "mean"),
            "sla_share": ("met", "mean"),
            "reopen_share": ("again", "mean"),
        },
    )
    return [contact, deal, ticket]


def _polars(name: str, folder: Path) -> list[Columns]:
    import polars as pl

    def grouped(table: str, who: str, at: str, *aggregates: Any) -> Columns:
        rows = pl.scan_parquet(folder / f"{table}.parquet")
        out = rows.group_by(pl.col(who).alias("who"), pl.col(at).dt.truncate("1mo").alias("month")).agg(*aggregates)
        found = out.collect(engine="streaming")
        return {column: found[column].to_numpy() for column in found.columns}

    col = pl.col
    won, connected = col("is_won"), col("is_connected")
    distinct = [col("opportunity_id").drop_nulls().n_unique().alias("deals_contacted")] if name == "A" else []
    days = (col("closed_at") - col("created_at")).dt.total_microseconds() / 86400e6
    return [
        grouped(
            "contact",
            "employee_id",
            "started_at",
            pl.len().alias("contacts"),
            connected.mean().alias("connected_share"),
            col("duration_s").filter(connected).mean().alias("mean_duration"),
            ((col("channel") == "call") & (col("duration_s") >= 300)).sum().alias("long_calls"),
            *distinct,
        ),
        grouped(
            "opportunity",
            "owner_id",
            "closed_at",
            won.mean().alias("win_rate"),
            col("amount").filter(won).sum().cast(pl.Float64).alias("won_amount"),
            days.filter(won).mean().alias("mean_cycle_days"),
        ),
        grouped(
            "ticket",
            "owner_id",
            "resolved_at",
            pl.len().alias("tickets"),
            col("handle_s").mean().alias("mean_handling_s"),
            (col("resolved_at") <= col("due_at")).mean().alias("sla_share"),
            (col("reopen_count") > 0).mean().alias("reopen_share"),
        ),
    ]


def _bsl(name: str, facts: Path) -> Callable[[], list[Columns]]:
    import ibis
    from boring_semantic_layer import to_semantic_table

    database = ibis.duckdb.connect(str(facts), read_only=True)

    def model(table: str, who: str, at: str, **measures: Any) -> Any:
        dimensions = {"who": lambda t: t[who], "month": lambda t: t[at].truncate("M")}
        return to_semantic_table(database.table(table), name=table).with_dimensions(**dimensions).with_measures(**measures)

    distinct = {"deals_contacted": lambda t: t.opportunity_id.nunique()} if name == "A" else {}
    models = [
        model(
            "contact",
            "employee_id",
            "started_at",
            contacts=lambda t: t.count(),
            connected_share=lambda t: t.is_connected.mean(),
            mean_duration=lambda t: t.duration_s.mean(where=t.is_connected),
            long_calls=lambda t: t.count(where=(t.channel == "call") & (t.duration_s >= 300)),
            **distinct,
        ),
        model(
            "opportunity",
            "owner_id",
            "closed_at",
            win_rate=lambda t: t.is_won.mean(),
            won_amount=lambda t: t.amount.sum(where=t.is_won).cast("float64"),
            mean_cycle_days=lambda t: ((t.closed_at.epoch_seconds() - t.created_at.epoch_seconds()) / 86400).mean(where=t.is_won),
        ),
        model(
            "ticket",
            "owner_id",
            "resolved_at",
            tickets=lambda t: t.count(),
            mean_handling_s=lambda t: t.handle_s.mean(),
            sla_share=lambda t: (t.resolved_at <= t.due_at).mean(),
            reopen_share=lambda t: (t.reopen_count > 0).mean(),
        ),
    ]

    def run() -> list[Columns]:
        found = []
        for each in models:
            out = each.group_by("who", "month").aggregate(*each.measures).execute()
            found.append({column: out[column].to_numpy() for column in out})
        return found

    return run
