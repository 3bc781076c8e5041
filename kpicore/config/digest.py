"""The digest of a configuration: equal content gives equal digests, whatever its formatting, comments and order of keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import attrs

from kpicore.model.scale import Scale

if TYPE_CHECKING:
    from kpicore.config.project import Project
    from kpicore.model.scorecard import Scorecard


def config_digest(scorecard: Scorecard, project: Project | None = None, scale: Scale | None = None) -> str:
    """Return the digest of all that the configuration says about a run's numbers.

    That is the whole scorecard, of the project its calendars, currency and metric parameters, and what is frozen of an earlier run. Where
    the facts are is not part of it.
    """
    frozen = {} if scale is None or scale == Scale() else {"scale": scale.to_dict()}
    return digest({"scorecard": scorecard, "project": None if project is None else _settings(project), **frozen})


def digest(content: Any) -> str:
    """Return 'sha256:...' of values, tables and lists."""
    text = json.dumps(canonical(content), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def canonical(content: Any) -> Any:
    """Return content as plain JSON values in which equal numbers look equal (1 and 1.0)."""
    if attrs.has(type(content)):
        return canonical({a.name: getattr(content, a.name) for a in attrs.fields(type(content)) if _counts(a)})
    if isinstance(content, Mapping):
        return {str(key): canonical(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [canonical(value) for value in content]
    if isinstance(content, (date, datetime, time)):
        return content.isoformat()
    return float(content) if isinstance(content, int) and not isinstance(content, bool) else content


def _counts(attribute: attrs.Attribute[Any]) -> bool:
    """Tell whether an attribute says something about a run's numbers."""
    return attribute.metadata.get("key") != "" and bool(attribute.metadata.get("is_digested", True))


def _settings(project: Project) -> dict[str, Any]:
    settings = {key: getattr(project, key) for key in ("time_zone", "fiscal_year_start", "currency", "parameters")}
    return {**settings, **({"calendars": project.calendars} if project.calendars else {})}
