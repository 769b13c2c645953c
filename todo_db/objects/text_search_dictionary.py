"""Text search dictionaries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSearchDictionary(DbObject):
    kind: ClassVar[str] = "text search dictionary"
    codes: ClassVar[Codes] = Codes("TD681", "TD682", "TD683")

    schema: str = ident()
    name: str = ident()
    template: str = fact()  # as SQL
    options: str | None = fact(None)  # "language = 'english', stopwords = 'english'"
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"TEXT SEARCH DICTIONARY {quote(self.schema, self.name)}"

    def describe(self) -> str:
        return f"{self.template} {self.options or ''}".rstrip()

    def create(self) -> list[Statement]:
        options = f", {self.options}" if self.options else ""
        text = f"CREATE {self.address} (template = {self.template}{options})"
        return [Statement(text), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return recomment(to, changed)
