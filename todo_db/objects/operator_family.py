"""Operator families, with the operators and functions that lie loose in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, Key, display, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorFamily(DbObject):
    kind: ClassVar[str] = "operator family"
    codes: ClassVar[Codes] = Codes("TD667", "TD668", "TD669")

    schema: str = ident()
    name: str = ident()
    method: str = ident()
    members: tuple[str, ...] = fact(())  # as ALTER OPERATOR FAMILY … ADD takes them, sorted
    comment: str | None = fact(None, severity="warning")

    @property
    def key(self) -> Key:
        return Key(self.kind, f"{display(self.schema, self.name)} using {self.method}")

    @property
    def address(self) -> str:
        return f"OPERATOR FAMILY {quote(self.schema, self.name)} USING {quote(self.method)}"

    def create(self) -> list[Statement]:
        added = [Statement(f"ALTER {self.address} ADD {', '.join(self.members)}")] if self.members else []
        return [Statement(f"CREATE {self.address}"), *added, *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return recomment(to, changed)
