"""The digest of a configuration."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import attrs

from kpicore.config import config_digest, load_project, load_scorecard
from kpicore.config.digest import digest
from kpicore.model.scorecard import Scorecard, ScorecardMetric

if TYPE_CHECKING:
    from pathlib import Path

CARD = """\
schema = "kpicore.scorecard/1"
role = "agent"
period = "quarter"
[[metric]]
use = "a"
weight = 1
normalise = { by = "target", target = 1, floor = 0 }
"""

SAME = """\
# Written in another way.
role   =   'agent'
schema = "kpicore.scorecard/1"

metric = [{normalise = {floor = 0.0, by = "target", target = 1.0}, weight = 1.0, use = "a"}]
missing = "reshare"
"""


def card(folder: Path, name: str, text: str) -> Scorecard:
    """Write and read a scorecard."""
    (folder / name).write_text(text, encoding="utf-8")
    return load_scorecard(folder / name)


def test_formatting_does_not_change_it(tmp_path: Path) -> None:
    """Comments, order of keys, spelt-out defaults, 1 for 1.0 and the file's name are no content."""
    assert config_digest(card(tmp_path, "b.toml", SAME)) == config_digest(card(tmp_path, "a.toml", CARD))


def test_content_changes_it(tmp_path: Path) -> None:
    """Every change of a number does."""
    one = card(tmp_path, "a.toml", CARD)

    others = [attrs.evolve(one, minimum_coverage=0.5), attrs.evolve(one, metrics=[ScorecardMetric("a", {"by": "target", "target": 2}, 1)])]

    assert 3 == len({config_digest(each) for each in [one, *others]})


def test_the_project_counts_as_far_as_it_changes_numbers(tmp_path: Path) -> None:
    """Its calendar does, its name does not."""
    one = card(tmp_path, "a.toml", CARD)
    (tmp_path / "kpicore.toml").write_text('schema = "kpicore.project/1"\nname = "x"\n', encoding="utf-8")
    project = load_project(tmp_path)

    digests = [
        config_digest(one, each) for each in (project, attrs.evolve(project, name="y"), attrs.evolve(project, time_zone="Asia/Shanghai"))
    ]

    assert digests[0] == digests[1] != digests[2]


def test_digest_is_a_sha256_of_plain_json() -> None:
    """Anybody can recompute it: sha256 of '{"a":1.0}'."""
    assert "sha256:" + sha256(b'{"a":1.0}').hexdigest() == digest({"a": 1})
