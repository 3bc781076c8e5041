"""A choice of a scorecard: what plugins offer, by name, with the parameters that it takes."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - cattrs reads the annotations
from typing import TYPE_CHECKING

from attrs import field, frozen

from kpicore.model.check import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.model.check import Problem


@frozen
class Choice:
    """What plugins offer, chosen by name, and the parameters that it takes."""

    by: str
    """E.g. 'target'; `{ by = "peers", method = "percentile" }` in a file means the normaliser 'percentile'."""
    parameters: Mapping[str, object] = field(factory=dict)


def choice_of(given: Choice | str | Mapping[str, object]) -> Choice:
    """Read a choice of a scorecard, a name or a table with one, or return what is one already.

    Raises:
        ProblemsError: it names nothing.
    """
    if isinstance(given, Choice):
        return given
    table = {"by": given} if isinstance(given, str) else given
    refuse(given, _by_problems(table))
    rest = {key: value for key, value in table.items() if key not in ("by", "method")}
    return Choice(str(table["method"] if table["by"] == "peers" else table["by"]), rest)


def choice_or_none(given: Choice | str | Mapping[str, object] | None) -> Choice | None:
    """Read a choice that need not be made."""
    return None if given is None else choice_of(given)


def _by_problems(given: Mapping[str, object]) -> Iterator[Problem]:
    by, method = given.get("by"), given.get("method")
    if not isinstance(by, str) or not by:
        yield "by", f'the table must name what it asks for, e.g. {{ by = "target", target = 0.6 }} (got {dict(given)!r})'
    elif by == "peers" and (not isinstance(method, str) or method == "peers"):
        yield "method", 'a comparison with peers must name its method, e.g. { by = "peers", method = "percentile" }'
    elif by != "peers" and method is not None:
        yield "method", f'method goes with by = "peers" only (got by = {by!r}, method = {method!r}); remove method'
