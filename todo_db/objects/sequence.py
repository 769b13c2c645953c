"""Sequences of their own and those of serial columns; an identity column's sequence is part of the column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(DbObject):
    kind: ClassVar[str] = "sequence"
    codes: ClassVar[Codes] = Codes("TD234", "TD235", "TD236")

    schema: str = ident()
    name: str = ident()
    type: str = fact()
    start: int = fact()
    increment: int = fact()
    minimum: int = fact()
    maximum: int = fact()
    cache: int = fact()
    cycle: bool = fact()
    owned_by: str | None = fact(None)  # displayed column name, 'public.tasks.id'
    unlogged: bool = fact(False)
    comment: str | None = fact(None, severity="warning")
