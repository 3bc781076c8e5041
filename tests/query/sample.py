"""Small organisations made from a seed, with everything that can go wrong in real facts, and how they get into a database."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, text

from kpicore import facts

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

Row = dict[str, Any]
Tables = dict[str, list[Row]]

FIRST = datetime(2016, 11, 15)
DAYS = 470
PEOPLE = ("p1", "p2", "p3", "p4", "p5", "P1", "idle")
# Local midnights of the zones that are tested, before and after their clocks change, as UTC.
EDGES = (
    datetime(2016, 12, 31, 16), datetime(2016, 12, 31, 23), datetime(2017, 1, 1), datetime(2017, 1, 1, 5),
    datetime(2017, 3, 31, 22), datetime(2017, 3, 26, 1), datetime(2017, 3, 26, 0, 59, 59), datetime(2017, 4, 1, 4),
    datetime(2017, 6, 30, 16), datetime(2017, 6, 30, 22), datetime(2017, 7, 1), datetime(2017, 10, 29, 1),
    datetime(2017, 10, 31, 23), datetime(2017, 11, 1), datetime(2017, 11, 5, 6), datetime(2017, 12, 31, 23, 59, 59, 500000),
    datetime(2017, 9, 30, 21, 59, 59), datetime(2017, 9, 30, 22), datetime(2018, 1, 1),
)  # fmt: skip
CURRENCIES = (None, "EUR", "EUR", "USD", "CNY")


def sample(seed: int, size: int = 160) -> Tables:
    """Return tables of a small organisation, the same for the same seed."""
    random = Random(seed)  # noqa: S311  # test data
    tables: Tables = {name: [] for name in facts.metadata.tables}
    tables["employee"] = [_row("employee", employee_id=each, name=each.title(), kind="person") for each in PEOPLE]
    tables["employee"] += [_row("employee", employee_id="bot", kind="bot"), _row("employee", employee_id="boss")]
    tables["assignment"] = _assignments(random)
    tables["product"] = [_row("product", product_id=f"g{n}", category=random.choice(("tool", "part", None))) for n in range(4)]
    tables["campaign"] = [_row("campaign", campaign_id=f"k{n}", channel=random.choice(("email", "event"))) for n in range(3)]
    tables["customer"] = [_customer(random, n) for n in range(max(4, size // 8))]
    tables["customer_owner"] = _owner_spans(random, tables["customer"])
    tables["opportunity"] = [_opportunity(random, n, tables) for n in range(size)]
    tables["opportunity_change"] = _changes(random, tables["opportunity"])
    tables["ticket"] = [_ticket(random, n, tables) for n in range(size)]
    tables["ticket_event"] = _events(random, tables["ticket"])
    tables["lead"] = [_lead(random, n, tables) for n in range(size)]
    tables["sale"] = _sales(random, size, tables)
    tables["record_change"] = _record_changes(random, tables["sale"])
    tables["contact"] = [_contact(random, n, tables) for n in range(size)]
    tables["credit_split"] = _splits(random, tables)
    tables["fx_rate"] = _rates(random)
    return tables


def _row(table: str, **values: Any) -> Row:
    return {**dict.fromkeys(facts.metadata.tables[table].c.keys()), **values}


def _moment(random: Random) -> datetime:
    if random.random() < 0.15:
        return random.choice(EDGES)
    return FIRST + timedelta(seconds=random.randrange(DAYS * 86400), milliseconds=random.choice((0, 0, 0, 250)))


def _maybe(random: Random, value: Any, share: float = 0.85) -> Any:
    return value if random.random() < share else None


def _someone(random: Random) -> str | None:
    return random.choice((*PEOPLE[:-1], *PEOPLE[:4], "bot", None))


def _some(random: Random, rows: list[Row], share: float = 0.85) -> Any:
    return _maybe(random, next(iter(random.choice(rows).values())), share) if rows else None


def _marks(random: Random) -> Row:
    odd = random.random()
    return {
        "deleted_at": FIRST if odd < 0.04 else None,
        "merged_into": "other" if 0.04 <= odd < 0.07 else None,
        "is_test": random.choice((None, None, False)) if odd >= 0.1 else True,
    }


def _money(random: Random) -> float | None:
    amount: float | None = _maybe(random, random.choice((0.0, 100.0, 100.0, round(random.uniform(-50, 5000), 2))), 0.9)
    return amount


def _assignments(random: Random) -> list[Row]:
    found = []
    for at, who in enumerate(PEOPLE):
        cuts = sorted(random.choice(EDGES) for _ in range(random.choice((0, 1, 2))))
        bounds = [None, *dict.fromkeys(cuts), None]
        for part, (start, end) in enumerate(pairwise(bounds)):
            values = {
                "role": random.choice(("rep", "rep", "agent", None)),
                "team": random.choice(("north", "south", None)),
                "manager_id": random.choice(("boss", "p1")),
                "region": random.choice(("eu", "cn", None)),
            }
            if random.random() < 0.9:
                key = f"a{at}-{part}"
                found.append(_row("assignment", assignment_id=key, employee_id=who, valid_from=start, valid_to=end, **values))
    # Two spans of one person in one team that overlap, the inner one ending first.
    found = [row for row in found if row["employee_id"] != "p5"]
    same = {"employee_id": "p5", "role": "rep", "team": "north", "manager_id": "boss", "region": "eu"}
    found.append(_row("assignment", assignment_id="b1", valid_from=None, valid_to=None, **same))
    found.append(_row("assignment", assignment_id="b2", valid_from=datetime(2017, 4, 1, 4), valid_to=datetime(2017, 6, 30, 22), **same))
    return found


def _customer(random: Random, n: int) -> Row:
    began = _maybe(random, _moment(random), 0.9)
    return _row(
        "customer",
        customer_id=f"c{n}",
        name=random.choice(("Acme", " acme ", "?", "", "  ", None, "暂无", "N/A", "Zoë")),
        size=random.choice(("large", "Large", "small", None)),
        industry=random.choice(("bank", "farm", None)),
        owner_id=_someone(random),
        created_at=began,
        started_at=began,
        ended_at=_maybe(random, _moment(random), 0.4),
        recurring_amount=_money(random),
        **_marks(random),
    )


def _owner_spans(random: Random, customers: list[Row]) -> list[Row]:
    found = []
    for customer in customers:
        for n in range(random.choice((0, 0, 1, 2, 3))):
            start, end = sorted((_moment(random), _moment(random)))
            key = f"{customer['customer_id']}-{n}"
            span = {"valid_from": _maybe(random, start), "valid_to": _maybe(random, end, 0.7), "employee_id": _someone(random)}
            found.append(_row("customer_owner", customer_owner_id=key, customer_id=customer["customer_id"], **span))
    return found


def _opportunity(random: Random, n: int, tables: Tables) -> Row:
    created = _maybe(random, _moment(random), 0.95)
    is_won = random.choice((True, False, None))
    return _row(
        "opportunity",
        opportunity_id=f"o{n}",
        customer_id=random.choice((_some(random, tables["customer"]), "nowhere")),
        product_id=_some(random, tables["product"], 0.7),
        campaign_id=_some(random, tables["campaign"], 0.5),
        owner_id=_someone(random),
        created_at=created,
        closed_at=_maybe(random, _moment(random), 0.8),
        is_won=is_won,
        is_closed=True if is_won else random.choice((True, False, None)),
        stage=random.choice(("open", "Open", "won", "lost", None)),
        amount=_money(random),
        list_amount=_money(random),
        currency=random.choice(CURRENCIES),
        **_marks(random),
    )


def _changes(random: Random, opportunities: list[Row]) -> list[Row]:
    found = []
    for opportunity in opportunities:
        for n in range(random.choice((0, 0, 1, 2, 3))):
            kind = random.choice(("owner_id", "owner_id", "stage"))
            at = random.choice((_moment(random), opportunity["closed_at"] or _moment(random)))
            change = {"field": kind, "old_value": _someone(random), "new_value": _someone(random), "changed_at": at}
            key = f"{opportunity['opportunity_id']}-{n}"
            found.append(_row("opportunity_change", change_id=key, opportunity_id=opportunity["opportunity_id"], **change))
    return found


def _ticket(random: Random, n: int, tables: Tables) -> Row:
    opened = _moment(random)
    return _row(
        "ticket",
        ticket_id=f"t{n}",
        customer_id=_some(random, tables["customer"]),
        product_id=_some(random, tables["product"]),
        owner_id=_someone(random),
        resolved_by=_someone(random),
        opened_at=opened,
        first_response_at=_maybe(random, opened + timedelta(seconds=random.randrange(86400 * 3)), 0.8),
        resolved_at=_maybe(random, opened + timedelta(seconds=random.randrange(-3600, 86400 * 60)), 0.8),
        reopen_count=random.choice((None, 0, 0, 1, 2)),
        priority=random.choice(("high", "High", "low", None)),
        **_marks(random),
    )


def _events(random: Random, tickets: list[Row]) -> list[Row]:
    found = []
    for ticket in tickets:
        for n in range(random.choice((0, 1, 2))):
            values = {"kind": random.choice(("assigned", "response")), "happened_at": _moment(random), "old_value": _someone(random)}
            found.append(_row("ticket_event", event_id=f"{ticket['ticket_id']}-{n}", ticket_id=ticket["ticket_id"], **values))
    return found


def _lead(random: Random, n: int, tables: Tables) -> Row:
    created = _moment(random)
    return _row(
        "lead",
        lead_id=f"l{n}",
        customer_id=_some(random, tables["customer"]),
        owner_id=_someone(random),
        created_at=created,
        converted_at=_maybe(random, created + timedelta(seconds=random.randrange(86400 * 120)), 0.6),
        source=random.choice(("web", "fair", None)),
        **_marks(random),
    )


def _sales(random: Random, size: int, tables: Tables) -> list[Row]:
    found: list[Row] = []
    for n in range(size):
        original = random.choice(found) if found and random.random() < 0.2 else None
        values = {
            "customer_id": _some(random, tables["customer"]),
            "product_id": _some(random, tables["product"]),
            "employee_id": original["employee_id"] if original else _someone(random),
            "signed_at": _maybe(random, _moment(random), 0.95),
            "amount": original["amount"] if original else _money(random),
            "currency": original["currency"] if original else random.choice(CURRENCIES),
            "quantity": random.choice((None, 1, 2.5)),
            "reverses_id": original["sale_id"] if original else None,
            "channel": random.choice(("field", "online", "Field", None)),
        }
        found.append(_row("sale", sale_id=f"s{n}", **values, **_marks(random)))
    return found


def _record_changes(random: Random, sales: list[Row]) -> list[Row]:
    found = []
    for n, sale in enumerate(sales[::3]):
        values: Row = {"table_name": random.choice(("sale", "sale", "lead")), "field": random.choice(("employee_id", "owner_id", "amount"))}
        values |= {"record_id": sale["sale_id"], "changed_at": _moment(random), "old_value": _someone(random)}
        found.append(_row("record_change", change_id=f"r{n}", **values))
    return found


def _contact(random: Random, n: int, tables: Tables) -> Row:
    return _row(
        "contact",
        contact_id=f"x{n}",
        customer_id=_some(random, tables["customer"]),
        opportunity_id=_some(random, tables["opportunity"], 0.4),
        employee_id=_someone(random),
        direction=random.choice(("in", "out", "out", None)),
        channel=random.choice(("call", "email", "visit", "Call", None)),
        # One moment each, so that neighbours have one order.
        started_at=FIRST + timedelta(seconds=random.randrange(DAYS * 86400 // 1000) * 1000 + n),
        duration_s=_maybe(random, float(random.choice((0, 30, 60, 60, 600)))),
        is_connected=random.choice((True, False, None)),
        is_automatic=random.choice((True, False, None)),
        text_length=random.choice((None, 10, 200)),
        **_marks(random),
    )


def _splits(random: Random, tables: Tables) -> list[Row]:
    found = []
    for name, step in (("opportunity", 5), ("sale", 4)):
        for row in tables[name][::step]:
            key = next(iter(row.values()))
            for n, share in enumerate(random.choice(((0.5, 0.5), (0.25, 0.75), (1.0,), (0.2, 0.3, 0.5)))):
                values = {"record_table": name, "record_id": key, "employee_id": random.choice(PEOPLE[:5]), "share": share}
                found.append(_row("credit_split", split_id=f"{key}-{n}", **values))
    return found


def _rates(random: Random) -> list[Row]:
    found = []
    for code, into in (("USD", None), ("USD", "EUR"), ("CNY", "EUR"), ("USD", "CNY")):
        for n, valid in enumerate([date(2015, 1, 1), *(date(2017, 1, 1) + timedelta(days=random.randrange(400)) for _ in range(8))]):
            key = f"{code}-{into}-{n}"
            found.append(_row("fx_rate", rate_id=key, currency=code, into=into, valid_on=valid, rate=round(random.uniform(0.1, 2), 6)))
    return found


def create(database: Engine) -> None:
    """Make the canonical tables."""
    facts.metadata.create_all(database)
    if database.dialect.name not in ("mysql", "mariadb"):
        return
    # As in a host's view, where no key keeps ids apart that differ only in case.
    with database.begin() as connection:
        for name, table in facts.metadata.tables.items():
            key = next(iter(table.primary_key)).name
            connection.execute(text(f"ALTER TABLE {name} DROP PRIMARY KEY, ADD INDEX ({key})"))


def drop(database: Engine) -> None:
    """Take the canonical tables away."""
    facts.metadata.drop_all(database)


def fill(connection: Connection, tables: Tables) -> None:
    """Replace the rows of the canonical tables, without foreign keys to mind."""
    for name, table in facts.metadata.tables.items():
        connection.execute(delete(table))
        connection.commit()
        if tables.get(name):
            _insert(connection, name, tables[name])
            connection.commit()


def _insert(connection: Connection, name: str, rows: list[Row]) -> None:
    table = facts.metadata.tables[name]
    if connection.dialect.name != "duckdb":
        connection.execute(insert(table), rows)
        return
    import pyarrow as pa

    used = [column.name for column in table.c if any(row[column.name] is not None for row in rows)]
    loaded = pa.table({column: pa.array([row[column] for row in rows]) for column in used})
    raw: Any = connection.connection.driver_connection
    raw.register("incoming", loaded)
    columns = ", ".join(f'"{column}"' for column in used)
    raw.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM incoming")
    raw.unregister("incoming")
