"""Foreign tables; their columns are objects of their own, as a table's are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.column import Column
from todo_db.objects.constraint import Constraint
from todo_db.objects.foreign import altered_options, with_options
from todo_db.objects.names import quote, requote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.objects.table import detach, refuse_detaching
from todo_db.schema import Codes, DbObject, Key, fact, ident

_PLACE = frozenset({"partition_of", "partition_bound", "detaching"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignTable(DbObject):
    kind: ClassVar[str] = "foreign table"
    codes: ClassVar[Codes] = Codes("TD651", "TD652", "TD653")
    in_place: ClassVar[frozenset[str]] = frozenset({"options", "comment"}) | _PLACE

    schema: str = ident()
    name: str = ident()
    server: str = fact()
    options: tuple[str, ...] = fact(())
    partition_of: str | None = fact(None)
    partition_bound: str | None = fact(None, deparsed=True)
    detaching: bool = fact(False)  # DETACH PARTITION … CONCURRENTLY that never came to its end
    inherits: tuple[str, ...] = fact(())
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"FOREIGN TABLE {quote(self.schema, self.name)}"

    @property
    def above(self) -> tuple[Key, ...]:
        """The tables that it is a partition of or inherits from."""
        names = (*self.inherits, *([self.partition_of] if self.partition_of else []))
        return tuple(Key("table", name) for name in names)

    def create(self, members: Sequence[DbObject] = ()) -> list[Statement]:
        columns = sorted((m for m in members if isinstance(m, Column)), key=lambda c: c.position)
        constraints = [m for m in members if isinstance(m, Constraint)]
        inside = ", ".join([*(c.inline for c in columns), *(c.inline for c in constraints)])
        text = f"CREATE {self.address} ({inside})"
        text += f" INHERITS ({', '.join(map(requote, self.inherits))})" if self.inherits else ""
        text += f" SERVER {quote(self.server)}{with_options(self.options)}"
        details = [s for column in columns for s in column.details()]
        comments = [s for constraint in constraints for s in comment_if_any(constraint)]
        return [Statement(text), *comment_if_any(self), *details, *comments]

    def attach(self) -> list[Statement]:
        """Makes the table a partition."""
        if self.partition_of is None:
            return []
        refuse_detaching(self.detaching)
        target = f"ALTER TABLE {requote(self.partition_of)}"
        name = quote(self.schema, self.name)
        return [Statement(f"{target} ATTACH PARTITION {name} {self.partition_bound}")]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        text = altered_options(self.options, to.options)
        altered = [Statement(f"ALTER {self.address}{text}")] if text else []
        if changed & _PLACE:
            name = quote(self.schema, self.name)
            altered += detach(self.partition_of, name, pending=self.detaching) + to.attach()
        return [*altered, *recomment(to, changed)]
