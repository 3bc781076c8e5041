"""The project: its folder, its `kpicore.toml`, and its scorecards by role."""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - cattrs reads the annotations
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import attrs
from attrs import field, frozen

from kpicore.config.scorecard import load_scorecard
from kpicore.config.structure import read_toml, structure
from kpicore.errors import ConfigError, KpiError, nearest
from kpicore.model.check import filled, one_of, refuse
from kpicore.model.lint import Lint
from kpicore.model.matching import Matching
from kpicore.model.period import Calendar
from kpicore.model.workdays import WorkingCalendar  # noqa: TC001 - cattrs reads the annotations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.model.check import Problem
    from kpicore.model.scorecard import Scorecard

PROJECT_SCHEMA = "kpicore.project/1"
PROJECT_FILE = "kpicore.toml"
DATABASE = "facts.duckdb"


@frozen
class Facts:
    """Where the facts are: a file of the project, or a database that is used in place."""

    database: str | None = None
    """DuckDB file made by `kpicore load`, relative to the project; `facts.duckdb` unless given."""
    url: str | None = field(default=None, repr=False)
    """SQLAlchemy URL of a database that has the canonical tables or views."""
    url_env: str | None = None
    """Instead of `url`: the environment variable that holds it, so that no password is in the file."""
    mapping: str = "mapping.toml"
    """The mapping file, relative to the project."""

    def __attrs_post_init__(self) -> None:
        """Refuse two places at once."""
        refuse(self, _facts_problems(self))

    def address(self, folder: Path, environ: Mapping[str, str]) -> Path | str:
        """Return the path of the database file, or the URL of the database.

        Args:
            folder: of the project.
            environ: the environment variables.
        Raises:
            ConfigError: the environment variable is not set.
        """
        if self.url_env is not None:
            if not environ.get(self.url_env):
                raise ConfigError(f"the environment variable {self.url_env!r} must hold the URL of the facts ([facts] url_env); set it")
            return environ[self.url_env]
        return self.url if self.url is not None else folder / (self.database or DATABASE)


def _facts_problems(given: Facts) -> Iterator[Problem]:
    named = [key for key in ("database", "url", "url_env") if getattr(given, key) is not None]
    if len(named) > 1:
        yield named[1], f"give one of database, url and url_env (got {' and '.join(named)})"
    for key in named:
        yield from filled(key, getattr(given, key))
    yield from filled("mapping", given.mapping)


@frozen
class Plugins:
    """Which plugins to leave out, and which must be there."""

    block: tuple[str, ...] = ()
    require: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse a plugin that is both."""
        both = sorted(set(self.block) & set(self.require))
        refuse(self, [("block", f"a plugin cannot be both blocked and required (got {', '.join(both)})")] if both else [])


@frozen
class Project:
    """A project folder, as `kpicore.toml` describes it."""

    name: str
    folder: Path = field(default=Path(), metadata={"key": ""})
    """Where the project is; not a key of the file."""
    time_zone: str = "UTC"
    """Of the calendar in which periods begin and end."""
    fiscal_year_start: int = 1
    """Month in which the fiscal year begins."""
    currency: str | None = None
    """ISO 4217 code of amounts without a currency; without it, mixed currencies are an error."""
    locale: Literal["en", "zh"] = "en"
    """Language of reports."""
    facts: Facts = field(factory=Facts)
    plugins: Plugins = field(factory=Plugins)
    parameters: Mapping[str, Mapping[str, object]] = field(factory=dict)
    """Per metric, what it is built with."""
    entities: Matching = field(factory=Matching)
    """How records of one customer are found."""
    lint: Lint = field(factory=Lint)
    """What `kpicore check` need not say of any scorecard."""
    calendars: Mapping[str, WorkingCalendar] = field(factory=dict, metadata={"key": "calendar"})
    """Working calendars, each a table `[calendar.NAME]`, by which metrics measure working time."""
    calendar: Calendar = field(init=False, eq=False)
    """Made of `time_zone` and `fiscal_year_start`."""

    @calendar.default
    def _calendar(self) -> Calendar:
        refuse(self, _project_problems(self))
        return Calendar(self.time_zone, self.fiscal_year_start)

    def scorecard(self, role: str) -> Scorecard:
        """Read the scorecard of a role.

        Raises:
            ConfigError: no file or two files have that role, or the file is not valid.
        """
        files = self._files()
        paths = [path for path, came in files.items() if came == role]
        if len(paths) > 1:
            raise ConfigError(f"role {role!r} must have one scorecard (got {', '.join(path.name for path in paths)})")
        if not paths:
            raise ConfigError(self._no_such_role(role, files))
        return load_scorecard(paths[0])

    def roles(self) -> tuple[str, ...]:
        """Return the roles that have a scorecard, sorted; files that cannot be read are left out."""
        return tuple(sorted({role for role in self._files().values() if role is not None}))

    def _files(self) -> dict[Path, str | None]:
        return {path: _role_in(path) for path in sorted((self.folder / "scorecards").glob("*.toml"))}

    def _no_such_role(self, role: str, files: Mapping[Path, str | None]) -> str:
        unread = sorted(path.name for path, came in files.items() if came is None)
        hint = nearest(role, [came for came in files.values() if came is not None])
        also = f"; no role could be read from {', '.join(unread)}" if unread else ""
        return f"no scorecard in {self.folder / 'scorecards'} has the role {role!r}{hint}{also}"


def _project_problems(given: Project) -> Iterator[Problem]:
    yield from filled("name", given.name)
    yield from one_of("locale", given.locale, get_args(Literal["en", "zh"]))
    if given.currency is not None and not re.fullmatch("[A-Z]{3}", given.currency):
        yield "currency", f"currency must be an ISO 4217 code such as 'CNY' (got {given.currency!r})"
    for key in ("time_zone", "fiscal_year_start"):
        try:
            Calendar(**{key: getattr(given, key)})
        except ConfigError as error:
            yield key, str(error)


def _role_in(path: Path) -> str | None:
    try:
        role = read_toml(path).get("role")
    except KpiError:
        return None
    return role if isinstance(role, str) else None


def load_project(folder: Path | str) -> Project:
    """Read a project.

    Args:
        folder: the project's folder.
    Raises:
        ConfigError: there is no `kpicore.toml`, or it is not valid; with all errors of the file.
    """
    path = Path(folder) / PROJECT_FILE
    if not path.is_file():
        raise ConfigError(f"{folder} must be a project, a folder with a {PROJECT_FILE}; `kpicore init {folder}` makes one")
    return attrs.evolve(structure(Project, read_toml(path), str(path), PROJECT_SCHEMA), folder=Path(folder))
