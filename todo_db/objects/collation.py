"""Collations that users make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import literal, quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Collation(DbObject):
    kind: ClassVar[str] = "collation"
    codes: ClassVar[Codes] = Codes("TD607", "TD608", "TD609")

    schema: str = ident()
    name: str = ident()
    provider: str = fact()  # 'libc', 'icu' or 'builtin'
    locale: str | None = fact(None)  # of icu and builtin
    collate: str | None = fact(None)  # of libc
    ctype: str | None = fact(None)  # of libc
    deterministic: bool = fact(True)
    rules: str | None = fact(None)
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"COLLATION {quote(self.schema, self.name)}"

    def describe(self) -> str:
        return f"{self.provider} {self.locale or self.collate}"

    def create(self) -> list[Statement]:
        parts = [f"provider = {self.provider}"]
        said = {"locale": self.locale, "lc_collate": self.collate, "lc_ctype": self.ctype}
        parts += [f"{name} = {literal(value)}" for name, value in said.items() if value is not None]
        parts += [] if self.deterministic else ["deterministic = false"]
        parts += [f"rules = {literal(self.rules)}"] if self.rules is not None else []
        return [Statement(f"CREATE {self.address} ({', '.join(parts)})"), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return recomment(to, changed)
