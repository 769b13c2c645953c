"""Owners: the role that an object belongs to, apart from the object so that a side can leave it unsaid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Statement
from todo_db.objects.names import quote
from todo_db.schema import Codes, DbObject, Key, aside, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner(DbObject):
    """`of` and `name` are the kind and the displayed name of what is owned; `target` is that in SQL."""

    kind: ClassVar[str] = "owner"
    codes: ClassVar[Codes] = Codes("TD687", "TD688", "TD689")
    in_place: ClassVar[frozenset[str]] = frozenset({"role"})
    absence_says: ClassVar[bool] = False

    of: str = ident()
    name: str = ident()
    role: str = fact()
    target: str = aside("")  # 'TABLE public.tasks'

    @property
    def key(self) -> Key:
        return Key(self.kind, f"{self.of} {self.name}")

    @property
    def parent(self) -> Key | None:
        return Key(self.of, self.name)

    def describe(self) -> str:
        return self.role

    def create(self) -> list[Statement]:
        return [Statement(f"ALTER {self.target} OWNER TO {quote(self.role)}")]

    def drop(self) -> list[Statement]:
        return []  # what exists has an owner

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return to.create()
