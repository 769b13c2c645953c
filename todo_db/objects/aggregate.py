"""Aggregates that users make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Statement
from todo_db.objects.names import quote
from todo_db.objects.routine import Routine
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate(Routine):
    """`parts_` holds what stands in CREATE AGGREGATE's parentheses, as 'sfunc = numeric_add'."""

    kind: ClassVar[str] = "aggregate"
    codes: ClassVar[Codes] = Codes("TD624", "TD625", "TD626")
    word: ClassVar[str] = "AGGREGATE"

    arguments: str = fact(deparsed=True)
    clauses: tuple[str, ...] = fact()  # 'sfunc = numeric_add', in PostgreSQL's order

    @property
    def address(self) -> str:
        return f"AGGREGATE {quote(self.schema, self.name)}({self.arguments or '*'})"

    def describe(self) -> str:
        return ", ".join(self.clauses)

    def create(self) -> list[Statement]:
        return [Statement(f"CREATE {self.address} ({', '.join(self.clauses)})"), *comment_if_any(self)]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return recomment(to, changed)
