"""Operator classes that users make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, Key, display, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorClass(DbObject):
    kind: ClassVar[str] = "operator class"
    codes: ClassVar[Codes] = Codes("TD671", "TD672", "TD673")

    schema: str = ident()
    name: str = ident()
    method: str = ident()
    type: str = fact()
    family: str = fact()  # as SQL
    default: bool = fact(False)
    storage: str | None = fact(None)
    members: tuple[str, ...] = fact(())  # as CREATE OPERATOR CLASS takes them, sorted
    comment: str | None = fact(None, severity="warning")

    @property
    def key(self) -> Key:
        return Key(self.kind, f"{display(self.schema, self.name)} using {self.method}")

    @property
    def address(self) -> str:
        return f"OPERATOR CLASS {quote(self.schema, self.name)} USING {quote(self.method)}"

    def describe(self) -> str:
        return f"for {self.type}"

    def create(self) -> list[Statement]:
        default = "DEFAULT " if self.default else ""
        head = f"CREATE OPERATOR CLASS {quote(self.schema, self.name)} {default}FOR TYPE {self.type}"
        storage = [f"STORAGE {self.storage}"] if self.storage is not None else []
        inside = ", ".join([*self.members, *storage]) or f"STORAGE {self.type}"
        text = f"{head} USING {quote(self.method)} FAMILY {self.family} AS {inside}"
        return [Statement(text), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return recomment(to, changed)
