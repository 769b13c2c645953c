"""Procedures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.function import Code
from todo_db.schema import Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure(Code):
    kind: ClassVar[str] = "procedure"
    codes: ClassVar[Codes] = Codes("TD621", "TD622", "TD623")
    word: ClassVar[str] = "PROCEDURE"

    def alters_in_place(self, to: Self, changed: frozenset[str]) -> bool:
        return "arguments" not in changed
