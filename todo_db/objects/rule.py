"""Rewrite rules, without those that make a view a view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Statement
from todo_db.objects.member import Member
from todo_db.objects.names import quote
from todo_db.objects.statements import comment_if_any, plain, recomment
from todo_db.objects.trigger import ENABLING
from todo_db.schema import Codes, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Member):
    kind: ClassVar[str] = "rule"
    codes: ClassVar[Codes] = Codes("TD631", "TD632", "TD633")
    in_place: ClassVar[frozenset[str]] = frozenset({"enabled", "comment"})

    definition: str = fact(deparsed=True)  # pg_get_ruledef
    enabled: str = fact("origin")  # 'disabled', 'replica' or 'always'
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"RULE {quote(self.name)} ON {self.relation}"

    def describe(self) -> str:
        return self.definition

    def create(self) -> list[Statement]:
        return [Statement(self.definition.rstrip(";")), *self._enable("origin"), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}")]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return [*to._enable(self.enabled), *recomment(to, changed)]

    def _enable(self, before: str) -> list[Statement]:
        if self.enabled == before:
            return []
        return plain([f"ALTER TABLE {self.relation} {ENABLING[self.enabled]} RULE {quote(self.name)}"])
