"""Foreign servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.foreign import altered_options, with_options
from todo_db.objects.names import literal, quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignServer(DbObject):
    kind: ClassVar[str] = "foreign server"
    codes: ClassVar[Codes] = Codes("TD644", "TD645", "TD646")

    name: str = ident()
    wrapper: str = fact()
    type: str | None = fact(None)
    version: str | None = fact(None)
    options: tuple[str, ...] = fact(())
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"SERVER {quote(self.name)}"

    def create(self) -> list[Statement]:
        text = f"CREATE {self.address}"
        text += f" TYPE {literal(self.type)}" if self.type is not None else ""
        text += f" VERSION {literal(self.version)}" if self.version is not None else ""
        text += f" FOREIGN DATA WRAPPER {quote(self.wrapper)}{with_options(self.options)}"
        return [Statement(text), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alters_in_place(self, to: Self, changed: frozenset[str]) -> bool:
        return changed <= {"version", "options", "comment"} and (
            "version" not in changed or to.version is not None
        )

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        text = f" VERSION {literal(to.version)}" if "version" in changed else ""
        text += altered_options(self.options, to.options)
        altered = [Statement(f"ALTER {self.address}{text}")] if text else []
        return [*altered, *recomment(to, changed)]
