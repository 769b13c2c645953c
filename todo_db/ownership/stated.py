"""The owners that a specification states in so many words: from these, and from no guess, policies follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from todo_db.errors import UsageError
from todo_db.ownership.declared import Owned, Ownerships, checked, from_spec, qualified, sql_type

if TYPE_CHECKING:
    from todo_db.spec.document import ColumnSpec, Specification, TableSpec


@dataclass(frozen=True, slots=True)
class Trouble:
    """A table whose stated owner leads nowhere, and why."""

    table: TableSpec
    reason: str
    hint: str | None


@dataclass(frozen=True, slots=True)
class Stated:
    """The declarations that hold, the tables that get policies of them, and what does not hold."""

    ownerships: Ownerships
    tables: tuple[TableSpec, ...] = ()
    troubles: tuple[Trouble, ...] = ()


def stated(specification: Specification, type_of: Callable[[ColumnSpec], str] | None = None) -> Stated:
    """What the specification states of owners.

    type_of: the SQL type of a column where the document leaves it open. A table that others manage, or for
    which the document has policies of its own, gets none, but others may be owned through it.
    """
    said = {qualified(t.name): t for t in specification.tables if t.owner_place is not None}
    names = {name: t.owner for name, t in said.items() if isinstance(t.owner, str)}
    found: dict[str, Owned] = {}
    troubles: list[Trouble] = []
    for name, table in said.items():
        try:
            found[name] = _typed(from_spec(table, names), table, type_of)
        except UsageError as error:
            troubles.append(Trouble(table, error.what, error.hint))
    while wrong := list(_astray(found)):
        for name, reason in wrong:
            del found[name]
            troubles.append(Trouble(said[name], reason.what, reason.hint))
    derived = (t for name, t in said.items() if name in found)
    tables = tuple(t for t in derived if t.managed_by is None and not t.states_policies)
    return Stated(Ownerships(found.values()), tables, tuple(troubles))


def _astray(found: dict[str, Owned]) -> Iterable[tuple[str, UsageError]]:
    """Those whose way to an owner does not end."""
    for name, owned in found.items():
        try:
            checked(owned, found)
        except UsageError as error:
            yield name, error


def _typed(owned: Owned, table: TableSpec, type_of: Callable[[ColumnSpec], str] | None) -> Owned:
    if type_of is None:
        return owned
    types = {c.name: sql_type(type_of(c)) for c in table.columns}
    return replace(
        owned,
        user_type=types.get(owned.user or "", owned.user_type),
        organization_type=types.get(owned.organization or "", owned.organization_type),
    )
