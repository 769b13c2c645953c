"""The condition under which a row is this user's, as SQL expressions that need no parameter.

The ids come from the transaction's settings, which the session makes and the policies read: one compiled
statement serves all users, and a session that made no settings sees nothing.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnClause, and_, any_, func, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.expression import FromClause, TableClause, table

from todo_db.access.errors import UndeclaredTableError
from todo_db.ownership.declared import (
    ORGANIZATION_SETTING,
    USER_SETTING,
    Owned,
    Ownerships,
    qualified,
)


class Setting(ColumnElement[Any]):
    """`(select nullif(current_setting(name, true), ''))::type`: evaluated once per statement, not per row."""

    __visit_name__ = "todo_db_setting"
    inherit_cache = True
    _traverse_internals = []  # noqa: RUF012  # never part of a statement that is cached by its parts

    def __init__(self, name: str, type_: str) -> None:
        super().__init__()
        self.name, self.type_ = name, type_


def declared(leaf: TableClause, ownerships: Ownerships) -> Owned:
    """The declaration of a table. Raises UndeclaredTableError."""
    name = qualified(leaf.name, getattr(leaf, "schema", None))
    if name not in ownerships:
        raise UndeclaredTableError(name)
    return ownerships[name]


def column(leaf: FromClause, name: str) -> ColumnElement[Any]:
    """A column by name, whether or not the model maps it."""
    made: ColumnClause[Any] = ColumnClause(name, _selectable=leaf)
    return made


def criterion(owned: Owned, leaf: FromClause, ownerships: Ownerships) -> ColumnElement[bool] | None:
    """The condition on `leaf`, a table or an alias of it; None for what everybody may read."""
    if owned.shared:
        return None
    if owned.through is not None:
        link = owned.through
        # An array of the parents' keys is found once and then an index on `column` serves; EXISTS is
        # evaluated per row.
        parents = select(column(_aliased(link.table), link.key)).correlate(None)
        return column(leaf, link.column) == any_(func.array(parents.scalar_subquery()))
    parts: list[ColumnElement[bool]] = []
    if owned.organization and not owned.membership:
        value = Setting(ORGANIZATION_SETTING, owned.organization_type)
        parts.append(column(leaf, owned.organization) == value)
        if (members := ownerships.membership) is not None:
            member = _aliased(members.table)
            assert members.organization is not None  # noqa: S101  # a membership table names both
            theirs = select(column(member, members.organization)).correlate(None)
            parts.append(column(leaf, owned.organization) == any_(func.array(theirs.scalar_subquery())))
    if owned.user:
        parts.append(column(leaf, owned.user) == Setting(USER_SETTING, owned.user_type))
    return and_(*parts)


def _aliased(name: str) -> FromClause:
    schema, dot, plain = name.rpartition(".")
    return table(plain, schema=schema if dot else None).alias(f"scope_{plain}")
