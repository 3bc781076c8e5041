"""What a contact is worth, as expressions of its row and of its neighbours in the customer's stream of contacts.

A customer's act is what a system recorded the customer doing: writing, calling, paying, using the portal, filling in a form; or
picking up a call for `talk_seconds` or more, or being there at a visit or meeting. What an employee typed is no act, and neither is an
automatic reply. An act of the customer's own credits one contact: the latest before it, by whoever, within `within_hours`. A call, visit
or meeting that took place is its own act. A contact that was typed in must have been there before the act: one that is written up
afterwards can claim nothing, and takes nothing from the others.

Of a person's answered contacts with one customer on one local day the first has the credit 1 and each further one `repeat_credit` of
the one before. A text that goes out n times on one day is `copies` messages, shared: each answered one earns copies / n.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen
from sqlalchemy import DateTime, Integer, and_, case, func, literal, not_, or_

from kpicore import facts, local_day, seconds_between

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from kpicore_rules_contact.terms import Terms

contact, customer, entity = facts.contact.c, facts.customer.c, facts.customer_entity.c

LIVE = ("call", "visit", "meeting")
"""Channels on which taking part is an act. Opening an e-mail is none: programs do it as well."""
WRITTEN = ("email", "message")
"""Channels on which one text may go to many."""
REPEATS = 8
"""How many answered contacts with one customer on one day earn anything at all."""

OPTIONAL = (
    contact.lead_id, contact.is_bulk, contact.is_automatic, contact.is_connected, contact.duration_s, contact.recorded_at,
    contact.text_hash, contact.template_id, customer.merged_into, entity.entity_id,
)  # fmt: skip
"""Columns that a source may lack: without them there are fewer acts, or fewer machines, copies and duplicates are recognised."""

CUSTOMER = func.coalesce(entity.entity_id, customer.merged_into, contact.customer_id)
"""Who the customer is: the entity to which duplicate records belong, or the record into which they were merged."""

IS_OUTBOUND: ColumnElement[Any] = contact.direction == "out"
IS_MASS: ColumnElement[Any] = or_(contact.is_bulk.is_(True), contact.is_automatic.is_(True))
"""Sent to many at once or by a machine: neither earns nor takes credit."""
IS_MADE: ColumnElement[Any] = and_(IS_OUTBOUND, not_(IS_MASS))
"""Made by a person."""

_IS_CAPTURED = contact.is_captured.is_(True)
_IS_KNOWN = or_(contact.customer_id.is_not(None), contact.lead_id.is_not(None))
_PARTY = (func.coalesce(CUSTOMER, ""), case((contact.customer_id.is_(None), func.coalesce(contact.lead_id, "")), else_=""))
_IS_INBOUND_ACT = and_(contact.direction == "in", _IS_CAPTURED, not_(contact.is_automatic.is_(True)), _IS_KNOWN)
_IN_ORDER = (contact.started_at, contact.contact_id)
_WHOSE_DAY = (func.coalesce(contact.employee_id, ""), local_day(contact.started_at))


@frozen(eq=False)
class Credit:
    """The definition under given terms, one expression per question about a row."""

    terms: Terms
    is_answered: ColumnElement[Any]
    """Whether a customer's act credits the contact, however much."""
    is_unanswered: ColumnElement[Any]
    """Whether a person made the contact and no customer act followed."""
    is_repeat: ColumnElement[Any]
    """Whether the same person already had an answered contact with the customer on that day."""
    is_copy: ColumnElement[Any]
    """Whether the same text went out more often on that day than it can earn whole credits."""
    credit: ColumnElement[Any]
    """What the contact earns, from 0 to 1."""


def credit(terms: Terms) -> Credit:
    """Write the definition out under given terms."""
    answered = _answered(terms)
    copies = _copies()
    place = func.row_number().over(partition_by=[*_PARTY, *_WHOSE_DAY, answered], order_by=_IN_ORDER)
    falling = case(*((place == at + 1, literal(terms.repeat_credit**at)) for at in range(REPEATS)), else_=literal(0.0))
    share = case((copies > terms.copies, literal(float(terms.copies)) / copies), else_=literal(1.0))
    return Credit(
        terms=terms,
        is_answered=answered == 1,
        is_unanswered=and_(IS_MADE, answered == 0),
        is_repeat=and_(answered == 1, place > 1),
        is_copy=and_(answered == 1, copies > terms.copies),
        credit=case((answered == 1, falling * share), else_=literal(0.0)),
    )


def _answered(terms: Terms) -> ColumnElement[Any]:
    """Return 1 for a contact that a customer's act credits, else 0."""
    talked = or_(contact.channel != "call", contact.duration_s.is_(None), contact.duration_s >= terms.talk_seconds)
    took_part = and_(IS_MADE, _IS_CAPTURED, contact.channel.in_(LIVE), contact.is_connected.is_(True), talked, _IS_KNOWN)
    stream = case((_IS_INBOUND_ACT, 1), (and_(IS_MADE, _IS_KNOWN, or_(_IS_CAPTURED, _is_entered_in_time())), 1), else_=0)
    next_is_act = _next(case((_IS_INBOUND_ACT, 1), else_=0), Integer(), stream)
    waited = seconds_between(contact.started_at, _next(contact.started_at, DateTime(), stream))
    followed = and_(IS_MADE, stream == 1, next_is_act == 1, waited <= terms.within_hours * 3600.0)
    return case((took_part, 1), (followed, 1), else_=0)


def _is_entered_in_time() -> ColumnElement[Any]:
    """Return whether a contact was recorded before the customer's next act; where the source does not say when, it was at once."""
    of_act = case((_IS_INBOUND_ACT, contact.started_at))
    backwards = [contact.started_at.desc(), contact.contact_id.desc()]
    # From the end, so that the least of all acts so far is the next one.
    next_act = func.min(of_act, type_=DateTime()).over(partition_by=[*_PARTY], order_by=backwards, rows=(None, 0))
    return func.coalesce(contact.recorded_at, contact.started_at) <= next_act


def _next(value: ColumnElement[Any], type_: Any, stream: ColumnElement[Any]) -> ColumnElement[Any]:
    # What is neither a contact nor an act is put into a stream of its own, so that it does not come between the others.
    return func.lead(value, type_=type_).over(partition_by=[*_PARTY, stream], order_by=_IN_ORDER)


def _copies() -> ColumnElement[Any]:
    """Return how often the person sent the contact's text on that day."""
    text = func.coalesce(contact.text_hash, contact.template_id)
    is_text = case((and_(IS_MADE, contact.channel.in_(WRITTEN), text.is_not(None)), 1), else_=0)
    return case((is_text == 1, func.count().over(partition_by=[*_WHOSE_DAY, func.coalesce(text, ""), is_text])), else_=literal(1))
