"""Unique constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.objects.constraint import IndexedConstraint
from todo_db.schema import Codes, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique(IndexedConstraint):
    kind: ClassVar[str] = "unique"
    codes: ClassVar[Codes] = Codes("TD244", "TD245", "TD246")
    words: ClassVar[str] = "UNIQUE"

    nulls_not_distinct: bool = fact(False)

    @property
    def shape(self) -> object:
        return (self.schema, self.table, self.columns)

    def _words(self) -> str:
        return "UNIQUE NULLS NOT DISTINCT" if self.nulls_not_distinct else "UNIQUE"
