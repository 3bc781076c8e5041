"""Opportunities: who opens them with whom, what they are worth, through which stages they go, who closes them, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from attrs import asdict, evolve, frozen

from kpicore.worlds.arrow import build, ids, labels, money
from kpicore.worlds.customers import SIZE_FACTOR, Customers, churn, draw, portfolio
from kpicore.worlds.draws import DAY, HOUR, day_of, happens, in_office, log_normal, logistic, occurrences, pick
from kpicore.worlds.names import PRODUCTS
from kpicore.worlds.recording import typed_in
from kpicore.worlds.staff import AE, burst, mate, review_day

if TYPE_CHECKING:
    from kpicore.worlds.assumptions import Assumptions
    from kpicore.worlds.draws import Flags, Floats, Ints, Rows

PRICE = np.array([price for _, _, price in PRODUCTS], dtype=float)
POPULAR = (3.0, 2.5, 1.0, 2.0, 1.5, 0.6, 2.5, 1.5, 1.0, 0.8, 1.6, 0.8)
LENGTH = np.array([0.7, 1.0, 1.9, 0.9, 1.2, 1.8, 0.6, 0.8, 1.4, 1.5, 0.5, 1.0])
"""How long a deal of each product takes, against the average."""
APPEAL = np.array([0.3, 0.1, -0.4, 0.1, 0.0, -0.4, 0.4, 0.2, -0.1, -0.2, 0.4, 0.0])
"""Logit of winning a deal of each product."""
STAGES = ("qualify", "propose", "negotiate", "won", "lost")
WON, LOST = 3, 4
SOURCES = ("outbound", "referral", "lead", "campaign")
BY_LEAD, BY_CAMPAIGN = 2, 3
LOST_REASONS = ("price", "competitor", "no budget", "no decision", "timing")
CURRENCIES = ("CNY", "USD", "EUR")
BEFORE = 182
"""Days before the first on which deals are opened too, so that there is a pipeline to begin with."""
RATE = np.array([1.0, 7.2, 7.8])
"""About what one unit of each currency is worth in the first."""


@frozen(eq=False)
class Deals:
    """All opportunities; arrays have the shape (deals,). Amounts are cents of the deal's currency."""

    customer: Ints
    product: Ints
    opener: Ints
    """Who opened it."""
    owner: Ints
    """Who owns it in the end."""
    moved: Floats
    """When it changed hands; NaN if never."""
    created: Floats
    planned: Floats
    """When it closes or will close, known only to the generator where it is after the last day."""
    is_won: Flags
    """How it ends or will end."""
    cents: Ints
    discount: Floats
    currency: Ints
    source: Ints
    steps: Floats
    """(deals, 2) when it reached the second and third stage; NaN if it never did."""

    @property
    def count(self) -> int:
        """How many opportunities there are."""
        return len(self.customer)

    def owner_at(self, deal: Ints, at: Floats) -> Ints:
        """Return who owned each deal at a moment."""
        return np.where(self.moved[deal] <= at, self.owner[deal], self.opener[deal])

    def closed(self, end: float) -> Floats:
        """Return when each deal was closed; NaN while it is open."""
        return np.where(self.planned < end, self.planned, np.nan)

    def only(self, keep: Flags) -> Deals:
        """Return some of the deals."""
        return Deals(**{name: values[keep] for name, values in asdict(self, recurse=False).items()})


def negotiate(rng: np.random.Generator, customers: Customers, volume: float, assume: Assumptions) -> tuple[Deals, Customers]:
    """Make all deals, and the customers with their first purchase and their loss; nobody opens a deal with a customer that is lost."""
    deals = _opened(rng, customers, volume, assume)
    deals = _closed(rng, _handed_over(rng, deals, customers, assume), customers, assume)
    end = customers.staff.timeline.days * DAY
    first = np.full(customers.count, np.inf)
    signed = deals.is_won & (deals.planned >= 0) & (deals.planned < end)
    np.minimum.at(first, deals.customer[signed], deals.planned[signed])
    started = np.where(np.isfinite(customers.started), customers.started, np.where(np.isfinite(first), first, np.nan))
    customers = churn(rng, customers, started, assume)
    return deals.only((deals.planned >= 0) & ~(customers.ended[deals.customer] <= deals.created)), customers


def _opened(rng: np.random.Generator, customers: Customers, volume: float, assume: Assumptions) -> Deals:
    staff, timeline = customers.staff, customers.staff.timeline
    sells = (staff.role == AE) * staff.effort * np.sqrt(staff.activity[: staff.people, None])
    day_rate = timeline.office(assume.month_end_bump) * timeline.is_worked
    rate = burst(rng, sells * day_rate * assume.deals_daily * volume, assume.day_shape)
    person, day = occurrences(rng, np.concatenate([rate[:, :BEFORE], rate], axis=1))
    created = (day - BEFORE) * DAY + in_office(rng, len(day))
    day = day_of(created)
    customer = draw(rng, portfolio(customers, AE), staff.seat[person, day], day, review_day(timeline))
    fits = (customer >= 0) & customers.is_there(customer, created)
    person, customer, created = person[fits], customer[fits], created[fits]
    place = np.argsort(created, kind="stable")
    return _priced(rng, customers, person[place], customer[place], created[place], assume)


def _priced(rng: np.random.Generator, customers: Customers, person: Ints, customer: Ints, created: Floats, assume: Assumptions) -> Deals:
    staff, count = customers.staff, len(person)
    product = pick(rng, POPULAR, count)
    abroad = np.array([name.startswith("International") for _, name in staff.teams])[staff.team[person, day_of(created)]]
    currency = np.where(happens(rng, np.where(abroad, 0.5, 0.01), count), rng.integers(1, 3, count), 0)
    full = log_normal(rng, PRICE[product] * SIZE_FACTOR[customers.size[customer]] / RATE[currency], assume.amount_sd, count)
    unknown = np.full(count, np.nan)
    return Deals(
        customer=customer, product=product, opener=person, owner=person.copy(), moved=unknown, created=created, planned=unknown,
        is_won=np.zeros(count, dtype=bool), cents=np.maximum(np.round(full, -1), 100).astype(np.int64) * 100,
        discount=np.round(rng.beta(2.0, 14.0, count), 2), currency=currency, source=pick(rng, (4, 2, 2.5, 1.5), count),
        steps=np.full((count, 2), np.nan),
    )  # fmt: skip


def _handed_over(rng: np.random.Generator, deals: Deals, customers: Customers, assume: Assumptions) -> Deals:
    """Give some deals to a team mate while they are open, and those of the person who leaves to the successor."""
    staff, cast = customers.staff, customers.staff.cast
    life = (
        deals.created
        + (4 + rng.gamma(assume.cycle_shape, assume.cycle_days / assume.cycle_shape, deals.count) * LENGTH[deals.product]) * DAY
    )
    (_, leaves), (comes, _) = (_working_life(staff.effort[person]) for person in (cast.leaver, cast.successor))
    inherited = (deals.opener == cast.leaver) & (life > leaves * DAY)
    chosen = happens(rng, assume.reassigned_share, deals.count) & ~inherited
    half = np.floor((deals.created + life) / 2 / DAY)
    chosen &= (half >= 0) & (half < staff.timeline.days) & (half * DAY > deals.created)
    colleague = np.full(deals.count, -1)
    colleague[chosen] = mate(rng, staff, deals.opener[chosen], day_of(half[chosen] * DAY))
    chosen &= colleague >= 0
    owner = np.where(inherited, cast.successor, np.where(chosen, colleague, deals.opener))
    moved = np.where(inherited, comes * DAY + 9 * HOUR, np.where(chosen, half * DAY + 11 * HOUR, np.nan))
    return evolve(deals, owner=owner, moved=moved, planned=np.fmax(life, moved + 3 * DAY))


def _working_life(effort: Floats) -> tuple[int, int]:
    """Return the first day at work, and the day after the last."""
    worked = np.flatnonzero(effort)
    return int(worked[0]), int(worked[-1] + 1)


def _closed(rng: np.random.Generator, deals: Deals, customers: Customers, assume: Assumptions) -> Deals:
    """Decide when and how each deal ends: skill, customer and product decide; month ends pull; nobody closes on a day off."""
    staff = customers.staff
    logit = assume.win_base + assume.win_skill * staff.skill[deals.owner] + assume.win_customer * customers.propensity[deals.customer]
    logit = logit + APPEAL[deals.product] + np.array([-0.5, -0.2, 0.0, 0.1])[customers.size[deals.customer]]
    won = happens(rng, logistic(logit), deals.count)
    speed = np.exp(-0.10 * staff.skill[deals.owner] + np.where(won, 0.0, 0.15))
    planned = np.fmax(deals.created + (deals.planned - deals.created) * speed, deals.moved + DAY)
    day = _pulled(rng, np.floor(planned / DAY), customers, assume)
    last = staff.timeline.days - 1
    within = np.minimum(day, last).astype(np.int64)
    due = np.where((day >= 0) & (day <= last), staff.next_at_work()[deals.owner, np.maximum(within, 0)], day)
    closing = np.fmax(due * DAY + in_office(rng, deals.count), np.fmax(deals.created, deals.moved) + HOUR)
    deals = evolve(deals, is_won=won, planned=closing, cents=np.round(deals.cents * (1 - deals.discount)).astype(np.int64))
    return evolve(deals, steps=_steps(rng, deals))


def _pulled(rng: np.random.Generator, day: Floats, customers: Customers, assume: Assumptions) -> Floats:
    """Move some closings that are due within ten days of a month's end into its last three days."""
    timeline = customers.staff.timeline
    within = np.clip(day, 0, timeline.days - 1).astype(np.int64)
    months = timeline.dates.astype("datetime64[M]")
    month_end = ((months + 1).astype("datetime64[D]") - timeline.dates[0]).astype(np.int64)[within] - rng.integers(1, 4, len(day))
    near = (month_end - within <= 10) & (month_end > within) & (day < timeline.days)
    return np.where(near & happens(rng, assume.month_end_pull, len(day)), month_end, day)


def _steps(rng: np.random.Generator, deals: Deals) -> Floats:
    """Draw when the second and third stage were reached; a lost deal may end in any stage."""
    share = np.sort(rng.uniform(0.05, 0.95, (deals.count, 2)), axis=1)
    reached = np.where(deals.is_won, 2, rng.integers(0, 3, deals.count))
    steps = deals.created[:, None] + share * (deals.planned - deals.created)[:, None]
    return np.where(np.arange(2)[None, :] < reached[:, None], np.floor(steps), np.nan)


def table(rng: np.random.Generator, deals: Deals, customers: Customers, campaign: Ints) -> pa.Table:
    """Return the canonical `opportunity`; `campaign` is the campaign of each deal or -1."""
    staff, count = customers.staff, deals.count
    end = staff.timeline.days * DAY
    closed = deals.closed(end)
    is_closed, is_won = np.isfinite(closed), np.isfinite(closed) & deals.is_won
    gross = np.round(deals.cents / (1 - deals.discount)).astype(np.int64)
    columns = {
        "opportunity_id": ids("O", np.arange(count)),
        "customer_id": ids("C", deals.customer),
        "product_id": ids("P", deals.product, 2),
        "campaign_id": ids("K", campaign, 3),
        "owner_id": ids("U", np.where(deals.moved < end, deals.owner, deals.opener), 4),
        "recorded_by": ids("U", deals.opener, 4),
        "created_at": staff.timeline.utc(deals.created),
        "recorded_at": staff.timeline.utc(np.minimum(typed_in(rng, staff, deals.opener, deals.created), end - 1)),
        "closed_at": staff.timeline.utc(closed),
        "expected_close_at": staff.timeline.utc(deals.created + (deals.planned - deals.created) * rng.uniform(0.6, 1.1, count)),
        "is_closed": is_closed,
        "is_won": is_won,
        "stage": labels(STAGES, np.where(is_won, WON, np.where(is_closed, LOST, (deals.steps < end).sum(axis=1)))),
        "pipeline": "standard",
        "source": labels(SOURCES, deals.source),
        "lost_reason": labels(LOST_REASONS, np.where(is_closed & ~is_won, pick(rng, (4, 3, 2, 3, 1), count), -1)),
        "amount": money(deals.cents),
        "list_amount": money(gross),
        "forecast_amount": money(np.round(deals.cents * log_normal(rng, 1.03, 0.15, count) / 1000).astype(np.int64) * 1000),
        "currency": labels(CURRENCIES, deals.currency),
    }
    return build("opportunity", columns)


def change_table(rng: np.random.Generator, deals: Deals, customers: Customers) -> pa.Table:
    """Return the canonical `opportunity_change`: stages, owners and amounts."""
    staff = customers.staff
    end = staff.timeline.days * DAY
    parts = [*_stage_changes(deals, end), _owner_changes(deals), _amount_changes(rng, deals)]
    at = np.concatenate([part[0] for part in parts])
    place = np.flatnonzero(at < end)[np.argsort(at[at < end], kind="stable")]
    deal = np.concatenate([part[1] for part in parts])[place]
    field, old, new = (pa.concat_arrays([part[which] for part in parts]).take(pa.array(place)) for which in (2, 3, 4))
    who = deals.owner_at(deal, at[place] - 1)
    columns = {
        "change_id": ids("OC", np.arange(len(place))),
        "opportunity_id": ids("O", deal),
        "field": field,
        "old_value": old,
        "new_value": new,
        "changed_at": staff.timeline.utc(at[place]),
        "recorded_at": staff.timeline.utc(np.minimum(typed_in(rng, staff, who, at[place]), end - 1)),
        "employee_id": ids("U", who, 4),
    }
    return build("opportunity_change", columns)


Changes = tuple["Floats", "Ints", pa.Array, pa.Array, pa.Array]
"""When, which deal, field, old and new value."""


def _stage_changes(deals: Deals, end: float) -> list[Changes]:
    """One change for each stage reached, the last one on closing."""
    passed = np.isfinite(deals.steps).sum(axis=1)
    result = np.where(deals.is_won, WON, LOST)
    moves = [(deals.steps[:, 0], np.zeros_like(passed), np.ones_like(passed)), (deals.steps[:, 1], np.ones_like(passed), passed * 0 + 2)]
    moves.append((deals.closed(end), passed, result))
    return [_stage(at, old, new) for at, old, new in moves]


def _stage(at: Floats, old: Ints, new: Ints) -> Changes:
    rows = np.flatnonzero(np.isfinite(at))
    return at[rows], rows, pa.repeat(pa.scalar("stage"), len(rows)), labels(STAGES, old[rows]), labels(STAGES, new[rows])


def _owner_changes(deals: Deals) -> Changes:
    rows = np.flatnonzero(np.isfinite(deals.moved))
    old, new = ids("U", deals.opener[rows], 4), ids("U", deals.owner[rows], 4)
    return deals.moved[rows], rows, pa.repeat(pa.scalar("owner_id"), len(rows)), old, new


def _amount_changes(rng: np.random.Generator, deals: Deals) -> Changes:
    """The discount is granted when the deal is negotiated: until then the amount was the list amount."""
    given = (deals.discount >= 0.1) & np.isfinite(deals.steps[:, 1])
    rows = np.flatnonzero(given & happens(rng, 0.8, deals.count))
    old = np.round(deals.cents[rows] / (1 - deals.discount[rows])) / 100
    at = deals.steps[rows, 1] + 60
    kept = at < deals.planned[rows]
    rows, at, old = rows[kept], at[kept], old[kept]
    name = pa.repeat(pa.scalar("amount"), len(rows))
    return at, rows, name, money((old * 100).astype(np.int64)).cast(pa.string()), money(deals.cents[rows]).cast(pa.string())


def deal_contacts(rng: np.random.Generator, deals: Deals, customers: Customers, assume: Assumptions) -> Rows:
    """Return the contacts made on each deal while it is open, by whoever owns it then and is at work."""
    staff = customers.staff
    end = staff.timeline.days * DAY
    count = rng.poisson(assume.deal_touches * staff.activity[deals.opener] * np.sqrt(LENGTH[deals.product]))
    deal = np.repeat(np.arange(deals.count), count)
    at = deals.created[deal] + rng.random(len(deal)) ** 1.3 * (deals.planned - deals.created)[deal]
    within = (at >= 0) & (at < end)
    deal, at = deal[within], at[within]
    who = deals.owner_at(deal, at)
    day = staff.next_at_work()[who, day_of(at)]
    at = np.fmax(day * DAY + in_office(rng, len(day)), deals.created[deal])
    held = (staff.effort[who, day] > 0) & (at < deals.planned[deal]) & (deals.owner_at(deal, at) == who)
    return {"employee": who[held], "customer": deals.customer[deal[held]], "at": at[held], "deal": deal[held]}
