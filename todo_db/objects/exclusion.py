"""Exclusion constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.objects.member import Member
from todo_db.schema import Codes, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion(Member):
    kind: ClassVar[str] = "exclusion"
    codes: ClassVar[Codes] = Codes("TD254", "TD255", "TD256")

    definition: str = fact(deparsed=True)  # pg_get_constraintdef, with its options
    tablespace: str | None = fact(None, severity="warning")  # None: the database's own
    valid: bool = fact(True)
    comment: str | None = fact(None, severity="warning")

    @property
    def shape(self) -> object:
        return (self.schema, self.table, self.definition)
