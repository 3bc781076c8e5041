"""Contacts in both directions: whom people approach, whether and when the customer acts, what a system records and what is typed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpicore.worlds.arrow import build, hashes, ids, labels
from kpicore.worlds.customers import Customers, draw, portfolio
from kpicore.worlds.draws import (
    DAY,
    HOUR,
    MINUTE,
    day_of,
    happens,
    in_office,
    log_normal,
    logistic,
    occurrences,
    order,
    pick,
    recent,
    stack,
    take,
)
from kpicore.worlds.recording import typed_in
from kpicore.worlds.staff import AE, CSM, MAIL, SUPPORT, TELEPHONY, Staff, burst, review_day

if TYPE_CHECKING:
    from kpicore.worlds.assumptions import Assumptions
    from kpicore.worlds.draws import Flags, Floats, Rows

CHANNELS = ("call", "email", "message", "visit", "meeting", "portal", "payment", "form")
CALL, EMAIL, MESSAGE, VISIT, MEETING, PORTAL, PAYMENT, FORM = range(8)
CAPTURED_BY = ("telephony", "mail", "im", "geo", "none", "im", "mail", "mail", "none")
"""Which system records each channel, and the mark of a contact that none recorded."""
UNCAPTURED = 8
HABITS = ((0.42, 0.28, 0.14, 0.10, 0.06), (0.35, 0.45, 0.20, 0.0, 0.0), (0.34, 0.30, 0.22, 0.04, 0.10))
"""How each role divides its contacts between the first five channels."""
EASE = np.array([-0.1, -0.35, 0.15, 0.9, 1.2])
"""Logit of a response on each of those channels."""
REPLIES = (0.2, 0.4, 0.3, 0.0, 0.0, 0.04, 0.03, 0.03)
"""How customers act when they begin, or answer a call, visit or meeting."""
LENGTHS = np.array([240.0, 0.0, 0.0, 2700.0, 2400.0])
"""Median seconds of a contact that took place, per channel."""
OUTCOMES = ("reached", "no_answer", "appointment", "information sent")
LONGEST_REPLY = 14 * DAY
OUTAGE_DAYS = 7
PHRASES = 6
"""Stock phrases that each person uses again and again."""
PHRASE_SHARE = 0.12
BULK_RESPONSE = -2.2
"""Logit that a mass mailing loses against a letter of one's own."""
LINKS = ("deal", "ticket", "lead", "campaign")


def outreach(rng: np.random.Generator, customers: Customers, volume: float, assume: Assumptions) -> Rows:
    """Return the contacts that people make with their portfolio, outside deals, leads and tickets."""
    staff, timeline = customers.staff, customers.staff.timeline
    per_role = np.array([*assume.portfolio_touches, 0.0])[staff.role]
    work = staff.effort * staff.activity[: staff.people, None] * timeline.office(assume.month_end_bump)
    person, day = occurrences(rng, burst(rng, per_role * work * volume, assume.day_shape))
    at = day * DAY + in_office(rng, len(day))
    seat, role = staff.seat[person, day], staff.role[person, day]
    own = [draw(rng, portfolio(customers, kind), seat, day, review_day(timeline)) for kind in (AE, CSM)]
    anyone = pick(rng, customers.need, len(day))
    customer = np.where(role == AE, own[0], np.where(role == CSM, own[1], anyone))
    fits = (customer >= 0) & customers.is_there(customer, at)
    fits &= (role == AE) | (customers.started[customer] < at)
    return {"employee": person[fits], "customer": customer[fits], "at": at[fits]}


def mailings(rng: np.random.Generator, customers: Customers, starts: Floats, volume: float) -> Rows:
    """Return the letters of each campaign, sent by the mail gateway in the name of who looks after the customer."""
    staff = customers.staff
    count = round(2.2 * staff.people * volume)
    campaign = np.repeat(np.arange(len(starts)), count)
    at = starts[campaign] + rng.integers(0, 3, len(campaign)) * DAY + rng.uniform(9, 11, len(campaign)) * HOUR
    customer = rng.integers(0, customers.count, len(campaign))
    fits = customers.is_there(customer, at) & (at < staff.timeline.days * DAY)
    employee = customers.owner(customer[fits], day_of(at[fits]))
    scored = employee < staff.people
    rows = {"employee": employee, "customer": customer[fits], "at": at[fits], "campaign": campaign[fits]}
    return take(rows, scored)


def gather(rng: np.random.Generator, parts: list[Rows], staff: Staff) -> Rows:
    """Put all outbound contacts together in time order, each with its links (-1 is none) and its channel."""
    rows = order(stack([_with_links(part) for part in parts]), "at")
    role = np.maximum(staff.role[rows["employee"], day_of(rows["at"])], AE)
    usual = np.choose(role, [pick(rng, habit, len(role)) for habit in HABITS])
    rows["channel"] = np.where(rows["campaign"] >= 0, EMAIL, np.where(rows["channel"] >= 0, np.minimum(rows["channel"], MESSAGE), usual))
    return rows


def _with_links(part: Rows) -> Rows:
    count = len(part["at"])
    return {name: part.get(name, np.full(count, -1)) for name in ("employee", "customer", "channel", *LINKS)} | {"at": np.floor(part["at"])}


def respond(rng: np.random.Generator, out: Rows, customers: Customers, team_effect: Floats, assume: Assumptions) -> Rows:
    """Add whether the customer responds: own readiness, the person's skill, team, channel, and fatigue by earlier contacts."""
    staff = customers.staff
    team = staff.team[out["employee"], day_of(out["at"])]
    out["touched"] = recent(out["customer"], out["at"], 7 * DAY)
    logit = assume.response_base + assume.response_customer * customers.propensity[out["customer"]]
    logit = logit + assume.response_skill * staff.skill[out["employee"]] + team_effect[team] + EASE[out["channel"]]
    logit = logit - assume.fatigue * np.log1p(out["touched"]) + BULK_RESPONSE * (out["campaign"] >= 0)
    out["responds"] = happens(rng, logistic(logit), len(team))
    return out


def replies(rng: np.random.Generator, out: Rows, customers: Customers, assume: Assumptions) -> Rows:
    """Return the customers' acts that answer an outbound contact, after a log-normal lag."""
    spoke = np.isin(out["channel"], (CALL, VISIT, MEETING))
    acts = out["responds"] & (~spoke | happens(rng, assume.callback_share, len(spoke)))
    back = {**take(out, acts), "thread": np.flatnonzero(acts)}
    count = len(back["at"])
    lag = np.minimum(log_normal(rng, assume.reply_hours * HOUR, assume.reply_sd, count), LONGEST_REPLY)
    back["at"] = np.floor(back["at"] + lag + MINUTE)
    other = pick(rng, REPLIES, count)
    back["channel"] = np.where(spoke[acts], other, back["channel"])
    keep = (back["at"] < customers.staff.timeline.days * DAY) & customers.is_there(back["customer"], back["at"])
    return take(back, keep)


def unasked(rng: np.random.Generator, customers: Customers, threads: int, assume: Assumptions) -> Rows:
    """Return the contacts that active customers begin by themselves, at any hour but mostly by day."""
    days = customers.staff.timeline.days
    customer = np.repeat(np.arange(customers.count), rng.poisson(assume.spontaneous_daily * days * customers.need))
    day = pick(rng, customers.staff.timeline.service(), len(customer))
    at = np.floor(day * DAY + np.clip(rng.normal(13.5, 3.5, len(customer)), 0, 23.9) * HOUR)
    fits = (customers.started[customer] < at) & customers.is_there(customer, at)
    customer, at = customer[fits], at[fits]
    rows = _with_links({"employee": customers.owner(customer, day_of(at)), "customer": customer, "at": at})
    return {**rows, "channel": pick(rng, REPLIES, len(at)), "thread": threads + np.arange(len(at))}


def requests(tickets: Rows, threads: int, end: float) -> Rows:
    """Return the contacts by which tickets were opened."""
    channel = np.array([CALL, EMAIL, MESSAGE, PORTAL])[tickets["channel"]]
    rows = _with_links({
        "employee": tickets["taker"], "customer": tickets["customer"], "at": tickets["opened"], "ticket": np.arange(len(channel)),
        "channel": channel,
    })  # fmt: skip
    return take({**rows, "thread": threads + np.arange(len(channel))}, tickets["opened"] < end)


def meet(out: Rows, inbound: list[Rows]) -> Rows:
    """Put both directions together in time order; `is_in` tells them apart."""
    count = len(out["at"])
    names = ("employee", "customer", "channel", *LINKS, "at", "thread", "is_in", "held")
    outward = {**out, "thread": np.arange(count), "is_in": np.zeros(count, dtype=bool), "held": out["responds"]}
    inward = [{**part, "is_in": np.ones(len(part["at"]), dtype=bool), "held": np.ones(len(part["at"]), dtype=bool)} for part in inbound]
    return order(stack([{name: part[name] for name in names} for part in (outward, *inward)]), "at")


def capture(rng: np.random.Generator, rows: Rows, staff: Staff, assume: Assumptions) -> Rows:
    """Add whether a system recorded the contact, and drop the uncaptured ones that nobody wrote down."""
    count, timeline = len(rows["at"]), staff.timeline
    day = day_of(rows["at"])
    share = _capture_shares(rng, staff, assume)
    team = np.where(rows["employee"] < staff.people, staff.team[np.minimum(rows["employee"], staff.people - 1), day], 0)
    by_system = happens(rng, share[np.maximum(team, 0), rows["channel"]], count)
    outage = timeline.quarters[-4] + 70
    by_system &= (day < outage) | (day >= outage + OUTAGE_DAYS) | (rows["channel"] >= PORTAL)
    by_system |= (rows["campaign"] >= 0) & ~rows["is_in"]
    rows["captured"] = by_system
    lost = happens(rng, np.where(rows["is_in"], 3.0, 1.0) * assume.missing_log, count)
    return take(rows, by_system | ~lost)


def _capture_shares(rng: np.random.Generator, staff: Staff, assume: Assumptions) -> Floats:
    """Return (teams, channels) shares; the second team of each role has no telephony, meetings are never captured, the portal always."""
    shares = rng.beta(*assume.capture, (len(staff.teams), len(CHANNELS)))
    seconds = [[at for at, (owner, _) in enumerate(staff.teams) if owner == role][1] for role in (AE, SUPPORT, CSM)]
    shares[seconds, CALL] = 0.0
    shares[:, MEETING] = 0.0
    shares[:, PORTAL:] = 1.0
    return np.asarray(shares)


def record(rng: np.random.Generator, rows: Rows, staff: Staff, assume: Assumptions) -> Rows:
    """Add how long each contact lasted and when it was recorded, and drop what nobody had entered by the last day."""
    count = len(rows["at"])
    kind = np.minimum(rows["channel"], MEETING)
    spoken = np.isin(rows["channel"], (CALL, VISIT, MEETING))
    lasted = np.where(rows["held"], log_normal(rng, LENGTHS[kind], 0.7, count), rng.uniform(5, 40, count))
    rounded = np.maximum(np.round(lasted / 300) * 300, 60)
    rows["duration"] = np.where(spoken, np.where(rows["captured"], np.round(lasted), rounded), np.nan)
    entered = typed_in(rng, staff, rows["employee"], rows["at"] + np.nan_to_num(rows["duration"]), assume.entry_minutes)
    rows["recorded"] = np.floor(np.where(rows["captured"], rows["at"] + np.nan_to_num(rows["duration"]) + 2, entered))
    return take(rows, rows["recorded"] < staff.timeline.days * DAY)


def table(rng: np.random.Generator, rows: Rows, staff: Staff) -> pa.Table:
    """Return the canonical `contact`."""
    is_bulk = (rows["campaign"] >= 0) & ~rows["is_in"]
    machine = np.where(rows["channel"] == CALL, staff.system(TELEPHONY), staff.system(MAIL))
    columns = {
        "contact_id": ids("N", np.arange(len(is_bulk)), 7),
        "customer_id": ids("C", rows["customer"]),
        "lead_id": ids("L", rows["lead"]),
        "opportunity_id": ids("O", rows["deal"]),
        "ticket_id": ids("T", rows["ticket"]),
        "campaign_id": ids("K", rows["campaign"], 3),
        "employee_id": ids("U", rows["employee"], 4),
        "recorded_by": ids("U", np.where(rows["captured"], machine, rows["employee"]), 4),
        "direction": labels(("out", "in"), rows["is_in"].astype(np.int64)),
        "channel": labels(CHANNELS, rows["channel"]),
        "started_at": staff.timeline.utc(rows["at"]),
        "recorded_at": staff.timeline.utc(rows["recorded"]),
        "duration_s": rows["duration"],
        "is_captured": rows["captured"],
        "is_connected": rows["held"],
        "is_bulk": is_bulk,
        "is_automatic": is_bulk,
        "outcome": _outcome(rng, rows, is_bulk),
        "capture_source": labels(CAPTURED_BY, np.where(rows["captured"], rows["channel"], UNCAPTURED)),
        "template_id": ids("M", np.where(is_bulk, rows["campaign"], -1), 3),
        "thread_id": ids("H", rows["thread"], 7),
        **_text(rng, rows, is_bulk),
    }
    return build("contact", columns)


def _outcome(rng: np.random.Generator, rows: Rows, is_bulk: Flags) -> pa.Array:
    """What the author claims: mostly what happened, now and then too much."""
    count = len(rows["at"])
    claims = rows["held"] | (happens(rng, 0.04, count) & ~rows["captured"])
    said = np.where(claims, np.where(happens(rng, 0.12, count), 2, 0), np.where(rows["channel"] == EMAIL, 3, 1))
    return labels(OUTCOMES, np.where(rows["is_in"] | is_bulk, -1, said))


def _text(rng: np.random.Generator, rows: Rows, is_bulk: Flags) -> dict[str, pa.Array]:
    """Hash and length of the text: own words, a stock phrase, or the campaign's letter."""
    count = len(is_bulk)
    phrase = rows["employee"] * PHRASES + rng.integers(0, PHRASES, count)
    is_phrase = happens(rng, PHRASE_SHARE, count) & ~rows["is_in"] & ~rows["captured"] & ~is_bulk
    repeated = np.where(is_bulk, -2 - rows["campaign"], np.where(is_phrase, phrase, -1))
    known, place = np.unique(repeated, return_inverse=True)
    stock = hashes(rng, len(known)).take(pa.array(place))
    length = np.where(repeated == -1, np.round(log_normal(rng, 90.0, 0.8, count)) + 1, 12 + (repeated % 17))
    return {
        "text_hash": pc.if_else(pa.array(repeated == -1), hashes(rng, count), stock),
        "text_length": pa.array(length.astype(np.int64)),
    }


def all_contacts(rng: np.random.Generator, outbound: list[Rows], tickets: Rows, customers: Customers, assume: Assumptions) -> pa.Table:
    """Return the canonical `contact`: what people do, and how customers act upon it and by themselves."""
    staff = customers.staff
    out = gather(rng, outbound, staff)
    team_effect = rng.normal(0, assume.team_sd, len(staff.teams))
    out = respond(rng, out, customers, team_effect, assume)
    threads = len(out["at"])
    end = staff.timeline.days * DAY
    begun = unasked(rng, customers, threads + len(tickets["opened"]), assume)
    inbound = [replies(rng, out, customers, assume), requests(tickets, threads, end), begun]
    rows = record(rng, capture(rng, meet(out, inbound), staff, assume), staff, assume)
    return table(rng, rows, staff)
