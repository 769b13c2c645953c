"""Foreign keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import CannotChangeError, Statement
from todo_db.objects.check import validate
from todo_db.objects.constraint import Constraint, deferral
from todo_db.objects.names import quote, quoted
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, aside, fact

_IN_PLACE = frozenset({"comment", "valid", "deferrable", "deferred"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey(Constraint):
    """The pairs (column, referenced column) stand in the order of the columns' names; theirs says nothing."""

    kind: ClassVar[str] = "foreign key"
    codes: ClassVar[Codes] = Codes("TD247", "TD248", "TD249")

    columns: tuple[str, ...] = fact()
    target_schema: str = fact()
    target_table: str = fact()
    target_columns: tuple[str, ...] = fact()
    # 'no action', 'restrict', 'cascade', 'set null', 'set default'
    on_delete: str = fact("no action")
    on_update: str = fact("no action")
    on_delete_columns: tuple[str, ...] = fact(())  # ON DELETE SET NULL (a, b)
    match: str = fact("simple")
    deferrable: bool = fact(False)
    deferred: bool = fact(False)
    valid: bool = fact(True)
    enforced: bool = fact(True)
    period: bool = fact(False)  # the last pair is compared as a period (PostgreSQL 18)
    triggers: str = fact(
        "enabled"
    )  # 'disabled', 'replica', 'always' or 'mixed': whether it is being enforced
    written: tuple[str, ...] = aside(())  # the columns in the order in which they were given

    @property
    def shape(self) -> object:
        return (self.schema, self.table, self.columns, self.target_schema, self.target_table)

    @property
    def pairs(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The columns and those that they refer to, as they were given, if that is known."""
        targets = dict(zip(self.columns, self.target_columns, strict=True))
        if sorted(self.written) != sorted(targets):
            return self.columns, self.target_columns
        return self.written, tuple(targets[c] for c in self.written)

    def body(self) -> str:
        target = quote(self.target_schema, self.target_table)
        own, theirs = self.pairs
        text = f"FOREIGN KEY ({self._pairs(own)}) REFERENCES {target}"
        text += f" ({self._pairs(theirs)})"
        if self.match != "simple":
            text += f" MATCH {self.match.upper()}"
        if self.on_update != "no action":
            text += f" ON UPDATE {self.on_update.upper()}"
        if self.on_delete != "no action":
            text += f" ON DELETE {self.on_delete.upper()}"
        if self.on_delete_columns:
            text += f" ({quoted(self.on_delete_columns)})"
        return text + deferral(self.deferrable, self.deferred) + self._validity()

    def _pairs(self, columns: tuple[str, ...]) -> str:
        if not self.period:
            return quoted(columns)
        return ", ".join([*map(quote, columns[:-1]), f"PERIOD {quote(columns[-1])}"])

    def _validity(self) -> str:
        if not self.enforced:
            return " NOT ENFORCED"
        return "" if self.valid else " NOT VALID"

    def create(self) -> list[Statement]:
        if self.triggers != "enabled":
            raise CannotChangeError(
                f"the triggers of this foreign key are {self.triggers}, which only a superuser can do",
                "Run ALTER TABLE … DISABLE TRIGGER ALL as a superuser, or leave the key enforced.",
            )
        hazards = self.adding if self.valid and self.enforced else ()
        return [Statement(f"{self.alter_relation} ADD {self.inline}", hazards), *comment_if_any(self)]

    def alters_in_place(self, to: Self, changed: frozenset[str]) -> bool:
        return changed <= _IN_PLACE and (to.valid or "valid" not in changed)

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        result = validate(self, changed)
        if changed & {"deferrable", "deferred"}:
            when = deferral(to.deferrable, to.deferred) or " NOT DEFERRABLE"
            result.append(Statement(f"{self.alter_relation} ALTER CONSTRAINT {quote(self.name)}{when}"))
        return result + recomment(to, changed)
