"""A column with few values says how it is kept to them, and in one way."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.findings import Finding, Severity
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import SIDE, Table, Tables
from todo_db.spec.document import CheckSpec, ColumnSpec

RULE = HouseRule(
    code="TD316",
    name="enum-or-check",
    severity=Severity.INFO,
    title="Values are kept by an enum here and by a CHECK there, by both, or by nothing",
    reason="""
Two ways are good. A **CHECK** on varchar is changed in one statement, both ways, and holds any
rule; the values are text everywhere. A native **enum** takes four bytes and sorts in the order of
its labels, but a label can never be removed, and adding one is a statement of its own; beware of
SQLModel, which stores the *names* of a Python enum's members.

Both on one column have to be changed together, and half of the time only one is. Neither lets
'Done', 'done' and 'DONE' into one column. A specification that uses both styles makes each new
column a question.
""",
    example="""
Right: `status varchar(20) NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'complete'))`.

Right: `CREATE TYPE task_status AS ENUM ('pending', 'complete')`, `status task_status NOT NULL`.
""",
)
_STATES = ("status", "state", "priority", "role")
_TEXT = re.compile(r"(?:varchar|character varying|text|char)\b", re.IGNORECASE)
_LIST = re.compile(r"\bin\s*\(|=\s*any\b", re.IGNORECASE)


def check(tables: Tables) -> Iterator[Finding]:
    """Columns kept twice or not at all, and the style that fewer columns have."""
    native = {e.name.lower() for e in tables.spec.enums}
    enums: list[tuple[Table, ColumnSpec]] = []
    checked: list[tuple[Table, ColumnSpec]] = []
    for table in tables.own:
        for column in table.spec.columns:
            is_enum, by = str(column.type).lower() in native, _check_on(table, column)
            if is_enum and by is not None:
                said = f"column {table.name}.{column.name} is kept to its values by an enum and by a CHECK"
                yield _finding(table, column, said, "drop the CHECK, or use varchar")
            elif is_enum:
                enums.append((table, column))
            elif by is not None:
                checked.append((table, column))
            elif _is_loose(tables, table, column):
                said = f"nothing keeps {table.name}.{column.name} to known values"
                yield _finding(table, column, said, f"add CHECK ({column.name} IN (…))")
    if enums and checked and len(enums) != len(checked):
        odd, other = (enums, "by CHECK") if len(enums) < len(checked) else (checked, "by an enum")
        for table, column in odd:
            said = f"column {table.name}.{column.name} is kept to its values in another way than most are"
            yield _finding(table, column, said, f"the others are kept {other}; use one way for all")


def _check_on(table: Table, column: ColumnSpec) -> CheckSpec | None:
    """The CHECK that lists this column's values."""
    name = re.compile(rf'\(*"?{re.escape(column.name)}"?\)*(?:::\w+)?\s*(?:in\s*\(|=\s*any\b)', re.IGNORECASE)
    return next((c for c in table.spec.checks if _LIST.search(c.expr) and name.search(c.expr)), None)


def _is_loose(tables: Tables, table: Table, column: ColumnSpec) -> bool:
    """A state in a text column of a table that lists its constraints, with none on it."""
    return (
        column.name.lower() in _STATES
        and bool(_TEXT.match(str(column.type)))
        and table.spec.lists_constraints
        and not any(column.name.lower() in c.expr.lower() for c in table.spec.checks)
        and not any(column.name in key.columns for key in table.foreign_keys)
        and not tables.asked("TD138", table.name, column.name)
    )


def _finding(table: Table, column: ColumnSpec, said: str, hint: str) -> Finding:
    return RULE.finding(
        "column",
        table.object(column.name),
        said,
        [table.place(column.name, "type")],
        side=SIDE,
        stated=str(column.type),
        hint=hint,
    )
