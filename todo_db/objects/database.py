"""The database itself: what is kept of it beside what lies in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from todo_db.objects.change import Statement
from todo_db.objects.grant import in_this_database
from todo_db.objects.names import literal
from todo_db.schema import Codes, DbObject, Key, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Database(DbObject):
    """Its name is of the server, not of the schema: sides are compared whatever their databases are called.

    Encoding and locale are chosen when a database is made and never change; they belong to the server, too.
    """

    kind: ClassVar[str] = "database"
    codes: ClassVar[Codes] = Codes("TD704", "TD705", "TD706")
    in_place: ClassVar[frozenset[str]] = frozenset({"comment", "connection_limit"})

    name: str = ident()  # always 'database'
    comment: str | None = fact(None, severity="warning")
    connection_limit: int | None = fact(None, severity="warning")  # None: as many as the server allows

    @property
    def key(self) -> Key:
        return Key(self.kind, self.name)

    def create(self) -> list[Statement]:
        return self.alter(self, frozenset(f for f in self.in_place if getattr(self, f) is not None))

    def drop(self) -> list[Statement]:
        """What is said of it is taken back; what we are connected to stays."""
        plain = replace(self, comment=None, connection_limit=None)
        return self.alter(plain, frozenset(f for f in self.in_place if getattr(self, f) is not None))

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        texts = []
        if "comment" in changed:
            texts.append(f"COMMENT ON DATABASE {{}} IS {literal(to.comment)}")
        if "connection_limit" in changed:
            limit = -1 if to.connection_limit is None else to.connection_limit
            texts.append(f"ALTER DATABASE {{}} CONNECTION LIMIT {limit}")
        return [Statement(in_this_database(text)) for text in texts]
