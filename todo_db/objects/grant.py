"""Grants: what a role may do with an object, where that is not what everybody may do anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import literal, quote
from todo_db.schema import Codes, DbObject, Key, aside, display, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(DbObject):
    """One role's rights on one object; without rights where a default one was revoked.

    of and name are the kind and the displayed name of the object, grantee the role or 'public'.
    privileges: 'select', with '*' behind it where it may be passed on; sorted.
    """

    kind: ClassVar[str] = "grant"
    codes: ClassVar[Codes] = Codes("TD691", "TD692", "TD693")
    in_place: ClassVar[frozenset[str]] = frozenset({"privileges"})

    of: str = ident()
    name: str = ident()
    grantee: str = ident()
    privileges: tuple[str, ...] = fact()
    default: tuple[str, ...] = aside(())  # what the grantee may do when nobody granted anything
    target: str = aside("")  # 'TABLE public.tasks', empty for the database
    column: str | None = aside(None)
    apart: bool = aside(False)  # what it is on is not read itself: a member of an extension, the database …

    @property
    def key(self) -> Key:
        return Key(self.kind, f"{self.of} {self.name} to {self.grantee}")

    @property
    def parent(self) -> Key | None:
        if self.apart:
            return None
        if self.column is not None and self.of != "column":  # the columns of a view are no objects
            whole = self.name.removesuffix(f".{display(self.column)}")
            return Key(self.of.removesuffix(" column"), whole)
        return Key(self.of, self.name)

    def describe(self) -> str:
        return ", ".join(self.privileges) or "nothing"

    def create(self) -> list[Statement]:
        return self._change(self.default, self.privileges)

    def drop(self) -> list[Statement]:
        return self._change(self.privileges, self.default)

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return self._change(self.privileges, to.privileges)

    def _change(self, before: tuple[str, ...], after: tuple[str, ...]) -> list[Statement]:
        """REVOKE and GRANT of what differs."""
        old, new = set(before), set(after)
        may = {p.rstrip("*") for p in new}
        gone = sorted(p for p in {p.rstrip("*") for p in old} if p not in may)
        passed = sorted(p[:-1] for p in old if p.endswith("*") and p not in new and p[:-1] in may)
        plain = sorted(p for p in new - old if not p.endswith("*") and f"{p}*" not in old)
        grantable = sorted(p[:-1] for p in new - old if p.endswith("*"))
        to = "PUBLIC" if self.grantee == "public" else quote(self.grantee)
        texts = [f"REVOKE {self._named(gone)} ON {{}} FROM {to}"] if gone else []
        texts += [f"REVOKE GRANT OPTION FOR {self._named(passed)} ON {{}} FROM {to}"] if passed else []
        hazards = (Hazard.BREAKS_CODE,) if texts else ()
        texts += [f"GRANT {self._named(plain)} ON {{}} TO {to}"] if plain else []
        texts += [f"GRANT {self._named(grantable)} ON {{}} TO {to} WITH GRANT OPTION"] if grantable else []
        return [Statement(self._on(text), hazards) for text in texts]

    def _named(self, privileges: list[str]) -> str:
        columns = f" ({quote(self.column)})" if self.column is not None else ""
        return ", ".join(p.upper() + columns for p in privileges)

    def _on(self, text: str) -> str:
        """The statement with its object; a database is whichever one it is run in."""
        if self.target:
            return text.replace("{}", self.target, 1)
        return in_this_database(text.replace("{}", "DATABASE {}", 1))


def in_this_database(text: str) -> str:
    """A statement about a database, {} standing for its name, as one about the database that it is run in."""
    first, _, rest = text.partition("{}")
    inside = f"EXECUTE {literal(first)} || quote_ident(current_database()) || {literal(rest)};"
    return f"DO {literal(f'BEGIN {inside} END')}"
