"""The demo organisation: generates every family of facts in turn, each from its own random stream."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from attrs import asdict

from kpicore.errors import KpiError
from kpicore.worlds import contacts, customers, deals, leads, personnel, sales, tickets, traces
from kpicore.worlds.assumptions import Assumptions
from kpicore.worlds.draws import DAY, stream
from kpicore.worlds.staff import SMALLEST, Staff, hire
from kpicore.worlds.timeline import SPRING_FESTIVAL, Timeline
from kpicore.worlds.world import World

if TYPE_CHECKING:
    import pyarrow as pa

    from kpicore.worlds.draws import Rows

START = date(2024, 1, 1)


def generate(
    seed: int = 7,
    people: int = 60,
    years: int = 2,
    scale: float = 1.0,
    *,
    time_zone: str = "Asia/Shanghai",
    assume: Assumptions | None = None,
) -> World:
    """Generate a CRM organisation from 2024-01-01 on; the same arguments give the same tables.

    Args:
        seed: of all random streams, 0 or more.
        people: how many are scored; team leads, bots and queues come in addition.
        years: how many whole years the facts cover.
        scale: factor on customers and on what people do; people and years stay as they are.
        time_zone: IANA name of the zone in which the organisation works.
        assume: what the generator believes, if not the defaults.
    Raises:
        KpiError: an argument out of its range.
    """
    _check(seed, people, years, scale)
    assume = assume or Assumptions()
    staff = hire(stream(seed, "staff"), people, Timeline(START, years, time_zone), assume)
    count = max(200, round(assume.customers_per_person * people * scale))
    known = customers.found(stream(seed, "customer"), staff, count, assume)
    pipeline, known = deals.negotiate(stream(seed, "opportunity"), known, scale, assume)
    tables = {
        **_about_staff(seed, staff),
        **_about_customers(seed, pipeline, known, scale, assume),
    }
    tables["target"] = personnel.target_table(stream(seed, "target"), staff, _sold(seed, pipeline, known, assume))
    return World(
        tables={name: tables[name] for name in sorted(tables)},
        timeline=staff.timeline,
        cast={name: f"U{person:04d}" for name, person in asdict(staff.cast).items()},
        skill={f"U{person:04d}": float(skill) for person, skill in enumerate(staff.skill[:people])},
        description=_describe(seed, people, years, scale),
    )


def _check(seed: int, people: int, years: int, scale: float) -> None:
    limits = (
        ("seed", seed, 0, 2**63),
        ("people", people, SMALLEST, 1_000),
        ("years", years, 1, len(SPRING_FESTIVAL)),
        ("scale", scale, 0.05, 100),
    )
    for name, value, low, high in limits:
        if not low <= value <= high:
            raise KpiError(f"{name} of a generated world must be from {low} to {high} (got {value!r}); choose one in that range")


def _describe(seed: int, people: int, years: int, scale: float) -> str:
    return f"A generated CRM organisation: {people} people in three roles, {years} years from {START}, seed {seed}, scale {scale:g}."


def _about_staff(seed: int, staff: Staff) -> dict[str, pa.Table]:
    return {
        "employee": personnel.employee_table(stream(seed, "employee"), staff),
        "assignment": personnel.assignment_table(staff),
        "absence": personnel.absence_table(staff),
        "product": sales.product_table(),
        "fx_rate": sales.rate_table(stream(seed, "fx_rate"), staff.timeline),
    }


def _sold(seed: int, pipeline: deals.Deals, known: customers.Customers, assume: Assumptions) -> Rows:
    return sales.sell(stream(seed, "sale"), pipeline, known, assume)


def _about_customers(
    seed: int, pipeline: deals.Deals, known: customers.Customers, scale: float, assume: Assumptions
) -> dict[str, pa.Table]:
    staff = known.staff
    asked = tickets.serve(stream(seed, "ticket"), known, scale, assume)
    changes = traces.edits(stream(seed, "edit"), known, pipeline, asked, scale, assume)
    return {
        **_about_deals(seed, pipeline, known, scale, assume),
        "contact": _contacts(seed, pipeline, known, asked, scale, assume),
        "customer": customers.table(stream(seed, "identity"), known, traces.last_change(changes, known), assume),
        "customer_owner": customers.owner_table(known),
        "record_change": traces.change_table(stream(seed, "record_change"), changes, staff),
        "session": traces.session_table(stream(seed, "session"), staff, scale, assume),
        "survey": tickets.survey_table(stream(seed, "survey"), asked, known, assume),
        "ticket": tickets.ticket_table(stream(seed, "ticket table"), asked, staff),
        "ticket_event": tickets.event_table(stream(seed, "ticket_event"), asked, staff),
    }


def _about_deals(seed: int, pipeline: deals.Deals, known: customers.Customers, scale: float, assume: Assumptions) -> dict[str, pa.Table]:
    staff = known.staff
    starts = leads.campaign_starts(staff)
    campaign = leads.campaign_of(stream(seed, "attribution"), pipeline, starts)
    sold = _sold(seed, pipeline, known, assume)
    paid = sales.pay(stream(seed, "payment"), sold, staff.timeline.days * DAY)
    enquiries = leads.enquire(stream(seed, "lead"), pipeline, known, scale, assume)
    return {
        "opportunity": deals.table(stream(seed, "deal table"), pipeline, known, campaign),
        "opportunity_change": deals.change_table(stream(seed, "opportunity_change"), pipeline, known),
        "sale": sales.sale_table(stream(seed, "sale table"), sold, known),
        "payment": sales.payment_table(stream(seed, "payment table"), paid, sold, staff.timeline),
        "credit_split": sales.split_table(stream(seed, "credit_split"), sold, known, assume),
        "lead": leads.lead_table(stream(seed, "lead table"), enquiries, campaign, staff),
        "campaign": leads.campaign_table(stream(seed, "campaign"), starts, staff),
        "cost": leads.cost_table(stream(seed, "cost"), starts, staff),
    }


def _contacts(seed: int, pipeline: deals.Deals, known: customers.Customers, asked: Rows, scale: float, assume: Assumptions) -> pa.Table:
    rng = stream(seed, "contact")
    enquiries = leads.enquire(stream(seed, "lead"), pipeline, known, scale, assume)
    outbound = [
        deals.deal_contacts(rng, pipeline, known, assume),
        contacts.outreach(rng, known, scale, assume),
        tickets.contact_rows(rng, asked, known.staff.timeline.days * DAY),
        leads.lead_contacts(enquiries, known),
        contacts.mailings(rng, known, leads.campaign_starts(known.staff), scale),
    ]
    return contacts.all_contacts(rng, outbound, asked, known, assume)
