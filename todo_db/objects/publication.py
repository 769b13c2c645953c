"""Publications of logical replication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Statement
from todo_db.objects.names import literal, quote, quoted
from todo_db.objects.statements import comment_if_any, plain, recomment
from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication(DbObject):
    """`tables` holds, per table, its name as SQL with columns and filter: 'public.t (a, b) WHERE (a > 1)'."""

    kind: ClassVar[str] = "publication"
    codes: ClassVar[Codes] = Codes("TD657", "TD658", "TD659")

    name: str = ident()
    all_tables: bool = fact(False)
    tables: tuple[str, ...] = fact((), deparsed=True)
    schemas: tuple[str, ...] = fact(())
    operations: tuple[str, ...] = fact()  # sorted
    via_root: bool = fact(False)
    generated_columns: bool = fact(False)  # PostgreSQL 18
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"PUBLICATION {quote(self.name)}"

    def describe(self) -> str:
        return "all tables" if self.all_tables else ", ".join([*self.tables, *self.schemas])

    def create(self) -> list[Statement]:
        what = " FOR ALL TABLES" if self.all_tables else f" FOR {self._members()}" if self._members() else ""
        return [Statement(f"CREATE {self.address}{what} WITH ({self._options()})"), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}")]

    def alters_in_place(self, to: Self, changed: frozenset[str]) -> bool:
        return "all_tables" not in changed and (bool(to._members()) or not self._members())

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        texts = []
        if changed & {"tables", "schemas"}:
            texts.append(f"ALTER {self.address} SET {to._members()}")
        if changed & {"operations", "via_root", "generated_columns"}:
            columns = ", publish_generated_columns = none" if self.generated_columns else ""
            texts.append(
                f"ALTER {self.address} SET ({to._options()}{'' if to.generated_columns else columns})"
            )
        return [*plain(texts), *recomment(to, changed)]

    def _members(self) -> str:
        parts = [f"TABLE {', '.join(self.tables)}"] if self.tables else []
        parts += [f"TABLES IN SCHEMA {quoted(self.schemas)}"] if self.schemas else []
        return ", ".join(parts)

    def _options(self) -> str:
        text = f"publish = {literal(', '.join(self.operations))}"
        text += f", publish_via_partition_root = {str(self.via_root).lower()}"
        return text + (", publish_generated_columns = stored" if self.generated_columns else "")
