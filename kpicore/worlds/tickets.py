"""Service tickets: what customers ask, who takes it, how long answer and solution take, whether it holds, what they say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from kpicore.worlds.arrow import build, hashes, ids, labels
from kpicore.worlds.deals import POPULAR
from kpicore.worlds.draws import DAY, HOUR, MINUTE, day_of, happens, log_normal, logistic, occurrences, order, pick, stack, take
from kpicore.worlds.staff import MAIL, REGIONS, SUPPORT, Staff, burst

if TYPE_CHECKING:
    from kpicore.worlds.assumptions import Assumptions
    from kpicore.worlds.customers import Customers
    from kpicore.worlds.draws import Floats, Ints, Rows

CATEGORIES = ("how-to", "billing", "access", "defect", "integration")
CATEGORY_SHARE = (0.30, 0.18, 0.20, 0.20, 0.12)
DIFFICULTY = np.array([0.6, 0.8, 0.7, 1.8, 2.6])
"""How long a ticket of each category takes, against the average."""
PRIORITIES = ("urgent", "high", "normal", "low")
PRIORITY_SHARE = (0.05, 0.2, 0.55, 0.2)
ALLOWED_HOURS = np.array([8.0, 24.0, 48.0, 96.0])
"""Hours to the solution that the service agreement allows for each priority."""
HASTE = np.array([0.35, 0.7, 1.0, 1.4])
"""How long a ticket of each priority waits and takes, against a normal one."""
CHANNELS = ("call", "email", "message", "portal")
CHANNEL_SHARE = (0.25, 0.35, 0.25, 0.15)
OPENS, SHUTS = 8.0, 22.0
"""Hours between which service is staffed."""
RECALL_PRODUCT, RECALL_DAYS, RECALL_SHARE = 3, 21, 0.5
"""An honest shock: for three weeks in the first autumn, half as many tickets again, all about one product."""
KINDS = ("opened", "assigned", "response", "note", "customer_message", "resolved", "reopened", "escalated", "closed")
OPENED, ASSIGNED, RESPONSE, NOTE, CUSTOMER, RESOLVED, REOPENED, ESCALATED, CLOSED = range(9)
LONGEST = 30 * DAY


def serve(rng: np.random.Generator, customers: Customers, volume: float, assume: Assumptions) -> Rows:
    """Return all tickets in the order in which they were opened, with everything that happens to them, also after the last day."""
    staff = customers.staff
    tickets = order(stack([_asked(rng, customers, volume, assume), _recall(rng, customers, volume, assume)]), "opened")
    count = len(tickets["opened"])
    tickets["category"] = pick(rng, CATEGORY_SHARE, count)
    tickets["priority"] = pick(rng, PRIORITY_SHARE, count)
    tickets["channel"] = pick(rng, CHANNEL_SHARE, count)
    tickets["taker"] = _assigned(rng, staff, tickets)
    moves = happens(rng, np.where(tickets["category"] >= 3, 0.16, 0.04), count)
    tickets["owner"] = np.where(moves, _assigned(rng, staff, tickets), tickets["taker"])
    return _worked(rng, tickets, staff, assume)


def _asked(rng: np.random.Generator, customers: Customers, volume: float, assume: Assumptions) -> Rows:
    """Tickets of active customers in proportion to their need."""
    staff, timeline = customers.staff, customers.staff.timeline
    agents = ((staff.role == SUPPORT) * (staff.effort > 0)).sum(axis=0).mean()
    wanted = agents * assume.tickets_daily * volume * (timeline.is_worked.sum() / timeline.days)
    rate = timeline.service() * wanted / timeline.service().mean()
    _, day = occurrences(rng, burst(rng, rate[None, :], 12.0))
    return _opened(rng, customers, day, pick(rng, POPULAR, len(day)))


def _recall(rng: np.random.Generator, customers: Customers, volume: float, assume: Assumptions) -> Rows:
    """The product recall."""
    staff, timeline = customers.staff, customers.staff.timeline
    start = timeline.day(timeline.start.year, 10, 14)
    agents = (staff.role[:, start] == SUPPORT).sum()
    day = start + rng.integers(0, RECALL_DAYS, rng.poisson(RECALL_SHARE * agents * assume.tickets_daily * volume * RECALL_DAYS * 5 / 7))
    return _opened(rng, customers, day, np.full(len(day), RECALL_PRODUCT))


def _opened(rng: np.random.Generator, customers: Customers, day: Ints, product: Ints) -> Rows:
    hour = np.where(happens(rng, 0.82, len(day)), np.clip(rng.normal(13.5, 3.2, len(day)), 8, 20), rng.uniform(0, 24, len(day)))
    opened = np.floor(day * DAY + hour * HOUR)
    customer = pick(rng, np.minimum(customers.need, 6.0) ** 0.7, len(day))
    fits = (customers.started[customer] <= opened) & customers.is_there(customer, opened)
    again = pick(rng, np.where(customers.created < 0, np.isfinite(customers.started) & ~np.isfinite(customers.ended), 0) + 1e-9, len(day))
    customer = np.where(fits, customer, again)
    fits = (customers.started[customer] <= opened) & customers.is_there(customer, opened)
    return {"opened": opened[fits], "customer": customer[fits], "product": product[fits]}


def _assigned(rng: np.random.Generator, staff: Staff, tickets: Rows) -> Ints:
    """Draw an agent who is at work on that day; harder tickets go more often to the last team."""
    day = day_of(tickets["opened"])
    technical = max(at for at, (role, _) in enumerate(staff.teams) if role == SUPPORT)
    agents = np.flatnonzero((staff.role == SUPPORT).any(axis=1))
    fallback = 1e-9 * (agents != staff.cast.silent)[:, None]
    present = (staff.role[agents] == SUPPORT) * (staff.effort[agents] + fallback)
    hard = np.where(tickets["category"][None, :] >= 3, 3.0, 0.5)
    weight = present[:, day] * np.where(staff.team[agents][:, day] == technical, hard, 1.0)
    ladder = np.cumsum(weight, axis=0)
    return np.asarray(agents[(ladder < rng.random(len(day)) * ladder[-1]).sum(axis=0)])


def _worked(rng: np.random.Generator, tickets: Rows, staff: Staff, assume: Assumptions) -> Rows:
    """Add when the ticket is answered, solved, reopened and closed; skill shortens, difficulty and priority decide."""
    count, owner = len(tickets["opened"]), tickets["owner"]
    pace = HASTE[tickets["priority"]] * np.exp(-assume.service_skill * staff.skill[owner])
    hard = DIFFICULTY[tickets["category"]]
    wait = log_normal(rng, assume.response_minutes * MINUTE * pace * hard**0.3, assume.service_sd, count)
    tickets["answered"] = _staffed(tickets["opened"]) + np.minimum(wait, 3 * DAY)
    spent = log_normal(rng, assume.resolution_hours * HOUR * pace * hard, assume.service_sd, count)
    tickets["waiting"] = np.where(happens(rng, 0.35, count), rng.uniform(0.1, 0.6, count) * spent, 0.0)
    tickets["solved"] = np.minimum(tickets["answered"] + MINUTE + spent, tickets["opened"] + LONGEST)
    never = happens(rng, 0.015, count)
    tickets["solved"][never] = np.nan
    tickets["handle"] = np.minimum(log_normal(rng, 14 * MINUTE * hard, 0.6, count), np.fmin(spent, 4 * HOUR))
    fails = happens(rng, logistic(np.log(assume.reopen_base) + 0.2 * (hard - 1) - 0.3 * staff.skill[owner]), count)
    tickets["reopened"] = np.where(fails, tickets["solved"] + np.minimum(log_normal(rng, 30 * HOUR, 0.8, count), 7 * DAY), np.nan)
    again = np.where(fails, tickets["reopened"] + np.minimum(log_normal(rng, 6 * HOUR, 0.8, count), 3 * DAY), np.nan)
    tickets["final"] = np.where(fails, again, tickets["solved"])
    tickets["closed"] = tickets["final"] + 3 * DAY
    return tickets


def _staffed(at: Floats) -> Floats:
    """Return the moments themselves, or the next moment at which service is staffed."""
    day, hour = np.floor(at / DAY), (at % DAY) / HOUR
    return np.where(hour < OPENS, day * DAY + OPENS * HOUR, np.where(hour >= SHUTS, (day + 1) * DAY + OPENS * HOUR, at))


def until(moments: Floats, end: float) -> Floats:
    """Return moments, without those that lie after the last day."""
    return np.where(moments < end, moments, np.nan)


def resolved_at(tickets: Rows, end: float) -> Floats:
    """Return the last resolution as it stands at the end: none for a ticket that was reopened and not solved again."""
    return np.where(tickets["reopened"] < end, until(tickets["final"], end), until(tickets["solved"], end))


def ticket_table(rng: np.random.Generator, tickets: Rows, staff: Staff) -> pa.Table:
    """Return the canonical `ticket`."""
    timeline, count = staff.timeline, len(tickets["opened"])
    end = timeline.days * DAY
    resolved, closed = resolved_at(tickets, end), until(tickets["closed"], end)
    answered = until(tickets["answered"], end)
    status = np.where(np.isfinite(closed), 3, np.where(np.isfinite(resolved), 2, np.where(np.isfinite(answered), 1, 0)))
    columns = {
        "ticket_id": ids("T", np.arange(count)),
        "customer_id": ids("C", tickets["customer"]),
        "product_id": ids("P", tickets["product"], 2),
        "owner_id": ids("U", tickets["owner"], 4),
        "resolved_by": ids("U", np.where(np.isfinite(resolved), tickets["owner"], -1), 4),
        "recorded_by": ids("U", np.where(tickets["channel"] == 0, tickets["taker"], staff.system(MAIL)), 4),
        **{f"{name}_at": timeline.utc(at) for name, at in _moments(tickets, answered, resolved, closed).items()},
        "is_escalated": tickets["owner"] != tickets["taker"],
        "is_complaint": happens(rng, 0.03, count),
        "reopen_count": (tickets["reopened"] < end).astype(np.int64),
        "reassignment_count": (tickets["owner"] != tickets["taker"]).astype(np.int64),
        "response_count": np.isfinite(answered).astype(np.int64),
        "waiting_s": np.where(np.isfinite(resolved), np.round(tickets["waiting"]), np.nan),
        "handle_s": np.where(np.isfinite(resolved), np.round(tickets["handle"]), np.nan),
        "status": labels(("new", "open", "resolved", "closed"), status),
        "kind": labels(("request", "incident"), (tickets["category"] >= 3).astype(np.int64)),
        "category": labels(CATEGORIES, tickets["category"]),
        "priority": labels(PRIORITIES, tickets["priority"]),
        "channel": labels(CHANNELS, tickets["channel"]),
        "team": labels([name for _, name in staff.teams], staff.team[tickets["owner"], day_of(tickets["opened"])]),
    }
    return build("ticket", columns)


def _moments(tickets: Rows, answered: Floats, resolved: Floats, closed: Floats) -> dict[str, Floats]:
    due = tickets["opened"] + ALLOWED_HOURS[tickets["priority"]] * HOUR
    return {
        "opened": tickets["opened"],
        "recorded": tickets["opened"] + np.where(tickets["channel"] == 0, 4 * MINUTE, 5.0),
        "first_response": answered,
        "resolved": resolved,
        "closed": closed,
        "due": due,
    }


def event_table(rng: np.random.Generator, tickets: Rows, staff: Staff) -> pa.Table:
    """Return the canonical `ticket_event`, in time order."""
    timeline = staff.timeline
    events = stack(_events(rng, tickets, staff))
    events = order(take(events, events["at"] < timeline.days * DAY), "at")
    count, spoken = len(events["at"]), np.isin(events["kind"], (RESPONSE, NOTE, CUSTOMER))
    columns = {
        "event_id": ids("TE", np.arange(count)),
        "ticket_id": ids("T", events["ticket"]),
        "employee_id": ids("U", events["employee"], 4),
        "kind": labels(KINDS, events["kind"]),
        "happened_at": timeline.utc(events["at"]),
        "recorded_at": timeline.utc(events["at"] + 1),
        "is_automatic": events["automatic"],
        "old_value": ids("U", events["old"], 4),
        "new_value": ids("U", events["new"], 4),
        "text_hash": pa.array(hashes(rng, count).to_numpy(zero_copy_only=False), mask=~spoken),
        "text_length": np.where(spoken, np.round(log_normal(rng, 180.0, 0.8, count)) + 1, np.nan),
    }
    return build("ticket_event", columns)


def _events(rng: np.random.Generator, tickets: Rows, staff: Staff) -> list[Rows]:
    """List what happens to the tickets; a machine acknowledges most of them within seconds, which is no answer."""
    count, owner, taker = len(tickets["opened"]), tickets["owner"], tickets["taker"]
    nobody, machine, opened = np.full(count, -1), np.full(count, staff.system(MAIL)), tickets["opened"]
    moved = np.where(owner != taker, (opened + tickets["answered"]) / 2 + 30, np.nan)
    asked = np.where(tickets["waiting"] > 0, tickets["answered"] + 0.9 * (tickets["solved"] - tickets["answered"]), np.nan)
    noted = np.where(happens(rng, 0.25, count), tickets["answered"] + 0.5 * (tickets["solved"] - tickets["answered"]), np.nan)
    greeted = np.where(happens(rng, 0.6, count) & (tickets["channel"] > 0), opened + 8, np.nan)
    return [
        _event(opened, OPENED, nobody),
        _event(opened + 20, ASSIGNED, machine, new=taker, automatic=True),
        _event(moved, ASSIGNED, taker, old=taker, new=owner),
        _event(moved, ESCALATED, taker),
        _event(greeted, RESPONSE, machine, automatic=True),
        _event(tickets["answered"], RESPONSE, owner),
        _event(asked, CUSTOMER, nobody),
        _event(noted, NOTE, owner),
        _event(tickets["solved"], RESOLVED, owner),
        _event(tickets["reopened"], REOPENED, nobody),
        _event(np.where(np.isfinite(tickets["reopened"]), tickets["final"], np.nan), RESOLVED, owner),
        _event(tickets["closed"], CLOSED, machine, automatic=True),
    ]


def _event(at: Floats, kind: int, employee: Ints, old: Ints | None = None, new: Ints | None = None, *, automatic: bool = False) -> Rows:
    rows, none = np.flatnonzero(np.isfinite(at)), np.full(len(at), -1)
    return {
        "ticket": rows, "at": np.floor(at[rows]), "kind": np.full(len(rows), kind), "employee": employee[rows],
        "old": (none if old is None else old)[rows], "new": (none if new is None else new)[rows],
        "automatic": np.full(len(rows), automatic),
    }  # fmt: skip


def contact_rows(rng: np.random.Generator, tickets: Rows, end: float) -> Rows:
    """Return the outbound contacts on tickets: the first answer, and later ones."""
    more = rng.poisson(0.45, len(tickets["opened"]))
    ticket = np.concatenate([np.arange(len(more)), np.repeat(np.arange(len(more)), more)])
    later = np.concatenate([np.zeros(len(more)), rng.uniform(0.1, 0.95, int(more.sum()))])
    span = np.nan_to_num(tickets["solved"] - tickets["answered"], nan=DAY)[ticket]
    at = tickets["answered"][ticket] + later * span
    rows = {"employee": tickets["owner"][ticket], "customer": tickets["customer"][ticket], "at": at, "ticket": ticket}
    return take({**rows, "channel": tickets["channel"][ticket]}, at < end)


def survey_table(rng: np.random.Generator, tickets: Rows, customers: Customers, assume: Assumptions) -> pa.Table:
    """Return the canonical `survey`: satisfaction after tickets, and every quarter the net promoter question."""
    timeline = customers.staff.timeline
    asked = stack([_satisfaction(rng, tickets, customers, assume), _recommendation(rng, customers, assume)])
    asked = order(take(asked, asked["eligible"] < timeline.days * DAY), "eligible")
    count, is_nps = len(asked["eligible"]), asked["nps"]
    sent = np.where(happens(rng, 0.96, count), asked["eligible"] + 600, np.nan)
    answered = np.where(happens(rng, assume.answer_share, count), sent + np.minimum(log_normal(rng, 9 * HOUR, 1.0, count), 2 * DAY), np.nan)
    answered = until(answered, timeline.days * DAY)
    columns = {
        "survey_id": ids("V", np.arange(count)),
        "kind": labels(("csat", "nps"), is_nps.astype(np.int64)),
        "customer_id": ids("C", asked["customer"]),
        "ticket_id": ids("T", asked["ticket"]),
        "employee_id": ids("U", asked["employee"], 4),
        "market": labels(REGIONS, customers.region[asked["customer"]]),
        "eligible_at": timeline.utc(asked["eligible"]),
        "sent_at": timeline.utc(until(sent, timeline.days * DAY)),
        "is_sent_by_rule": happens(rng, 0.97, count),
        "answered_at": timeline.utc(answered),
        "score": np.where(np.isfinite(answered), asked["score"], np.nan),
        "scale_min": np.where(is_nps, 0.0, 1.0),
        "scale_max": np.where(is_nps, 10.0, 5.0),
    }
    return build("survey", columns)


def _satisfaction(rng: np.random.Generator, tickets: Rows, customers: Customers, assume: Assumptions) -> Rows:
    rows = np.flatnonzero(np.isfinite(tickets["closed"]) & happens(rng, assume.survey_share, len(tickets["closed"])))
    owner, customer = tickets["owner"][rows], tickets["customer"][rows]
    slow = np.log((tickets["solved"] - tickets["opened"])[rows] / (10 * HOUR))
    mood = 4.15 + 0.25 * customers.staff.skill[owner] - 0.18 * slow + 0.15 * customers.propensity[customer]
    mood = mood - 0.8 * np.isfinite(tickets["reopened"][rows]) + rng.normal(0, 0.75, len(rows))
    score = np.clip(np.round(mood), 1, 5)
    is_nps = np.zeros(len(rows), dtype=bool)
    return {"eligible": tickets["closed"][rows], "customer": customer, "ticket": rows, "employee": owner, "score": score, "nps": is_nps}


def _recommendation(rng: np.random.Generator, customers: Customers, assume: Assumptions) -> Rows:
    """Ask a sample of the active customers in the middle of every quarter."""
    staff = customers.staff
    waves = np.array(staff.timeline.quarters[:-1]) + 35
    asked = happens(rng, assume.promoter_sample, customers.count * len(waves))
    customer, wave = np.tile(np.arange(customers.count), len(waves))[asked], np.repeat(waves, customers.count)[asked]
    eligible = np.asarray((wave + rng.integers(0, 20, len(wave))) * DAY + 10 * HOUR)
    fits = (customers.started[customer] < eligible) & customers.is_there(customer, eligible)
    customer, eligible = customer[fits], eligible[fits]
    carer = customers.owner(customer, day_of(eligible))
    mood = 7.7 + 0.6 * staff.skill[carer] + 0.5 * customers.propensity[customer] + rng.normal(0, 1.7, len(customer))
    score, none = np.clip(np.round(mood), 0, 10), np.full(len(customer), -1)
    is_nps = np.ones(len(customer), dtype=bool)
    return {"eligible": eligible, "customer": customer, "ticket": none, "employee": carer, "score": score, "nps": is_nps}
