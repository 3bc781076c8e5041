"""The sensitivity of a scorecard as text and as plain values: which choice matters most, what each alternative would do, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import asdict

from kpicore.model.result import significant
from kpicore.report.chance import percent
from kpicore.report.plain import plain
from kpicore.report.text import WIDTH, grid
from kpicore.report.view import shown
from kpicore.report.wording import say

if TYPE_CHECKING:
    from kpicore.report.view import View
    from kpicore.scorecard.sensitivity import Person, Sensitivity, Variant

SCHEMA = "kpicore.sensitivity/1"


def to_dict(view: View, found: Sensitivity) -> dict[str, Any]:
    """Return what was found as plain values for JSON."""
    plain_values: dict[str, Any] = _plain(asdict(found))
    return {"schema": SCHEMA, "run": view.result.run.to_dict(), "verdict": verdict(view, found), **plain_values}


def _plain(given: Any) -> Any:
    if isinstance(given, dict):
        return {key: _plain(each) for key, each in given.items()}
    if isinstance(given, (list, tuple)):
        return [_plain(each) for each in given]
    return significant(given) if isinstance(given, float) else given


def sensitivity(view: View, found: Sensitivity, width: int = WIDTH) -> str:
    """Return what was found as text."""
    away = say("{:,} rankings with other choices: people are {:.1f} ranks away from their published rank in the mean.", view.locale)
    parts = [view.heading(), "", away.format(found.rankings, found.mean_shift), verdict(view, found), ""]
    parts += [_choices(view, found, width), _variants(view, found, width), _people(view, found, width)]
    return "\n".join(parts).rstrip() + "\n"


def verdict(view: View, found: Sensitivity) -> str:
    """Return in one sentence which choice matters most."""
    if not found.choices or found.mean_shift == 0:
        return say("No choice matters: every one of them gives the same ranking.", view.locale)
    first = found.choices[0]
    text = "What matters most is {}: that has a part in {} of the differences between the rankings."
    return say(text, view.locale, say(_IN_WORDS[first.name], view.locale), percent(min(1.0, first.total)))


_IN_WORDS = {
    "weights": "how the metrics are weighed",
    "normaliser": "how the metrics are normalised",
    "aggregator": "how the metrics are aggregated",
    "metric left out": "whether one of the metrics is left out",
}


def _choices(view: View, found: Sensitivity, width: int) -> str:
    words = [("choice", False), ("alone", True), ("with others", True)]
    rows = [[say(each.name, view.locale), _share(each.first), _share(each.total)] for each in found.choices]
    text = "alone: what part of the differences would go if this were settled; with others: what part would stay if all else were."
    note = say(text, view.locale)
    return f"{grid([(say(word, view.locale), is_figure) for word, is_figure in words], rows, width)}\n{note}\n"


def _share(share: float) -> str:
    # Estimates: a share of nothing may come out slightly below 0, and one of everything slightly above 1.
    return f"{100 * min(1.0, max(0.0, share)):.0f} %"


def _variants(view: View, found: Sensitivity, width: int) -> str:
    words = [("choice", False), ("instead", False), ("mean shift", True), ("largest shift", True), ("other band", True)]
    rows = [
        [say(each.choice, view.locale), _option(view, each), f"{each.mean_shift:.1f}", str(each.max_shift), _share(each.band_changes)]
        for each in found.variants
    ]
    return grid([(say(word, view.locale), is_figure) for word, is_figure in words], rows, width)


def _option(view: View, variant: Variant) -> str:
    if variant.choice == "metric left out":
        return view.title(variant.option)
    registry = view.run.evidence.setting.registry
    offers: dict[str, Any] = {**registry.normalisers} if variant.choice == "normaliser" else {**registry.aggregators}
    if variant.option not in offers:
        return say(variant.option, view.locale)
    title = offers[variant.option].title
    return plain(title.get(view.locale) or title.get("en") or variant.option)


def _people(view: View, found: Sensitivity, width: int) -> str:
    words = [("rank", True), ("person", False), ("score", True), ("ranks", True), ("band", False), ("other band", True)]
    names = {score.subject: shown(score) for score in view.result.scores}
    rows = [_person(view, each, names[each.subject]) for each in found.people]
    text = "ranks: where nine of ten rankings put the person; other band: in how many with the declared normaliser the band is another."
    note = say(text, view.locale)
    return f"{grid([(say(word, view.locale), is_figure) for word, is_figure in words], rows, width)}\n{note}"


def _person(view: View, person: Person, name: str) -> list[str]:
    ranks = f"{person.rank_low}–{person.rank_high}"
    return [str(person.rank), name, f"{person.score:.1f}", ranks, view.band(person.band), _share(person.band_changes)]
