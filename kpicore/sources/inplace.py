"""Uses a database that already has the canonical tables or views where it is, without copying."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from kpicore import facts
from kpicore.errors import SourceError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


def available(engine: Engine | Connection) -> dict[str, frozenset[str]]:
    """Return the canonical tables and views that the database has, each with the canonical columns it has.

    Raises:
        SourceError: it has none, has one without its key, or cannot be read.
    """
    try:
        look = sa.inspect(engine)
        held = {*look.get_table_names(), *look.get_view_names()}
        found = {name: _columns(look, name) for name in facts.metadata.tables if name in held}
    except sa.exc.SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise SourceError(f"the database {engine.engine.url.render_as_string(hide_password=True)} could not be read: {cause}") from None
    if not found:
        raise SourceError(
            f"the database must have at least one canonical table or view (it has {', '.join(sorted(held)) or 'none'});"
            " create views with the names and columns that 'kpicore facts' lists, or load its tables with a mapping"
        )
    return found


def _columns(look: sa.Inspector, name: str) -> frozenset[str]:
    table = facts.metadata.tables[name]
    found = frozenset(column["name"] for column in look.get_columns(name)) & set(table.c.keys())
    key = next(iter(table.primary_key)).name
    if key not in found:
        held = ", ".join(sorted(found)) or "no canonical column"
        raise SourceError(f"the table or view {name!r} must have its key {key!r} (it has {held})")
    return found
