"""What an acceptable offer is: its type, its name, its texts and its functions. One `Kind` for each hook."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs
from attrs import frozen

from kpicore.errors import PluginError
from kpicore.model.matching import Matcher
from kpicore.model.metric import Metric
from kpicore.model.offer import Aggregator, Complexity, Normaliser, Report, Weighting
from kpicore.model.rule import CreditRule
from kpicore.model.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


class OfferError(PluginError):
    """What a hook returned, or one thing of it, is not what it must be."""


LANGUAGES = ("en", "zh")
"""Every text that users see comes in these languages."""

PLAIN_NAME = r"[a-z][a-z0-9_]*"
METRIC_NAME = rf"{PLAIN_NAME}(\.{PLAIN_NAME})+"


@frozen
class Kind(Generic[T]):
    """What one hook collects."""

    plural: str
    """Name of the collection; the hook is 'kpicore_' and this."""
    word: str
    """What one is called in messages."""
    offered: type[T]
    functions: tuple[str, ...] = ()
    """Fields that must be callable."""

    @property
    def hook(self) -> str:
        """Name of the hook."""
        return f"kpicore_{self.plural}"


SOURCES = Kind("sources", "source", Source, ("open",))
MATCHERS = Kind("matchers", "matcher", Matcher, ("links",))
METRICS = Kind("metrics", "metric", Metric)
RULES = Kind("rules", "rule", CreditRule)
COMPLEXITIES = Kind("complexities", "complexity method", Complexity, ("fit", "apply"))
NORMALISERS = Kind("normalisers", "normaliser", Normaliser, ("fit", "apply"))
WEIGHTINGS = Kind("weightings", "weighting", Weighting, ("weigh",))
AGGREGATORS = Kind("aggregators", "aggregator", Aggregator, ("points",))
REPORTS = Kind("reports", "report", Report, ("render",))


def sequence(answer: object) -> tuple[object, ...]:
    """Return what a hook returned as a tuple.

    Raises:
        OfferError: it is not a list or another sequence.
    """
    if isinstance(answer, Sequence) and not isinstance(answer, (str, bytes)):
        return tuple(answer)
    raise OfferError(f"must return a list of offers, which may be empty (got {_kind_of(answer)})")


def _kind_of(thing: object) -> str:
    return "None" if thing is None else f"a value of type {type(thing).__name__}"


def checked(kind: Kind[T], offer: object) -> T:
    """Return the offer if it can be used.

    Raises:
        OfferError: its type, name, texts or functions are not what they must be.
    """
    if not isinstance(offer, kind.offered):
        raise OfferError(f"each offer must be of type {kind.offered.__name__} (got {_kind_of(offer)})")
    if faults := [*name_faults(kind, offer), *_other_faults(kind, offer)]:
        raise OfferError("; ".join(faults))
    return offer


def name_faults(kind: Kind[T], offer: T) -> Iterator[str]:
    """Yield what is wrong with the name of an offer."""
    name = getattr(offer, "name", None)
    pattern, example = (METRIC_NAME, "'acme.large_deal_share'") if kind.word == "metric" else (PLAIN_NAME, "'acme_steps'")
    if not (isinstance(name, str) and re.fullmatch(pattern, name)):
        yield f"name must be lower-case letters, digits and _ like {example} (got {name!r})"


def _other_faults(kind: Kind[T], offer: T) -> Iterator[str]:
    yield from text_faults("title", getattr(offer, "title", None))
    for name in kind.functions:
        if not callable(getattr(offer, name, None)):
            yield f"{name} must be a function (got {_kind_of(getattr(offer, name, None))})"
    if isinstance(offer, Metric) and not is_said(offer.definition):
        yield f"definition must be a sentence (got {offer.definition!r})"
    takes = (Complexity, Normaliser, Weighting, Aggregator)
    if isinstance(offer, takes) and not (isinstance(offer.parameters, type) and attrs.has(offer.parameters)):
        yield f"parameters must be an attrs class (got {offer.parameters!r})"
    elif isinstance(offer, Normaliser) and (strange := sorted(set(offer.in_unit) - {each.name for each in attrs.fields(offer.parameters)})):
        yield f"in_unit must name parameters (got {', '.join(strange)}, which {offer.parameters.__name__} has not)"
    if isinstance(offer, CreditRule):
        for reason in offer.reasons:
            yield from text_faults(f"title of the reason {reason.code!r}", reason.title)


def is_said(text: object) -> bool:
    """Tell whether something is said in words: a text, or a table of texts of which one is in English."""
    return all(is_text(each) for each in text.values()) and "en" in text if isinstance(text, Mapping) else is_text(text)


def text_faults(what: str, texts: object) -> Iterator[str]:
    """Yield which languages a text lacks."""
    given = texts if isinstance(texts, Mapping) else {}
    if missing := [language for language in LANGUAGES if not is_text(given.get(language))]:
        yield f"{what} must say something in {' and '.join(LANGUAGES)} (missing: {', '.join(missing)})"


def is_text(text: object) -> bool:
    """Tell whether it is a text with something in it."""
    return isinstance(text, str) and bool(text.strip())
