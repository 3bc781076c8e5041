"""Rules about what is measured and what it weighs. They need no data."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from kpicore.model.kinds import Count, Derived, Growth, Snapshot, Total
from kpicore.model.scorecard import PeriodUnit
from kpicore.model.text import in_language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.lint.rule import Draft, Remark
    from kpicore.model.metric import Metric

FEWEST, MOST = 5, 8
"""Fewer metrics leave out what matters, more make each too light to steer anything."""
LEAST_WEIGHT = 0.05
LARGEST_WEIGHT = 0.5
LEAST_COVERAGE = 0.5
ALIKE = 0.01
"""Weights that differ by less than this share are the same to whoever reads them."""
TIMES = ("days", "hours", "minutes")
UNITS = get_args(PeriodUnit)
"""From the shortest."""


def metric_count(draft: Draft) -> Iterator[Remark]:
    """Yield a remark where fewer than five or more than eight metrics count."""
    count = len(draft.counting)
    if count < FEWEST:
        yield (
            "",
            f"{count} metrics count, and {FEWEST} to {MOST} are usual: what is not measured is done last; add what the job lacks",
        )
    elif count > MOST:
        advice = "keep the ones that decide, and set weight = 0 where a metric is only to be shown"
        yield "", f"{count} metrics count, and {FEWEST} to {MOST} are usual: each is too light to steer anybody; {advice}"


def equal_weights(draft: Draft) -> Iterator[Remark]:
    """Yield a remark where all metrics weigh the same."""
    weights = list(draft.weights.values())
    if len(weights) > 1 and max(weights) <= min(weights) * (1 + ALIKE):
        yield "", f"all {len(weights)} metrics weigh the same, which says that nobody has decided what matters; weigh them by importance"


def is_volume(metric: Metric) -> bool:
    """Tell whether a metric says how many or how much, whatever its quality."""
    return isinstance(metric, Count | Total | Snapshot)


def unguarded_volume(draft: Draft) -> Iterator[Remark]:
    """Yield each volume for whose quality nothing in the scorecard answers."""
    used = {metric.use for metric in draft.counting} | {gate.use for gate in draft.card.gates}
    qualities = {name for name in used if not is_volume(draft.metrics[name])}
    for each in draft.counting:
        metric = draft.metrics[each.use]
        if is_volume(metric) and metric.direction == "higher" and not qualities & set(metric.guards):
            guards = [name for name in metric.guards if name not in draft.metrics or not is_volume(draft.metrics[name])]
            what = f"add {' or '.join(guards)} as a metric or a gate" if guards else "the metric names no guard; add a gate on its quality"
            yield (
                each.use,
                f"more is better here, and nothing in the scorecard asks how good it is: volume can be bought with quality; {what}",
            )


def idle_is_best(draft: Draft) -> Iterator[Remark]:
    """Yield each count of which less is better, where no volume of work counts beside it."""
    counting = [(each.use, draft.metrics[each.use]) for each in draft.counting]
    if any(is_volume(metric) and metric.direction == "higher" for _, metric in counting):
        return
    for name, metric in counting:
        if is_volume(metric) and metric.direction == "lower":
            advice = "use the share instead of the number, or count the work as well"
            yield name, f"less is better, and it is a number and not a share: whoever does nothing scores best; {advice}"


def no_quality(draft: Draft) -> Iterator[Remark]:
    """Yield a remark where everything that counts is volume, growth or speed."""
    kinds = [draft.metrics[each.use] for each in draft.counting]
    if all(is_volume(metric) or isinstance(metric, Growth) or metric.unit in TIMES for metric in kinds):
        advice = "add a share or a mean that says how well, such as a rate of success or of satisfaction"
        yield "", f"all that counts is how much and how fast, nothing is how well; {advice}"


def one_sided(draft: Draft) -> Iterator[Remark]:
    """Yield a remark where all metrics look at the same side of the job."""
    sides = [draft.metrics[each.use].dimension for each in draft.counting]
    if len(sides) >= 3 and len(set(sides)) == 1 and sides[0]:
        yield (
            "",
            f"all {len(sides)} metrics look at one side of the job, {sides[0]}; add one of another, e.g. of data quality or of customers",
        )


def token_weight(draft: Draft) -> Iterator[Remark]:
    """Yield each metric whose weight is too small to change anything."""
    for name, weight in draft.weights.items():
        if weight < LEAST_WEIGHT:
            advice = f"give it at least {LEAST_WEIGHT:.0%}, or weight = 0 to show it without counting it"
            yield name, f"its weight is {weight:.1%}, too small to steer anybody: from worst to best is {100 * weight:.1f} points; {advice}"


def heavy_weight(draft: Draft) -> Iterator[Remark]:
    """Yield a metric that has more than half of the weight."""
    for name, weight in draft.weights.items():
        if weight > LARGEST_WEIGHT:
            advice = f"give it {LARGEST_WEIGHT:.0%} or less"
            yield name, f"its weight is {weight:.1%}, more than all others together, so that only this one pays; {advice}"


def short_period(draft: Draft) -> Iterator[Remark]:
    """Yield each metric that is measured more often than it makes sense."""
    for name in draft.card.uses():
        shortest = draft.metrics[name].frequency
        if UNITS.index(draft.card.period) < UNITS.index(shortest):
            what = f'set period = "{shortest}", or use a metric that settles sooner'
            yield (
                name,
                f"it makes sense by the {shortest}, and the scorecard is made for a {draft.card.period}: chance would decide; {what}",
            )


def no_caliber(draft: Draft) -> Iterator[Remark]:
    """Yield each metric that does not say which of several readings it is."""
    for name in draft.card.uses():
        metric = draft.metrics[name]
        is_settled = isinstance(metric, Derived) and all(draft.metrics[part].caliber for part in metric.inputs())
        if not in_language(metric.caliber).strip() and not is_settled:
            others = [other for other in sorted(draft.metrics) if other != name and other.startswith((f"{name}_", f"{name}."))]
            read = f" ({', '.join(others)} read it otherwise)" if others else ""
            yield name, f"it does not say whose, by which date and what is left out{read}, so people will argue; fill its field `caliber`"


def not_of_a_person(draft: Draft) -> Iterator[Remark]:
    """Yield each metric that says of itself that one person cannot be measured by it."""
    for each in draft.counting:
        kinds = draft.metrics[each.use].kinds
        if "person" not in kinds:
            makes_sense = " and ".join(f"{kind}s" for kind in kinds) or "nobody"
            yield each.use, f"it makes sense for {makes_sense}, and one person cannot influence it; use a metric of the person's own work"


def thin_coverage(draft: Draft) -> Iterator[Remark]:
    """Yield a remark where a score may rest on less than half of the weight."""
    coverage = draft.card.minimum_coverage
    if coverage < LEAST_COVERAGE:
        least = f"a score may rest on {coverage:.0%} of the weight (minimum_coverage = {coverage:g})"
        yield "", f"{least}, and is then compared with whole ones; set minimum_coverage to {LEAST_COVERAGE:g} or more"
