"""Extensions; what belongs to one is not reported by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension(DbObject):
    kind: ClassVar[str] = "extension"
    codes: ClassVar[Codes] = Codes("TD224", "TD225", "TD226")

    name: str = ident()
    schema: str = fact()
    version: str = fact(severity="warning")
    comment: str | None = fact(None, severity="warning")  # None: the extension's own
