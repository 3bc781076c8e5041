"""A slow evaluator of metrics in plain Python over lists of rows, against which the query layer is tested.

It shares no code with the planner: times are compared as wall-clock times, and every rule (eligibility, owner at the time, shares,
rates, groups) is looked up row by row.
"""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from attrs import define, evolve, field
from oracle_kinds import KINDS, Cell, parts_of
from rows import Env, Row, evaluate, overs_in, read_columns, run_over

from kpicore import facts
from kpicore.model.period import Period

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Table

    from kpicore.model.measure import Measure
    from kpicore.model.metric import Metric
    from kpicore.model.period import Calendar

Tables = dict[str, list[Row]]
Place = tuple[str, int]
Values = dict[Place, "float | None"]

EVER = datetime(1, 1, 1)
FAR = datetime(9999, 1, 1)
TICK = timedelta(microseconds=1)
LABELS = {"person": "employee_id", "team": "team", "manager": "manager_id", "region": "region", "role": "role"}


@define(eq=False)
class Oracle:
    """Evaluates metrics over tables of rows."""

    tables: Tables
    periods: list[Period]
    calendar: Calendar
    by: str = "person"
    role: str | None = None
    currency: str | None = None
    as_of: datetime = FAR
    metrics: Mapping[str, Metric] = field(factory=dict)
    windows: list[Period] = field(factory=list)
    """All windows that the request measures: the periods and earlier ones."""
    _credits: dict[Any, dict[Place, list[tuple[Env, float]]]] = field(factory=dict)

    def subjects(self) -> list[str]:
        """Return the subjects that a result should have."""
        systems = {row["employee_id"] for row in self.tables["employee"] if row["kind"] in ("system", "bot", "queue")}
        if self.by == "all":
            return ["all"]
        if self.by == "person" and self.role is None:
            return sorted({row["employee_id"] for row in self.tables["employee"]} - systems)
        windows = self.windows or self.periods
        start, end = self.utc(min(each.start for each in windows)), self.utc(max(each.end for each in windows))
        held = [row for row in self.tables["assignment"] if (row["valid_from"] or EVER) < end and (row["valid_to"] or FAR) > start]
        held = [row for row in held if self.role is None or (row["role"] == self.role and row["employee_id"] not in systems)]
        return sorted({row[LABELS[self.by]] for row in held} - {None})

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the calendar."""
        return ZoneInfo(self.calendar.time_zone)

    def utc(self, local: datetime) -> datetime:
        """Return the UTC time of a wall-clock time."""
        return local.replace(tzinfo=self.zone).astimezone(UTC).replace(tzinfo=None)

    def local(self, moment: datetime) -> datetime:
        """Return the wall-clock time of a UTC time."""
        return moment.replace(tzinfo=UTC).astimezone(self.zone).replace(tzinfo=None)

    # From rows to credits: who gets which share of which row in which period.

    def credits(self, measure: Measure) -> dict[Place, list[tuple[Env, float]]]:
        """Return the rows of a measure with the subject's share, per subject and period, before its filter."""
        name = (measure.fact.name, str(measure.subject), str(measure.at), measure.attribution, measure.owned_at, bool(measure.per))
        parts = tuple(id(part) for part in overs_in([measure.value, measure.where, *measure.per]))
        if (name, parts) not in self._credits:
            self._credits[name, parts] = self._credit(measure)
        return self._credits[name, parts]

    def _credit(self, measure: Measure) -> dict[Place, list[tuple[Env, float]]]:
        found: dict[Place, list[tuple[Env, float]]] = defaultdict(list)
        for env in self.placed(measure):
            for owner, share in self.owners(env, measure):
                subject = self.group(owner, env)
                if subject is not None:
                    found[subject, env.period].append((env, share))
        return found

    def placed(self, measure: Measure) -> Iterator[Env]:
        """Yield each eligible row in each period in which it counts."""
        envs = [self.env(measure, row) for row in self.tables[measure.fact.name] if is_eligible(measure.fact, row)]
        self.add_windowed(measure, envs)
        for env in envs:
            for at, span in enumerate(self.periods):
                moment = self.moment(measure, env, span)
                if moment is not None and (measure.at is None or span.start <= self.local(moment) < span.end):
                    bounds = {"start": self.utc(span.start), "end": self.utc(span.end), "as_of": self.as_of}
                    here = evolve(env, period=at, moment=moment, bounds=bounds)
                    here.factor = self.factor(measure, here)
                    yield here

    def moment(self, measure: Measure, env: Env, span: Period) -> datetime | None:
        """Return the time by which owner, group and rate are looked up."""
        if measure.at is not None:
            found: datetime | None = evaluate(measure.at, env)
            return found
        return self.utc(span.end) - TICK if measure.owned_at == "end" else self.utc(span.start)

    def env(self, measure: Measure, row: Row) -> Env:
        """Return a row with its dimensions."""
        return Env(self.dimensions(measure.fact, row), measure.fact.name, self.local, row[key_of(measure.fact)])

    def dimensions(self, fact: Table, row: Row) -> dict[str, Row]:
        """Return the row, and of each table to which it leads the one row, the nearest way and the owner's column first."""
        found, queue = {fact.name: row}, [fact]
        while queue:
            here = queue.pop(0)
            refs = [column for column in here.c if "references" in column.info]
            for column in sorted(refs, key=lambda each: each.name != here.info["owner"]):
                name, key = column.info["references"].split(".")
                if name not in found:
                    wanted = found[here.name][column.name]
                    blank = dict.fromkeys(facts.metadata.tables[name].c.keys())
                    match = (other for other in self.tables.get(name, []) if wanted is not None and other[key] == wanted)
                    found[name] = next(match, blank)
                    queue.append(facts.metadata.tables[name])
        return found

    def add_windowed(self, measure: Measure, envs: list[Env]) -> None:
        """Compute window expressions over the rows of the windows and the margin around them."""
        parts = overs_in([measure.value, measure.where, *measure.per])
        margin = timedelta(days=measure.lookahead_days)
        spans = [(self.utc(each.start) - margin, self.utc(each.end) + margin) for each in self.windows or self.periods]
        moments = [None if measure.at is None else evaluate(measure.at, env) for env in envs]
        near = [env for env, at in zip(envs, moments, strict=True) if at is not None and any(start <= at < end for start, end in spans)]
        for part in reversed(parts):
            # The innermost comes last in the expression and first here.
            found = run_over(part, near)
            for at, env in enumerate(near):
                env.over = {**env.over, id(part): found[at]}

    # Money and people.

    def factor(self, measure: Measure, env: Env) -> float | None:
        """Return what the row's amounts are multiplied by: the rate of its day, or of the day of what it takes back."""
        row = env.tables[env.fact]
        if self.currency is None or row.get("currency") in (None, self.currency) or env.moment is None:
            return 1.0
        moment = env.moment
        if measure.at is not None and row.get("reverses_id") is not None:
            originals = [each for each in self.tables[env.fact] if each[key_of(measure.fact)] == row["reverses_id"]]
            found = [evaluate(measure.at, self.env(measure, each)) for each in originals]
            moment = next((each for each in found if each is not None), moment)
        day = self.local(moment).date()
        rates = [each for each in self.tables["fx_rate"] if each["currency"] == row["currency"] and each["into"] in (None, self.currency)]
        known = sorted((each["valid_on"], each["rate_id"], each["rate"]) for each in rates if each["valid_on"] <= day)
        return float(known[-1][2]) if known else None

    def owners(self, env: Env, measure: Measure) -> list[tuple[str | None, float]]:
        """Return who owned the row at its time, and with which share."""
        if measure.subject is None:
            return [("", 1.0)]
        column = measure.fact.c.get(measure.fact.info["owner"] or "")
        if column not in set(read_columns(measure.subject)):
            return [(evaluate(measure.subject, env), 1.0)]
        if measure.subject is not column:
            return [(evaluate(measure.subject, self.with_past_owner(measure, env)), 1.0)]
        owner = evaluate(measure.subject, env)
        shares = [row for row in self.tables.get("credit_split", []) if (row["record_table"], row["record_id"]) == (env.fact, env.key)]
        if shares and not measure.per:
            return [(row["employee_id"], float(row["share"])) for row in shares]
        return [(owner if measure.attribution == "now" else self.past_owner(measure.fact, env, owner), 1.0)]

    def with_past_owner(self, measure: Measure, env: Env) -> Env:
        """Return a row in which today's owner is replaced by the owner then."""
        row = env.tables[env.fact]
        name = measure.fact.info["owner"]
        owner = row[name] if measure.attribution == "now" else self.past_owner(measure.fact, env, row[name])
        return evolve(env, tables={**env.tables, env.fact: {**row, name: owner}})

    def past_owner(self, fact: Table, env: Env, today: str | None) -> str | None:
        """Return the owner then: what the next change replaced, or whose span it was; today's owner where neither says."""
        history = fact.info["history"]
        if not history:
            return today
        rows = [row for row in self.tables.get(history["table"], []) if row[history["record"]] == env.key]
        rows = [row for row in rows if all(row[name] == history[name] for name in ("field", "kind", "table_name") if name in history)]
        order, moment = key_of(facts.metadata.tables[history["table"]]), env.moment or FAR
        if "from" in history:
            spans = sorted((row[history["from"]] or EVER, row[order], row[history["to"]] or FAR, row[history["owner"]]) for row in rows)
            begun = [span for span in spans if span[0] <= moment]
            return begun[-1][3] if begun and moment < begun[-1][2] else today
        changes = sorted((row[history["at"]], row[order], row[history["old"]]) for row in rows if row[history["at"]] > moment)
        return changes[0][2] if changes else today

    def group(self, owner: str | None, env: Env) -> str | None:
        """Return the subject to which a person's fact belongs."""
        if self.role is None and self.by in ("all", "person"):
            return "all" if self.by == "all" else owner
        moment = env.moment or FAR
        held = [row for row in self.tables["assignment"] if owner is not None and row["employee_id"] == owner]
        held = [row for row in held if (row["valid_from"] or EVER) <= moment < (row["valid_to"] or FAR)]
        labels = {row[LABELS.get(self.by, "employee_id")] for row in held if self.role in (None, row["role"])} - {None}
        if not labels:
            return None
        return "all" if self.by == "all" else str(labels.pop())

    # Aggregates and metrics.

    def measure(self, measure: Measure) -> Values:
        """Return a measure per subject and period; counts and sums of nothing are 0."""
        give = grouped if measure.per else aggregated
        found: Values = {place: give(measure, rows) for place, rows in self.credits(measure).items()}
        empty = 0.0 if measure.function in ("count", "sum", "squares", "distinct") else None
        return {place: empty if found.get(place) is None else found[place] for place in self.places()}

    def places(self) -> list[Place]:
        """Return all places of the result."""
        return [(subject, at) for subject in self.subjects() for at in range(len(self.periods))]

    def active(self, names: Iterable[str]) -> set[Place]:
        """Return who has any event of the facts that the metrics use, in which period."""
        measures = [part for name in names for part in parts_of(self.metrics[name]) if part.at is not None]
        events = [(part, place, rows) for part in measures for place, rows in self.credits(part).items()]
        return {place for part, place, rows in events if not part.per or groups_of(part, rows)}

    def cells(self, metric: Metric, active: set[Place]) -> dict[Place, Cell]:
        """Return the metric for every subject and period."""
        return KINDS[type(metric)](self, metric, active)

    def earlier(self, against: str) -> Oracle:
        """Return an oracle for the earlier windows."""
        return evolve(self, periods=[before(span, against) for span in self.periods], windows=self.windows or self.periods, credits={})


def is_eligible(fact: Table, row: Row) -> bool:
    """Return whether a record counts at all."""
    return row.get("deleted_at") is None and row.get("merged_into") is None and row.get("is_test") is not True


def key_of(fact: Table) -> str:
    """Return the name of a table's key."""
    return str(next(iter(fact.primary_key)).name)


def aggregated(measure: Measure, rows: list[tuple[Env, float]]) -> float | None:
    """Return an aggregate over rows and shares."""
    kept = [(evaluate(measure.value, env), share, env.key) for env, share in rows if measure.where is None or evaluate(measure.where, env)]
    known = [(value, share, key) for value, share, key in kept if value is not None]
    if measure.function == "count":
        return math.fsum(share for _, share, _ in known)
    if measure.function == "distinct":
        return float(len({value for value, _, _ in known}))
    if measure.function in ("sum", "squares"):
        power = 1 if measure.function == "sum" else 2
        return math.fsum(float(value) ** power * share for value, share, _ in known)
    if not known:
        return None
    if measure.function == "quantile":
        return type_7(sorted({key: float(value) for value, _, key in known}.values()), 0.5 if measure.q is None else measure.q)
    return float((min if measure.function == "min" else max)(value for value, _, _ in known))


def type_7(values: list[float], q: float) -> float:
    """Return the quantile by linear interpolation between the order statistics around (n - 1) q."""
    place = (len(values) - 1) * q
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def groups_of(measure: Measure, rows: list[tuple[Env, float]]) -> list[list[Env]]:
    """Return the rows by the measure's groups; rows without a group belong to none."""
    found: dict[tuple[Any, ...], list[Env]] = {}
    for env, _ in rows:
        name = tuple(evaluate(each, env) for each in measure.per)
        if None not in name:
            found.setdefault(name, []).append(env)
    return list(found.values())


def grouped(measure: Measure, rows: list[tuple[Env, float]]) -> float | None:
    """Return an aggregate over the groups that the measure's condition admits."""
    admitted = [each for each in groups_of(measure, rows) if measure.where is None or evaluate(measure.where, each[0], each)]
    values = [float(value) for each in admitted if (value := evaluate(measure.value, each[0], each)) is not None]
    if measure.function == "count":
        return float(len(values))
    if measure.function in ("sum", "squares"):
        return math.fsum(value if measure.function == "sum" else value * value for value in values)
    return (min if measure.function == "min" else max)(values) if values else None


def before(span: Period, against: str) -> Period:
    """Return the window before, or the same one a year earlier."""
    months = {"month": 1, "quarter": 3, "half": 6, "year": 12}
    if span.unit in months:
        back = months[span.unit] if against == "previous" else 12
        return Period(minus(span.start, back), minus(span.end, back), f"{against} {span.name}", span.unit)
    length = span.end - span.start if against == "previous" else timedelta(days=52 * 7)
    return Period(span.start - length, span.end - length, f"{against} {span.name}", span.unit)


def minus(moment: datetime, count_: int) -> datetime:
    """Return the first of the month that many months earlier."""
    years, month = divmod(moment.year * 12 + moment.month - 1 - count_, 12)
    return datetime(years, month + 1, 1)
