"""CHECK constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.constraint import Constraint
from todo_db.objects.names import quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Constraint):
    kind: ClassVar[str] = "check"
    codes: ClassVar[Codes] = Codes("TD251", "TD252", "TD253")

    expression: str = fact(deparsed=True)  # pg_get_expr, without CHECK and the outer parentheses
    no_inherit: bool = fact(False)
    valid: bool = fact(True)
    enforced: bool = fact(True)

    @property
    def shape(self) -> object:
        return (self.schema, self.table, self.expression)

    def body(self) -> str:
        text = f"CHECK ({self.expression})" + (" NO INHERIT" if self.no_inherit else "")
        if not self.enforced:
            return text + " NOT ENFORCED"
        return text + ("" if self.valid else " NOT VALID")

    def describe(self) -> str:
        return self.expression

    def create(self) -> list[Statement]:
        hazards = self.adding if self.valid and self.enforced else ()
        return [Statement(f"{self.alter_relation} ADD {self.inline}", hazards), *comment_if_any(self)]

    def alters_in_place(self, to: Self, changed: frozenset[str]) -> bool:
        return changed <= {"comment"} or (changed <= {"comment", "valid"} and to.valid)

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return validate(self, changed) + recomment(to, changed)


def validate(constraint: Constraint, changed: frozenset[str]) -> list[Statement]:
    """VALIDATE CONSTRAINT where that is what differs."""
    if "valid" not in changed:
        return []
    text = f"{constraint.alter_relation} VALIDATE CONSTRAINT {quote(constraint.name)}"
    return [Statement(text, (Hazard.SCANS_TABLE,))]
