"""Settings of the database, for everybody or for a role in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Statement
from todo_db.objects.grant import in_this_database
from todo_db.objects.names import literal, quote
from todo_db.schema import Codes, DbObject, Key, display, fact, ident

# Settings whose value is a list of names, each of which is an item of its own.
_LISTS = frozenset(
    {"search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(DbObject):
    kind: ClassVar[str] = "setting"
    codes: ClassVar[Codes] = Codes("TD697", "TD698", "TD699")
    in_place: ClassVar[frozenset[str]] = frozenset({"value"})

    role: str = ident()  # empty: for everybody
    name: str = ident()
    value: str = fact()

    @property
    def key(self) -> Key:
        return Key(self.kind, f"{self.name} of {display(self.role)}" if self.role else self.name)

    def describe(self) -> str:
        return self.value

    def create(self) -> list[Statement]:
        value = self.value if self.name in _LISTS and self.value else literal(self.value)
        return [Statement(in_this_database(f"{self._whose} SET {quote(self.name)} TO {value}"))]

    def drop(self) -> list[Statement]:
        return [Statement(in_this_database(f"{self._whose} RESET {quote(self.name)}"))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return to.create()

    @property
    def _whose(self) -> str:
        return f"ALTER ROLE {quote(self.role)} IN DATABASE {{}}" if self.role else "ALTER DATABASE {}"
