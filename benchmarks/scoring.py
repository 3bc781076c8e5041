"""What scoring costs beside plain numpy, scikit-criteria and pymcdm: start here with `python benchmarks/scoring.py`.

A metric matrix of made-up people with 5 % of its cells missing becomes scores, points and ranks: half of the metrics by target, half by
the range of the peers, gaps reshared, arithmetic mean. Plain numpy does the same arithmetic twice: to the same figures, with points
that are rounded so that they sum to the score, and to scores and ranks alone. Every variant runs in a process of its own: one warm-up,
then the repeats (ten times as many for small sizes); CPU and wall seconds are medians of these, memory is the peak of the process, the
matrix itself included. scikit-criteria and pymcdm take no gaps and have no targets: they get a full matrix and the range of the peers,
and give no points per metric.
All variants that reckon the same must give the same scores, or the benchmark stops with an error.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import scoring_variants

if TYPE_CHECKING:
    from collections.abc import Callable

RATIO_GOAL = 1.5
MEMORY_GOAL = 1.2
"""GiB, for a million people."""
SMALL, MILLION = 100_000, 1_000_000
DRAWS, PEOPLE, METRICS = 10_000, 500, 30


def main() -> None:
    """Read the options, then compare, or be one of the compared processes."""
    options = _options()
    if options.worker:
        variant, people = options.worker
        print(json.dumps(_work(variant, int(people), options)))
        return
    for people in options.people:
        _compare(people, options)
    if options.draws:
        _draws(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="*", default=[10_000, MILLION], help="sizes (default 10000 1000000)")
    parser.add_argument("--metrics", type=int, default=METRICS, help="metrics (default 30)")
    parser.add_argument("--repeats", type=int, default=5, help="repeats after the warm-up (default 5)")
    parser.add_argument("--draws", type=int, default=DRAWS, help="draws of the ranks of 500 people; 0 leaves them out (default 10000)")
    parser.add_argument("--worker", nargs=2, metavar=("VARIANT", "PEOPLE"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _compare(people: int, options: argparse.Namespace) -> None:
    goal = f"; goals: kpicore / numpy <= {RATIO_GOAL}" + (f", kpicore's peak <= {MEMORY_GOAL} GiB" if people >= MILLION else "")
    print(f"\n{people:,} people x {options.metrics} metrics{goal}")
    print(f"    {'variant':34}{'cpu':>9}{'wall':>9}{'GiB':>7}{'cpu / numpy':>13}{'/ scores only':>15}", flush=True)
    measured: dict[str, dict[str, Any]] = {}
    for variant in scoring_variants.VARIANTS:
        if not scoring_variants.is_installed(variant):
            print(f"    {variant:34} not installed")
            continue
        measured[variant] = _run_worker(variant, people, options)
    for variant, found in measured.items():
        _must_agree(variant, found["sums"], measured[scoring_variants.SAME]["sums"])
        print(_row(variant, found, measured), flush=True)


def _row(variant: str, found: dict[str, Any], measured: dict[str, dict[str, Any]]) -> str:
    """Return one line, with ratios to plain numpy for the same figures, and for scores only."""
    cpu, wall = statistics.median(found["cpu"]), statistics.median(found["wall"])
    same, only = (cpu / statistics.median(measured[each]["cpu"]) for each in (scoring_variants.SAME, scoring_variants.ONLY))
    return f"    {variant:34}{cpu:9.4f}{wall:9.4f}{found['gib']:7.2f}{same:13.2f}{only:15.2f}"


def _must_agree(variant: str, found: dict[str, float], expected: dict[str, float]) -> None:
    for name, number in found.items():
        if not math.isclose(number, expected[name], rel_tol=1e-9, abs_tol=1e-6):
            raise SystemExit(f"{variant} disagrees on {name}: {number!r}, plain numpy gives {expected[name]!r}")


def _draws(options: argparse.Namespace) -> None:
    found = _run_worker("draws", PEOPLE, options)
    print(f"\n{options.draws:,} draws of the ranks of {PEOPLE} people x {options.metrics} metrics, through the frozen scorecard")
    print(f"    {statistics.median(found['wall']):.2f} s ({statistics.median(found['cpu']):.2f} s of CPU), {found['gib']:.2f} GiB")


def _run_worker(variant: str, people: int, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one variant in a process of its own."""
    given = ["--repeats", str(options.repeats), "--metrics", str(options.metrics), "--draws", str(options.draws)]
    command = [sys.executable, __file__, *given, "--worker", variant, str(people)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # this file, with its own arguments
    if done.returncode:
        raise SystemExit(f"{variant} failed on {people} people:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _work(variant: str, people: int, options: argparse.Namespace) -> dict[str, Any]:
    run, sums = scoring_variants.prepared(variant, people, options.metrics, options.draws)
    cpu, wall, last = _timed(run, options.repeats * (10 if people <= SMALL and variant != "draws" else 1))
    return {"cpu": cpu, "wall": wall, "gib": _peak_gib(), "sums": sums(last)}


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


def _peak_gib() -> float:
    # Linux lets a process inherit the peak of the one that started it in ru_maxrss, but not in VmHWM.
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) / 2**20 for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    main()
