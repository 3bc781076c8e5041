"""A source of a plugin that fails is named, and is no bug of kpicore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kpicore import Source
from kpicore.errors import ExitCode, PluginError, SourceError
from kpicore.sources.guarding import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Reader:
    """Reads one batch and then fails."""

    def tables(self) -> list[str]:
        """Fail."""
        raise KeyError("page")

    def read(self, table: str) -> Iterator[Any]:
        """Yield once, then fail."""
        yield table
        raise SystemExit(0)

    def fingerprint(self, table: str) -> str:
        """Fail as a source should."""
        raise SourceError(f"{table} is gone")


def source(open_: Callable[..., Any]) -> Source:
    """Return a source of a plugin."""
    return Source("acme", {"en": "Acme", "zh": "Acme"}, open_)


def fail(*_: object) -> None:
    """Fail."""
    raise RuntimeError("no token")


def test_a_source_that_cannot_be_opened_is_named() -> None:
    """Exit code 4, not 70."""
    with pytest.raises(PluginError, match=r"^source 'acme' failed: RuntimeError: no token$") as failure:
        opened(source(fail), {}, Path())
    assert ExitCode.PLUGIN == failure.value.exit_code


def test_what_is_no_reader_is_refused() -> None:
    """None has no functions."""
    with pytest.raises(PluginError, match=r"must open a reader .*\(got None without tables\)"):
        opened(source(lambda *_: None), {}, Path())


def test_a_reader_that_fails_is_named_and_its_own_errors_pass() -> None:
    """At any moment, even while it yields."""
    reader = opened(source(lambda *_: Reader()), {}, Path())

    with pytest.raises(PluginError, match="source 'acme' failed: KeyError"):
        reader.tables()
    batches = reader.read("leads")
    assert "leads" == next(batches)
    with pytest.raises(PluginError, match="source 'acme' failed: SystemExit"):
        next(batches)
    with pytest.raises(SourceError, match="leads is gone"):
        reader.fingerprint("leads")
