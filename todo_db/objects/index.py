"""Indexes that no constraint brings along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from todo_db.objects.change import CannotChangeError, Hazard, Statement
from todo_db.objects.constraint import move_index
from todo_db.objects.member import Member
from todo_db.objects.names import options, quote, quoted, requote, reset_and_set
from todo_db.objects.statements import comment_if_any, plain, recomment
from todo_db.schema import Codes, aside, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Member):
    """`columns` holds, per key, what pg_get_indexdef says of it: column or expression.

    `orders` holds 'asc'/'desc' with nulls first or last where that is not the order's default.
    """

    kind: ClassVar[str] = "index"
    codes: ClassVar[Codes] = Codes("TD257", "TD258", "TD259")
    in_place: ClassVar[frozenset[str]] = frozenset({"options", "tablespace", "statistics", "comment"})

    columns: tuple[str, ...] = fact(deparsed=True)
    unique: bool = fact()
    method: str = fact("btree")
    orders: tuple[str, ...] = fact(())
    opclasses: tuple[str, ...] = fact(())  # '' where it is the type's default
    collations: tuple[str, ...] = fact(())  # '' where it is the column's own
    include: tuple[str, ...] = fact(())
    predicate: str | None = fact(None, deparsed=True)
    nulls_not_distinct: bool = fact(False)
    options: tuple[str, ...] = fact(())  # 'fillfactor=70', sorted
    tablespace: str | None = fact(None, severity="warning")  # None: the database's own
    valid: bool = fact(True)  # valid, ready and live
    attached_to: str | None = fact(None)  # the partitioned index that it is a part of
    statistics: tuple[str, ...] = fact((), severity="warning")  # '1=500': targets of expressions
    comment: str | None = fact(None, severity="warning")
    partitioned: bool = aside(False)

    @property
    def shape(self) -> object:
        return (self.schema, self.table, self.columns, self.unique, self.method, self.predicate)

    @property
    def address(self) -> str:
        return f"INDEX {quote(self.schema, self.name)}"

    def describe(self) -> str:
        words = ["unique"] if self.unique else []
        words += [self.method] if self.method != "btree" else []
        keys = f"({', '.join(self._key(n) for n in range(len(self.columns)))})"
        return " ".join([*words, keys, *([f"where {self.predicate}"] if self.predicate else [])])

    def create(self, *, concurrently: bool = False) -> list[Statement]:
        if not self.valid and not self.partitioned:
            raise CannotChangeError(
                "an invalid index cannot be made on purpose", "Drop it, or rebuild it with REINDEX."
            )
        hazards = () if concurrently else (Hazard.BLOCKS_WRITES,)
        created = Statement(self._text(concurrently), hazards, transactional=not concurrently)
        return [created, *self._targets(()), *comment_if_any(self)]

    def attach(self) -> list[Statement]:
        """Makes the index a part of the partitioned one that it belongs to."""
        if self.attached_to is None:
            return []
        return [
            Statement(
                f"ALTER INDEX {requote(self.attached_to)} ATTACH PARTITION {quote(self.schema, self.name)}"
            )
        ]

    def drop(self, *, concurrently: bool = False) -> list[Statement]:
        how = "CONCURRENTLY " if concurrently else ""
        text = f"DROP INDEX {how}{quote(self.schema, self.name)}"
        return [
            Statement(text, () if concurrently else (Hazard.BLOCKS_READS,), transactional=not concurrently)
        ]

    def alters_in_place(self, to: Self, changed: frozenset[str]) -> bool:
        return changed <= self.in_place or (
            changed <= {*self.in_place, "attached_to"} and self.attached_to is None
        )

    def alter(self, to: Self, changed: frozenset[str]) -> list[Statement]:
        name = quote(self.schema, self.name)
        result = plain(reset_and_set(f"ALTER INDEX {name}", self.options, to.options))
        if "statistics" in changed:
            result += to._targets(self.statistics)
        if "attached_to" in changed:
            result += to.attach()
        return result + move_index(self, to.tablespace, changed) + recomment(to, changed)

    def rename(self, to: Self) -> list[Statement]:
        """Gives the index, which is otherwise the same, the name of `to`."""
        return [Statement(f"ALTER INDEX {quote(self.schema, self.name)} RENAME TO {quote(to.name)}")]

    def _text(self, concurrently: bool) -> str:
        words = "UNIQUE INDEX" if self.unique else "INDEX"
        how = " CONCURRENTLY" if concurrently else ""
        only = "ONLY " if self.partitioned else ""
        keys = ", ".join(self._key(n) for n in range(len(self.columns)))
        where = f"ON {only}{self.relation} USING {quote(self.method)} ({keys})"
        text = f"CREATE {words}{how} {quote(self.name)} {where}"
        if self.include:
            text += f" INCLUDE ({quoted(self.include)})"
        if self.nulls_not_distinct:
            text += " NULLS NOT DISTINCT"
        if self.options:
            text += f" WITH ({options(self.options)})"
        if self.tablespace is not None:
            text += f" TABLESPACE {quote(self.tablespace)}"
        return text + (f" WHERE {self.predicate}" if self.predicate is not None else "")

    def _key(self, number: int) -> str:
        """One key with everything that belongs to it."""
        text = self.columns[number]
        for label, values in (("COLLATE ", self.collations), ("", self.opclasses)):
            if number < len(values) and values[number]:
                text += f" {label}{values[number]}"
        order = self.orders[number] if number < len(self.orders) else "asc"
        return text if order == "asc" else f"{text} {order.removeprefix('asc ').upper()}"

    def _targets(self, before: tuple[str, ...]) -> list[Statement]:
        """Statistics targets of the index's expressions."""
        old, new = (dict(e.split("=") for e in entries) for entries in (before, self.statistics))
        name = quote(self.schema, self.name)
        return [
            Statement(f"ALTER INDEX {name} ALTER COLUMN {column} SET STATISTICS {new.get(column, '-1')}")
            for column in sorted({*old, *new})
            if old.get(column) != new.get(column)
        ]
