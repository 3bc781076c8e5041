"""Every error that kpicore raises on purpose, each with the exit code of the command line.

A message says what must hold, what came, where, and what to do next; `nearest` offers the name that was probably meant.
"""

from __future__ import annotations

from difflib import get_close_matches
from enum import IntEnum
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")


class ExitCode(IntEnum):
    """What the command line returns to the shell."""

    OK = 0
    """Done, and nothing to report."""
    FINDINGS = 1
    """Done, with findings at or above the severity asked for."""
    USAGE = 2
    """Wrong usage, configuration or definition."""
    SOURCE = 3
    """The data source failed."""
    PLUGIN = 4
    """A required plugin failed."""
    BUG = 70
    """A bug in kpicore; please report it."""


class KpiError(Exception):
    """The root of all errors that kpicore raises on purpose."""

    exit_code: ExitCode = ExitCode.USAGE


class ConfigError(KpiError):
    """A project, scorecard or mapping file does not say what it must."""


class PeriodError(KpiError):
    """A period cannot be read, or cannot be used here."""


class MetricError(KpiError):
    """A metric is defined in a way that cannot give a right number."""


class PlanError(MetricError):
    """A measure would need a join that could count a row more than once."""


class ScorecardError(KpiError):
    """A scorecard asks for something that cannot be scored."""


class PeersError(ScorecardError):
    """The peers are too few to compare with. The metric is then missing for everyone, with this message as the reason."""


class ShapeError(KpiError):
    """An array does not have the shape that a formula needs."""


class SourceError(KpiError):
    """The data source could not be reached, read or written."""

    exit_code = ExitCode.SOURCE


class PluginError(KpiError):
    """A required plugin is missing, or plugins contradict each other."""

    exit_code = ExitCode.PLUGIN


def call(who: str, function: Callable[..., T], *given: object) -> T:
    """Call what a plugin offers.

    Raises:
        PluginError: it failed in a way that it did not mean to.
    """
    try:
        return function(*given)
    except KpiError:
        raise
    except (Exception, SystemExit) as error:  # whatever a plugin does must not end the run without its name
        raise PluginError(f"{who} failed: {type(error).__name__}: {error}") from error


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return '; did you mean ...?' for the valid name closest to `name`, or the valid names, or nothing."""
    choices = sorted(valid)
    close = get_close_matches(name, choices, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    if choices and len(choices) <= 12:
        return f"; valid are {', '.join(choices)}"
    return ""
