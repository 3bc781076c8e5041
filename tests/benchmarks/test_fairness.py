"""The benchmark of fairness runs, and reaches its goals with a few repeats already."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_benchmark_runs_and_reaches_its_goals() -> None:
    """People are ranked by skill where raw figures mislead, intervals hold the truth, and few cases no longer take the top."""
    script = ROOT / "benchmarks" / "fairness.py"

    done = subprocess.run([sys.executable, str(script), "--repeats", "25"], capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)
    lines = [line for line in done.stdout.splitlines() if line.startswith("    ")]
    rows = {line[4:38].strip(): line[38:].split() for line in reversed(lines)}  # of two with a name the first is kept
    assert float(rows["raw"][0]) < float(rows["pooled class means"][0]) < float(rows["within people, class means"][0])
    assert float(rows["within people, class means"][0]) > 0.91
    assert float(rows["expected, class means"][0]) > float(rows["declared, rough (2, 1.3, 0.8, 0.5)"][0]) > 0.6
    assert float(rows["raw shares"][0]) > 50
    assert float(rows["shrunk shares"][0]) < 20
    covered = [line.split()[:2] for line in done.stdout.splitlines() if line.split()[:1] in (["8"], ["15"], ["30"], ["100"])]
    assert ["8", "15", "30", "100"] == [people for people, _ in covered]
    assert all(0.93 < float(share) < 0.97 for _, share in covered)
