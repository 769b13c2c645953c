"""Extended statistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Statement
from todo_db.objects.names import quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, Key, aside, display, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics(DbObject):
    """Named within a schema, but living and dying with a table."""

    kind: ClassVar[str] = "statistics"
    codes: ClassVar[Codes] = Codes("TD654", "TD655", "TD656")
    in_place: ClassVar[frozenset[str]] = frozenset({"target", "comment"})

    schema: str = ident()
    name: str = ident()
    definition: str = fact(deparsed=True, severity="warning")  # pg_get_statisticsobjdef
    target: int | None = fact(None, severity="warning")  # None: the server's default
    comment: str | None = fact(None, severity="warning")
    table_schema: str = aside("")
    table: str = aside("")
    relation_kind: str = aside("table")

    @property
    def parent(self) -> Key | None:
        return Key(self.relation_kind, display(self.table_schema, self.table))

    @property
    def address(self) -> str:
        return f"STATISTICS {quote(self.schema, self.name)}"

    def describe(self) -> str:
        return self.definition

    def create(self) -> list[Statement]:
        target = [] if self.target is None else [self._target()]
        return [Statement(self.definition), *target, *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}")]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return [*([to._target()] if "target" in changed else []), *recomment(to, changed)]

    def _target(self) -> Statement:
        return Statement(f"ALTER {self.address} SET STATISTICS {-1 if self.target is None else self.target}")
