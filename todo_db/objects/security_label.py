"""Security labels, as providers like sepgsql and anon use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Statement
from todo_db.objects.names import literal, quote
from todo_db.schema import Codes, DbObject, Key, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityLabel(DbObject):
    kind: ClassVar[str] = "security label"
    codes: ClassVar[Codes] = Codes("TD701", "TD702", "TD703")
    in_place: ClassVar[frozenset[str]] = frozenset({"label"})

    of: str = ident()  # as SECURITY LABEL names kinds, in lower case: 'table'
    name: str = ident()  # in SQL
    provider: str = ident()
    label: str = fact()

    @property
    def key(self) -> Key:
        return Key(self.kind, f"{self.of} {self.name} for {self.provider}")

    def describe(self) -> str:
        return self.label

    def create(self) -> list[Statement]:
        return [self._labelled(self.label)]

    def drop(self) -> list[Statement]:
        return [self._labelled(None)]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return to.create()

    def _labelled(self, label: str | None) -> Statement:
        words = self.of.upper().replace("TABLE COLUMN", "COLUMN")
        return Statement(
            f"SECURITY LABEL FOR {quote(self.provider)} ON {words} {self.name} IS {literal(label)}"
        )
