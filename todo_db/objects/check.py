"""CHECK constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.objects.member import Member
from todo_db.schema import Codes, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Member):
    kind: ClassVar[str] = "check"
    codes: ClassVar[Codes] = Codes("TD251", "TD252", "TD253")

    expression: str = fact(deparsed=True)  # pg_get_expr, without CHECK and the outer parentheses
    no_inherit: bool = fact(False)
    valid: bool = fact(True)
    enforced: bool = fact(True)
    comment: str | None = fact(None, severity="warning")

    @property
    def shape(self) -> object:
        return (self.schema, self.table, self.expression)
