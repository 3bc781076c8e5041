"""The scoring benchmark runs, tiny, and its variants agree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_benchmark_runs() -> None:
    """It stops with an error where two variants differ, so that its end is the check."""
    options = ["--people", "200", "--repeats", "1", "--draws", "100"]

    done = subprocess.run([sys.executable, str(ROOT / "benchmarks/scoring.py"), *options], capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)
    assert "200 people x 30 metrics; goals: kpicore / numpy <= 1.5" in done.stdout
    assert [True] * 3 == [f"    {name}" in done.stdout for name in ("numpy, the same figures", "kpicore", "pymcdm")]
    assert "100 draws of the ranks of 500 people" in done.stdout
