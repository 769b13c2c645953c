"""Row level security policies; whether row level security is on is a fact of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.member import Member
from todo_db.objects.names import quote
from todo_db.objects.statements import comment_if_any, recomment
from todo_db.schema import Codes, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Member):
    kind: ClassVar[str] = "policy"
    codes: ClassVar[Codes] = Codes("TD637", "TD638", "TD639")

    permissive: bool = fact(True)
    command: str = fact("all")  # 'select', 'insert', 'update' or 'delete'
    roles: tuple[str, ...] = fact(("public",))  # sorted; 'public' stands for everybody
    using: str | None = fact(None, deparsed=True)
    check: str | None = fact(None, deparsed=True)
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"POLICY {quote(self.name)} ON {self.relation}"

    def describe(self) -> str:
        return f"for {self.command} to {', '.join(self.roles)}"

    def create(self) -> list[Statement]:
        text = f"CREATE {self.address}"
        text += "" if self.permissive else " AS RESTRICTIVE"
        text += f" FOR {self.command.upper()} TO {self._roles()}"
        return [Statement(text + self._conditions()), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alters_in_place(self, to: Self, changed: frozenset[str]) -> bool:
        removed = (self.using is not None and to.using is None) or (
            self.check is not None and to.check is None
        )
        return not changed & {"permissive", "command"} and not removed

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        result = []
        if changed - {"comment"}:
            result.append(Statement(f"ALTER {self.address} TO {to._roles()}{to._conditions()}"))
        return [*result, *recomment(to, changed)]

    def _roles(self) -> str:
        return ", ".join("PUBLIC" if role == "public" else quote(role) for role in self.roles)

    def _conditions(self) -> str:
        using = f" USING ({self.using})" if self.using is not None else ""
        return using + (f" WITH CHECK ({self.check})" if self.check is not None else "")
