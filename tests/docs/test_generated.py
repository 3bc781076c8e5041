"""The generated reference pages say what the code says."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_generated_pages_are_current(root: Path) -> None:
    """Nobody has changed a fact, hook, command, metric or exit code without writing its page again."""
    done = generate(root / "docs" / "generate.py", "--check")

    assert (0, "") == (done.returncode, done.stdout + done.stderr)


def test_a_page_that_is_not_current_is_named_and_repaired(root: Path, tmp_path: Path) -> None:
    """A page that is missing or differs fails the check, is written, and then passes it."""
    script = tmp_path / "generate.py"
    script.write_bytes((root / "docs" / "generate.py").read_bytes())
    first = generate(script)
    (tmp_path / "reference" / "facts.md").write_text("# Something else\n", encoding="utf-8")

    before, repair, after = generate(script, "--check"), generate(script), generate(script, "--check")

    assert 0 == first.returncode, first.stderr
    assert (1, "docs/reference/facts.md is not current; run: python docs/generate.py\n") == (before.returncode, before.stdout)
    assert (0, "docs/reference/facts.md written\n") == (repair.returncode, repair.stdout)
    assert (0, "") == (after.returncode, after.stdout)


def generate(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the generator as a contributor does."""
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, encoding="utf-8", check=False)
