"""Who may import whom: the contracts in pyproject.toml hold, and each of them would notice a breach."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import grimp
import pytest

BREACHES = {
    "the core imports upwards": ("kpicore/model/period.py", "import kpicore.hookspecs", "The core reads"),
    "a module has no place": ("kpicore/stray.py", "", "The core reads"),
    "the core imports a plugin": ("kpicore/hookspecs.py", "import kpicore_sales", "The core knows"),
    "a plugin imports another": ("kpicore_sales/__init__.py", "import kpicore_value", "Plugins and rule packs know"),
    "a plugin imports the inside": ("kpicore_sales/__init__.py", "from kpicore.model import metric", "Plugins and rule packs use"),
    "a rule pack imports the inside": ("kpicore_rules_contact/__init__.py", "import kpicore.matrix", "Plugins and rule packs use"),
    "a kernel imports a library": ("kpicore/kernels/__init__.py", "import sqlalchemy", "The kernels know"),
}


@pytest.fixture(scope="module")
def contracts(root: Path) -> dict[str, Any]:
    """Return the import contracts of pyproject.toml."""
    settings: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    return settings


@pytest.fixture(scope="module")
def sources(contracts: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the packages under test, which a test may spoil."""
    folder = tmp_path_factory.mktemp("sources")
    for name in contracts["root_packages"]:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None, f"{name} has no __init__.py"
        shutil.copytree(Path(spec.origin).parent, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_every_package_is_under_contract(root: Path, contracts: dict[str, Any]) -> None:
    """A new plugin or rule pack is checked like the others."""
    plugins = {path.parent.name for path in root.glob("*/kpicore_*/__init__.py")}
    listed = [set(contracts["root_packages"]) - {"kpicore"}]
    listed += [set(contract["modules"]) for contract in contracts["contracts"] if contract["type"] == "independence"]
    listed += [set(contract["source_modules"]) for contract in contracts["contracts"] if contract.get("allow_indirect_imports")]

    assert 3 * [plugins] == listed


def test_the_contracts_hold(root: Path, sources: Path) -> None:
    """Imports go from top to bottom, and plugins keep to the public face."""
    done = lint(root, sources)

    assert 0 == done.returncode, done.stdout


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_noticed(breach: str, root: Path, sources: Path, tmp_path: Path) -> None:
    """Each contract is broken on purpose, and says so."""
    path, line, contract = BREACHES[breach]
    spoilt = shutil.copytree(sources, tmp_path / "spoilt")
    with (spoilt / path).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")

    done = lint(root, spoilt)

    assert 1 == done.returncode
    # The core imported by a plugin that it imports breaks more than one.
    assert contract in {name[: len(contract)] for name in done.stdout.splitlines() if " BROKEN" in name}


def test_kernels_import_nothing_but_numpy() -> None:
    """The formulas know arrays; the only other import is the class of their errors."""
    graph = grimp.build_graph("kpicore", include_external_packages=True, cache_dir=None)
    kernels = {"kpicore.kernels"} | graph.find_descendants("kpicore.kernels")
    imported = {name for kernel in kernels for name in graph.find_modules_directly_imported_by(kernel)}

    assert set() == imported - kernels - {"numpy", "kpicore.errors"} - set(sys.stdlib_module_names)


def lint(root: Path, sources: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts against the packages in `sources`."""
    command = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    arguments = ["--config", str(root / "pyproject.toml"), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(sources), "COLUMNS": "300", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-c", command, *arguments],
        cwd=sources,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
