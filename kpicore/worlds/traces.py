"""What using the CRM leaves behind: sessions, and the audit trail of changed fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from kpicore.worlds.arrow import build, ids, labels
from kpicore.worlds.customers import Customers, draw, portfolio
from kpicore.worlds.draws import DAY, MINUTE, day_of, happens, in_office, log_normal, occurrences, order, pick, rank_within, stack, take
from kpicore.worlds.staff import AE, CSM, IMPORTER, SUPPORT, Staff, burst, review_day

if TYPE_CHECKING:
    from kpicore.worlds.assumptions import Assumptions
    from kpicore.worlds.deals import Deals
    from kpicore.worlds.draws import Floats, Ints, Rows

SESSION_KINDS = ("login", "view", "report", "automation")
FEATURES = ("home", "customer 360", "pipeline", "ticket list", "dashboard", "workflow")
DEVICES = ("desktop", "mobile", "tablet")
CUSTOMER_FIELDS = ("phone", "email", "industry", "size", "website", "segment", "employee_count")
DEAL_FIELDS = ("expected_close_at", "forecast_amount", "next_step")
TABLES = ("customer", "opportunity", "ticket")
FIELDS = (*CUSTOMER_FIELDS, *DEAL_FIELDS, "priority", "category")
IDLE_EDIT = 0.02
"""Share of edits that save a record without changing anything."""
IMPORT_BATCHES = 3
"""Mass updates a year."""


def session_table(rng: np.random.Generator, staff: Staff, volume: float, assume: Assumptions) -> pa.Table:
    """Return the canonical `session`."""
    timeline = staff.timeline
    use = staff.effort * np.sqrt(staff.activity[: staff.people, None]) * timeline.office(1.0)
    person, day = occurrences(rng, use * assume.sessions_daily * volume)
    started = np.floor(day * DAY + in_office(rng, len(day)))
    place = np.argsort(started, kind="stable")
    person, started = person[place], started[place]
    ended = np.minimum(started + np.round(log_normal(rng, 22 * MINUTE, 0.9, len(place))), timeline.days * DAY - 1)
    columns = {
        "session_id": ids("E", np.arange(len(place))),
        "employee_id": ids("U", person, 4),
        "started_at": timeline.utc(started),
        "ended_at": timeline.utc(np.maximum(ended, started)),
        "kind": labels(SESSION_KINDS, pick(rng, (5, 4, 1, 0.5), len(place))),
        "device_class": labels(DEVICES, _device(rng, staff, person)),
        "feature": labels(FEATURES, pick(rng, (3, 4, 3, 3, 1, 0.5), len(place))),
    }
    return build("session", columns)


def _device(rng: np.random.Generator, staff: Staff, person: Ints) -> Ints:
    mobile = happens(rng, staff.mobile[person], len(person))
    return np.where(mobile, np.where(happens(rng, 0.1, len(person)), 2, 1), 0)


def edits(rng: np.random.Generator, customers: Customers, deals: Deals, tickets: Rows, volume: float, assume: Assumptions) -> Rows:
    """Return all changes of fields in time order: people's own, and mass updates."""
    parts = [
        _customer_edits(rng, customers, volume, assume),
        _deal_edits(rng, deals, customers, assume),
        _ticket_edits(rng, tickets, customers.staff),
        _imports(rng, customers, volume),
    ]
    return order(stack(parts), "at")


def _customer_edits(rng: np.random.Generator, customers: Customers, volume: float, assume: Assumptions) -> Rows:
    staff, timeline = customers.staff, customers.staff.timeline
    care = np.exp(0.2 * staff.diligence[: staff.people, None]) * np.array([1.0, 0.75, 1.35, 0.0])[staff.role]
    rate = staff.effort * care * timeline.office(1.0) * assume.changes_daily * volume
    person, day = occurrences(rng, burst(rng, rate, assume.day_shape))
    seat, role, review = staff.seat[person, day], staff.role[person, day], review_day(timeline)
    own = [draw(rng, portfolio(customers, kind), seat, day, review) for kind in (AE, CSM)]
    customer = np.where(role == AE, own[0], np.where(role == CSM, own[1], pick(rng, customers.need, len(day))))
    at = np.floor(day * DAY + in_office(rng, len(day)))
    fits = (customer >= 0) & customers.is_there(customer, at)
    fits &= (role != SUPPORT) | (customers.started[customer] < at)
    field = rng.integers(0, len(CUSTOMER_FIELDS), int(fits.sum()))
    return _edit(0, customer[fits], field, person[fits], at[fits])


def _deal_edits(rng: np.random.Generator, deals: Deals, customers: Customers, assume: Assumptions) -> Rows:
    staff = customers.staff
    deal = np.repeat(np.arange(deals.count), rng.poisson(1.2 * assume.changes_daily, deals.count))
    at = np.floor(deals.created[deal] + rng.random(len(deal)) * (deals.planned - deals.created)[deal])
    within = (at >= 0) & (at < staff.timeline.days * DAY)
    deal, at = deal[within], at[within]
    who = deals.owner_at(deal, at)
    there = staff.effort[who, day_of(at)] > 0
    field = len(CUSTOMER_FIELDS) + rng.integers(0, len(DEAL_FIELDS), int(there.sum()))
    return _edit(1, deal[there], field, who[there], at[there])


def _ticket_edits(rng: np.random.Generator, tickets: Rows, staff: Staff) -> Rows:
    ticket = np.flatnonzero(happens(rng, 0.3, len(tickets["opened"])) & (tickets["answered"] < staff.timeline.days * DAY - 60))
    field = len(CUSTOMER_FIELDS) + len(DEAL_FIELDS) + rng.integers(0, 2, len(ticket))
    return _edit(2, ticket, field, tickets["owner"][ticket], np.floor(tickets["answered"][ticket]) + 45)


def _imports(rng: np.random.Generator, customers: Customers, volume: float) -> Rows:
    """Mass updates by the import bot, at night."""
    staff = customers.staff
    batches = IMPORT_BATCHES * staff.timeline.years
    nights = np.sort(rng.integers(5, staff.timeline.days, batches))
    batch = np.repeat(np.arange(batches), round(3 * staff.people * volume))
    customer = rng.integers(0, customers.count, len(batch))
    at = np.floor(nights[batch] * DAY + 2 * 3600 + np.arange(len(batch)) % 600)
    fits = customers.is_there(customer, at)
    field = np.full(int(fits.sum()), CUSTOMER_FIELDS.index("segment"))
    rows = _edit(0, customer[fits], field, np.full(len(field), staff.system(IMPORTER)), at[fits])
    return {**rows, "batch": batch[fits]}


def _edit(table: int, record: Ints, field: Ints, employee: Ints, at: Floats) -> Rows:
    count = len(at)
    whole = {"table": np.full(count, table), "batch": np.full(count, -1)}
    return {**whole, "record": record, "field": field, "employee": employee, "at": at}


def change_table(rng: np.random.Generator, changes: Rows, staff: Staff) -> pa.Table:
    """Return the canonical `record_change`; old and new values are tokens, since only their being equal or empty matters."""
    count = len(changes["at"])
    old, new = rng.integers(0, 10**6, count), rng.integers(10**6, 2 * 10**6, count)
    idle = happens(rng, IDLE_EDIT, count)
    filled = np.where(happens(rng, 0.25, count) & ~idle, -1, old)
    record = [ids(prefix, changes["record"]).to_numpy(zero_copy_only=False) for prefix in ("C", "O", "T")]
    machine = changes["batch"] >= 0
    columns = {
        "change_id": ids("RC", np.arange(count)),
        "table_name": labels(TABLES, changes["table"]),
        "record_id": pa.array(np.choose(changes["table"], record)),
        "field": labels(FIELDS, changes["field"]),
        "old_value": ids("v", filled, 7),
        "new_value": ids("v", np.where(idle, old, new), 7),
        "changed_at": staff.timeline.utc(changes["at"]),
        "employee_id": ids("U", changes["employee"], 4),
        "device_class": labels((*DEVICES, "api"), np.where(machine, 3, _device(rng, staff, changes["employee"]))),
        "batch_id": ids("B", changes["batch"], 3),
        "row_version": rank_within(changes["table"] * 10**9 + changes["record"], changes["at"]),
    }
    return build("record_change", columns)


def last_change(changes: Rows, customers: Customers) -> Floats:
    """Return when each customer record was last changed; NaN if never."""
    own = take(changes, changes["table"] == 0)
    last = np.full(customers.count, np.nan)
    np.fmax.at(last, own["record"], own["at"])
    return last
