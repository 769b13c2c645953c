"""What lives in a table and dies with it: the common part of columns, constraints and indexes."""

from __future__ import annotations

from dataclasses import dataclass

from todo_db.objects.names import quote
from todo_db.schema import DbObject, Key, aside, display, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(DbObject):
    """Named within its table.

    relation_kind: the kind of what it lives in ('materialized view' for such an index). inherited: it
    comes from a parent table or a partitioned table and from nowhere else.
    """

    schema: str = ident()
    table: str = ident()
    name: str = ident()
    relation_kind: str = aside("table")
    inherited: bool = aside(False)

    @property
    def parent(self) -> Key | None:
        return Key(self.relation_kind, display(self.schema, self.table))

    @property
    def relation(self) -> str:
        """What it lives in, as SQL: 'public."Order"'."""
        return quote(self.schema, self.table)

    @property
    def alter_relation(self) -> str:
        """The beginning of a statement that changes what it lives in."""
        words = "FOREIGN TABLE" if self.relation_kind == "foreign table" else "TABLE"
        return f"ALTER {words} {self.relation}"
