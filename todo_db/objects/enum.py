"""Enum types: their labels, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum(DbObject):
    kind: ClassVar[str] = "enum"
    codes: ClassVar[Codes] = Codes("TD227", "TD228", "TD229")

    schema: str = ident()
    name: str = ident()
    labels: tuple[str, ...] = fact()
    comment: str | None = fact(None, severity="warning")
