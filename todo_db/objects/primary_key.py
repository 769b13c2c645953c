"""Primary keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.objects.member import Member
from todo_db.schema import Codes, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimaryKey(Member):
    kind: ClassVar[str] = "primary key"
    codes: ClassVar[Codes] = Codes("TD241", "TD242", "TD243")

    columns: tuple[str, ...] = fact()
    include: tuple[str, ...] = fact(())
    deferrable: bool = fact(False)
    deferred: bool = fact(False)
    without_overlaps: bool = fact(False)  # PostgreSQL 18
    options: tuple[str, ...] = fact((), severity="warning")  # 'fillfactor=70', sorted
    tablespace: str | None = fact(None, severity="warning")  # None: the database's own
    valid: bool = fact(True)
    comment: str | None = fact(None, severity="warning")

    @property
    def shape(self) -> object:
        return (self.schema, self.table)
