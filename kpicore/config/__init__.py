"""Configuration: `kpicore.toml` and `scorecards/*.toml` to values, with errors that name file, table and key."""

from kpicore.config.digest import config_digest
from kpicore.config.project import Facts, Plugins, Project, load_project
from kpicore.config.scorecard import check_names, check_reach, load_scorecard
from kpicore.config.structure import structure

__all__ = ["Facts", "Plugins", "Project", "check_names", "check_reach", "config_digest", "load_project", "load_scorecard", "structure"]
