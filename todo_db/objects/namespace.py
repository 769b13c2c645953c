"""Schemas, in PostgreSQL's sense: the namespaces that hold everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace(DbObject):
    kind: ClassVar[str] = "schema"
    codes: ClassVar[Codes] = Codes("TD221", "TD222", "TD223")

    name: str = ident()
    comment: str | None = fact(None, severity="warning")
