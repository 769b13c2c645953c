"""User mappings of foreign servers; secrets among their options are kept as digests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.foreign import altered_options, with_options
from todo_db.objects.names import quote
from todo_db.schema import Codes, DbObject, Key, display, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMapping(DbObject):
    """`options` is empty, too, where the reading role may not see them."""

    kind: ClassVar[str] = "user mapping"
    codes: ClassVar[Codes] = Codes("TD647", "TD648", "TD649")
    in_place: ClassVar[frozenset[str]] = frozenset({"options"})
    goes_with_parent: ClassVar[bool] = False

    server: str = ident()
    role: str = ident()  # 'public' stands for everybody
    options: tuple[str, ...] = fact(())

    @property
    def parent(self) -> Key | None:
        return Key("foreign server", display(self.server))

    @property
    def address(self) -> str:
        role = "PUBLIC" if self.role == "public" else quote(self.role)
        return f"USER MAPPING FOR {role} SERVER {quote(self.server)}"

    def create(self) -> list[Statement]:
        return [Statement(f"CREATE {self.address}{with_options(self.options)}")]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return [Statement(f"ALTER {self.address}{altered_options(self.options, to.options)}")]
