"""What kpicore's planner costs beside hand-written SQL, pandas, polars and others: start here with `python benchmarks/planner.py`.

Every variant runs in a process of its own: one warm-up, then the repeats; CPU and wall seconds are medians of these, memory is the
peak of the process. All variants must give the same cells, by a checksum per metric, or the benchmark stops with an error.
The generated facts (about 0.3 GB of DuckDB, twice that with text ids) are kept in the cache folder.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import crm_star
import planner_frames
import planner_sql

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner_sql import Columns

FILTERS = ("4", "16", "32", "64")
GOALS = {"A": 0.45, "B": 0.75, "32": 0.30}
POSTGRESQL = "postgresql+psycopg://postgres@127.0.0.1/test"


def main() -> None:
    """Read the options, then compare, or be one of the compared processes."""
    options = _options()
    if options.worker:
        print(json.dumps(_work(options)))
        return
    folder = Path(options.cache)
    print(f"{crm_star.CONTACTS * options.rows:,.0f} contacts, DuckDB, {options.repeats} repeats after a warm-up; medians of seconds")
    for is_text in (False, True):
        facts = crm_star.generate(folder, options.rows, is_text=is_text)
        _compare_duckdb(facts, options, is_text=is_text)
    if not options.no_postgresql:
        import planner_postgresql

        planner_postgresql.compare(folder, options, run_worker, table_row)
    print("\nplan and compile, nothing executed (ms of CPU, best of the repeats)")
    for number in ("100", "300"):
        found = run_worker("compile", number, str(crm_star.generate(folder, options.rows)), options.repeats)
        goal = "  (goal < 100 ms)" if number == "100" else ""
        print(f"  {number} metrics on 3 facts: {found['ms']:.0f} ms, {found['statements']} statements, {found['measures']} measures{goal}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, default=1.0, help="scale: 1 is 20 M contacts, 2 M opportunities, 3 M tickets (default 1)")
    parser.add_argument("--repeats", type=int, default=5, help="repeats after the warm-up (default 5)")
    parser.add_argument("--cache", default=str(Path(tempfile.gettempdir()) / "kpicore-benchmark"), help="folder for the generated facts")
    parser.add_argument(
        "--sets", nargs="+", default=["A", "B", *FILTERS], help="what to compare: A, B or a number of filters (default all)"
    )
    parser.add_argument("--no-postgresql", action="store_true", help=f"leave out the part on {POSTGRESQL}")
    parser.add_argument("--postgresql", default=POSTGRESQL, help="URL of a PostgreSQL server in which a schema may be made and dropped")
    parser.add_argument("--worker", nargs=3, metavar=("VARIANT", "SET", "FACTS"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _compare_duckdb(facts: Path, options: argparse.Namespace, *, is_text: bool) -> None:
    print(
        f"\n{'ids as text and ENUM, as `kpicore load` writes them' if is_text else 'ids as whole numbers, canonical tables used in place'}"
    )
    for name in [each for each in options.sets if not is_text or each in GOALS]:
        others = ("scan", "one by one")
        if name in ("A", "B"):
            others += ("pandas", "polars", "bsl")
        if is_text:
            others = ()
        elif name in ("A", "B"):
            crm_star.export(facts)
        _compare(name, ("fused", "kpicore", *others), str(facts), options.repeats)


def _compare(name: str, variants: tuple[str, ...], facts: str, repeats: int) -> None:
    title = f"set {name}" if name in ("A", "B") else f"{name} filters"
    goal = f" (goal: kpicore <= {GOALS[name]:.2f})" if name in GOALS else ""
    print(f"\n  {title}{goal}\n{table_head('cpu / fused')}", flush=True)
    base: dict[str, Any] = {}
    for variant in variants:
        if variant in planner_frames.NEEDS and not planner_frames.is_installed(variant):
            print(f"    {variant:28} not installed")
            continue
        found = run_worker(variant, name, facts, repeats)
        base = base or found
        print(table_row(variant, found, base), flush=True)
        _must_agree(variant, found["sums"], base["sums"])


def table_head(ratio: str) -> str:
    """Return the names of the columns."""
    return f"    {'variant':28}{'cpu':>8}{'wall':>8}{'MB':>7}{ratio:>13}{'best / best':>13}"


def table_row(variant: str, found: dict[str, Any], base: dict[str, Any], kind: str = "cpu") -> str:
    """Return one line of a table; the ratio is of medians, then of the best repeats, which other work on the machine disturbs least."""
    middle, best = (of(found[kind]) / of(base[kind]) for of in (statistics.median, min))
    cpu, wall = statistics.median(found["cpu"]), statistics.median(found["wall"])
    return f"    {variant:28}{cpu:8.2f}{wall:8.2f}{found['mb']:7.0f}{middle:13.2f}{best:13.2f}  {found['forms']}".rstrip()


def run_worker(variant: str, name: str, facts: str, repeats: int) -> dict[str, Any]:
    """Measure one variant in a process of its own."""
    command = [sys.executable, __file__, "--repeats", str(repeats), "--worker", variant, name, facts]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # this file, with its own arguments
    if done.returncode:
        raise SystemExit(f"{variant} failed on {name}:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _must_agree(variant: str, found: dict[str, float], expected: dict[str, float]) -> None:
    for metric, number in found.items():
        if not math.isclose(number, expected[metric], rel_tol=1e-9, abs_tol=1e-9):
            raise SystemExit(f"{variant} disagrees on {metric}: {number!r}, the hand-fused statement gives {expected[metric]!r}")


def _work(options: argparse.Namespace) -> dict[str, Any]:
    variant, name, facts = options.worker
    if variant == "compile":
        import planner_kpicore

        return planner_kpicore.compile_time(int(name), facts, options.repeats)
    forms = ""
    if variant.startswith("kpicore"):
        import planner_kpicore

        run, sums, forms = planner_kpicore.runs(name, facts, always_two_level=variant.endswith("two-level"))
    else:
        run, sums = _prepared(variant, name, facts)
    cpu, wall, last = _timed(run, options.repeats)
    return {"cpu": cpu, "wall": wall, "mb": _peak_mb(), "forms": forms, "sums": {} if variant == "scan" else sums(last)}


def _peak_mb() -> float:
    # Linux lets a process inherit the peak of the one that started it in ru_maxrss, but not in VmHWM.
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) / 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _prepared(variant: str, name: str, facts: str) -> tuple[Callable[[], Any], Callable[[Any], dict[str, float]]]:
    if variant in planner_frames.NEEDS:
        path = Path(facts)
        return planner_frames.runs(variant, name, path, path.with_suffix(".parquet")), planner_sql.checksums
    engine, fetch = ("postgresql", _postgresql(facts)) if "://" in facts else ("duckdb", _duckdb(facts))
    return planner_sql.runs(variant, name, engine, fetch), planner_sql.checksums


def _duckdb(facts: str) -> Callable[[str], Columns]:
    import duckdb

    connection = duckdb.connect(facts, read_only=True)
    return lambda sql: connection.execute(sql).fetchnumpy()


def _postgresql(url: str) -> Callable[[str], Columns]:
    import numpy as np
    from sqlalchemy import create_engine, text

    connection = create_engine(url).connect()

    def fetch(sql: str) -> Columns:
        result = connection.execute(text(sql))
        names = list(result.keys())
        columns = list(zip(*result.fetchall(), strict=True))
        kinds = ["datetime64[us]" if each == "month" else "O" if each == "who" else np.float64 for each in names]
        return {each: np.array(column, dtype=kind) for each, column, kind in zip(names, columns, kinds, strict=True)}

    return fetch


def _timed(run: Callable[[], Any], repeats: int) -> tuple[list[float], list[float], Any]:
    cpu, wall = [], []
    last = run()
    for _ in range(repeats):
        last = None
        before, start = time.process_time(), time.perf_counter()
        last = run()
        cpu.append(time.process_time() - before)
        wall.append(time.perf_counter() - start)
    return cpu, wall, last


if __name__ == "__main__":
    main()
