"""What functions, procedures and aggregates have in common: a name with argument types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import quote
from todo_db.schema import DbObject, Key, display, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine(DbObject):
    """Overloads differ in `signature`: the types of the arguments that go in."""

    word: ClassVar[str]

    schema: str = ident()
    name: str = ident()
    signature: str = ident()  # 'uuid, numeric'
    comment: str | None = fact(None, severity="warning")

    @property
    def key(self) -> Key:
        return Key(self.kind, f"{display(self.schema, self.name)}({self.signature})")

    @property
    def address(self) -> str:
        return f"{self.word} {quote(self.schema, self.name)}({self.signature})"

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]
