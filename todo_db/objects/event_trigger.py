"""Event triggers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Statement
from todo_db.objects.names import literal, quote
from todo_db.objects.statements import comment_if_any, plain, recomment
from todo_db.objects.trigger import ENABLING
from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTrigger(DbObject):
    kind: ClassVar[str] = "event trigger"
    codes: ClassVar[Codes] = Codes("TD634", "TD635", "TD636")
    in_place: ClassVar[frozenset[str]] = frozenset({"enabled", "comment"})

    name: str = ident()
    event: str = fact()
    function: str = fact()
    tags: tuple[str, ...] = fact(())  # sorted
    enabled: str = fact("origin")  # 'disabled', 'replica' or 'always'
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"EVENT TRIGGER {quote(self.name)}"

    def describe(self) -> str:
        return f"on {self.event}"

    def create(self) -> list[Statement]:
        tags = f" WHEN TAG IN ({', '.join(map(literal, self.tags))})" if self.tags else ""
        text = f"CREATE {self.address} ON {self.event}{tags} EXECUTE FUNCTION {self.function}()"
        return [Statement(text), *self._enable("origin"), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}")]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return [*to._enable(self.enabled), *recomment(to, changed)]

    def _enable(self, before: str) -> list[Statement]:
        return plain([f"ALTER {self.address} {ENABLING[self.enabled]}"]) if self.enabled != before else []
