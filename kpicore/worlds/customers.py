"""The customers: what they need, how they respond, who looks after them when, when they come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import evolve, frozen

from kpicore.worlds.arrow import build, ids, labels, money
from kpicore.worlds.draws import DAY, Pool, day_of, happens, in_office, log_normal, pick
from kpicore.worlds.names import CITIES, company_names
from kpicore.worlds.staff import AE, CSM, IMPORTER, REGIONS, Staff, review_day

if TYPE_CHECKING:
    from kpicore.worlds.assumptions import Assumptions
    from kpicore.worlds.draws import Flags, Floats, Ints

SIZES = ("key", "large", "medium", "small")
SIZE_SHARE = (0.05, 0.15, 0.35, 0.45)
SIZE_FACTOR = np.array([3.2, 1.7, 1.0, 0.55])
"""How much a customer of each size buys, against a medium one."""
LARGE = 1
"""Customers up to this size class are the key accounts team's business."""
FAVOUR = 0.7
"""Share of them that this team looks after."""
INDUSTRIES = ("Manufacturing", "Retail", "Healthcare", "Logistics", "Education", "Finance", "Energy")
SEGMENTS = ("enterprise", "business", "starter")
SOURCES = ("referral", "web", "event", "outbound", "partner")
END_REASONS = ("price", "competitor", "insolvency", "no longer needed", "service")
PLACEHOLDERS = ("无", "N/A", "test", "aaa")
TERRITORY, HANDOVER, REVIEW, SUCCESSION = range(4)
HANDOVER_REASONS = ("territory", "handover after signature", "annual review", "change of staff")


@frozen(eq=False)
class Customers:
    """All customers; arrays have the shape (customers,), seats (2, customers): before and after the yearly review."""

    staff: Staff
    need: Floats
    """Factor on what the customer buys and asks, mean about 1, heavy-tailed."""
    propensity: Floats
    """Standard normal: readiness to respond and to buy."""
    size: Ints
    region: Ints
    sales_seat: Ints
    care_seat: Ints
    created: Floats
    started: Floats
    """When it first bought; NaN while it has not."""
    ended: Floats
    """When it was lost; NaN while it has not been."""
    holder: Ints
    """(seats, days) who holds each seat."""

    @property
    def count(self) -> int:
        """How many customer records there are."""
        return len(self.need)

    def seat(self, customer: Ints, day: Ints) -> Ints:
        """Return the seat that looks after each customer on a day: sales until the first purchase, customer success afterwards."""
        late = (day >= review_day(self.staff.timeline)).astype(np.int64)
        bought = (self.started[customer] // DAY) < day
        return np.where(bought, self.care_seat[late, customer], self.sales_seat[late, customer])

    def owner(self, customer: Ints, day: Ints) -> Ints:
        """Return who looks after each customer on a day."""
        return self.holder[self.seat(customer, day), day]

    def is_there(self, customer: Ints, at: Floats) -> Flags:
        """Return whether each customer is known and not yet lost at a moment."""
        return (self.created[customer] <= at) & ~(self.ended[customer] <= at)


def found(rng: np.random.Generator, staff: Staff, count: int, assume: Assumptions) -> Customers:
    """Make the customers, as they are before the first deal of this world: a base that buys, and prospects that arrive over time."""
    days, size = staff.timeline.days, pick(rng, SIZE_SHARE, count)
    is_base = happens(rng, assume.base_share, count)
    arrival = rng.integers(0, days, count) * DAY + in_office(rng, count)
    first = -np.floor(rng.gamma(1.5, 450.0, count).clip(20, 2000)) * DAY + in_office(rng, count)
    started = np.where(is_base, first * rng.uniform(0.3, 0.95, count), np.nan)
    sales = _seats(rng, staff, AE, np.zeros(count, dtype=bool))
    return Customers(
        staff=staff,
        need=_need(rng, count, assume),
        propensity=rng.standard_normal(count),
        size=size,
        region=np.array([_region(staff, seat) for seat in range(len(staff.seats))])[sales[0]],
        sales_seat=sales,
        care_seat=_seats(rng, staff, CSM, size <= LARGE),
        created=np.where(is_base, first, np.where(happens(rng, 0.45, count), -arrival * 0.5, arrival)),
        started=started,
        ended=np.full(count, np.nan),
        holder=staff.holder(),
    )


def _need(rng: np.random.Generator, count: int, assume: Assumptions) -> Floats:
    heavy = rng.pareto(assume.need_shape, count) + 0.5
    return np.asarray(np.minimum(heavy / heavy.mean(), 25.0))


def _region(staff: Staff, seat: int) -> int:
    role, team = staff.seats[seat]
    executives = [at for at, (owner, _) in enumerate(staff.teams) if owner == AE]
    return executives.index(team) % len(REGIONS) if role == AE else 0


def _seats(rng: np.random.Generator, staff: Staff, role: int, is_favoured: Flags) -> Ints:
    """Draw each customer's seat before and after the review: few change at it; favoured customers mostly sit with the first team."""
    first, second = (_held(staff, role, day) for day in (0, review_day(staff.timeline)))
    weight = rng.gamma(20, 1 / 20, len(staff.seats)) + 0.2
    before = _seat(rng, staff, first, weight, is_favoured)
    fresh = np.setdiff1d(second, first)
    moves = happens(rng, 0.03 + len(fresh) / len(second), len(before))
    after = _seat(rng, staff, second, np.where(np.isin(np.arange(len(weight)), fresh), 8.0, weight), is_favoured)
    return np.stack([before, np.where(moves, after, before)])


def _seat(rng: np.random.Generator, staff: Staff, seats: Ints, weight: Floats, is_favoured: Flags) -> Ints:
    team = np.array([staff.seats[seat][1] for seat in seats])
    favourites = seats[team == team.min()]
    any_seat, best_seat = (choice[pick(rng, weight[choice], len(is_favoured))] for choice in (seats, favourites))
    return np.where(is_favoured & happens(rng, FAVOUR, len(is_favoured)), best_seat, any_seat)


def _held(staff: Staff, role: int, day: int) -> Ints:
    return np.array(sorted(post.seat for post in staff.posts if post.role == role and post.start <= day < post.end))


def churn(rng: np.random.Generator, customers: Customers, started: Floats, assume: Assumptions) -> Customers:
    """Return the customers with the moments of their first purchase, and of their loss by a hazard that good care lowers."""
    timeline, count = customers.staff.timeline, customers.count
    known = np.maximum(np.where(np.isfinite(started), started, 0.0), 0.0)
    carer = customers.holder[customers.care_seat[0], np.minimum(day_of(known), timeline.days - 1)]
    log_hazard = -assume.churn_skill * customers.staff.skill[carer] - 0.3 * customers.propensity - 0.25 * (customers.size == 0)
    months = rng.exponential(1.0, count) / (assume.churn_monthly * np.exp(log_hazard))
    ended = np.floor((known + (1 + months) * 30.4 * DAY) / DAY) * DAY + in_office(rng, count)
    is_lost = np.isfinite(started) & (ended < timeline.days * DAY)
    return evolve(customers, started=started, ended=np.where(is_lost, ended, np.nan))


def portfolio(customers: Customers, role: int) -> tuple[Pool, Pool]:
    """Return the customers of each seat of a role, weighted by need, before and after the review."""
    seats = customers.sales_seat if role == AE else customers.care_seat
    weight = np.sqrt(customers.need)
    early, late = (Pool.of(seat, weight, len(customers.staff.seats)) for seat in seats)
    return early, late


def draw(rng: np.random.Generator, pools: tuple[Pool, Pool], seat: Ints, day: Ints, review: int) -> Ints:
    """Draw one customer from the portfolio that each seat has on a day; -1 where it has none."""
    early, late = (pool.draw(rng, seat) for pool in pools)
    return np.where(day < review, early, late)


def spans(customers: Customers) -> dict[str, np.ndarray]:
    """Return who looked after which customer from when to when (NaN is open), and why: every change of owner begins a span."""
    edges, reason = _edges(customers)
    days = customers.staff.timeline.days
    who = np.broadcast_to(np.arange(customers.count)[:, None], edges.shape)
    known = np.isfinite(edges)
    day = np.where(known, np.clip(edges // DAY, 0, days - 1), 0).astype(np.int64)
    owner = np.where(known, customers.owner(who.ravel(), day.ravel()).reshape(edges.shape), -2)
    is_new = known & (owner != np.concatenate([np.full((customers.count, 1), -3), owner[:, :-1]], axis=1))
    row, column = np.nonzero(is_new)
    begin = edges[row, column]
    last = np.concatenate([row[1:] != row[:-1], [True]])
    end = np.where(last, np.nan, np.concatenate([begin[1:], [np.nan]]))
    return {"customer": row, "employee": owner[row, column], "start": begin, "end": end, "reason": reason[row, column]}


def _edges(customers: Customers) -> tuple[Floats, Ints]:
    """Return (customers, edges) the moments at which the owner may change, sorted, none before the record, and why."""
    staff, count = customers.staff, customers.count
    changes = sorted(
        {post.start for post in staff.posts if post.start} | {post.end for post in staff.posts if post.end < staff.timeline.days}
    )
    review = review_day(staff.timeline)
    handover = (np.floor(customers.started / DAY) + 1) * DAY
    columns = [customers.created, np.where(handover < staff.timeline.days * DAY, handover, np.nan)]
    columns += [np.full(count, day * DAY) for day in (review, *(day for day in changes if day != review))]
    edges = np.stack(columns, axis=1)
    edges[edges < edges[:, :1]] = np.nan
    reason = np.array([TERRITORY, HANDOVER, REVIEW] + [SUCCESSION] * (edges.shape[1] - 3))
    place = np.argsort(edges, axis=1, kind="stable")
    return np.take_along_axis(edges, place, axis=1), reason[place]


def owner_table(customers: Customers) -> pa.Table:
    """Return the canonical `customer_owner`."""
    span, staff = spans(customers), customers.staff
    day = np.clip(span["start"] // DAY, 0, staff.timeline.days - 1).astype(np.int64)
    people = np.minimum(span["employee"], staff.people - 1)
    team = np.where(span["employee"] < staff.people, staff.team[people, day], span["employee"] - staff.people)
    columns = {
        "customer_owner_id": ids("CO", np.arange(len(day))),
        "customer_id": ids("C", span["customer"]),
        "employee_id": ids("U", span["employee"], 4),
        "valid_from": staff.timeline.utc(span["start"]),
        "valid_to": staff.timeline.utc(span["end"]),
        "reason": labels(HANDOVER_REASONS, span["reason"]),
        "assigned_by": ids("U", staff.lead(np.maximum(team, 0)), 4),
    }
    return build("customer_owner", columns)


def table(rng: np.random.Generator, customers: Customers, updated: Floats, assume: Assumptions) -> pa.Table:
    """Return the canonical `customer`; `updated` is the moment of each record's last change in substance."""
    staff, count = customers.staff, customers.count
    owner = customers.owner(np.arange(count), np.full(count, staff.timeline.days - 1))
    day = np.clip(customers.created // DAY, 0, staff.timeline.days - 1).astype(np.int64)
    author = np.where(customers.created < 0, staff.system(IMPORTER), customers.owner(np.arange(count), day))
    fill = np.clip(assume.fill_rate + 0.03 * staff.diligence[owner], 0.6, 0.99)
    moments = {name: staff.timeline.utc(getattr(customers, name)) for name in ("created", "started", "ended")}
    columns = {
        **_identity(rng, customers, fill, assume),
        "region": labels(REGIONS, customers.region),
        "size": labels(SIZES, customers.size),
        "owner_id": ids("U", owner, 4),
        "recorded_by": ids("U", author, 4),
        "created_at": moments["created"],
        "updated_at": staff.timeline.utc(np.fmax(updated, customers.created)),
        "started_at": moments["started"],
        "ended_at": moments["ended"],
        "end_reason": labels(END_REASONS, np.where(np.isfinite(customers.ended), pick(rng, (4, 3, 1, 2, 2), count), -1)),
        "recurring_amount": _recurring(rng, customers),
        "currency": "CNY",
        "is_test": pa.array(happens(rng, 0.002, count) & ~np.isfinite(customers.started)),
    }
    return build("customer", columns)


def _recurring(rng: np.random.Generator, customers: Customers) -> pa.Array:
    amount = log_normal(rng, 1800.0 * SIZE_FACTOR[customers.size], 0.5, customers.count)
    return money((np.round(amount, -1) * 100).astype(np.int64), np.isfinite(customers.started))


def _identity(rng: np.random.Generator, customers: Customers, fill: Floats, assume: Assumptions) -> dict[str, pa.Array]:
    """Return what tells one customer from another; a few records repeat an earlier one, as migrations and two eager people make them."""
    count = customers.count
    is_foreign, city = happens(rng, 0.3, count), rng.integers(0, len(CITIES), count)
    own = {
        "name": company_names(rng, city, is_foreign),
        **_contact_details(rng, is_foreign),
        "city": labels(CITIES, city),
        "industry": labels(INDUSTRIES, rng.integers(0, len(INDUSTRIES), count)),
        "segment": labels(SEGMENTS, np.minimum(customers.size, 2)),
        "source": labels(SOURCES, pick(rng, (3, 3, 2, 4, 1), count)),
        "employee_count": pa.array(np.round(log_normal(rng, 90.0 * SIZE_FACTOR[customers.size] ** 2, 0.6, count)).astype(np.int64) + 1),
    }
    original = np.arange(count)
    copies = max(1, round(count * assume.duplicate_share))
    original[-copies:] = rng.integers(0, count - copies, copies)
    blank = {name: _blank(rng, values, _share(name, fill)) for name, values in own.items()}
    merged = np.where((original != np.arange(count)) & happens(rng, 0.3, count) & ~np.isfinite(customers.started), original, -1)
    return {
        "customer_id": ids("C", np.arange(count)),
        **{name: values.take(pa.array(original)) for name, values in blank.items()},
        "merged_into": ids("C", merged),
    }


def _share(name: str, fill: Floats) -> Floats:
    """Return how likely a field is filled: the name always, web site and tax number less than the rest."""
    return np.ones(len(fill)) if name == "name" else fill * {"website": 0.7, "tax_id": 0.8}.get(name, 1.0)


def _blank(rng: np.random.Generator, values: pa.Array, fill: Floats) -> pa.Array:
    """Leave cells empty, and in a few put what people type instead of an answer."""
    count = len(values)
    junk = labels(PLACEHOLDERS, rng.integers(0, len(PLACEHOLDERS), count)) if values.type == pa.string() else pa.nulls(count, values.type)
    typed = pc.if_else(pa.array(happens(rng, np.where(fill < 1, 0.006, 0.0), count)), junk, values)
    return pc.if_else(pa.array(happens(rng, fill, count)), typed, pa.scalar(None, values.type))


def _contact_details(rng: np.random.Generator, is_foreign: Flags) -> dict[str, pa.Array]:
    count = len(is_foreign)
    number = ids("", rng.integers(0, 10**8, count), 8)
    domain = pc.binary_join_element_wise("c", ids("", rng.permutation(count * 3)[:count], 5), pa.repeat(".example", count), "")
    return {
        "phone": pc.if_else(pa.array(is_foreign), _joined("+49 30 ", number), _joined("138", number)),
        "email": _joined("info@", domain),
        "website": _joined("www.", domain),
        "tax_id": _joined("91310", ids("", rng.integers(0, 10**9, count), 9)),
        "postcode": ids("", rng.integers(0, 10**6, count), 6),
    }


def _joined(before: str, values: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(before, values, "")
