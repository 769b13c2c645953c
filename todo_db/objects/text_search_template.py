"""Text search templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSearchTemplate(DbObject):
    kind: ClassVar[str] = "text search template"
    codes: ClassVar[Codes] = Codes("TD677", "TD678", "TD679")

    schema: str = ident()
    name: str = ident()
    functions: tuple[str, ...] = fact()  # 'init = f', 'lexize = g'
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"TEXT SEARCH TEMPLATE {quote(self.schema, self.name)}"

    def create(self) -> list[Statement]:
        return [Statement(f"CREATE {self.address} ({', '.join(self.functions)})"), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return recomment(to, changed)
