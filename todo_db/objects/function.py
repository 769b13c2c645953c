"""Functions, window functions and trigger functions among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Statement
from todo_db.objects.routine import Routine
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, aside, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Code(Routine):
    """What functions and procedures share."""

    arguments: str = fact(deparsed=True)  # with modes, names and defaults
    language: str = fact()
    body: str = fact()  # prosrc; for C the symbol
    sql_body: str | None = fact(None, deparsed=True)  # RETURN … or BEGIN ATOMIC …
    library: str | None = fact(None)  # of a C function
    security_definer: bool = fact(False)
    config: tuple[str, ...] = fact(())  # 'search_path=audit, pg_temp', sorted
    transforms: tuple[str, ...] = fact(())
    definition: str = aside("")  # pg_get_functiondef

    def describe(self) -> str:
        return f"({self.arguments}) language {self.language}"

    def create(self) -> list[Statement]:
        return [Statement(self.definition), *comment_if_any(self)]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        replaced = [Statement(to.definition)] if changed - {"comment"} else []
        return [*replaced, *recomment(to, changed)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Code):
    kind: ClassVar[str] = "function"
    codes: ClassVar[Codes] = Codes("TD617", "TD618", "TD619")
    word: ClassVar[str] = "FUNCTION"

    returns: str = fact()
    volatility: str = fact("volatile")
    strict: bool = fact(False)
    leakproof: bool = fact(False)
    parallel: str = fact("unsafe")
    cost: float = fact()
    rows: float = fact(0)
    window: bool = fact(False)
    support: str | None = fact(None)

    def alters_in_place(self, to: Self, changed: frozenset[str]) -> bool:
        return not changed & {"returns", "arguments", "window"}

    def describe(self) -> str:
        return f"({self.arguments}) returns {self.returns} language {self.language}"
