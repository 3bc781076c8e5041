"""The planner's benchmark runs, tiny, and all its variants agree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_benchmark_runs(tmp_path: Path) -> None:
    """It stops with an error where two variants differ, so that its end is the check."""
    script = ROOT / "benchmarks" / "planner.py"
    options = ["--rows", "0.001", "--repeats", "1", "--sets", "A", "4", "--no-postgresql", "--cache", str(tmp_path)]

    done = subprocess.run([sys.executable, str(script), *options], capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)
    titles = [line.strip().partition(" (")[0] for line in done.stdout.splitlines() if line.startswith("  ") and line[2] in "s4"]
    assert ["set A", "4 filters", "set A"] == titles
    assert "300 metrics on 3 facts" in done.stdout
