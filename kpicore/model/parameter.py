"""What a project may set of a metric: numbers and lists of names, read with errors that name the table and the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from kpicore.errors import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

Parameters: TypeAlias = "Mapping[str, Mapping[str, object]]"
"""The project's `[parameters."metric.name"]` tables: metric -> key -> value."""


def number_parameter(parameters: Parameters, metric: str, key: str, default: float, *, most: float = 1e6) -> float:
    """Return a number above 0 that a project may set.

    Args:
        parameters: what the hook `kpicore_metrics` was given.
        metric: name of the metric.
        key: name of the parameter.
        default: its value where the project says nothing.
        most: the largest value that makes sense.
    Raises:
        ConfigError: it is not a number above 0 and at most `most`.
    """
    value = parameters.get(metric, {}).get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= most:
        raise ConfigError(f'{key} must be a number above 0 and at most {most:g} (got {value!r} in [parameters."{metric}"])')
    return value


def names_parameter(
    parameters: Parameters, metric: str, key: str, default: Sequence[str], valid: Collection[str] | None = None
) -> tuple[str, ...]:
    """Return a list of different names that a project may set.

    Args:
        parameters: what the hook `kpicore_metrics` was given.
        metric: name of the metric.
        key: name of the parameter.
        default: its value where the project says nothing.
        valid: the names that exist; any text where it is None.
    Raises:
        ConfigError: it is not a list of names, it is empty, a name repeats or does not exist.
    """
    where = f'[parameters."{metric}"]'
    value = parameters.get(metric, {}).get(key, default)
    if not isinstance(value, (list, tuple)) or not value or not all(isinstance(each, str) and each for each in value):
        raise ConfigError(f"{key} must be a list of one or more names (got {value!r} in {where})")
    if len(set(value)) < len(value):
        raise ConfigError(f"{key} must name each once (got {value!r} in {where})")
    if valid is not None and (unknown := [each for each in value if each not in valid]):
        raise ConfigError(f"{key} must only have names that exist (got {unknown[0]!r} in {where}){nearest(unknown[0], valid)}")
    return tuple(value)


def choice_parameter(parameters: Parameters, metric: str, key: str, default: str, valid: Collection[str]) -> str:
    """Return one of a few names that a project may set.

    Raises:
        ConfigError: it is none of them.
    """
    value = parameters.get(metric, {}).get(key, default)
    if value not in valid:
        raise ConfigError(f'{key} must be one of {", ".join(sorted(valid))} (got {value!r} in [parameters."{metric}"])')
    return str(value)


def calendar_parameter(parameters: Parameters, metric: str) -> str:
    """Return the name of the working calendar by which a project measures a metric; empty for elapsed time.

    Raises:
        ConfigError: it is no text.
    """
    value = parameters.get(metric, {}).get("calendar", "")
    if not isinstance(value, str):
        raise ConfigError(f'calendar must be the name of a [calendar.NAME] of the project (got {value!r} in [parameters."{metric}"])')
    return value
