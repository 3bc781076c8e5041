"""Scorecard files: reading one, and checking its names against what plugins offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from kpicore.config.structure import read_toml, report, structure
from kpicore.errors import ConfigError, nearest
from kpicore.model.reach import reach
from kpicore.model.scorecard import SCORECARD_SCHEMA, Scorecard

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from kpicore.model.metric import Metric
    from kpicore.model.scorecard import Gate

Located = tuple[str, str]
"""A place in the file, and what must hold there."""


def load_scorecard(path: Path) -> Scorecard:
    """Read a scorecard file.

    Raises:
        ConfigError: with all errors of the file, each with table and key.
    """
    return attrs.evolve(structure(Scorecard, read_toml(path), str(path), SCORECARD_SCHEMA), source=str(path))


def source_of(scorecard: Scorecard) -> str:
    """Return where a scorecard comes from, for errors: its file, or its role."""
    return scorecard.source or f"scorecard {scorecard.role!r}"


def metric_place(scorecard: Scorecard, at: int) -> str:
    """Return the place of a metric in the file, e.g. '[[metric]] 2 (sales.win_rate)'."""
    return f"[[metric]] {at + 1} ({scorecard.metrics[at].use})"


def dimension_place(scorecard: Scorecard, at: int) -> str:
    """Return the place of a dimension in the file, e.g. '[[dimension]] 1 (growth)'."""
    return f"[[dimension]] {at + 1} ({scorecard.dimensions[at].name})"


def check_names(
    scorecard: Scorecard,
    metrics: Collection[str],
    normalisers: Collection[str],
    weightings: Collection[str],
    aggregators: Collection[str],
    complexities: Collection[str] = (),
) -> None:
    """Check that everything a scorecard names is offered.

    Args:
        scorecard: the scorecard.
        metrics: names of the metrics that plugins offer; the same for the other kinds.
        normalisers: valid in `normalise = { by = ... }`.
        weightings: valid in `weighting = ...`.
        aggregators: valid in `aggregate = ...`.
        complexities: valid in `complexity = { method = ... }`.
    Raises:
        ConfigError: with all unknown names, and the nearest valid name of each.
    """
    found = [
        *_unknown("", "aggregator", scorecard.aggregate.by, aggregators),
        *_unknown("", "weighting", scorecard.weighting.by, weightings),
    ]
    for at, dimension in enumerate(scorecard.dimensions):
        found += _unknown(dimension_place(scorecard, at), "aggregator", dimension.aggregate.by, aggregators)
    for at, metric in enumerate(scorecard.metrics):
        found += _unknown(metric_place(scorecard, at), "metric", metric.use, metrics)
        found += _unknown(metric_place(scorecard, at), "normaliser", metric.normalise.by, normalisers)
        if metric.complexity is not None:
            found += _unknown(metric_place(scorecard, at), "complexity method", metric.complexity["method"], complexities)
    for at, gate in enumerate(scorecard.gates):
        found += _unknown(f"[[gate]] {at + 1} ({gate.use})", "metric", gate.use, metrics)
    if found:
        raise ConfigError(report(source_of(scorecard), found))


def _unknown(place: str, kind: str, name: str, valid: Collection[str]) -> Iterator[Located]:
    if name not in valid:
        hint = nearest(name, valid) or f"; `kpicore {'metrics' if kind == 'metric' else 'plugins'}` lists what there is"
        yield place, f"{kind} {name!r} is unknown{hint}"


def check_reach(scorecard: Scorecard, metrics: Mapping[str, Metric]) -> None:
    """Check that each gate can fire: a proportion lies from 0 to 1, a duration and a count are not negative.

    Args:
        scorecard: the scorecard.
        metrics: by name.
    Raises:
        ConfigError: with all gates that can never fire, or always would.
    """
    found = []
    for at, gate in enumerate(scorecard.gates):
        if gate.use in metrics and (says := _out_of_reach(gate, metrics[gate.use])):
            found.append((f"[[gate]] {at + 1} ({gate.use})", says))
    if found:
        raise ConfigError(report(source_of(scorecard), found))


_NAMES = {unit: f"number of {unit}" for unit in ("days", "hours", "minutes")}


def _out_of_reach(gate: Gate, metric: Metric) -> str | None:
    low, high = reach(metric)
    can = f"a {_NAMES.get(metric.unit, metric.unit)} lies from {low:g} to {high:g}"
    if (gate.below is not None and gate.below <= low) or (gate.above is not None and gate.above >= high):
        return f"can never fire: {can} (got {gate.condition})"
    if (gate.below is not None and gate.below > high) or (gate.above is not None and gate.above < low):
        return f"would always fire: {can} (got {gate.condition})"
    return None
