"""Domains: a type with a default, a nullability and checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain(DbObject):
    kind: ClassVar[str] = "domain"
    codes: ClassVar[Codes] = Codes("TD231", "TD232", "TD233")

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
