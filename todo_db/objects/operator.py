"""Operators that users make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, Key, display, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator(DbObject):
    kind: ClassVar[str] = "operator"
    codes: ClassVar[Codes] = Codes("TD664", "TD665", "TD666")

    schema: str = ident()
    name: str = ident()
    left: str = ident()  # 'NONE' for a prefix operator
    right: str = ident()
    function: str = fact()
    commutator: str | None = fact(None)  # 'OPERATOR(public.===)'
    negator: str | None = fact(None)
    restrict: str | None = fact(None)
    join: str | None = fact(None)
    hashes: bool = fact(False)
    merges: bool = fact(False)
    comment: str | None = fact(None, severity="warning")

    @property
    def key(self) -> Key:
        return Key(self.kind, f"{display(self.schema)}.{self.name}({self.left}, {self.right})")

    @property
    def address(self) -> str:
        return f"OPERATOR {quote(self.schema)}.{self.name} ({self.left}, {self.right})"

    def describe(self) -> str:
        return self.function

    def create(self) -> list[Statement]:
        parts = {
            "function": self.function,
            "leftarg": None if self.left == "NONE" else self.left,
            "rightarg": self.right,
            "commutator": self.commutator,
            "negator": self.negator,
            "restrict": self.restrict,
            "join": self.join,
        }
        inside = [f"{name} = {value}" for name, value in parts.items() if value is not None]
        inside += ["hashes"] * self.hashes + ["merges"] * self.merges
        text = f"CREATE OPERATOR {quote(self.schema)}.{self.name} ({', '.join(inside)})"
        return [Statement(text), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return recomment(to, changed)
