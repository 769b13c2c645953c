"""Columns: type, nullability, default, identity, generation, collation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.objects.member import Member
from todo_db.schema import Codes, aside, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Member):
    kind: ClassVar[str] = "column"
    codes: ClassVar[Codes] = Codes("TD201", "TD202", "TD209")

    position: int = aside()  # rank among the table's columns, from 1, without gaps
    type: str = fact(code="TD203", rule="column-type")  # as format_type gives it
    nullable: bool = fact(code="TD204", rule="column-nullability")
    default: str | None = fact(None, code="TD205", rule="column-default", deparsed=True)
    # 'always' or 'by default', None for a column without identity
    identity: str | None = fact(None, code="TD206", rule="column-identity")
    # (start, increment, minimum, maximum, cache, cycle) of the identity's sequence
    identity_options: tuple[int, int, int, int, int, bool] | None = fact(
        None, code="TD206", rule="column-identity"
    )
    generated: str | None = fact(None, code="TD207", rule="column-generated", deparsed=True)
    generated_stored: bool | None = fact(None, code="TD207", rule="column-generated")
    collation: str | None = fact(None, code="TD208", rule="column-collation")  # None: the type's own
    comment: str | None = fact(None, severity="warning")
    not_null_valid: bool = fact(True)  # False: NOT NULL ... NOT VALID (PostgreSQL 18)
    not_null_no_inherit: bool = fact(False)
    storage: str | None = fact(None, severity="warning")  # None: the type's own
    compression: str | None = fact(None, severity="warning")  # None: the server's default
    statistics: int | None = fact(None, severity="warning")  # None: the server's default
    options: tuple[str, ...] = fact((), severity="warning")  # 'n_distinct=-0.1', sorted
    foreign_options: tuple[str, ...] = fact(())  # OPTIONS of a foreign table's column, sorted
