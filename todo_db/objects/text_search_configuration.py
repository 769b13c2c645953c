"""Text search configurations: which dictionaries read which kinds of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import quote
from todo_db.objects.statements import comment_if_any, plain, recomment
from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSearchConfiguration(DbObject):
    kind: ClassVar[str] = "text search configuration"
    codes: ClassVar[Codes] = Codes("TD684", "TD685", "TD686")
    in_place: ClassVar[frozenset[str]] = frozenset({"mappings", "comment"})

    schema: str = ident()
    name: str = ident()
    parser: str = fact()  # as SQL
    mappings: tuple[tuple[str, str], ...] = fact(())  # (token type, dictionaries as SQL), sorted
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"TEXT SEARCH CONFIGURATION {quote(self.schema, self.name)}"

    def describe(self) -> str:
        return f"parser {self.parser}"

    def create(self) -> list[Statement]:
        made = Statement(f"CREATE {self.address} (parser = {self.parser})")
        return [made, *self._map(()), *comment_if_any(self)]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        return [*to._map(self.mappings), *recomment(to, changed)]

    def _map(self, before: tuple[tuple[str, str], ...]) -> list[Statement]:
        old, new = dict(before), dict(self.mappings)
        target = f"ALTER {self.address}"
        texts = [f"{target} DROP MAPPING FOR {token}" for token in old if token not in new]
        for token, dictionaries in new.items():
            if old.get(token) != dictionaries:
                verb = "ALTER" if token in old else "ADD"
                texts.append(f"{target} {verb} MAPPING FOR {token} WITH {dictionaries}")
        return plain(texts)
