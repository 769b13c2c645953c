"""Casts that users make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Statement
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, Key, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast(DbObject):
    kind: ClassVar[str] = "cast"
    codes: ClassVar[Codes] = Codes("TD661", "TD662", "TD663")

    source: str = ident()
    target: str = ident()
    function: str | None = fact(None)  # with its argument types
    method: str = fact()  # 'function', 'inout' or 'binary'
    context: str = fact("explicit")  # 'assignment' or 'implicit'
    comment: str | None = fact(None, severity="warning")

    @property
    def key(self) -> Key:
        return Key(self.kind, f"({self.source} AS {self.target})")

    @property
    def address(self) -> str:
        return f"CAST ({self.source} AS {self.target})"

    def describe(self) -> str:
        return f"{self.context}, by {self.function or self.method}"

    def create(self) -> list[Statement]:
        how = {"inout": "WITH INOUT", "binary": "WITHOUT FUNCTION"}.get(
            self.method, f"WITH FUNCTION {self.function}"
        )
        context = "" if self.context == "explicit" else f" AS {self.context.upper()}"
        return [Statement(f"CREATE {self.address} {how}{context}"), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}")]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return recomment(to, changed)
