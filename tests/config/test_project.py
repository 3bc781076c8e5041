"""Project folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpicore.config import Facts, Plugins, load_project
from kpicore.errors import ConfigError
from kpicore.model.period import Calendar

WHOLE = """\
schema = "kpicore.project/1"
name = "Acme"
time_zone = "Asia/Shanghai"
currency = "CNY"
locale = "zh"
fiscal_year_start = 4
[facts]
url_env = "ACME_CRM"
mapping = "acme.toml"
[plugins]
block = ["kpicore_value"]
require = ["kpicore_sales"]
[parameters."quality.completeness"]
fields = ["name", "phone"]
"""

CARD = """\
schema = "kpicore.scorecard/1"
role = "{role}"
[[metric]]
use = "a"
weight = 1
normalise = {{ by = "target", target = 1 }}
"""


def project(folder: Path, text: str = WHOLE, **cards: str) -> Path:
    """Write a project."""
    (folder / "kpicore.toml").write_text(text, encoding="utf-8")
    (folder / "scorecards").mkdir()
    for name, role in cards.items():
        (folder / "scorecards" / f"{name}.toml").write_text(CARD.format(role=role), encoding="utf-8")
    return folder


def test_a_whole_project_is_read(tmp_path: Path) -> None:
    """Every key arrives where it belongs."""
    came = load_project(project(tmp_path))

    assert ("Acme", tmp_path, "CNY", "zh") == (came.name, came.folder, came.currency, came.locale)
    assert Calendar("Asia/Shanghai", 4) == came.calendar
    assert Facts(url_env="ACME_CRM", mapping="acme.toml") == came.facts
    assert Plugins(("kpicore_value",), ("kpicore_sales",)) == came.plugins
    assert {"quality.completeness": {"fields": ["name", "phone"]}} == came.parameters


def test_defaults(tmp_path: Path) -> None:
    """A name is enough."""
    came = load_project(project(tmp_path, 'schema = "kpicore.project/1"\nname = "x"\n'))

    assert (Calendar(), None, "en") == (came.calendar, came.currency, came.locale)
    assert tmp_path / "facts.duckdb" == came.facts.address(tmp_path, {})


def test_facts_address() -> None:
    """A file of the project, a URL, or what an environment variable says."""
    folder = Path("/p")

    assert folder / "x/y.duckdb" == Facts(database="x/y.duckdb").address(folder, {})
    assert "sqlite:///z" == Facts(url="sqlite:///z").address(folder, {})
    assert "sqlite:///w" == Facts(url_env="DB").address(folder, {"DB": "sqlite:///w"})
    with pytest.raises(ConfigError, match="environment variable 'DB' must hold the URL of the facts"):
        Facts(url_env="DB").address(folder, {"DB": ""})


def test_a_url_does_not_show_in_the_representation() -> None:
    """It may hold a password."""
    assert "secret" not in repr(Facts(url="postgresql://u:secret@h/d"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Asia/Shanghai", "Asia/Shangai", "/kpicore.toml: time_zone must be an IANA name such as 'Asia/Shanghai' (got 'Asia/Shangai')"),
        ("= 4", "= 13", "/kpicore.toml: fiscal_year_start must be a month from 1 to 12 (got 13)"),
        ('"CNY"', '"yuan"', "/kpicore.toml: currency must be an ISO 4217 code such as 'CNY' (got 'yuan')"),
        ('"zh"', '"fr"', "/kpicore.toml: locale must be one of en, zh (got 'fr')"),
        ("curr", "cur", "/kpicore.toml: unknown key 'curency'; did you mean 'currency'?"),
        (
            'url_env = "ACME_CRM"',
            'url_env = "A"\nurl = "b"',
            "/kpicore.toml, [facts]: give one of database, url and url_env (got url and url_env)",
        ),
        ('mapping = "acme.toml"', "mapping = 3", "/kpicore.toml, [facts]: mapping must be text (got 3)"),
        (
            'require = ["kpicore_sales"]',
            'require = ["kpicore_value"]',
            "/kpicore.toml, [plugins]: a plugin cannot be both blocked and required (got kpicore_value)",
        ),
        ('block = ["kpicore_value"]', 'block = "kpicore_value"', "/kpicore.toml, [plugins]: block must be a list (got 'kpicore_value')"),
        ('name = "Acme"', 'name = ""', "/kpicore.toml: name must not be blank"),
        (
            '[parameters."quality.completeness"]\nfields =',
            "[parameters]\nx =",
            "/kpicore.toml, [parameters]: x must be a table (got ['name', 'phone'])",
        ),
    ],
)
def test_errors_of_a_project(tmp_path: Path, old: str, new: str, says: str) -> None:
    """File, table, key, what must hold, and what came."""
    assert old in WHOLE
    with pytest.raises(ConfigError) as caught:
        load_project(project(tmp_path, WHOLE.replace(old, new)))

    assert says == str(caught.value).replace(str(tmp_path), "")


def test_a_folder_that_is_no_project(tmp_path: Path) -> None:
    """The error says how to make one."""
    with pytest.raises(ConfigError, match=r"must be a project, a folder with a kpicore\.toml; `kpicore init .*` makes one"):
        load_project(tmp_path)


def test_scorecards_are_found_by_role(tmp_path: Path) -> None:
    """Whatever the files are called."""
    came = load_project(project(tmp_path, x="agent", y="account_executive"))

    assert ("account_executive", "agent") == came.roles()
    assert came.scorecard("agent").source.endswith("x.toml")


def test_an_unknown_role_offers_the_nearest(tmp_path: Path) -> None:
    """A broken file is named, because the role may be in it; it does not stand in the way of the others."""
    folder = project(tmp_path, x="agent")
    (folder / "scorecards/broken.toml").write_text("role = ", encoding="utf-8")
    came = load_project(folder)

    assert "agent" == came.scorecard("agent").role
    with pytest.raises(ConfigError, match=r"has the role 'agnet'; did you mean 'agent'\?; no role could be read from broken\.toml"):
        came.scorecard("agnet")


def test_a_role_has_one_scorecard(tmp_path: Path) -> None:
    """Two files with one role are a mistake."""
    with pytest.raises(ConfigError, match=r"role 'agent' must have one scorecard \(got x\.toml, y\.toml\)"):
        load_project(project(tmp_path, x="agent", y="agent")).scorecard("agent")
