"""The table of all rules. SC0xx read the scorecard alone, SC1xx what it did to people. A code is never used again for another rule."""

from __future__ import annotations

from kpicore.lint import design, goals, people
from kpicore.lint.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("SC001", "metric-count", "warning", "Fewer than five or more than eight metrics", design.metric_count),
    Rule("SC002", "equal-weights", "warning", "All metrics weigh the same", design.equal_weights),
    Rule("SC003", "unguarded-volume", "warning", "A volume that no quality guards", design.unguarded_volume),
    Rule("SC004", "short-period", "warning", "Scored more often than the metric makes sense", design.short_period),
    Rule("SC005", "no-caliber", "warning", "A metric that does not say which reading it is", design.no_caliber),
    Rule("SC006", "not-of-a-person", "warning", "A metric that is not about single persons", design.not_of_a_person),
    Rule("SC007", "token-weight", "info", "A weight too small to matter", design.token_weight),
    Rule("SC008", "heavy-weight", "warning", "A weight larger than all others together", design.heavy_weight),
    Rule("SC009", "no-quality", "warning", "Only volume and speed count", design.no_quality),
    Rule("SC010", "idle-is-best", "warning", "A count of which less is better, and no work counts", design.idle_is_best),
    Rule("SC011", "one-sided", "info", "All metrics look at one side of the job", design.one_sided),
    Rule("SC012", "relative", "info", "Most of the weight compares people with each other", goals.relative),
    Rule("SC013", "impossible-goal", "error", "A goal where the metric can never be", goals.impossible_goal),
    Rule("SC014", "thin-coverage", "info", "A score may rest on less than half of the weight", design.thin_coverage),
    Rule("SC101", "dominating-metric", "warning", "One metric makes most of the differences", people.dominating_metric, needs_people=True),
    Rule("SC102", "double-counting", "warning", "Two metrics that say the same", people.double_counting, needs_people=True),
    Rule("SC103", "unreachable-target", "warning", "A target that nobody comes near", people.unreachable_target, needs_people=True),
    Rule("SC104", "target-nobody-missed", "warning", "A target that everybody reached", people.target_nobody_missed, needs_people=True),
    Rule("SC105", "silent-gate", "info", "A gate that fired for nobody", people.silent_gate, needs_people=True),
    Rule("SC106", "gate-for-most", "warning", "A gate that fired for most people", people.gate_for_most, needs_people=True),
    Rule("SC107", "same-for-all", "warning", "A metric in which people do not differ", people.same_for_all, needs_people=True),
    Rule("SC108", "empty-band", "info", "A band that nobody reached", people.empty_band, needs_people=True),
    Rule("SC109", "one-band", "info", "Everybody in the same band", people.one_band, needs_people=True),
    Rule("SC110", "small-samples", "warning", "Small samples that are not allowed for", people.small_samples, needs_people=True),
    Rule("SC111", "mostly-missing", "warning", "A metric that most people have no value of", people.mostly_missing, needs_people=True),
    Rule("SC112", "beyond-goalposts", "info", "Most people lie beyond the goalposts", people.beyond_goalposts, needs_people=True),
)
"""In the order of their codes."""
