"""Triggers of tables and views; those behind foreign keys are a fact of the foreign key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Statement
from todo_db.objects.member import Member
from todo_db.objects.names import quote
from todo_db.objects.statements import comment_if_any, plain, recomment
from todo_db.schema import Codes, fact

ENABLING = {"origin": "ENABLE", "disabled": "DISABLE", "replica": "ENABLE REPLICA", "always": "ENABLE ALWAYS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger(Member):
    """On partitions only those that are enabled in another way than the trigger that they come from."""

    kind: ClassVar[str] = "trigger"
    codes: ClassVar[Codes] = Codes("TD627", "TD628", "TD629")
    in_place: ClassVar[frozenset[str]] = frozenset({"enabled", "comment"})

    definition: str = fact(deparsed=True)  # pg_get_triggerdef, the columns of UPDATE OF sorted
    enabled: str = fact("origin")  # 'disabled', 'replica' or 'always'
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"TRIGGER {quote(self.name)} ON {self.relation}"

    def describe(self) -> str:
        return self.definition

    def create(self) -> list[Statement]:
        made = [] if self.inherited else [Statement(self.definition)]
        return [*made, *self._enable("origin"), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        if self.inherited:
            return [Statement(f"ALTER TABLE {self.relation} ENABLE TRIGGER {quote(self.name)}")]
        return [Statement(f"DROP {self.address}")]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return [*to._enable(self.enabled), *recomment(to, changed)]

    def _enable(self, before: str) -> list[Statement]:
        if self.enabled == before:
            return []
        return plain([f"ALTER TABLE {self.relation} {ENABLING[self.enabled]} TRIGGER {quote(self.name)}"])
