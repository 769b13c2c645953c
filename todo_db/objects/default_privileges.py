"""Default privileges: what a role's future objects will allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Statement
from todo_db.objects.names import quote
from todo_db.schema import Codes, DbObject, Key, aside, display, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultPrivileges(DbObject):
    """Of the objects of one type that `role` will make (in a schema, or anywhere) for one grantee.

    privileges: as in a grant; without any where EXECUTE or USAGE for everybody was taken away.
    """

    kind: ClassVar[str] = "default privileges"
    codes: ClassVar[Codes] = Codes("TD694", "TD695", "TD696")
    in_place: ClassVar[frozenset[str]] = frozenset({"privileges"})

    role: str = ident()
    schema: str = ident()  # empty: in all
    objects: str = ident()  # 'tables', 'sequences', 'functions', 'types', 'schemas'
    grantee: str = ident()
    privileges: tuple[str, ...] = fact()
    default: tuple[str, ...] = aside(())

    @property
    def key(self) -> Key:
        where = f" in {display(self.schema)}" if self.schema else ""
        return Key(self.kind, f"{self.objects} of {display(self.role)}{where} to {display(self.grantee)}")

    def describe(self) -> str:
        return ", ".join(self.privileges) or "nothing"

    def create(self) -> list[Statement]:
        return self._change(self.default, self.privileges)

    def drop(self) -> list[Statement]:
        return self._change(self.privileges, self.default)

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return self._change(self.privileges, to.privileges)

    def _change(self, before: tuple[str, ...], after: tuple[str, ...]) -> list[Statement]:
        head = f"ALTER DEFAULT PRIVILEGES FOR ROLE {quote(self.role)}"
        head += f" IN SCHEMA {quote(self.schema)}" if self.schema else ""
        to = "PUBLIC" if self.grantee == "public" else quote(self.grantee)
        on = self.objects.upper()
        gone = sorted({p.rstrip("*") for p in set(before) - set(after)})
        kept = {p.rstrip("*") for p in gone}
        fresh = [p for p in after if p not in before or p.rstrip("*") in kept]
        texts = [f"{head} REVOKE {_words(gone)} ON {on} FROM {to}"] if gone else []
        for suffix, tail in (("", ""), ("*", " WITH GRANT OPTION")):
            words = [p.rstrip("*") for p in fresh if p.endswith("*") == bool(suffix)]
            texts += [f"{head} GRANT {_words(words)} ON {on} TO {to}{tail}"] if words else []
        return [Statement(text) for text in texts]


def _words(privileges: list[str]) -> str:
    return ", ".join(p.upper() for p in privileges)
