"""What the kinds of table constraints have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import CannotChangeError, Hazard, Statement
from todo_db.objects.member import Member
from todo_db.objects.names import options, quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint(Member):
    """A named constraint of a table; a subclass says what stands behind CONSTRAINT <name>."""

    adding: ClassVar[tuple[Hazard, ...]] = (Hazard.BLOCKS_WRITES, Hazard.SCANS_TABLE)

    comment: str | None = fact(None, severity="warning")

    def body(self) -> str:
        """The constraint's definition as ALTER TABLE … ADD CONSTRAINT takes it."""
        raise NotImplementedError(self.kind)

    @property
    def inline(self) -> str:
        """The constraint as CREATE TABLE takes it."""
        return f"CONSTRAINT {quote(self.name)} {self.body()}"

    @property
    def address(self) -> str:
        return f"CONSTRAINT {quote(self.name)} ON {self.relation}"

    def describe(self) -> str:
        return self.body()

    def create(self) -> list[Statement]:
        return [Statement(f"{self.alter_relation} ADD {self.inline}", self.adding), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"{self.alter_relation} DROP CONSTRAINT {quote(self.name)}")]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return recomment(to, changed)

    def rename(self, to: Self) -> list[Statement]:
        """Gives the constraint, which is otherwise the same, the name of `to`."""
        return [Statement(f"{self.alter_relation} RENAME CONSTRAINT {quote(self.name)} TO {quote(to.name)}")]


def deferral(deferrable: bool, deferred: bool) -> str:
    """The words for when a constraint is checked; none where it is not deferrable."""
    return (" DEFERRABLE" if deferrable else "") + (" INITIALLY DEFERRED" if deferred else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedConstraint(Constraint):
    """A primary key or unique constraint, with what shows only in its index."""

    words: ClassVar[str]
    in_place: ClassVar[frozenset[str]] = frozenset({"comment", "tablespace"})

    columns: tuple[str, ...] = fact()
    include: tuple[str, ...] = fact(())
    deferrable: bool = fact(False)
    deferred: bool = fact(False)
    without_overlaps: bool = fact(False)  # PostgreSQL 18
    options: tuple[str, ...] = fact((), severity="warning")  # 'fillfactor=70', sorted
    tablespace: str | None = fact(None, severity="warning")  # None: the database's own
    valid: bool = fact(True)

    def create(self) -> list[Statement]:
        refuse_invalid(self.valid, self.kind)
        return Constraint.create(self)

    def body(self) -> str:
        last = " WITHOUT OVERLAPS" if self.without_overlaps else ""
        text = f"{self._words()} ({', '.join(quote(c) for c in self.columns)}{last})"
        if self.include:
            text += f" INCLUDE ({', '.join(quote(c) for c in self.include)})"
        if self.options:
            text += f" WITH ({options(self.options)})"
        if self.tablespace is not None:
            text += f" USING INDEX TABLESPACE {quote(self.tablespace)}"
        return text + deferral(self.deferrable, self.deferred)

    def _words(self) -> str:
        return self.words

    def describe(self) -> str:
        return f"({', '.join(self.columns)})"

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return move_index(self, to.tablespace, changed) + recomment(to, changed)


def refuse_invalid(valid: bool, kind: str) -> None:
    """Raises CannotChangeError for a key whose index is not in use."""
    if not valid:
        raise CannotChangeError(
            f"the index of this {kind} is invalid, which cannot be made on purpose",
            "Give each partition its part, where it is on a partitioned table; else add the key anew.",
        )


def move_index(member: Member, tablespace: str | None, changed: frozenset[str]) -> list[Statement]:
    """Moves an index (a constraint's has its name) where the tablespace is what differs."""
    if "tablespace" not in changed:
        return []
    target = quote(tablespace) if tablespace is not None else "pg_default"
    text = f"ALTER INDEX {quote(member.schema, member.name)} SET TABLESPACE {target}"
    return [Statement(text, (Hazard.BLOCKS_WRITES, Hazard.BLOCKS_READS))]
