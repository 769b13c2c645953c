"""Sequences of their own and those of serial columns; an identity column's sequence is part of the column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import quote, requote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, Key, fact, ident

_OPTIONS = ("type", "start", "increment", "minimum", "maximum", "cache", "cycle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(DbObject):
    kind: ClassVar[str] = "sequence"
    codes: ClassVar[Codes] = Codes("TD234", "TD235", "TD236")
    in_place: ClassVar[frozenset[str]] = frozenset({*_OPTIONS, "owned_by", "unlogged", "comment"})

    schema: str = ident()
    name: str = ident()
    type: str = fact()
    start: int = fact()
    increment: int = fact()
    minimum: int = fact()
    maximum: int = fact()
    cache: int = fact()
    cycle: bool = fact()
    owned_by: str | None = fact(None)  # displayed column name, 'public.tasks.id'
    unlogged: bool = fact(False)
    comment: str | None = fact(None, severity="warning")

    @property
    def bearer(self) -> Key | None:
        return Key("column", self.owned_by) if self.owned_by is not None else None

    @property
    def address(self) -> str:
        return f"SEQUENCE {quote(self.schema, self.name)}"

    def describe(self) -> str:
        return f"{self.type}, start {self.start}, increment {self.increment}"

    def create(self) -> list[Statement]:
        """The sequence without its owner, which may not exist yet: see `own`."""
        kind = "UNLOGGED SEQUENCE" if self.unlogged else "SEQUENCE"
        name = quote(self.schema, self.name)
        return [Statement(f"CREATE {kind} {name} {self._options()}"), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.LOSES_DATA, Hazard.BREAKS_CODE))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        result = []
        if changed.intersection(_OPTIONS):
            result.append(Statement(f"ALTER {self.address} {to._options()}"))
        if "unlogged" in changed:
            result.append(Statement(f"ALTER {self.address} SET {'UNLOGGED' if to.unlogged else 'LOGGED'}"))
        if "owned_by" in changed:
            result += to.own()
        return result + recomment(to, changed)

    def own(self) -> list[Statement]:
        """Ties the sequence to its column, or to none."""
        owner = requote(self.owned_by) if self.owned_by is not None else "NONE"
        return [Statement(f"ALTER {self.address} OWNED BY {owner}")]

    def _options(self) -> str:
        return (
            f"AS {self.type} START WITH {self.start} INCREMENT BY {self.increment} "
            f"MINVALUE {self.minimum} MAXVALUE {self.maximum} CACHE {self.cache}"
            f"{' CYCLE' if self.cycle else ' NO CYCLE'}"
        )
