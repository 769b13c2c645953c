"""A soft delete says both that and when."""

from __future__ import annotations

from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Table, Tables
from todo_db.spec.document import ColumnSpec

RULE = HouseRule(
    code="TD312",
    name="soft-delete",
    severity=Severity.WARNING,
    title="A soft delete is incomplete",
    reason="""
`is_deleted` alone does not say when a row was deleted, so nothing can be purged after 30 days and
nothing can be restored as of yesterday. `is_deleted` that may be null is neither deleted nor not:
`WHERE NOT is_deleted` passes over such rows silently. `deleted_at` that may *not* be null marks
every row as deleted: that is an error.

`deleted_at` alone works (null is alive); the house style has both, so that is only remarked on.
""",
    example="""
Wrong: `is_deleted boolean`.

Right: `is_deleted boolean NOT NULL DEFAULT false` with `deleted_at timestamptz`, and, where both
shall agree, `CHECK (is_deleted = (deleted_at IS NOT NULL))`.
""",
)
_FLAGS = ("is_deleted", "isdeleted", "deleted", "soft_deleted")
_TIMES = ("deleted_at", "deletedat", "deleted_on")


def check(tables: Tables) -> Iterator[Finding]:
    """Flags without a time or that may be null, and times without a flag or that may not."""
    for table in tables.own:
        flag, time = _first(table, _FLAGS), _first(table, _TIMES)
        if flag is not None:
            yield from _flag(table, flag, time)
        if time is not None and time.nullable is False:
            said = f"column {table.name}.{time.name} is NOT NULL, so every row counts as deleted"
            yield _finding(table, time, said, "let it be null", Severity.ERROR)
        elif time is not None and flag is None:
            said = f"table {table.name} has {time.name} without is_deleted"
            yield _finding(table, time, said, "add is_deleted boolean NOT NULL DEFAULT false", Severity.INFO)


def _flag(table: Table, flag: ColumnSpec, time: ColumnSpec | None) -> Iterator[Finding]:
    if time is None:
        said = f"table {table.name} has {flag.name} without deleted_at: when a row was deleted is lost"
        yield _finding(table, flag, said, "add deleted_at timestamptz", RULE.severity)
    if flag.nullable is True:
        said = f"column {table.name}.{flag.name} may be null, so a row may be neither deleted nor not"
        yield _finding(table, flag, said, "write NOT NULL DEFAULT false", RULE.severity)


def _finding(table: Table, column: ColumnSpec, said: str, hint: str, severity: Severity) -> Finding:
    return RULE.finding(
        "column",
        table.object(column.name),
        said,
        [table.place(column.name, "nullable")],
        side=SIDE,
        hint=hint,
        severity=severity,
    )


def _first(table: Table, names: tuple[str, ...]) -> ColumnSpec | None:
    return next((c for name in names if (c := table.column(name)) is not None), None)
