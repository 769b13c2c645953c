"""What lives in a table and dies with it: the common part of columns, constraints and indexes."""

from __future__ import annotations

from dataclasses import dataclass

from todo_db.schema import DbObject, Key, display, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(DbObject):
    """Named within its table."""

    schema: str = ident()
    table: str = ident()
    name: str = ident()

    @property
    def parent(self) -> Key | None:
        return Key("table", display(self.schema, self.table))
