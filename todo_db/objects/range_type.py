"""Range types, with the multirange that comes along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeType(DbObject):
    kind: ClassVar[str] = "range type"
    codes: ClassVar[Codes] = Codes("TD604", "TD605", "TD606")

    schema: str = ident()
    name: str = ident()
    subtype: str = fact()
    opclass: str | None = fact(None)  # None: the subtype's default
    collation: str | None = fact(None)
    canonical: str | None = fact(None)
    subtype_diff: str | None = fact(None)
    multirange: str = fact()  # its name within the same schema
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"TYPE {quote(self.schema, self.name)}"

    def describe(self) -> str:
        return f"range of {self.subtype}"

    def create(self) -> list[Statement]:
        parts = {
            "subtype": self.subtype,
            "subtype_opclass": self.opclass,
            "collation": self.collation,
            "canonical": self.canonical,
            "subtype_diff": self.subtype_diff,
            "multirange_type_name": quote(self.schema, self.multirange),
        }
        inside = ", ".join(f"{name} = {value}" for name, value in parts.items() if value is not None)
        return [Statement(f"CREATE {self.address} AS RANGE ({inside})"), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return recomment(to, changed)
