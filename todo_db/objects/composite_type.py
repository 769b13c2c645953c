"""Composite types: CREATE TYPE … AS (…)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import literal, quote
from todo_db.objects.statements import comment_if_any, plain, recomment
from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeType(DbObject):
    kind: ClassVar[str] = "composite type"
    codes: ClassVar[Codes] = Codes("TD601", "TD602", "TD603")
    in_place: ClassVar[frozenset[str]] = frozenset({"attributes", "attribute_comments", "comment"})

    schema: str = ident()
    name: str = ident()
    # (name, type, collation or None), in order
    attributes: tuple[tuple[str, str, str | None], ...] = fact()
    attribute_comments: tuple[tuple[str, str], ...] = fact((), severity="warning")
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"TYPE {quote(self.schema, self.name)}"

    def describe(self) -> str:
        return ", ".join(f"{name} {type_}" for name, type_, _ in self.attributes)

    def create(self) -> list[Statement]:
        inline = ", ".join(map(_attribute, self.attributes))
        return [
            Statement(f"CREATE {self.address} AS ({inline})"),
            *comment_if_any(self),
            *self._comments(()),
        ]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alters_in_place(self, to: Self, changed: frozenset[str]) -> bool:
        """Attributes can be added at the end, dropped and retyped; their order stays."""
        kept = [a[0] for a in to.attributes if a[0] in {b[0] for b in self.attributes}]
        added = [a[0] for a in to.attributes[len(kept) :]]
        before = [b[0] for b in self.attributes if b[0] in kept]
        return kept == before and [*kept, *added] == [a[0] for a in to.attributes]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        old, new = ({a[0]: a for a in t.attributes} for t in (self, to))
        texts = [f"DROP ATTRIBUTE {quote(name)}" for name in old if name not in new]
        texts += [
            f"ALTER ATTRIBUTE {quote(name)} TYPE {_attribute(a).removeprefix(quote(name)).lstrip()}"
            for name, a in new.items()
            if name in old and old[name] != a
        ]
        texts += [f"ADD ATTRIBUTE {_attribute(a)}" for name, a in new.items() if name not in old]
        hazards = (Hazard.BREAKS_CODE,) if texts else ()
        result = plain((f"ALTER {self.address} {text}" for text in texts), *hazards)
        return [*result, *to._comments(self.attribute_comments), *recomment(to, changed)]

    def _comments(self, before: tuple[tuple[str, str], ...]) -> list[Statement]:
        old, new = dict(before), dict(self.attribute_comments)
        present = {a[0] for a in self.attributes}
        return [
            Statement(f"COMMENT ON COLUMN {quote(self.schema, self.name, name)} IS {literal(new.get(name))}")
            for name in sorted({*old, *new} & present)
            if old.get(name) != new.get(name)
        ]


def _attribute(attribute: tuple[str, str, str | None]) -> str:
    name, type_, collation = attribute
    return f"{quote(name)} {type_}" + (f" COLLATE {collation}" if collation else "")
