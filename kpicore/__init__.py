"""kpicore: explained, fair, per-role scorecards for the people who work in a CRM.

These are the names for plugin authors and embedders. They are imported when first used, so that the command line starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kpicore import facts as facts
    from kpicore.config import Project as Project
    from kpicore.config import load_project as load_project
    from kpicore.config import load_scorecard as load_scorecard
    from kpicore.errors import ConfigError as ConfigError
    from kpicore.errors import KpiError as KpiError
    from kpicore.errors import PeersError as PeersError
    from kpicore.errors import SourceError as SourceError
    from kpicore.hookspecs import hookimpl as hookimpl
    from kpicore.matrix import MetricMatrix as MetricMatrix
    from kpicore.model.casemix import CaseMix as CaseMix
    from kpicore.model.cells import Cells as Cells
    from kpicore.model.cells import FloatArray as FloatArray
    from kpicore.model.cells import State as State
    from kpicore.model.complexity import Adjusted as Adjusted
    from kpicore.model.complexity import ClassFigures as ClassFigures
    from kpicore.model.complexity import Coefficients as Coefficients
    from kpicore.model.dimension import Dimension as Dimension
    from kpicore.model.expression import as_recorded as as_recorded
    from kpicore.model.expression import days_between as days_between
    from kpicore.model.expression import filled as filled
    from kpicore.model.expression import hours_between as hours_between
    from kpicore.model.expression import later as later
    from kpicore.model.expression import local_day as local_day
    from kpicore.model.expression import minutes_between as minutes_between
    from kpicore.model.expression import period as period
    from kpicore.model.expression import seconds_between as seconds_between
    from kpicore.model.groups import Grouped as Grouped
    from kpicore.model.groups import Groups as Groups
    from kpicore.model.kinds import Conversion as Conversion
    from kpicore.model.kinds import Count as Count
    from kpicore.model.kinds import Custom as Custom
    from kpicore.model.kinds import Derived as Derived
    from kpicore.model.kinds import Growth as Growth
    from kpicore.model.kinds import Mean as Mean
    from kpicore.model.kinds import Proportion as Proportion
    from kpicore.model.kinds import Quantile as Quantile
    from kpicore.model.kinds import Ratio as Ratio
    from kpicore.model.kinds import Snapshot as Snapshot
    from kpicore.model.kinds import Total as Total
    from kpicore.model.matching import Matcher as Matcher
    from kpicore.model.matching import Matching as Matching
    from kpicore.model.measure import Measure as Measure
    from kpicore.model.measure import count as count
    from kpicore.model.measure import distinct as distinct
    from kpicore.model.measure import each as each
    from kpicore.model.measure import groups as groups
    from kpicore.model.measure import maximum as maximum
    from kpicore.model.measure import minimum as minimum
    from kpicore.model.measure import quantile as quantile
    from kpicore.model.measure import total as total
    from kpicore.model.metric import Metric as Metric
    from kpicore.model.occurrence import happened as happened
    from kpicore.model.offer import Aggregator as Aggregator
    from kpicore.model.offer import Complexity as Complexity
    from kpicore.model.offer import Direction as Direction
    from kpicore.model.offer import Goalposts as Goalposts
    from kpicore.model.offer import NoParameters as NoParameters
    from kpicore.model.offer import Normaliser as Normaliser
    from kpicore.model.offer import Report as Report
    from kpicore.model.offer import WeightBasis as WeightBasis
    from kpicore.model.offer import Weighting as Weighting
    from kpicore.model.parameter import Parameters as Parameters
    from kpicore.model.parameter import calendar_parameter as calendar_parameter
    from kpicore.model.parameter import choice_parameter as choice_parameter
    from kpicore.model.parameter import names_parameter as names_parameter
    from kpicore.model.parameter import number_parameter as number_parameter
    from kpicore.model.period import Calendar as Calendar
    from kpicore.model.period import Period as Period
    from kpicore.model.result import RunResult as RunResult
    from kpicore.model.rule import CreditRule as CreditRule
    from kpicore.model.rule import Reason as Reason
    from kpicore.model.scale import Scale as Scale
    from kpicore.model.scorecard import Band as Band
    from kpicore.model.scorecard import Gate as Gate
    from kpicore.model.scorecard import Scorecard as Scorecard
    from kpicore.model.scorecard import ScorecardMetric as ScorecardMetric
    from kpicore.model.source import Source as Source
    from kpicore.model.workdays import WorkingCalendar as WorkingCalendar
    from kpicore.model.worktime import working_hours_between as working_hours_between
    from kpicore.model.worktime import working_minutes_between as working_minutes_between
    from kpicore.model.worktime import working_seconds_between as working_seconds_between
    from kpicore.pipeline import evaluate as evaluate
    from kpicore.pipeline import measure as measure

__version__ = "0.1.0"

_HOME = {
    "config": ("Project", "load_project", "load_scorecard"),
    "model.period": ("Calendar", "Period"),
    "model.result": ("RunResult",),
    "model.dimension": ("Dimension",),
    "model.scorecard": ("Band", "Gate", "Scorecard", "ScorecardMetric"),
    "pipeline": ("evaluate", "measure"),
    "errors": ("ConfigError", "KpiError", "PeersError", "SourceError"),
    "hookspecs": ("hookimpl",),
    "matrix": ("MetricMatrix",),
    "model.casemix": ("CaseMix",),
    "model.complexity": ("Adjusted", "ClassFigures", "Coefficients"),
    "model.cells": ("Cells", "FloatArray", "State"),
    "model.expression": (
        "as_recorded",
        "days_between",
        "filled",
        "hours_between",
        "later",
        "local_day",
        "minutes_between",
        "period",
        "seconds_between",
    ),
    "model.measure": ("Measure", "count", "distinct", "each", "groups", "maximum", "minimum", "quantile", "total"),
    "model.matching": ("Matcher", "Matching"),
    "model.kinds": (
        "Conversion",
        "Count",
        "Custom",
        "Derived",
        "Growth",
        "Mean",
        "Proportion",
        "Quantile",
        "Ratio",
        "Snapshot",
        "Total",
    ),
    "model.groups": ("Grouped", "Groups"),
    "model.metric": ("Metric",),
    "model.occurrence": ("happened",),
    "model.offer": (
        "Aggregator",
        "Complexity",
        "Direction",
        "Goalposts",
        "NoParameters",
        "Normaliser",
        "Report",
        "WeightBasis",
        "Weighting",
    ),
    "model.parameter": ("Parameters", "calendar_parameter", "choice_parameter", "names_parameter", "number_parameter"),
    "model.scale": ("Scale",),
    "model.rule": ("CreditRule", "Reason"),
    "model.source": ("Source",),
    "model.workdays": ("WorkingCalendar",),
    "model.worktime": ("working_hours_between", "working_minutes_between", "working_seconds_between"),
}
_WHERE = {name: f"kpicore.{module}" for module, names in _HOME.items() for name in names}

__all__ = ["__version__", "facts", *sorted(_WHERE)]  # noqa: PLE0604  # the names are strings


def __getattr__(name: str) -> Any:
    if name == "facts":
        return import_module("kpicore.facts")
    if name not in _WHERE:
        raise AttributeError(f"module 'kpicore' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
