"""What kpicore is compared with in SQL: one hand-fused statement, one query per metric, and the bare scan of the touched columns.

The hand-fused statement reads each fact once, has a FILTER per aggregate, groups by person and `date_trunc('month', ...)`, and joins
the three results, as an analyst would write it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import metric_sets
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

START, END = "2025-01-01", "2026-01-01"
TIMES = {"contact": ("employee_id", "started_at"), "opportunity": ("owner_id", "closed_at"), "ticket": ("owner_id", "resolved_at")}
COLUMNS = {
    "contact": ("employee_id", "started_at", "duration_s", "is_connected", "channel"),
    "opportunity": ("owner_id", "closed_at", "created_at", "is_won", "is_closed", "amount"),
    "ticket": ("owner_id", "resolved_at", "due_at", "handle_s", "reopen_count"),
}
_CYCLE = {
    "duckdb": "date_diff('microsecond', created_at, closed_at) / 86400e6",
    "postgresql": "extract(epoch FROM closed_at - created_at)::double precision / 86400",
}

Expressions = dict[str, dict[str, str]]
"""Fact -> metric -> aggregate."""


def _share(condition: str, of: str = "TRUE") -> str:
    return f"CAST(count(*) FILTER (WHERE {condition}) AS double precision) / nullif(count(*) FILTER (WHERE {of}), 0)"


def expressions(name: str, engine: str = "duckdb") -> Expressions:
    """Return the aggregates of a set: 'A', 'B', or the number of filters."""
    if name.isdigit():
        filters = enumerate(metric_sets.filter_sql(one) for one in _filters(name))
        return {"contact": {f"f{at:02d}": f"{_of(at)} FILTER (WHERE {where})" for at, where in filters}}
    contact = {
        "contacts": "count(*)",
        "connected_share": _share("is_connected"),
        "mean_duration": "avg(duration_s) FILTER (WHERE is_connected)",
        "long_calls": "count(*) FILTER (WHERE channel = 'call' AND duration_s >= 300)",
    }
    distinct = {"deals_contacted": "count(DISTINCT opportunity_id)"} if name == "A" else {}
    deal = {
        "win_rate": _share("is_won", "is_closed"),
        "won_amount": "coalesce(sum(amount) FILTER (WHERE is_won), 0)",
        "mean_cycle_days": f"avg({_CYCLE[engine]}) FILTER (WHERE is_won)",
    }
    ticket = {
        "tickets": "count(*)",
        "mean_handling_s": "avg(handle_s)",
        "sla_share": _share("resolved_at <= due_at"),
        "reopen_share": _share("reopen_count > 0"),
    }
    return {"contact": {**contact, **distinct}, "opportunity": deal, "ticket": ticket}


def _filters(name: str) -> list[metric_sets.Filter]:
    return metric_sets.filters(int(name))


def _of(at: int) -> str:
    return "avg(duration_s)" if at % 2 else "count(*)"


def fused(name: str, engine: str = "duckdb") -> str:
    """Return the hand-fused statement."""
    parts = {fact: _grouped(fact, aggregates) for fact, aggregates in expressions(name, engine).items()}
    ctes = ", ".join(f"g_{fact} AS ({sql})" for fact, sql in parts.items())
    joined = " FULL JOIN ".join(f"g_{fact}" + (" USING (who, month)" if at else "") for at, fact in enumerate(parts))
    return f"WITH {ctes} SELECT * FROM {joined}"


def _grouped(fact: str, aggregates: dict[str, str], where: str = "TRUE") -> str:
    who, at = TIMES[fact]
    wanted = ", ".join(f"{sql} AS {name}" for name, sql in aggregates.items())
    within = f"{at} >= '{START}' AND {at} < '{END}' AND {where}"
    return f"SELECT {who} AS who, date_trunc('month', {at}) AS month, {wanted} FROM {fact} WHERE {within} GROUP BY 1, 2"


def one_by_one(name: str, engine: str = "duckdb") -> list[str]:
    """Return one statement per metric; where the metric has one filter, it is the WHERE of its statement."""
    if name.isdigit():
        return [_grouped("contact", {f"f{at:02d}": _of(at)}, metric_sets.filter_sql(one)) for at, one in enumerate(_filters(name))]
    return [_grouped(fact, {metric: sql}) for fact, parts in expressions(name, engine).items() for metric, sql in parts.items()]


def scans(name: str) -> list[str]:
    """Return statements that read the touched columns and do next to nothing with them."""
    found = []
    for fact in expressions(name):
        distinct = ["opportunity_id"] if fact == "contact" and name == "A" else []
        extra = ["direction"] if name.isdigit() else []
        found.append(f"SELECT {', '.join(_touched(column) for column in [*COLUMNS[fact], *extra, *distinct])} FROM {fact}")
    return found


def _touched(column: str) -> str:
    # Counts alone would be answered from statistics, without a scan.
    if column.startswith("is_"):
        return f"count(*) FILTER (WHERE {column})"
    return f"max({column})" if column.endswith("_at") or column in ("channel", "direction") else f"sum({column})"


Columns = dict[str, np.ndarray]


def runs(variant: str, name: str, engine: str, fetch: Callable[[str], Columns]) -> Callable[[], list[Columns]]:
    """Return what a variant does, given how a statement's result is fetched as columns."""
    make = {"scan": lambda: scans(name), "fused": lambda: [fused(name, engine)], "one by one": lambda: one_by_one(name, engine)}
    statements = make[variant]()
    return lambda: [fetch(sql) for sql in statements]


def checksums(results: list[Columns]) -> dict[str, float]:
    """Return a number per metric that depends on every cell: the sum of value x (1 + person + month / 100), no value being 0."""
    found = {}
    for columns in results:
        who = np.array([int(str(each).lstrip("P")) for each in columns["who"]])
        month = columns["month"].astype("datetime64[M]").astype(np.int64) % 12
        for name, values in columns.items():
            if name not in ("who", "month"):
                numbers = np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan)
                found[name] = float(np.nansum(numbers * (1 + who + month / 100)))
    return found
