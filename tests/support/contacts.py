"""Contacts written by hand, and what they earn by going through each customer's stream one contact after the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Row = dict[str, Any]

DAY = datetime(2024, 5, 6)
"""A Monday."""
LIVE = ("call", "visit", "meeting")


def contact(direction: str, hours: float, who: str | None = "ann", customer: str | None = "c", **more: object) -> Row:
    """Return a contact so many hours after midnight of Monday 6 May 2024: outbound e-mails are typed, what comes in is captured."""
    usual = {"channel": "email", "is_captured": direction == "in", "is_connected": None, "duration_s": None, "lead_id": None}
    at = {"started_at": DAY + timedelta(hours=hours), "employee_id": who, "customer_id": customer, "direction": direction}
    return {**usual, "is_bulk": None, "is_automatic": None, "recorded_at": None, "text_hash": None, "deleted_at": None, **at, **more}


def call(hours: float, seconds: float | None = 60, **more: object) -> Row:
    """Return an outbound call that the customer picked up and telephony recorded."""
    usual = {"channel": "call", "is_captured": True, "is_connected": True, "duration_s": seconds}
    return {**contact("out", hours), **usual, **more}


def numbered(rows: Iterable[Row]) -> list[Row]:
    """Return contacts with the keys that rows written by hand get."""
    return [{"contact_id": f"contact-{at}", **row} for at, row in enumerate(rows, 1)]


def fates(rows: Iterable[Row], merged: Mapping[str, str] | None = None, zone_hours: float = 0) -> dict[str, tuple[str, float]]:
    """Return why each outbound contact earns what it earns, and how much, by the usual terms; slow and simple.

    Args:
        rows: contacts with keys, in any order; those left out by the loader must not be among them.
        merged: duplicate customer -> the customer into which it was merged.
        zone_hours: by how much local time is ahead of UTC.
    """
    known = sorted(rows, key=lambda row: (row["started_at"], row["contact_id"]))
    streams: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in known:
        if (party := _party(row, merged or {})) is not None:
            streams[party].append(row)
    answered = {key for stream in streams.values() for key in _answered(stream)}
    days = {row["contact_id"]: (row["employee_id"], (row["started_at"] + timedelta(hours=zone_hours)).date()) for row in known}
    copies: Counter[Any] = Counter((*days[row["contact_id"]], text) for row in known if (text := _text(row)) is not None)
    seen: Counter[Any] = Counter()
    found = {}
    for row in (row for row in known if row["direction"] == "out"):
        key = row["contact_id"]
        sent = copies[(*days[key], _text(row))] if _text(row) is not None else 1
        seen[(_party(row, merged or {}), *days[key])] += key in answered
        found[key] = _fate(row, key in answered, seen[(_party(row, merged or {}), *days[key])], sent)
    return found


def totals(rows: Iterable[Row], found: Mapping[str, tuple[str, float]], start: datetime, end: datetime) -> dict[str, dict[str, float]]:
    """Return per person the raw rows, their credit and what each reason took off, of contacts from `start` to before `end`."""
    told: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row["direction"] == "out" and start <= row["started_at"] < end and row["employee_id"] is not None:
            reason, earned = found[row["contact_id"]]
            told[row["employee_id"]].update({"raw": 1.0, "effective": earned, **({reason: 1 - earned} if reason else {})})
    return {who: dict(counts) for who, counts in told.items()}


def _fate(row: Row, is_answered: bool, place: int, sent: int) -> tuple[str, float]:  # noqa: FBT001  # read beside its call only
    if _is_mass(row):
        return "mass", 0.0
    if not is_answered:
        return "no_customer_act", 0.0
    earned = (0.5 ** (place - 1) if place <= 8 else 0.0) / sent
    return "repeat" if place > 1 else "copy" if sent > 1 else "", earned


def _party(row: Row, merged: Mapping[str, str]) -> tuple[str, str] | None:
    if row["customer_id"] is not None:
        return "customer", merged.get(row["customer_id"], row["customer_id"])
    return None if row["lead_id"] is None else ("lead", row["lead_id"])


def _is_mass(row: Row) -> bool:
    return bool(row["is_bulk"] or row["is_automatic"])


def _is_made(row: Row) -> bool:
    return row["direction"] == "out" and not _is_mass(row)


def _text(row: Row) -> str | None:
    return row["text_hash"] if _is_made(row) and row["channel"] in ("email", "message") else None


def _answered(stream: Iterable[Row]) -> set[str]:
    """Return the contacts of one customer, in order of time, that an act of the customer credits."""
    found: set[str] = set()
    waiting: list[Row] = []
    for row in stream:
        if row["direction"] == "in" and row["is_captured"] and not row["is_automatic"]:
            on_record = [
                each for each in waiting if each["is_captured"] or (each["recorded_at"] or each["started_at"]) <= row["started_at"]
            ]
            if on_record and row["started_at"] - on_record[-1]["started_at"] <= timedelta(hours=72):
                found.add(on_record[-1]["contact_id"])
            waiting = []
        elif _is_made(row):
            waiting.append(row)
            lasted = row["channel"] != "call" or row["duration_s"] is None or row["duration_s"] >= 10
            if row["channel"] in LIVE and row["is_captured"] and row["is_connected"] and lasted:
                found.add(row["contact_id"])
    return found
