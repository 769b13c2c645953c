"""Views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import literal, options, quote, reset_and_set
from todo_db.objects.statements import comment_if_any, plain, recomment
from todo_db.schema import Codes, DbObject, aside, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class View(DbObject):
    """`columns` holds (name, type, collation); while they stay the first ones a view is replaced in place."""

    kind: ClassVar[str] = "view"
    codes: ClassVar[Codes] = Codes("TD611", "TD612", "TD613")

    schema: str = ident()
    name: str = ident()
    definition: str = fact(deparsed=True)  # pg_get_viewdef, without the semicolon
    options: tuple[str, ...] = fact(())  # 'security_invoker=true', 'check_option=local', sorted
    column_defaults: tuple[tuple[str, str], ...] = fact(())
    column_comments: tuple[tuple[str, str], ...] = fact((), severity="warning")
    comment: str | None = fact(None, severity="warning")
    columns: tuple[tuple[str, str, str], ...] = aside(())

    @property
    def address(self) -> str:
        return f"VIEW {quote(self.schema, self.name)}"

    def describe(self) -> str:
        return self.definition

    def create(self) -> list[Statement]:
        return [
            Statement(self._text("CREATE VIEW")),
            *self._defaults(()),
            *comment_if_any(self),
            *column_comments(self, ()),
        ]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alters_in_place(self, to: Self, changed: frozenset[str]) -> bool:
        return "definition" not in changed or to.columns[: len(self.columns)] == self.columns

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        result: list[Statement] = []
        if "definition" in changed:
            result.append(Statement(to._text("CREATE OR REPLACE VIEW")))
        elif "options" in changed:
            result += plain(reset_and_set(f"ALTER {self.address}", self.options, to.options))
        result += to._defaults(self.column_defaults) + recomment(to, changed)
        return result + column_comments(to, self.column_comments)

    def _text(self, verb: str) -> str:
        with_ = f" WITH ({options(self.options)})" if self.options else ""
        return f"{verb} {quote(self.schema, self.name)}{with_} AS\n{self.definition}"

    def _defaults(self, before: tuple[tuple[str, str], ...]) -> list[Statement]:
        old, new = dict(before), dict(self.column_defaults)
        result = []
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                action = f"SET DEFAULT {new[name]}" if name in new else "DROP DEFAULT"
                result.append(f"ALTER {self.address} ALTER COLUMN {quote(name)} {action}")
        return plain(result)


def column_comments(obj: DbObject, before: tuple[tuple[str, str], ...]) -> list[Statement]:
    """COMMENT ON the columns of a view whose comments differ from `before`."""
    old, new = dict(before), dict(obj.column_comments)  # type: ignore[attr-defined]
    return [
        Statement(f"COMMENT ON COLUMN {quote(*obj.parts, name)} IS {literal(new.get(name))}")
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]
