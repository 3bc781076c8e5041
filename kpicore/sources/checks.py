"""What every row must fulfil, declared as data: time never runs backwards, spans are not negative, shares lie between 0 and 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kpicore.sources.quoting import literal, name
from kpicore.sources.shaping import gathered

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@frozen
class TimeOrder:
    """`later` must not be before `earlier`; with `is_strict`, not at the same time either."""

    fact: str
    earlier: str
    later: str
    reason: str
    is_strict: bool = False
    is_note: bool = False
    """Whether rows that break it are kept and noted, because real data has them for good reasons."""

    def columns(self) -> tuple[str, ...]:
        """Return the columns that must be mapped for the check to mean anything."""
        return (self.earlier, self.later)

    def broken(self) -> str:
        """Return the SQL condition of a row that breaks it."""
        return f"{name(self.later)} {'<=' if self.is_strict else '<'} {name(self.earlier)}"

    def shown(self) -> str:
        """Return SQL for the value that goes into the reject."""
        return f"{name(self.later)} || ' < ' || {name(self.earlier)}"


@frozen
class Range:
    """`column` must be at least `low` (above it with `is_open`) and at most `high`."""

    fact: str
    column: str
    low: int
    high: int | None
    reason: str
    is_open: bool = False
    is_note: bool = False

    def columns(self) -> tuple[str, ...]:
        """Return the columns that must be mapped for the check to mean anything."""
        return (self.column,)

    def broken(self) -> str:
        """Return the SQL condition of a row that breaks it."""
        above = "" if self.high is None else f" OR {name(self.column)} > {self.high}"
        return f"{name(self.column)} {'<=' if self.is_open else '<'} {self.low}{above}"

    def shown(self) -> str:
        """Return SQL for the value that goes into the reject."""
        return f"CAST({name(self.column)} AS VARCHAR)"


def _span(fact: str, earlier: str, later: str) -> TimeOrder:
    return TimeOrder(fact, earlier, later, f"{later} is not after {earlier}", is_strict=True)


def _order(fact: str, earlier: str, later: str, reason: str) -> TimeOrder:
    return TimeOrder(fact, earlier, later, reason)


def _no_less(fact: str, column: str) -> Range:
    return Range(fact, column, 0, None, f"{column} is negative")


CHECKS: tuple[TimeOrder | Range, ...] = (
    _order("employee", "hired_at", "left_at", "left before hired"),
    _span("assignment", "valid_from", "valid_to"),
    _span("absence", "valid_from", "valid_to"),
    _span("customer_owner", "valid_from", "valid_to"),
    _span("target", "period_start", "period_end"),
    _order("customer", "started_at", "ended_at", "ended before started"),
    _order("campaign", "started_at", "ended_at", "ended before started"),
    _order("session", "started_at", "ended_at", "ended before started"),
    _order("lead", "created_at", "assigned_at", "assigned before created"),
    _order("lead", "created_at", "first_response_at", "answered before created"),
    _order("lead", "created_at", "qualified_at", "qualified before created"),
    _order("lead", "created_at", "converted_at", "converted before created"),
    _order("lead", "created_at", "lost_at", "lost before created"),
    _order("opportunity", "created_at", "closed_at", "closed before created"),
    _order("ticket", "opened_at", "first_response_at", "answered before opened"),
    _order("ticket", "opened_at", "resolved_at", "resolved before opened"),
    _order("ticket", "opened_at", "closed_at", "closed before opened"),
    TimeOrder("ticket", "first_response_at", "resolved_at", "resolved before first response", is_note=True),
    _order("survey", "sent_at", "answered_at", "answered before sent"),
    _no_less("contact", "duration_s"),
    _no_less("contact", "text_length"),
    _no_less("ticket_event", "text_length"),
    _no_less("ticket", "waiting_s"),
    _no_less("ticket", "handle_s"),
    _no_less("ticket", "reopen_count"),
    _no_less("ticket", "reassignment_count"),
    _no_less("campaign", "sent_count"),
    _no_less("campaign", "clicked_count"),
    _no_less("campaign", "response_count"),
    _no_less("customer", "employee_count"),
    _no_less("assignment", "fte"),
    Range("credit_split", "share", 0, 1, "share is not above 0 and at most 1", is_open=True),
    Range("absence", "share", 0, 1, "share is not above 0 and at most 1", is_open=True),
    Range("fx_rate", "rate", 0, None, "rate is not above 0", is_open=True),
)

SPLIT_REASON = "the shares of the record do not sum to 1"
SPLIT_TOLERANCE = "0.0001"
"""Three thirds with six decimals sum to 0.999999."""


def reject_broken(connection: DuckDBPyConnection, fact: str, mapped: set[str]) -> None:
    """Set the rows aside that break a check."""
    for check in CHECKS:
        if check.fact == fact and not check.is_note and mapped.issuperset(check.columns()):
            connection.execute(
                f"UPDATE {gathered(fact)} SET __state = 'rejected', __column = {literal(check.columns()[-1])},"
                f" __value = {check.shown()}, __reason = {literal(check.reason)} WHERE __state = 'loaded' AND ({check.broken()})"
            )


def notes_of_broken(fact: str, mapped: set[str]) -> list[tuple[str, str, str]]:
    """Return column, condition and reason of the checks that only lead to a note."""
    return [
        (check.columns()[-1], check.broken(), check.reason)
        for check in CHECKS
        if check.fact == fact and check.is_note and mapped.issuperset(check.columns())
    ]


def reject_unbalanced(connection: DuckDBPyConnection) -> None:
    """Set the credit splits aside whose shares do not sum to 1 per record."""
    table = gathered("credit_split")
    connection.execute(
        f"UPDATE {table} AS t SET __state = 'rejected', __column = 'share', __value = CAST(s.total AS VARCHAR),"
        f" __reason = {literal(SPLIT_REASON)}"
        f" FROM (SELECT record_table, record_id, sum(share) AS total FROM {table} WHERE __state = 'loaded' GROUP BY ALL) AS s"
        " WHERE t.__state = 'loaded' AND t.record_table IS NOT DISTINCT FROM s.record_table"
        " AND t.record_id IS NOT DISTINCT FROM s.record_id"
        f" AND coalesce(abs(s.total - 1) > {SPLIT_TOLERANCE}, true)"
    )


def reject_copies(connection: DuckDBPyConnection, fact: str, key: str, mapped: list[str]) -> None:
    """Of rows with the same key keep the first; identical ones are repeats, different ones are set aside."""
    table, one = gathered(fact), name(key)
    content = f"row({', '.join(name(column) for column in mapped)})"
    copied = f"SELECT {one} FROM {table} WHERE __state = 'loaded' GROUP BY 1 HAVING count(*) > 1"
    connection.execute(
        f"UPDATE {table} AS t SET __state = CASE WHEN c.same THEN 'repeated' ELSE 'rejected' END,"
        f" __column = {literal(key)}, __value = t.__key, __reason = 'another row has this key and different content' FROM ("
        f"SELECT __block, __row, {content} IS NOT DISTINCT FROM first_value({content}) OVER w AS same, row_number() OVER w AS n"
        f" FROM {table} WHERE __state = 'loaded' AND {one} IN ({copied})"
        f" WINDOW w AS (PARTITION BY {one} ORDER BY __block, __row)"
        f") AS c WHERE c.n > 1 AND t.__block = c.__block AND t.__row = c.__row"
    )


MAIN_TIMES: dict[str, tuple[str, ...]] = {
    "customer": ("started_at", "created_at", "ended_at"),
    "lead": ("created_at", "converted_at"),
    "opportunity": ("created_at", "closed_at"),
    "opportunity_change": ("changed_at",),
    "sale": ("signed_at",),
    "payment": ("paid_at",),
    "cost": ("incurred_at",),
    "contact": ("started_at",),
    "ticket": ("opened_at", "resolved_at"),
    "ticket_event": ("happened_at",),
    "survey": ("answered_at", "sent_at"),
    "session": ("started_at",),
    "record_change": ("changed_at",),
}
"""When things happened, by table, without plans and spans. Rows are stored in the order of the first; the latest of all is the horizon."""
EVENT_TABLES = tuple(fact for fact in MAIN_TIMES if fact != "customer")
