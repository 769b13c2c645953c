"""Schemas, in PostgreSQL's sense: the namespaces that hold everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace(DbObject):
    kind: ClassVar[str] = "schema"
    codes: ClassVar[Codes] = Codes("TD221", "TD222", "TD223")

    name: str = ident()
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"SCHEMA {quote(self.name)}"

    def create(self) -> list[Statement]:
        return [Statement(f"CREATE {self.address}"), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return recomment(to, changed)
