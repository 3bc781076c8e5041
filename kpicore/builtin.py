"""The core's own plugin: what every installation offers before any other plugin. The registry imports it by name, as it imports the others.

Each hook imports what it offers when it is called, so that this module costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore.model.offer import Aggregator, Complexity, Normaliser, Report, Weighting
    from kpicore.model.source import Source


@hookimpl
def kpicore_sources() -> Sequence[Source]:
    """Offer folders of files, databases, and the data sets with a starting project."""
    from kpicore.sources import builtin_sources

    return builtin_sources


@hookimpl
def kpicore_complexities() -> Sequence[Complexity]:
    """Offer declared coefficients and fitted expectations."""
    from kpicore import textbook

    return textbook.complexities()


@hookimpl
def kpicore_normalisers() -> Sequence[Normaliser]:
    """Offer the textbook normalisers."""
    from kpicore import textbook

    return textbook.normalisers()


@hookimpl
def kpicore_weightings() -> Sequence[Weighting]:
    """Offer the textbook weightings."""
    from kpicore import textbook

    return textbook.weightings()


@hookimpl
def kpicore_aggregators() -> Sequence[Aggregator]:
    """Offer the textbook aggregators."""
    from kpicore import textbook

    return textbook.aggregators()


@hookimpl
def kpicore_reports() -> Sequence[Report]:
    """Offer text and JSON."""
    from kpicore.report import builtin_reports

    return builtin_reports()
