"""Unique constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.objects.member import Member
from todo_db.schema import Codes, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique(Member):
    kind: ClassVar[str] = "unique"
    codes: ClassVar[Codes] = Codes("TD244", "TD245", "TD246")

    columns: tuple[str, ...] = fact()
    include: tuple[str, ...] = fact(())
    nulls_not_distinct: bool = fact(False)
    deferrable: bool = fact(False)
    deferred: bool = fact(False)
    without_overlaps: bool = fact(False)  # PostgreSQL 18
    options: tuple[str, ...] = fact((), severity="warning")  # 'fillfactor=70', sorted
    tablespace: str | None = fact(None, severity="warning")  # None: the database's own
    valid: bool = fact(True)
    comment: str | None = fact(None, severity="warning")

    @property
    def shape(self) -> object:
        return (self.schema, self.table, self.columns)
