"""Tables; their columns, constraints and indexes are objects of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(DbObject):
    kind: ClassVar[str] = "table"
    codes: ClassVar[Codes] = Codes("TD211", "TD212", "TD213")

    schema: str = ident()
    name: str = ident()
    comment: str | None = fact(None, severity="warning")
