"""Indexes that no constraint brings along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.objects.member import Member
from todo_db.schema import Codes, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Member):
    """`columns` holds, per key, what pg_get_indexdef says of it: column or expression.

    `orders` holds 'asc'/'desc' with nulls first or last where that is not the order's default.
    """

    kind: ClassVar[str] = "index"
    codes: ClassVar[Codes] = Codes("TD257", "TD258", "TD259")

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

    @property
    def shape(self) -> object:
        return (self.schema, self.table, self.columns, self.unique, self.method, self.predicate)
