"""Credit rules: what a row is worth and why, decided by definition, the same for everyone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Column, ColumnElement


@frozen(eq=False)
class Reason:
    """One reason for which a row earns no credit, or less than a whole one."""

    code: str
    """Stable code in results, e.g. 'no_customer_act'."""
    title: Mapping[str, str]
    """The reason in words, in `en` and `zh`."""
    when: ColumnElement[Any]
    """Which rows it strikes; the first reason that strikes a row is the one reported."""
    credit: ColumnElement[Any] | float = 0.0
    """What a row that it strikes still earns, from 0 to 1: a number, or an expression where it differs between rows."""


@frozen(eq=False)
class CreditRule:
    """What each row of a fact counts for, and for which reasons some count for less or nothing (hook `kpicore_rules`).

    A row that no reason strikes has the credit 1. So raw = effective + what the reasons take off, whatever their credits.
    """

    name: str
    """Stable name, e.g. 'contact'."""
    title: Mapping[str, str]
    counted: ColumnElement[Any]
    """Which rows of the fact are raw counts at all, e.g. outbound contacts."""
    reasons: tuple[Reason, ...]
    subject: ColumnElement[Any]
    """To whom a row belongs."""
    at: ColumnElement[Any]
    """When it happened."""
    lookahead_days: float = field(default=0.0)
    """How far around the period rows are needed, where the conditions compare a row with its neighbours."""
    optional: tuple[Column[Any], ...] = ()
    """Columns that a source may lack: they are read as null, and the rule can still be applied."""
    parameters: Mapping[str, object] = field(factory=dict)
    """The parameters that the rule was built with; a project sets them in `[parameters.NAME]`."""
    docs: str = field(default="")
    """What it catches, and what honest work looks like it."""
