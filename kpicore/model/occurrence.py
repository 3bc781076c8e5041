"""What metric authors write to ask whether something else happened: a look at another fact that never multiplies rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Column, ColumnElement, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.sql.compiler import SQLCompiler


class Happened(FunctionElement[Any]):
    """Whether another fact has an eligible row with given keys in a span of time; the planner writes it as EXISTS."""

    type = Boolean()
    inherit_cache = True
    name = "happened"

    def parts(self) -> tuple[str, str, list[str], list[ColumnElement[Any]], ColumnElement[Any], ColumnElement[Any]]:
        """Return table, column of the time, columns of the keys and their values, and the span."""
        first, since, until, *values = self.clauses
        named: Any = first
        table, at, *keys = str(named.value).split(" ")
        return table, at, keys, values, since, until


def happened(
    at: Column[Any], keys: Mapping[Column[Any], ColumnElement[Any]], *, since: ColumnElement[Any], until: ColumnElement[Any]
) -> ColumnElement[Any]:
    """Return whether a row of the fact of `at` has these keys and lies in [since, until).

    The columns of that fact are not among those that the measure is known to need: give the metric a measure of its own on that fact.

    Example:
        happened(contact.started_at, {contact.customer_id: sale.customer_id}, since=sale.signed_at, until=later(sale.signed_at, days=30))
    """
    named = " ".join([at.table.name, at.name, *(column.name for column in keys)])
    return Happened(literal(named), since, until, *keys.values())


@compiles(Happened)
def _happened_default(element: Happened, compiler: SQLCompiler, **kw: Any) -> str:
    return f"happened({', '.join(compiler.process(part, **kw) for part in element.clauses)})"
