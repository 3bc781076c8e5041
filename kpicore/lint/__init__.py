"""The scorecard linter: reads a scorecard as a designer would, alone and against what it did to people, and says what to change.

Start at `run`, whose `lint` goes through the table `RULES` of `rules`. One rule is one small function: `design` has those about what
is measured and weighed, `goals` those about targets, `people` those about what came out.
"""

from kpicore.lint.finding import SEVERITIES, Finding, Ignored, Severity
from kpicore.lint.rule import Draft, Rule
from kpicore.lint.rules import RULES
from kpicore.lint.run import Report, lint

__all__ = ["RULES", "SEVERITIES", "Draft", "Finding", "Ignored", "Report", "Rule", "Severity", "lint"]
