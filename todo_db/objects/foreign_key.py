"""Foreign keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from todo_db.objects.member import Member
from todo_db.schema import Codes, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey(Member):
    """The pairs (column, referenced column) stand in the order of the columns' names: theirs means nothing."""

    kind: ClassVar[str] = "foreign key"
    codes: ClassVar[Codes] = Codes("TD247", "TD248", "TD249")

    columns: tuple[str, ...] = fact()
    target_schema: str = fact()
    target_table: str = fact()
    target_columns: tuple[str, ...] = fact()
    # 'no action', 'restrict', 'cascade', 'set null', 'set default'
    on_delete: str = fact("no action")
    on_update: str = fact("no action")
    on_delete_columns: tuple[str, ...] = fact(())  # ON DELETE SET NULL (a, b)
    match: str = fact("simple")
    deferrable: bool = fact(False)
    deferred: bool = fact(False)
    valid: bool = fact(True)
    enforced: bool = fact(True)
    period: bool = fact(False)  # the last pair is compared as a period (PostgreSQL 18)
    triggers: str = fact(
        "enabled"
    )  # 'disabled', 'replica', 'always' or 'mixed': whether it is being enforced
    comment: str | None = fact(None, severity="warning")

    @property
    def shape(self) -> object:
        return (self.schema, self.table, self.columns, self.target_schema, self.target_table)
