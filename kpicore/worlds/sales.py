"""What was signed and paid: sales from won deals, follow-up orders, reversals, instalments, shared credit, products, rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from kpicore.worlds.arrow import build, ids, labels, money
from kpicore.worlds.customers import SIZE_FACTOR, Customers
from kpicore.worlds.deals import CURRENCIES, POPULAR, PRICE, RATE, Deals
from kpicore.worlds.draws import DAY, day_of, happens, in_office, log_normal, order, pick, stack, take
from kpicore.worlds.names import PRODUCTS
from kpicore.worlds.recording import typed_in
from kpicore.worlds.staff import mate

if TYPE_CHECKING:
    from kpicore.worlds.assumptions import Assumptions
    from kpicore.worlds.draws import Floats, Rows
    from kpicore.worlds.timeline import Timeline

CHANNELS = ("field", "renewal")
INSTALMENTS = (0.6, 0.3, 0.1)
"""How many sales are paid at once, in two and in three parts."""
FIRST_SHARES = (0.5, 0.6, 0.7)


def sell(rng: np.random.Generator, deals: Deals, customers: Customers, assume: Assumptions) -> Rows:
    """Return all sales in the order in which they were signed, reversals included; `reverses` is the row of what is taken back."""
    end = customers.staff.timeline.days * DAY
    sales = order(stack([_from_deals(deals, end), _orders(rng, customers, assume)]), "at")
    count = len(sales["at"])
    sales["reverses"] = np.full(count, -1)
    undone = np.flatnonzero(happens(rng, assume.reversal_share, count))
    back = {**take(sales, undone), "reverses": undone}
    share = np.where(happens(rng, 0.5, len(back["at"])), 1.0, np.round(rng.uniform(0.2, 0.6, len(back["at"])), 1))
    back["cents"] = -np.round(back["cents"] * share).astype(np.int64)
    back["at"] = (np.floor(back["at"] / DAY) + rng.integers(5, 60, len(share))) * DAY + in_office(rng, len(share))
    return stack([sales, take(back, back["at"] < end)])


def _from_deals(deals: Deals, end: float) -> Rows:
    won = np.flatnonzero(deals.is_won & (deals.planned < end))
    return {
        "deal": won, "customer": deals.customer[won], "product": deals.product[won], "employee": deals.owner[won], "at": deals.planned[won],
        "cents": deals.cents[won], "discount": deals.discount[won], "currency": deals.currency[won],
        "channel": np.zeros(len(won), dtype=np.int64),
    }  # fmt: skip


def _orders(rng: np.random.Generator, customers: Customers, assume: Assumptions) -> Rows:
    """Follow-up orders of active customers, more of them with a skilled customer success manager."""
    staff, timeline = customers.staff, customers.staff.timeline
    rate = assume.orders_quarterly * customers.need * timeline.days / 91.3
    customer = np.repeat(np.arange(customers.count), rng.poisson(1.6 * rate))
    at = pick(rng, timeline.office(assume.month_end_bump) * timeline.is_worked, len(customer)) * DAY + in_office(rng, len(customer))
    seller = customers.owner(customer, day_of(at))
    fits = (customers.started[customer] < at - DAY) & customers.is_there(customer, at) & (seller < staff.people)
    fits &= happens(rng, np.minimum(np.exp(0.2 * staff.skill[seller]) / 1.6, 1.0), len(at))
    customer, at, seller = customer[fits], at[fits], seller[fits]
    product = pick(rng, POPULAR, len(at))
    cents = np.round(log_normal(rng, 0.4 * PRICE[product] * SIZE_FACTOR[customers.size[customer]], 0.5, len(at)), -1).astype(np.int64) * 100
    zero = np.zeros(len(at), dtype=np.int64)
    return {
        "deal": zero - 1, "customer": customer, "product": product, "employee": seller, "at": at, "cents": np.maximum(cents, 10_000),
        "discount": np.round(rng.beta(2.0, 20.0, len(at)), 2), "currency": zero, "channel": zero + 1,
    }  # fmt: skip


def sale_table(rng: np.random.Generator, sales: Rows, customers: Customers) -> pa.Table:
    """Return the canonical `sale`."""
    timeline, count = customers.staff.timeline, len(sales["at"])
    columns = {
        "sale_id": ids("S", np.arange(count)),
        "kind": labels(("contract", "order"), sales["channel"]),
        "customer_id": ids("C", sales["customer"]),
        "product_id": ids("P", sales["product"], 2),
        "opportunity_id": ids("O", sales["deal"]),
        "employee_id": ids("U", sales["employee"], 4),
        "recorded_by": ids("U", sales["employee"], 4),
        "signed_at": timeline.utc(sales["at"]),
        "recorded_at": timeline.utc(np.minimum(typed_in(rng, customers.staff, sales["employee"], sales["at"]), timeline.days * DAY - 1)),
        "amount": money(sales["cents"]),
        "list_amount": money(np.round(sales["cents"] / (1 - sales["discount"])).astype(np.int64)),
        "currency": labels(CURRENCIES, sales["currency"]),
        "quantity": np.maximum(np.round(np.abs(sales["cents"]) / 100 * RATE[sales["currency"]] / PRICE[sales["product"]]), 1.0),
        "channel": labels(CHANNELS, sales["channel"]),
        "reverses_id": ids("S", sales["reverses"]),
    }
    return build("sale", columns)


def pay(rng: np.random.Generator, sales: Rows, end: float) -> Rows:
    """Return the payments: one to three instalments that add up to the sale, and what is paid back for a reversal."""
    count = len(sales["at"])
    parts = np.where(sales["reverses"] >= 0, 1, 1 + pick(rng, INSTALMENTS, count))
    sale = np.repeat(np.arange(count), parts)
    number = np.arange(len(sale)) - np.repeat(np.cumsum(parts) - parts, parts)
    each = sales["cents"][sale] // parts[sale]
    is_last = number == parts[sale] - 1
    cents = np.where(is_last, sales["cents"][sale] - each * (parts[sale] - 1), each)
    due = sales["at"][sale] + log_normal(rng, 21.0, 0.6, len(sale)) * DAY + number * 45 * DAY
    at = np.floor(due / DAY) * DAY + in_office(rng, len(sale))
    payments = {"sale": sale, "at": at, "cents": cents, "reverses": np.full(len(sale), -1)}
    return _paid_back(take(payments, at < end), sales)


def _paid_back(payments: Rows, sales: Rows) -> Rows:
    """Drop what is paid back for sales that nobody had paid yet, never more than was paid, and say which payment it undoes."""
    back = sales["reverses"][payments["sale"]]
    first = np.full(len(sales["at"]), -1)
    plain = np.flatnonzero(back < 0)[::-1]
    first[payments["sale"][plain]] = plain
    undone = np.where(back >= 0, first[back], -1)
    fits = (back < 0) | ((undone >= 0) & (payments["at"][undone] <= payments["at"]))
    payments["reverses"] = undone
    payments["cents"] = np.where(undone >= 0, -np.minimum(-payments["cents"], payments["cents"][undone]), payments["cents"])
    new_number = np.cumsum(fits) - 1
    kept = take(payments, fits)
    kept["reverses"] = np.where(kept["reverses"] >= 0, new_number[kept["reverses"]], -1)
    return kept


def payment_table(rng: np.random.Generator, payments: Rows, sales: Rows, timeline: Timeline) -> pa.Table:
    """Return the canonical `payment`; accounting enters payments within two days."""
    sale, count = payments["sale"], len(payments["at"])
    columns = {
        "payment_id": ids("Y", np.arange(count)),
        "sale_id": ids("S", sale),
        "customer_id": ids("C", sales["customer"][sale]),
        "employee_id": ids("U", sales["employee"][sale], 4),
        "paid_at": timeline.utc(payments["at"]),
        "recorded_at": timeline.utc(np.minimum(payments["at"] + rng.uniform(0, 2 * DAY, count), timeline.days * DAY - 1)),
        "amount": money(payments["cents"]),
        "currency": labels(CURRENCIES, sales["currency"][sale]),
        "reverses_id": ids("Y", payments["reverses"]),
    }
    return build("payment", columns)


def split_table(rng: np.random.Generator, sales: Rows, customers: Customers, assume: Assumptions) -> pa.Table:
    """Return the canonical `credit_split`: two people share a sale and its opportunity; a reversal is shared like its sale."""
    staff, count = customers.staff, len(sales["at"])
    wanted = np.flatnonzero((sales["deal"] >= 0) & (sales["reverses"] < 0) & happens(rng, assume.split_share, count))
    partner = np.full(count, -1)
    partner[wanted] = mate(rng, staff, sales["employee"][wanted], day_of(sales["at"][wanted]))
    shared = partner >= 0
    share = np.array(FIRST_SHARES)[rng.integers(0, len(FIRST_SHARES), count)]
    original = np.where(sales["reverses"] >= 0, sales["reverses"], np.arange(count))
    rows = np.flatnonzero(shared[original])
    source = original[rows]
    halves = [
        (kind, record, person, value)
        for kind, record in (("sale", ids("S", rows)), ("opportunity", ids("O", sales["deal"][source])))
        for person, value in ((sales["employee"][source], share[source]), (partner[source], np.round(1 - share[source], 1)))
    ]
    keep = np.concatenate([np.ones(2 * len(rows), dtype=bool), np.tile(source == rows, 2)])
    columns = {
        "split_id": ids("X", np.arange(len(keep))),
        "record_table": pa.concat_arrays([pa.repeat(pa.scalar(kind), len(rows)) for kind, *_ in halves]),
        "record_id": pa.concat_arrays([record for _, record, _, _ in halves]),
        "employee_id": ids("U", np.concatenate([person for _, _, person, _ in halves]), 4),
        "share": np.concatenate([value for *_, value in halves]),
    }
    return build("credit_split", columns).filter(pa.array(keep))


def product_table() -> pa.Table:
    """Return the canonical `product`."""
    columns = {
        "product_id": ids("P", np.arange(len(PRODUCTS)), 2),
        "name": pa.array([name for name, _, _ in PRODUCTS]),
        "category": pa.array([category for _, category, _ in PRODUCTS]),
        "list_price": money(PRICE.astype(np.int64) * 100),
        "currency": "CNY",
    }
    return build("product", columns)


def rate_table(rng: np.random.Generator, timeline: Timeline) -> pa.Table:
    """Return the canonical `fx_rate`: a new rate of each currency on the first of every month, a slow random walk."""
    months = np.unique(timeline.dates.astype("datetime64[M]")).astype("datetime64[D]")
    walks = [RATE[at] * np.exp(np.cumsum(rng.normal(0, 0.008, len(months)))) for at in (1, 2)]
    columns = {
        "rate_id": ids("F", np.arange(2 * len(months)), 3),
        "currency": labels(CURRENCIES, np.repeat([1, 2], len(months))),
        "into": "CNY",
        "valid_on": np.tile(months, 2),
        "rate": np.round(np.concatenate(walks), 4),
    }
    return build("fx_rate", columns)


def in_project_money(sales: Rows) -> Floats:
    """Return the sales in the project's currency at the long-run rates, as planners do."""
    return np.asarray(sales["cents"] / 100 * RATE[sales["currency"]])
