"""What lives in a table and dies with it: the common part of columns, constraints and indexes."""

from __future__ import annotations

from dataclasses import dataclass

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
