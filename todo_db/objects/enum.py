"""Enum types: their labels, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import literal, quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum(DbObject):
    """Labels can be added in place; for any other change the type is swapped for a new one."""

    kind: ClassVar[str] = "enum"
    codes: ClassVar[Codes] = Codes("TD227", "TD228", "TD229")

    schema: str = ident()
    name: str = ident()
    labels: tuple[str, ...] = fact()
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"TYPE {quote(self.schema, self.name)}"

    def describe(self) -> str:
        return ", ".join(self.labels)

    def alters_in_place(self, to: Self, changed: frozenset[str]) -> bool:
        kept = [label for label in to.labels if label in self.labels]
        return kept == list(self.labels)

    def create(self) -> list[Statement]:
        labels = ", ".join(map(literal, self.labels))
        return [Statement(f"CREATE {self.address} AS ENUM ({labels})"), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return [*self._additions(to), *recomment(to, changed)]

    def _additions(self, to: Self) -> list[Statement]:
        """ADD VALUE for each new label, before the next one that is there already."""
        statements = []
        for number, label in enumerate(to.labels):
            if label in self.labels:
                continue
            following = next((other for other in to.labels[number:] if other in self.labels), None)
            where = f" BEFORE {literal(following)}" if following is not None else ""
            statements.append(Statement(f"ALTER {self.address} ADD VALUE {literal(label)}{where}"))
        return statements
