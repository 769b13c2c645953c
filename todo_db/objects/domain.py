"""Domains: a type with a default, a nullability and checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import literal, quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain(DbObject):
    kind: ClassVar[str] = "domain"
    codes: ClassVar[Codes] = Codes("TD231", "TD232", "TD233")
    in_place: ClassVar[frozenset[str]] = frozenset(
        {"nullable", "default", "checks", "check_comments", "comment"}
    )

    schema: str = ident()
    name: str = ident()
    type: str = fact()
    nullable: bool = fact()
    default: str | None = fact(None, deparsed=True)
    collation: str | None = fact(None)
    # (name, definition as pg_get_constraintdef gives it), sorted by name
    checks: tuple[tuple[str, str], ...] = fact((), deparsed=True)
    check_comments: tuple[tuple[str, str], ...] = fact((), severity="warning")  # (name, comment)
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"DOMAIN {quote(self.schema, self.name)}"

    def describe(self) -> str:
        return self.type

    def create(self) -> list[Statement]:
        text = f"CREATE {self.address} AS {self.type}"
        if self.collation is not None:
            text += f" COLLATE {self.collation}"
        if self.default is not None:
            text += f" DEFAULT {self.default}"
        if not self.nullable:
            text += " NOT NULL"
        # a check that is not valid yet can only be added afterwards
        inline = [c for c in self.checks if not c[1].endswith(" NOT VALID")]
        text += "".join(f" CONSTRAINT {quote(name)} {definition}" for name, definition in inline)
        later = [self._add(c) for c in self.checks if c not in inline]
        comments = [self._comment_check(*c) for c in self.check_comments]
        return [Statement(text), *later, *comments, *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        result: list[Statement] = []
        if "default" in changed:
            action = "DROP DEFAULT" if to.default is None else f"SET DEFAULT {to.default}"
            result.append(Statement(f"ALTER {self.address} {action}"))
        if "nullable" in changed:
            action, hazards = ("DROP", ()) if to.nullable else ("SET", (Hazard.SCANS_TABLE,))
            result.append(Statement(f"ALTER {self.address} {action} NOT NULL", hazards))
        gone = [name for name, definition in self.checks if (name, definition) not in to.checks]
        result += [Statement(f"ALTER {self.address} DROP CONSTRAINT {quote(name)}") for name in gone]
        result += [self._add(check) for check in to.checks if check not in self.checks]
        result += self._comments(to, gone)
        return result + recomment(to, changed)

    def _add(self, check: tuple[str, str]) -> Statement:
        name, definition = check
        hazards = () if definition.endswith(" NOT VALID") else (Hazard.SCANS_TABLE,)
        return Statement(f"ALTER {self.address} ADD CONSTRAINT {quote(name)} {definition}", hazards)

    def _comments(self, to: Self, gone: list[str]) -> list[Statement]:
        before = {name: text for name, text in self.check_comments if name not in gone}
        after = dict(to.check_comments)
        names = sorted({*before, *after} & {name for name, _ in to.checks})
        return [self._comment_check(n, after.get(n)) for n in names if before.get(n) != after.get(n)]

    def _comment_check(self, name: str, text: str | None) -> Statement:
        return Statement(f"COMMENT ON CONSTRAINT {quote(name)} ON {self.address} IS {literal(text)}")
