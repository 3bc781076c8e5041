"""Rules about what a scorecard did to people in one period. A few people prove nothing, so each rule asks for a number of them."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from kpicore.kernels.review import ALIKE, HALF, covariance_share
from kpicore.model.kinds import Conversion, Mean, Proportion, Quantile, Ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.lint.rule import Draft, Remark
    from kpicore.model.cells import FloatArray
    from kpicore.model.scorecard import Scorecard, ScorecardMetric

FEW, SOME = 5, 10
"""People below which nothing is said: about one metric, and about relations and shapes."""
NEAR = 0.9
"""This share of the way from the floor to the target is near it."""
SMALL, SMALL_FOR = 10, 1 / 3
"""Observations below which a value is mostly chance, and the share of people for whom that matters."""
MOST = 0.5


def dominating_metric(draft: Draft) -> Iterator[Remark]:
    """Yield a metric that makes more than half of the differences between people."""
    figures = draft.figures
    if len(figures.score) < SOME or len(draft.counting) < 3:
        return
    for name, share in zip(figures.metrics, covariance_share(figures.points), strict=True):
        if share > HALF:
            weight = draft.weights.get(name)
            beside = f" with {weight:.0%} of the weight" if weight is not None else ""
            what = "widen its goalposts or lower its weight until the others count as declared"
            yield (
                name,
                f"it makes {share:.0%} of the differences between scores{beside}, so it nearly is the scorecard; {what}",
            )


def double_counting(draft: Draft) -> Iterator[Remark]:
    """Yield each pair of metrics that say the same, or the opposite."""
    figures, counting = draft.figures, {each.use for each in draft.counting}
    columns = [(at, name) for at, name in enumerate(figures.metrics) if name in counting]
    for (i, one), (j, other) in combinations(columns, 2):
        r = _correlation(figures.share[:, i], figures.share[:, j])
        if r is not None and r > ALIKE:
            yield (
                one,
                f"it says the same as {other} (r = {r:.2f}), so this counts twice; drop one, or give both the weight of one",
            )
        elif r is not None and r < -ALIKE:
            yield one, f"it says the opposite of {other} (r = {r:.2f}): who gains on one loses on the other; drop one of them"


def _correlation(one: FloatArray, other: FloatArray) -> float | None:
    known = ~(np.isnan(one) | np.isnan(other))
    if known.sum() < SOME or np.ptp(one[known]) == 0 or np.ptp(other[known]) == 0:
        return None
    return float(np.corrcoef(one[known], other[known])[0, 1])


def unreachable_target(draft: Draft) -> Iterator[Remark]:
    """Yield each target that nobody comes near."""
    for name, worth, share in _targets(draft):
        if share.max() < NEAR * worth:
            best = f"the best of {share.size} made {share.max() / worth:.0%} of the way from the floor to the target"
            yield (
                name,
                f"{best}, so the target steers nobody; set it where the better quarter of the people is, or say how it is to be reached",
            )


def target_nobody_missed(draft: Draft) -> Iterator[Remark]:
    """Yield each target that everybody reached."""
    for name, worth, share in _targets(draft):
        if share.min() >= worth:
            yield (
                name,
                f"all {share.size} people reached the target, so it asks for nothing; raise it, or make it a gate or weight = 0",
            )


def _targets(draft: Draft) -> Iterator[tuple[str, float, FloatArray]]:
    """Yield metric, what its target is worth from 0 to 1, and what people reached."""
    for each in draft.counting:
        posts = draft.figures.goalposts.get(each.use, {})
        worth = posts.get("at_target", 1.0)
        share = draft.figures.known(each.use, "share")
        if "target" in posts and isinstance(worth, float) and share.size >= FEW and np.ptp(draft.figures.known(each.use)) > 0:
            yield each.use, worth, share


def same_for_all(draft: Draft) -> Iterator[Remark]:
    """Yield each metric in which the people do not differ."""
    for each in draft.counting:
        value = draft.figures.known(each.use)
        if value.size >= FEW and np.ptp(value) == 0:
            what = "it is not in their hands, or no longer a question; use a metric on which people's work shows, or set weight = 0"
            yield each.use, f"all {value.size} people have the same value, {value[0]:.4g}, so it tells nobody apart: {what}"


def silent_gate(draft: Draft) -> Iterator[Remark]:
    """Yield each gate that fired for nobody."""
    for at, gate in enumerate(draft.card.gates):
        judged = int(draft.figures.judged[:, at].sum())
        if judged >= SOME and not draft.figures.fired[:, at].any():
            what = "check that its bound is in the metric's unit and not far beyond what happens, or drop the gate"
            yield gate.use, f"the gate {gate.condition} fired for none of {judged} people; {what}"


def gate_for_most(draft: Draft) -> Iterator[Remark]:
    """Yield each gate that fired for more than half of the people."""
    for at, gate in enumerate(draft.card.gates):
        judged, fired = int(draft.figures.judged[:, at].sum()), int(draft.figures.fired[:, at].sum())
        if judged >= FEW and fired > MOST * judged:
            what = "a gate is for exceptions; loosen its bound, or make it a metric with a target"
            yield gate.use, f"the gate {gate.condition} fired for {fired} of {judged} people; {what}"


def empty_band(draft: Draft) -> Iterator[Remark]:
    """Yield a remark where nobody reached a band above the lowest."""
    score, used = draft.figures.score, set(draft.figures.band)
    empty = [band for band in draft.card.bands[1:] if band.name not in used]
    if score.size >= SOME and len(used) > 1 and empty:
        named = ", ".join(f"{band.name!r} (from {band.start:g})" for band in empty)
        reached = f"scores go from {score.min():.1f} to {score.max():.1f}"
        yield "", f"nobody is in {named}, and {reached}; move the bands or the targets, so that each can be reached"


def one_band(draft: Draft) -> Iterator[Remark]:
    """Yield a remark where everybody is in the same band."""
    counts = Counter(draft.figures.band)
    if len(draft.card.bands) > 1 and draft.figures.score.size >= SOME and len(counts) == 1:
        what = "move the bands to where the scores are, or leave them out"
        yield "", f"all {draft.figures.score.size} people are in the band {next(iter(counts))!r}, so bands say nothing; {what}"


def small_samples(draft: Draft) -> Iterator[Remark]:
    """Yield each rate or mean that rests on few observations for many people."""
    for each in draft.counting:
        n = draft.figures.known(each.use, "n")
        is_sampled = isinstance(draft.metrics[each.use], Proportion | Mean | Ratio | Quantile | Conversion)
        # A yes or no about the person, of which there is one each, is no sample.
        if not is_sampled or draft.metrics[each.use].is_census or n.size < FEW or n.max() <= 1 or allows_for_few(draft.card, each):
            continue
        small = int((n < SMALL).sum())
        if small >= SMALL_FOR * n.size:
            what = 'chance then takes the first and last places; use a longer period, or set [small_samples] shrink = "peers"'
            yield each.use, f"{small} of {n.size} people have fewer than {SMALL} observations: {what}"


def allows_for_few(card: Scorecard, metric: ScorecardMetric) -> bool:
    """Tell whether a figure of few observations is shrunk, or set aside as not enough data."""
    asked = card.small_samples
    fewest = asked.minimum_n if metric.minimum_n is None else metric.minimum_n
    return (metric.shrink or asked.shrink) != "none" or asked.minimum_reliability > 0 or fewest >= SMALL


def mostly_missing(draft: Draft) -> Iterator[Remark]:
    """Yield each metric that most people have no value of."""
    people = len(draft.figures.value)
    for each in draft.counting:
        lacking = people - draft.figures.known(each.use).size
        if people >= FEW and people > lacking > MOST * people:
            what = "measure it over a longer period, or leave it out for this role"
            yield each.use, f"{lacking} of {people} people have no value, so for them its weight goes to the other metrics; {what}"


def beyond_goalposts(draft: Draft) -> Iterator[Remark]:
    """Yield each metric on which most people lie beyond the same end of its goalposts, but not all."""
    for each in draft.counting:
        cut = draft.figures.known(each.use, "clipped")
        for end, beyond in (("best", cut > 0), ("worst", cut < 0)):
            if cut.size >= FEW and MOST * cut.size < beyond.sum() < cut.size:
                what = f"{int(beyond.sum())} of {cut.size} people lie beyond its {end} end"
                yield each.use, f"{what}, where all count the same; move that end outwards, so that they differ again"
