"""Tables; their columns, constraints and indexes are objects of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.schema import Codes, DbObject, fact, ident


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(DbObject):
    kind: ClassVar[str] = "table"
    codes: ClassVar[Codes] = Codes("TD211", "TD212", "TD213")

    schema: str = ident()
    name: str = ident()
    comment: str | None = fact(None, severity="warning")
    unlogged: bool = fact(False)
    row_security: bool = fact(False)
    force_row_security: bool = fact(False)
    partition_key: str | None = fact(None, deparsed=True)  # pg_get_partkeydef: 'RANGE (at)'
    partition_of: str | None = fact(None)  # the displayed name of the partitioned table
    partition_bound: str | None = fact(None, deparsed=True)  # 'FOR VALUES FROM (…) TO (…)' or 'DEFAULT'
    inherits: tuple[str, ...] = fact(())  # displayed names, in order
    of_type: str | None = fact(None)  # CREATE TABLE … OF
    access_method: str | None = fact(None, severity="warning")  # None: heap
    tablespace: str | None = fact(None, severity="warning")  # None: the database's own
    options: tuple[str, ...] = fact((), severity="warning")  # 'fillfactor=70', sorted
    toast_options: tuple[str, ...] = fact((), severity="warning")
    replica_identity: str = fact("default", severity="warning")  # 'full', 'nothing', 'index <name>'
    clustered_on: str | None = fact(None, severity="warning")  # the name of an index
