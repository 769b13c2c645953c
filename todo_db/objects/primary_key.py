"""Primary keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.objects.constraint import IndexedConstraint
from todo_db.schema import Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimaryKey(IndexedConstraint):
    kind: ClassVar[str] = "primary key"
    codes: ClassVar[Codes] = Codes("TD241", "TD242", "TD243")
    words: ClassVar[str] = "PRIMARY KEY"

    @property
    def shape(self) -> object:
        return (self.schema, self.table)
