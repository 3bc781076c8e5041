"""What values were held against in a period: plain numbers, which are frozen with the period, stored, and given to later runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, fields, frozen

from kpicore.errors import ConfigError
from kpicore.model.complexity import Coefficients

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kpicore.model.offer import Goalposts


@frozen
class Scale:
    """Everything that was fitted to the people scored, per metric. Given to a later run, a new colleague changes nobody's score."""

    goalposts: Mapping[str, Goalposts] = field(factory=dict)
    """What values were normalised with."""
    complexity: Mapping[str, Coefficients] = field(factory=dict)
    """What was allowed for the mix of cases."""
    treatments: Mapping[str, Goalposts] = field(factory=dict)
    """Where outliers were treated: the limits to which values were drawn in, or the range of the logarithm."""
    priors: Mapping[str, Goalposts] = field(factory=dict)
    """Where figures of few observations were shrunk: what the peers are like."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, in full, so that a run that is given them computes what this one did."""
        return {part.name: _plain(getattr(self, part.name)) for part in fields(Scale)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Scale:
        """Read what `to_dict` gave, from a result for example; other keys are passed over.

        Raises:
            ConfigError: it is not what a run stored.
        """
        parts = {part.name: content.get(part.name, {}) for part in fields(cls)}
        for name, part in parts.items():
            if not isinstance(part, dict) or not all(isinstance(each, dict) for each in part.values()):
                raise ConfigError(f"{name} must be a table per metric, as a result holds it (got {type(part).__name__})")
        read: dict[str, Callable[[Any], Any]] = {"complexity": Coefficients.from_dict}
        found = {name: {metric: read.get(name, _frozen)(each) for metric, each in part.items()} for name, part in parts.items()}
        return cls(**found)


def _plain(given: Any) -> Any:
    if isinstance(given, Coefficients):
        return given.to_dict()
    if hasattr(given, "items"):
        return {key: _plain(each) for key, each in sorted(given.items())}
    return [_plain(each) for each in given] if isinstance(given, tuple) else given


def _frozen(given: Any) -> Any:
    if isinstance(given, dict):
        return {key: _frozen(each) for key, each in given.items()}
    return tuple(_frozen(each) for each in given) if isinstance(given, list) else given
