"""The benchmark of matching customers runs, and its figures hold for a small number of accounts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_benchmark_runs_and_matches_well(tmp_path: Path) -> None:
    """Exact keys find most duplicates and nothing else, similar records of one owner most of the rest, within the budget."""
    pytest.importorskip("rapidfuzz")
    script = ROOT / "benchmarks" / "entities.py"
    rows = []
    for plan in ("exact", "exact,portfolio"):
        options = ["--data", str(tmp_path), "--accounts", "20000", "--match", plan]
        done = subprocess.run([sys.executable, str(script), *options], capture_output=True, text=True, check=False)
        assert (0, "") == (done.returncode, done.stderr)
        rows.append(done.stdout.splitlines()[-1].rsplit(maxsplit=6))

    assert ["exact", "exact + portfolio"] == [row[0].strip() for row in rows]
    assert all(float(row[1]) >= 0.99 for row in rows)
    assert 0.85 < float(rows[0][2]) < float(rows[1][2])
    assert float(rows[1][2]) > 0.95
    assert ["yes", "yes"] == [row[6] for row in rows]
