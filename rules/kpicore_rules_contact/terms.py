"""What a project may set of the rule, and of the metrics that count by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import asdict, frozen

from kpicore import number_parameter

if TYPE_CHECKING:
    from kpicore import Parameters

RULE = "contact"
"""Name of the rule, and so of its table `[parameters.contact]`, which its metrics read as well."""


@frozen
class Terms:
    """The numbers of the definition."""

    within_hours: float = 72
    """How long after a contact a customer's act still answers it."""
    talk_seconds: float = 10
    """A shorter call is no conversation."""
    repeat_credit: float = 0.5
    """What each further answered contact with one customer on one day earns of the one before it."""
    copies: float = 1
    """How many whole credits one text can earn a person on one day, to however many customers it goes."""

    @property
    def days(self) -> float:
        """How far around a period contacts are needed."""
        return self.within_hours / 24

    def to_dict(self) -> dict[str, object]:
        """Return the parameters by name."""
        return asdict(self)


def terms(parameters: Parameters) -> Terms:
    """Read the table `[parameters.contact]`.

    Raises:
        ConfigError: a value is not a number in its range.
    """
    usual = Terms()
    return Terms(
        within_hours=number_parameter(parameters, RULE, "within_hours", usual.within_hours, most=24 * 31),
        talk_seconds=number_parameter(parameters, RULE, "talk_seconds", usual.talk_seconds, most=3600),
        repeat_credit=number_parameter(parameters, RULE, "repeat_credit", usual.repeat_credit, most=1),
        copies=number_parameter(parameters, RULE, "copies", usual.copies),
    )
