"""Campaigns, what they cost, and the leads that people are given: some become deals, most come to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from kpicore.worlds.arrow import build, ids, labels, money
from kpicore.worlds.customers import INDUSTRIES, Customers
from kpicore.worlds.deals import BY_CAMPAIGN, BY_LEAD, Deals
from kpicore.worlds.draws import DAY, HOUR, happens, in_office, log_normal, occurrences, order, pick, stack
from kpicore.worlds.recording import typed_in
from kpicore.worlds.staff import AE, IMPORTER, Staff
from kpicore.worlds.tickets import until

if TYPE_CHECKING:
    from kpicore.worlds.assumptions import Assumptions
    from kpicore.worlds.draws import Floats, Ints, Rows

TOPICS = ("Spring offer", "Trade fair", "Webinar", "Upgrade month", "Partner day", "Year end")
CHANNELS = ("email", "event", "event", "email", "event", "search")
CAMPAIGNS_YEARLY = 6
LEAD_SOURCES = ("web", "event", "referral", "partner", "purchased list")
LOST_REASONS = ("no answer", "no need", "competitor", "wrong data")
COST_KINDS = ("marketing", "sales", "service", "care")


def campaign_starts(staff: Staff) -> Floats:
    """Return when each campaign begins: six a year, in the first week of every second month."""
    months = staff.timeline.years * 12
    firsts = [staff.timeline.day(staff.timeline.start.year + at // 12, at % 12 + 1, 8) for at in range(1, months, 12 // CAMPAIGNS_YEARLY)]
    return np.array(firsts) * DAY


def campaign_of(rng: np.random.Generator, deals: Deals, starts: Floats) -> Ints:
    """Return the campaign that brought each deal: of those from campaigns and half of those from leads, the latest one begun; else -1."""
    latest = np.searchsorted(starts, deals.created, side="right") - 1
    brought = (deals.source == BY_CAMPAIGN) | ((deals.source == BY_LEAD) & happens(rng, 0.5, deals.count))
    return np.where(brought, latest, -1)


def campaign_table(rng: np.random.Generator, starts: Floats, staff: Staff) -> pa.Table:
    """Return the canonical `campaign`; the leads of the sales teams run them."""
    count = len(starts)
    turn = np.arange(count) % len(TOPICS)
    sent = rng.integers(2_000, 9_000, count)
    clicked = np.round(sent * rng.beta(6, 100, count)).astype(np.int64)
    columns = {
        "campaign_id": ids("K", np.arange(count), 3),
        "name": pa.array([f"{TOPICS[at]} {staff.timeline.start.year + number // CAMPAIGNS_YEARLY}" for number, at in enumerate(turn)]),
        "channel": labels(CHANNELS, turn),
        "owner_id": ids("U", staff.lead(np.arange(count) % sum(role == AE for role, _ in staff.teams)), 4),
        "started_at": staff.timeline.utc(starts),
        "ended_at": staff.timeline.utc(until(starts + 28 * DAY, staff.timeline.days * DAY)),
        "sent_count": sent,
        "clicked_count": clicked,
        "response_count": np.round(clicked * rng.beta(4, 16, count)),
        "budget": money(rng.integers(20, 120, count) * 100_000),
        "currency": "CNY",
    }
    return build("campaign", columns)


def cost_table(rng: np.random.Generator, starts: Floats, staff: Staff) -> pa.Table:
    """Return the canonical `cost`: four bills a campaign, and what each team costs a month."""
    months = np.unique(staff.timeline.dates.astype("datetime64[M]")).astype("datetime64[D]")
    monthly = (months - staff.timeline.dates[0]).astype(np.int64) * DAY
    bills, teams = 4 * len(starts), len(staff.teams)
    campaign = np.concatenate([np.repeat(np.arange(len(starts)), 4), np.full(teams * len(months), -1)])
    team = np.concatenate([np.full(bills, -1), np.tile(np.arange(teams), len(months))])
    role = np.array([role for role, _ in staff.teams])
    at = np.concatenate([np.repeat(starts, 4) + rng.integers(0, 30, bills) * DAY, np.repeat(monthly, teams) + 24 * DAY])
    kept = at < staff.timeline.days * DAY
    columns = {
        "cost_id": ids("Z", np.arange(int(kept.sum()))),
        "kind": labels(COST_KINDS, np.where(team >= 0, role[team] + 1, 0)[kept]),
        "campaign_id": ids("K", campaign[kept], 3),
        "team": labels([name for _, name in staff.teams], team[kept]),
        "incurred_at": staff.timeline.utc(at[kept] + 9 * HOUR),
        "amount": money(np.round(log_normal(rng, np.where(team >= 0, 9_000.0, 15_000.0), 0.35, len(at)), -1).astype(np.int64)[kept] * 100),
        "currency": "CNY",
    }
    return build("cost", columns)


def enquire(rng: np.random.Generator, deals: Deals, customers: Customers, volume: float, assume: Assumptions) -> Rows:
    """Return all leads in the order in which they came: those that became deals, and those that did not."""
    leads = order(stack([_converted(rng, deals), _in_vain(rng, customers, volume, assume)]), "created")
    staff, count = customers.staff, len(leads["created"])
    leads["assigned"] = leads["created"] + np.minimum(log_normal(rng, 1.5 * HOUR, 1.0, count), DAY)
    leads["touched"] = leads["assigned"] + log_normal(rng, 7 * HOUR, 1.2, count) * np.exp(-0.15 * staff.skill[leads["owner"]])
    leads["touched"] = np.where(leads["deal"] >= 0, np.minimum(leads["touched"], leads["finished"] - 60), leads["touched"])
    leads["assigned"] = np.minimum(leads["assigned"], leads["touched"] - 60)
    never = (leads["deal"] < 0) & happens(rng, 0.07, count)
    leads["touched"][never] = np.nan
    leads["qualified"] = np.where((leads["deal"] >= 0) | happens(rng, 0.3, count), (leads["touched"] + leads["finished"]) / 2, np.nan)
    leads["qualified"] = np.where(leads["qualified"] < leads["touched"], leads["touched"], leads["qualified"])
    return leads


def _converted(rng: np.random.Generator, deals: Deals) -> Rows:
    deal = np.flatnonzero(deals.source == BY_LEAD)
    lead_time = np.minimum(log_normal(rng, 4 * DAY, 0.8, len(deal)), 60 * DAY) + 4 * HOUR
    created = deals.created[deal] - lead_time
    kept = created > 0
    return {
        "deal": deal[kept], "customer": deals.customer[deal][kept], "owner": deals.opener[deal][kept],
        "created": np.floor(created[kept]), "finished": deals.created[deal][kept],
    }  # fmt: skip


def _in_vain(rng: np.random.Generator, customers: Customers, volume: float, assume: Assumptions) -> Rows:
    staff = customers.staff
    given = (staff.role == AE) * staff.effort * staff.timeline.is_worked * assume.leads_daily * volume
    person, day = occurrences(rng, given)
    created = np.floor(day * DAY + in_office(rng, len(day)))
    none = np.full(len(day), -1)
    return {
        "deal": none,
        "customer": none,
        "owner": person,
        "created": created,
        "finished": created + log_normal(rng, 18 * DAY, 0.6, len(day)) + 3 * DAY,
    }


def lead_contacts(leads: Rows, customers: Customers) -> Rows:
    """Return the first contacts on leads whose customer is known, and is known by then."""
    known = np.flatnonzero((leads["customer"] >= 0) & np.isfinite(leads["touched"]))
    at, customer = leads["touched"][known], leads["customer"][known]
    fits = (at < customers.staff.timeline.days * DAY) & customers.is_there(customer, at)
    return {"employee": leads["owner"][known][fits], "customer": customer[fits], "at": at[fits], "lead": known[fits]}


def lead_table(rng: np.random.Generator, leads: Rows, campaign: Ints, staff: Staff) -> pa.Table:
    """Return the canonical `lead`; `campaign` is that of each deal."""
    timeline, count = staff.timeline, len(leads["created"])
    end = timeline.days * DAY
    became = (leads["deal"] >= 0) & (leads["finished"] < end)
    lost = (leads["deal"] < 0) & (leads["finished"] < end)
    by_machine = happens(rng, 0.7, count)
    recorded = np.where(by_machine, leads["created"] + 5, typed_in(rng, staff, leads["owner"], leads["created"]))
    status = np.where(became, 3, np.where(lost, 4, np.where(leads["qualified"] < end, 2, np.where(leads["touched"] < end, 1, 0))))
    moments = {
        "created_at": leads["created"], "recorded_at": np.minimum(recorded, end - 1), "assigned_at": until(leads["assigned"], end),
        "first_response_at": until(leads["touched"], end), "qualified_at": until(leads["qualified"], end),
        "converted_at": np.where(became, leads["finished"], np.nan), "lost_at": np.where(lost, leads["finished"], np.nan),
    }  # fmt: skip
    columns = {
        "lead_id": ids("L", np.arange(count)),
        "customer_id": ids("C", leads["customer"]),
        "opportunity_id": ids("O", np.where(became, leads["deal"], -1)),
        "campaign_id": ids("K", np.where(leads["deal"] >= 0, campaign[leads["deal"]], -1), 3),
        "owner_id": ids("U", leads["owner"], 4),
        "recorded_by": ids("U", np.where(by_machine, staff.system(IMPORTER), leads["owner"]), 4),
        **{name: timeline.utc(at) for name, at in moments.items()},
        "lost_reason": labels(LOST_REASONS, np.where(lost, pick(rng, (4, 3, 2, 1), count), -1)),
        "status": labels(("new", "contacted", "qualified", "converted", "lost"), status),
        "source": labels(LEAD_SOURCES, pick(rng, (4, 2, 2, 1, 2), count)),
        "industry": labels(INDUSTRIES, rng.integers(0, len(INDUSTRIES), count)),
    }
    return build("lead", columns)
