"""Working calendars in the project file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kpicore import ConfigError, Project, WorkingCalendar, load_project
from kpicore.config.digest import config_digest
from kpicore.model.choice import Choice
from kpicore.model.scorecard import Scorecard, ScorecardMetric

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'schema = "kpicore.project/1"\nname = "Acme"\n'


def test_calendar_is_read(tmp_path: Path) -> None:
    """Shifts, zone and days of a calendar, under its name."""
    text = '[calendar.support]\nshifts = { "mon-fri" = ["09:00-18:00"] }\ntime_zone = "Asia/Shanghai"\nholidays = ["2024-12-24"]\n'
    (tmp_path / "kpicore.toml").write_text(HEAD + text, encoding="utf-8")

    expected = WorkingCalendar({"mon-fri": ("09:00-18:00",)}, "Asia/Shanghai", holidays=("2024-12-24",))
    assert {"support": expected} == load_project(tmp_path).calendars


def test_mistake_is_told_with_its_place(tmp_path: Path) -> None:
    """A shift that is none names the file and the calendar."""
    (tmp_path / "kpicore.toml").write_text(HEAD + '[calendar.support]\nshifts = { mon = ["9 to 5"] }\n', encoding="utf-8")

    with pytest.raises(ConfigError, match=r"(?s)kpicore.toml.*calendar.*a shift must look like '09:00-12:30' \(got '9 to 5' for mon\)"):
        load_project(tmp_path)


def test_calendar_is_part_of_the_digest() -> None:
    """Other shifts are another configuration; a project without calendars has the digest that it had."""
    card = Scorecard(role="agent", metrics=(ScorecardMetric(use="service.csat", normalise=Choice("rank"), weight=1),))
    shifts = [{"mon": ("09:00-17:00",)}, {"mon": ("09:00-18:00",)}]
    digests = {config_digest(card, Project("a", calendars={"c": WorkingCalendar(each)})) for each in shifts}

    assert 3 == len({*digests, config_digest(card, Project("a"))})
