"""What a contact is worth, as conditions on its row and on its neighbours in the customer's stream of contacts.

A customer's act is what a system recorded the customer doing: writing, calling, paying, using the portal, filling in a form; or
picking up a call for `TALK_SECONDS` or more, or being there at a visit or meeting. What an employee typed is no act, and neither is an
automatic reply. An act of the customer's own credits one contact: the latest before it, by whoever, within `WITHIN_HOURS`. A call, visit
or meeting that took place is its own act. Of a person's contacts with one customer on one local day only the first answered one counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, Integer, and_, case, func, not_, or_

from kpicore import facts, local_day, seconds_between

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

contact = facts.contact.c

WITHIN_HOURS = 72
"""How long after a contact a customer's act still answers it."""
LOOKAHEAD_DAYS = WITHIN_HOURS / 24
"""How far around a period contacts are needed."""
TALK_SECONDS = 10
"""A shorter call is no conversation."""
LIVE = ("call", "visit", "meeting")
"""Channels on which taking part is an act. Opening an e-mail is none: programs do it as well."""

OPTIONAL = (contact.lead_id, contact.is_bulk, contact.is_automatic, contact.is_connected, contact.duration_s)
"""Columns that a source may lack: without them there are fewer acts, or fewer machines among the authors."""

IS_OUTBOUND: ColumnElement[Any] = contact.direction == "out"
IS_MASS: ColumnElement[Any] = or_(contact.is_bulk.is_(True), contact.is_automatic.is_(True))
"""Sent to many at once or by a machine: neither earns nor takes credit."""

_IS_MADE = and_(IS_OUTBOUND, not_(IS_MASS))
_IS_CAPTURED = contact.is_captured.is_(True)
_IS_KNOWN = or_(contact.customer_id.is_not(None), contact.lead_id.is_not(None))
_PARTY = (func.coalesce(contact.customer_id, ""), case((contact.customer_id.is_(None), func.coalesce(contact.lead_id, "")), else_=""))

_IS_TALK = or_(contact.channel != "call", contact.duration_s.is_(None), contact.duration_s >= TALK_SECONDS)
_IS_LIVE = and_(contact.channel.in_(LIVE), contact.is_connected.is_(True), _IS_TALK)
_IS_INBOUND_ACT = and_(contact.direction == "in", _IS_CAPTURED, not_(contact.is_automatic.is_(True)), _IS_KNOWN)
_IS_OWN_ACT = and_(_IS_MADE, _IS_CAPTURED, _IS_LIVE, _IS_KNOWN)

# Rows that are neither made by a person nor acts are put into a stream of their own, so that they do not come between the others.
_IN_STREAM = case((_IS_INBOUND_ACT, 1), (and_(_IS_MADE, _IS_KNOWN), 1), else_=0)
_IN_ORDER = (contact.started_at, contact.contact_id)


def _next(value: ColumnElement[Any], type_: Any) -> ColumnElement[Any]:
    return func.lead(value, type_=type_).over(partition_by=[*_PARTY, _IN_STREAM], order_by=_IN_ORDER)


_NEXT_IS_ACT = _next(case((_IS_INBOUND_ACT, 1), else_=0), Integer())
_NEXT_IN_TIME = seconds_between(contact.started_at, _next(contact.started_at, DateTime())) <= WITHIN_HOURS * 3600.0
_IS_FOLLOWED = and_(_IS_MADE, _IS_KNOWN, _NEXT_IS_ACT == 1, _NEXT_IN_TIME)

_ANSWERED = case((_IS_OWN_ACT, 1), (_IS_FOLLOWED, 1), else_=0)
_PLACE = func.row_number().over(
    partition_by=[*_PARTY, func.coalesce(contact.employee_id, ""), local_day(contact.started_at), _ANSWERED], order_by=_IN_ORDER
)

IS_ANSWERED: ColumnElement[Any] = _ANSWERED == 1
"""Whether a customer's act credits the contact, before repeats are looked at."""
IS_REPEAT: ColumnElement[Any] = and_(IS_ANSWERED, _PLACE > 1)
"""Whether the same person already had an answered contact with the customer on that day."""
IS_EFFECTIVE: ColumnElement[Any] = and_(IS_ANSWERED, _PLACE == 1)
"""Whether the contact earns credit."""
IS_UNANSWERED: ColumnElement[Any] = and_(_IS_MADE, _ANSWERED == 0)
"""Whether a person made the contact and no customer act followed."""
