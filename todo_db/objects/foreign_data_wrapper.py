"""Foreign data wrappers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.foreign import altered_options, with_options
from todo_db.objects.names import quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignDataWrapper(DbObject):
    kind: ClassVar[str] = "foreign data wrapper"
    codes: ClassVar[Codes] = Codes("TD641", "TD642", "TD643")
    in_place: ClassVar[frozenset[str]] = frozenset({"handler", "validator", "options", "comment"})

    name: str = ident()
    handler: str | None = fact(None)
    validator: str | None = fact(None)
    options: tuple[str, ...] = fact(())
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"FOREIGN DATA WRAPPER {quote(self.name)}"

    def create(self) -> list[Statement]:
        text = f"CREATE {self.address}{self._functions()}{with_options(self.options)}"
        return [Statement(text), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        text = to._functions() if changed & {"handler", "validator"} else ""
        text += altered_options(self.options, to.options)
        altered = [Statement(f"ALTER {self.address}{text}")] if text else []
        return [*altered, *recomment(to, changed)]

    def _functions(self) -> str:
        handler = f" HANDLER {self.handler}" if self.handler else " NO HANDLER"
        return handler + (f" VALIDATOR {self.validator}" if self.validator else " NO VALIDATOR")
