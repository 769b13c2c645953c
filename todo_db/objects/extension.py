"""Extensions; what belongs to one is not reported by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import literal, quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension(DbObject):
    kind: ClassVar[str] = "extension"
    codes: ClassVar[Codes] = Codes("TD224", "TD225", "TD226")
    in_place: ClassVar[frozenset[str]] = frozenset({"schema", "version", "comment"})

    name: str = ident()
    schema: str = fact()
    version: str = fact(severity="warning")
    comment: str | None = fact(None, severity="warning")  # None: the extension's own

    @property
    def address(self) -> str:
        return f"EXTENSION {quote(self.name)}"

    def describe(self) -> str:
        return f"version {self.version}"

    def create(self) -> list[Statement]:
        version = f" VERSION {literal(self.version)}" if self.version else ""
        text = f"CREATE {self.address} WITH SCHEMA {quote(self.schema)}{version}"
        return [Statement(text), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        texts = []
        if "version" in changed:
            texts.append(f"ALTER {self.address} UPDATE TO {literal(to.version)}")
        if "schema" in changed:
            texts.append(f"ALTER {self.address} SET SCHEMA {quote(to.schema)}")
        return [*map(Statement, texts), *recomment(to, changed)]
