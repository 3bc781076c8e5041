"""The result of a run: scores with every figure behind them, who has none and why, and what was set aside. Reports read it."""

from __future__ import annotations

import json
import math
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from kpicore.errors import KpiError
from kpicore.model.scale import Scale

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import pyarrow as pa

    from kpicore.model.complexity import MixDrift
    from kpicore.model.dimension import DimensionScore
    from kpicore.model.period import Period

RUN_SCHEMA = "kpicore.run/1"


def significant(number: float | None, digits: int = 10) -> float | int | None:
    """Round to significant digits for output; a whole number becomes an int, NaN and infinity become None."""
    if number is None or not math.isfinite(number):
        return None
    rounded = float(f"{number:.{digits}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 2**53 else rounded


@frozen
class RunInfo:
    """What was run on what."""

    role: str
    period: Period
    as_of: str
    """Up to which moment facts were taken, ISO 8601."""
    config: str
    """'sha256:...' of the configuration."""
    facts: str
    """'sha256:...' of the facts."""
    plugins: Mapping[str, str] = field(factory=dict)
    """Versions of the plugins, by name."""
    uncertainty: Mapping[str, Any] = field(factory=dict)
    """How intervals were made: level, draws, seed, method (draws, delta or none), why, target, top and grade."""

    @property
    def id(self) -> str:
        """The id that follows from the inputs: the same inputs give the same id."""
        content = [self.role, self.period.to_dict(), self.as_of, self.config, self.facts, sorted(self.plugins.items())]
        return sha256(json.dumps(content).encode()).hexdigest()[:32]

    def to_dict(self) -> dict[str, Any]:
        """Return the run as the contract has it."""
        return {
            "id": self.id,
            "role": self.role,
            "period": self.period.to_dict(),
            "as_of": self.as_of,
            "config": self.config,
            "facts": self.facts,
            "plugins": dict(sorted(self.plugins.items())),
            "uncertainty": dict(self.uncertainty),
        }


@frozen
class MetricCell:
    """One metric of one person: from what was measured to the points it gave."""

    metric: str
    state: str
    """value, no_data, not_applicable, not_testable or error."""
    value: float | None
    """As measured, in the metric's unit."""
    n: float
    """How many observations the value rests on."""
    normalised: float | None
    """0 to 1, clipped; for a cell without a value what the policy put in its place, if anything."""
    weight: float | None
    """The nominal weight reshared over the cells with a value, which it sums to 1 over; None without a normalised value."""
    points: float | None
    """Of 100."""
    nominal_weight: float = 0.0
    """As declared, scaled to sum to 1 over the scorecard."""
    clipped: float | None = None
    """What was cut off to stay within 0 to 1: positive above, negative below."""
    why: str | None = None
    """Why there is no value, or what is special about the normalised one."""
    goalposts: Mapping[str, float | tuple[float, ...]] = field(factory=dict, repr=False)
    """What the value was held against."""
    low: float | None = None
    high: float | None = None
    """The interval of the value, or of the adjusted or shrunk one in its place, at the run's level; None where the error is unknown."""
    complexity: float | None = None
    adjusted: float | None = None
    treated: float | None = None
    """What took the value's place because it was an outlier, in the metric's unit, or its logarithm; None where the value stayed."""
    shrunk: float | None = None
    """What is scored instead of the value, or the adjusted one, where few observations draw it towards the peers."""
    reliability: float | None = None
    """The share of what is seen that is the person and not chance, 0 to 1; None where it was not asked for or is unknown."""
    enough_data: bool | None = None
    """Whether the value rests on enough to be scored; None without a value. What is not enough is neither zero nor missing."""

    def to_dict(self) -> dict[str, Any]:
        """Return the cell as the contract has it; goalposts are told once per run."""
        measured = ("value", "n", "low", "high", "complexity", "adjusted", "shrunk", "reliability", "treated")
        numbers = (*measured, "normalised", "weight", "points", "nominal_weight", "clipped")
        figures = {name: significant(getattr(self, name)) for name in numbers}
        return {"metric": self.metric, "state": self.state, **figures, "enough_data": self.enough_data, "why": self.why}


@frozen
class GateEffect:
    """One gate for one person: whether it fired, and what it took."""

    use: str
    condition: str
    """In words, e.g. 'below 0.3'."""
    value: float | None
    """Of the metric; None where there is none, and then the gate does not fire."""
    fired: bool
    effect: Mapping[str, float | bool]
    """What it does when it fires, e.g. {'cap': 60.0}."""
    points: float
    """What it took: 0 or negative."""
    reason: str
    """Why the gate exists, as published."""
    why: str | None = None
    """Why it could not be judged."""

    def to_dict(self) -> dict[str, Any]:
        """Return the gate as the contract has it."""
        told: dict[str, Any] = {"use": self.use, "condition": self.condition, "value": significant(self.value)}
        if not self.fired:
            return {**told, "why": self.why}
        effect = {key: does if isinstance(does, bool) else significant(does) for key, does in self.effect.items()}
        return {**told, "effect": effect, "points": significant(self.points), "reason": self.reason}


@frozen
class Credit:
    """How much credit the rows of a fact earned a person, and why it is less than a whole one for each: raw = effective + reasons."""

    fact: str
    raw: float
    effective: float
    reasons: Mapping[str, float] = field(factory=dict)
    """What was taken off, in rows, by reason code: 1 for a row without credit, a part of 1 for one with some."""

    def to_dict(self) -> dict[str, Any]:
        """Return the credit as the contract has it."""
        reasons = {code: significant(rows) for code, rows in sorted(self.reasons.items())}
        return {"fact": self.fact, "raw": significant(self.raw), "effective": significant(self.effective), "reasons": reasons}


@frozen
class Signal:
    """A statistic that referred rows to a spot check; it never changes a score."""

    rule: str
    q: float
    referred: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the signal as the contract has it."""
        return {"rule": self.rule, "q": significant(self.q), "referred": self.referred}


CHANCE = ("interval_covers", "expected_rank", "p_target", "p_top", "p_above_next", "grade")
"""What a score tells about chance besides its intervals."""


@frozen
class Score:
    """One scored person. The points of metrics and gates sum to the score exactly, as decimals of four digits."""

    subject: str
    team: str | None
    score: float
    rank: int
    band: str | None
    coverage: float
    """Share of the weight with data."""
    metrics: tuple[MetricCell, ...]
    gates: tuple[GateEffect, ...] = ()
    """All gates of the scorecard, in its order."""
    credit: tuple[Credit, ...] = ()
    dimensions: tuple[DimensionScore, ...] = ()
    """In the scorecard's order; none where it has none."""
    signals: tuple[Signal, ...] = ()
    low: float | None = None
    high: float | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    interval_covers: float = 0.0
    """Share of the effective weight whose error is known; the rest is taken as exact."""
    expected_rank: float | None = None
    p_target: float | None = None
    """Probability that the true score reaches the scorecard's target."""
    p_top: float | None = None
    """Probability of truly being among the top ones."""
    p_above_next: float | None = None
    """Probability of truly being above the next in the league table; near one half the two cannot be told apart."""
    grade: int | None = None
    """1 is the best; people whom the data cannot tell apart from the first of a grade are in it."""
    state: str = "scored"
    name: str | None = None
    """Name to show, where it is known."""

    def to_dict(self) -> dict[str, Any]:
        """Return the score as the contract has it: `gates` holds those that fired."""
        return {
            "subject": self.subject,
            "name": self.name,
            "team": self.team,
            **{name: significant(getattr(self, name)) for name in ("score", "low", "high", "rank", "rank_low", "rank_high")},
            **{name: significant(getattr(self, name)) for name in CHANCE},
            "band": self.band,
            "coverage": significant(self.coverage),
            "state": self.state,
            "dimensions": [dimension.to_dict() for dimension in self.dimensions],
            "metrics": [cell.to_dict() for cell in self.metrics],
            "gates": [gate.to_dict() for gate in self.gates if gate.fired],
            "gates_not_fired": [gate.to_dict() for gate in self.gates if not gate.fired],
            "credit": [credit.to_dict() for credit in self.credit],
            "signals": [signal.to_dict() for signal in self.signals],
        }


@frozen
class Unscored:
    """One person without a score, and why."""

    subject: str
    state: str
    """no_data, not_applicable, not_testable, error, insufficient_coverage, not_enough_data or blocked."""
    why: str
    team: str | None = None
    coverage: float = 0.0
    metrics: tuple[MetricCell, ...] = ()
    name: str | None = None
    """Name to show, where it is known."""

    def to_dict(self) -> dict[str, Any]:
        """Return the person as the contract has it."""
        about = {"subject": self.subject, "name": self.name, "team": self.team}
        return {**about, "state": self.state, "why": self.why, "coverage": significant(self.coverage)}


@frozen
class Failure:
    """What a plugin could not do."""

    plugin: str
    what: str
    why: str

    def to_dict(self) -> dict[str, str]:
        """Return the failure as the contract has it."""
        return {"plugin": self.plugin, "what": self.what, "why": self.why}


@frozen
class Rejects:
    """Rows of a fact that were set aside when it was loaded."""

    rows: int
    reasons: Mapping[str, int] = field(factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the rejects as the contract has them."""
        return {"rows": self.rows, "reasons": dict(sorted(self.reasons.items()))}


_UNPRINTABLE = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@frozen
class RunResult:
    """All that a run found."""

    run: RunInfo
    scores: tuple[Score, ...]
    """By score, the highest first, then by subject."""
    unscored: tuple[Unscored, ...] = ()
    """By subject."""
    failures: tuple[Failure, ...] = ()
    rejects: Mapping[str, Rejects] = field(factory=dict)
    """By fact."""
    scale: Scale = field(factory=Scale)
    """What values were held against; given to a later run, nobody's score moves because of a new colleague."""
    drifts: Mapping[str, tuple[MixDrift, ...]] = field(factory=dict)
    """Per metric, how far each person's mix of cases moved since the period before, by subject."""

    def to_dict(self) -> dict[str, Any]:
        """Return the result as the contract has it."""
        return {
            "schema": RUN_SCHEMA,
            "run": self.run.to_dict(),
            "scores": [score.to_dict() for score in self.scores],
            "unscored": [person.to_dict() for person in self.unscored],
            "failures": [failure.to_dict() for failure in sorted(self.failures, key=lambda one: (one.plugin, one.what, one.why))],
            "rejects": {fact: rejects.to_dict() for fact, rejects in sorted(self.rejects.items())},
            **self.scale.to_dict(),
            "drift": {metric: [each.to_dict() for each in moved] for metric, moved in sorted(self.drifts.items())},
        }

    def to_json(self) -> str:
        """Return one line of JSON; the same result gives the same bytes, and no character that steers a terminal."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)
        return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"

    def to_arrow(self) -> pa.Table:
        """Return a long table: one row per person and metric, with the person's score beside it; people without a score last."""
        from kpicore.model.table import table

        return table(self)

    def to_pandas(self) -> pd.DataFrame:
        """Return the table of `to_arrow` as a pandas data frame.

        Raises:
            KpiError: pandas is not installed.
        """
        try:
            import pandas  # noqa: ICN001, F401 - an extra
        except ImportError:
            raise KpiError("to_pandas needs pandas: pip install 'kpicore[pandas]'") from None
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame
