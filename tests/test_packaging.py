"""What is installed: every package typed, one version, entry points that lead somewhere, and not the checkout."""

from __future__ import annotations

import os
import re
import sysconfig
import tomllib
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import kpicore


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def folders(root: Path) -> set[str]:
    """Return the import packages in the three roots of the repository, by path."""
    found = {path.parent for folder in ("plugins", "rules") for path in (root / folder).glob("*/__init__.py")}
    return {"kpicore"} | {path.relative_to(root).as_posix() for path in found}


def test_every_package_is_shipped(root: Path, project: dict[str, Any]) -> None:
    """A folder in plugins or rules that the wheel leaves out would be found missing only by a user."""
    assert sorted(folders(root)) == sorted(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])


def test_every_plugin_has_an_entry_point(root: Path, project: dict[str, Any]) -> None:
    """Bundled plugins are found as third parties' are: one entry point each, named like the package."""
    names = {Path(folder).name for folder in folders(root)} - {"kpicore"}

    assert {name: name for name in names} == project["project"]["entry-points"]["kpicore"]


def test_every_package_says_that_it_is_typed(root: Path) -> None:
    """The marker lies inside the installed package, where type checkers look for it."""
    assert [] == [name for name in sorted(Path(folder).name for folder in folders(root)) if not (place(name) / "py.typed").is_file()]


def test_the_version_is_the_same_everywhere(root: Path, project: dict[str, Any]) -> None:
    """The metadata, the package and the newest entry of the changelog agree with pyproject.toml."""
    newest = re.search(r"^## \[?(\d[^\]\s]*)", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert newest is not None
    assert 3 * [project["project"]["version"]] == [metadata.version("kpicore"), kpicore.__version__, newest[1]]


def test_entry_points_lead_to_files() -> None:
    """Every plugin and command that the installed distribution declares is there."""
    modules = [point.module for point in metadata.distribution("kpicore").entry_points]

    assert modules
    assert [] == [name for name in modules if not is_a_file(name)]


@pytest.mark.skipif("KPICORE_TEST_INSTALLED" not in os.environ, reason="only tox installs the wheel; a checkout may be tested as it is")
def test_the_wheel_is_tested_and_not_the_checkout(root: Path) -> None:
    """Under tox every package comes from site-packages."""
    installed = Path(sysconfig.get_path("purelib")).resolve()

    assert [] == [name for name in (Path(folder).name for folder in folders(root)) if installed != place(name).parent]


def place(name: str) -> Path:
    """Return the folder from which a package is imported."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None, f"{name} has no __init__.py"
    return Path(spec.origin).resolve().parent


def is_a_file(name: str) -> bool:
    """Tell whether a module of that name is found as a file."""
    spec = find_spec(name)
    return spec is not None and spec.origin is not None and Path(spec.origin).is_file()
