"""Exclusion constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Statement
from todo_db.objects.constraint import Constraint, move_index, refuse_invalid
from todo_db.objects.names import quote
from todo_db.objects.statements import recomment
from todo_db.schema import Codes, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion(Constraint):
    kind: ClassVar[str] = "exclusion"
    codes: ClassVar[Codes] = Codes("TD254", "TD255", "TD256")
    in_place: ClassVar[frozenset[str]] = frozenset({"comment", "tablespace"})

    definition: str = fact(deparsed=True)  # pg_get_constraintdef, with its options
    tablespace: str | None = fact(None, severity="warning")  # None: the database's own
    valid: bool = fact(True)

    @property
    def shape(self) -> object:
        return (self.schema, self.table, self.definition)

    def body(self) -> str:
        return self.definition

    def create(self) -> list[Statement]:
        refuse_invalid(self.valid, self.kind)
        # its place within the definition is before WHERE and DEFERRABLE, so it is moved afterwards
        moved = frozenset({"tablespace"} if self.tablespace is not None else ())
        return Constraint.create(self) + move_index(self, self.tablespace, moved)

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return move_index(self, to.tablespace, changed) + recomment(to, changed)

    @property
    def inline(self) -> str:
        return f"CONSTRAINT {quote(self.name)} {self.definition}"
