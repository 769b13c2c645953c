"""Materialized views; their indexes are objects of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import Hazard, Statement
from todo_db.objects.names import options, quote, reset_and_set
from todo_db.objects.statements import comment_if_any, plain, recomment
from todo_db.objects.view import column_comments
from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterializedView(DbObject):
    kind: ClassVar[str] = "materialized view"
    codes: ClassVar[Codes] = Codes("TD614", "TD615", "TD616")
    in_place: ClassVar[frozenset[str]] = frozenset(
        {"options", "populated", "tablespace", "clustered_on", "column_comments", "comment"}
    )

    schema: str = ident()
    name: str = ident()
    definition: str = fact(deparsed=True)  # pg_get_viewdef, without the semicolon
    # whether it was ever filled: a matter of when somebody refreshed it, compared only where asked for
    populated: bool = fact(True, severity="warning", optional=True)
    options: tuple[str, ...] = fact((), severity="warning")
    access_method: str | None = fact(None, severity="warning")  # None: heap
    tablespace: str | None = fact(None, severity="warning")  # None: the database's own
    clustered_on: str | None = fact(None, severity="warning")  # the name of an index
    column_comments: tuple[tuple[str, str], ...] = fact((), severity="warning")
    comment: str | None = fact(None, severity="warning")

    @property
    def address(self) -> str:
        return f"MATERIALIZED VIEW {quote(self.schema, self.name)}"

    def describe(self) -> str:
        return self.definition

    def create(self) -> list[Statement]:
        text = f"CREATE {self.address}"
        text += f" USING {quote(self.access_method)}" if self.access_method is not None else ""
        text += f" WITH ({options(self.options)})" if self.options else ""
        text += f" TABLESPACE {quote(self.tablespace)}" if self.tablespace is not None else ""
        made = Statement(f"{text} AS\n{self.definition}" + ("" if self.populated else "\nWITH NO DATA"))
        return [made, *comment_if_any(self), *column_comments(self, ())]

    def finish(self) -> list[Statement]:
        """What needs its indexes."""
        if self.clustered_on is None:
            return []
        return [Statement(f"ALTER {self.address} CLUSTER ON {quote(self.clustered_on)}")]

    def drop(self) -> list[Statement]:
        return [Statement(f"DROP {self.address}", (Hazard.BREAKS_CODE,))]

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        target = f"ALTER {self.address}"
        texts = reset_and_set(target, self.options, to.options) if "options" in changed else []
        if "populated" in changed:
            texts.append(f"REFRESH {self.address}{'' if to.populated else ' WITH NO DATA'}")
        if "tablespace" in changed:
            texts.append(f"{target} SET TABLESPACE {quote(to.tablespace) if to.tablespace else 'pg_default'}")
        if "clustered_on" in changed:
            how = f"CLUSTER ON {quote(to.clustered_on)}" if to.clustered_on else "SET WITHOUT CLUSTER"
            texts.append(f"{target} {how}")
        return [*plain(texts), *recomment(to, changed), *column_comments(to, self.column_comments)]
