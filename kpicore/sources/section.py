"""Reads one table of a configuration file strictly: every key is known and has the right type, or an error names its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, TypeAlias

from attrs import frozen

from kpicore.errors import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

Scalar: TypeAlias = "str | int | float | bool"


@frozen
class Section:
    """One table of the file."""

    place: str
    """File and table, for messages."""
    entries: Mapping[str, object]

    @classmethod
    def of(cls, place: str, value: object) -> Section:
        """Return `value` as a section.

        Raises:
            ConfigError: it is not a table.
        """
        if not isinstance(value, dict):
            raise ConfigError(f"{place}: must be a table {{ key = value }} (got {value!r})")
        return cls(place, value)

    def fail(self, message: str) -> NoReturn:
        """Raise ConfigError with the place in front of the message."""
        raise ConfigError(f"{self.place}: {message}")

    def only(self, *valid: str) -> None:
        """Refuse keys that nobody reads."""
        for key in self.entries:
            if key not in valid:
                self.fail(f"unknown key {key!r}{nearest(key, valid)}")

    def text(self, key: str, default: str | None = None) -> str | None:
        """Return a text, or the default where the key is absent."""
        value = self.entries.get(key, default)
        if value is not None and not isinstance(value, str):
            self.fail(f"{key} must be a text in quotes (got {value!r})")
        return value

    def required(self, key: str) -> str:
        """Return a text that must be there and not be empty."""
        value = self.text(key)
        if not value:
            self.fail(f'{key} must be given; add {key} = "..."')
        return value

    def choice(self, key: str, *valid: str) -> str | None:
        """Return one of the valid texts, or None where the key is absent."""
        value = self.text(key)
        if value is not None and value not in valid:
            self.fail(f"{key} must be one of {', '.join(valid)} (got {value!r}{nearest(value, valid)})")
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of texts; one text stands for a list of one."""
        value = self.entries.get(key)
        if value is None:
            return None
        values = value if isinstance(value, list) else [value]
        for one in values:
            if not isinstance(one, str):
                self.fail(f"{key} must be a text or a list of texts in quotes (got {one!r})")
        return tuple(str(one) for one in values)

    def scalar(self, key: str) -> str | None:
        """Return a text, number, true or false, date or time, as text; None where the key is absent."""
        value = self.entries.get(key)
        return None if value is None else self.as_text(key, value)

    def as_text(self, key: str, value: object) -> str:
        """Return a TOML scalar as the text that the data would hold."""
        if isinstance(value, (dict, list)):
            self.fail(f"{key} must be a single value (got {value!r})")
        return ("true" if value else "false") if isinstance(value, bool) else str(value)

    def whole(self, key: str) -> int | None:
        """Return a whole number, or None where the key is absent."""
        value = self.entries.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            self.fail(f"{key} must be a whole number (got {value!r})")
        return value

    def flag(self, key: str) -> bool | None:
        """Return true or false, or None where the key is absent."""
        value = self.entries.get(key)
        if value is not None and not isinstance(value, bool):
            self.fail(f"{key} must be true or false (got {value!r})")
        return value

    def section(self, key: str) -> Section | None:
        """Return a table inside this one, or None where the key is absent."""
        value = self.entries.get(key)
        return None if value is None else Section.of(f"{self.place}, {key}", value)

    def sections(self, key: str, *, of: str) -> tuple[Section, ...]:
        """Return a list of tables; one table stands for a list of one."""
        value = self.entries.get(key)
        if value is None:
            return ()
        values = value if isinstance(value, list) else [value]
        return tuple(Section.of(f"{self.place}, {of} {number}", one) for number, one in enumerate(values, 1))
