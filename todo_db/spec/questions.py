"""What only the author can answer: nullability, types, targets, keys and definitions that a document
leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from todo_db.findings import Finding, Rule
from todo_db.spec import rules, types
from todo_db.spec.defaults import quoted
from todo_db.spec.document import (
    UNSAID,
    ColumnSpec,
    DomainSpec,
    EnumSpec,
    IndexSpec,
    ReferenceSpec,
    TableSpec,
)
from todo_db.spec.statements import Statement


def ask_table(
    table: TableSpec,
    statements: Sequence[Statement],
    unclear: Iterable[Statement],
    indexes: Iterable[IndexSpec],
) -> list[Finding]:
    """The questions about one table. Of a table that somebody else manages only what is relied on is
    asked."""
    findings: list[Finding] = []
    if table.managed_by is None:
        keyed = table.primary_key is not None or any(c.primary_key is True for c in table.columns)
        keyless = not keyed and not table.lists_constraints  # a list of all constraints without one says so
        for column in table.columns:
            findings += _ask_column(table, column, keyless=keyless)
        if keyless:
            findings.append(
                _about(
                    rules.ASK_PRIMARY_KEY,
                    table,
                    "table",
                    table.name,
                    f"What is the primary key of {table.name}?",
                    table,
                    "Write PRIMARY KEY beside its column, or PRIMARY KEY (a, b) among the constraints.",
                )
            )
    findings += _ask_targets_unsaid(table, statements)
    findings += _ask_values(table, statements)
    for statement in (s for s in unclear if not _is_read(table, str(s.value))):
        findings.append(_ask_definition(table, statement))
    for index in indexes:
        place = (index.place,) if index.place else ()
        message = f"Which columns has the index {index.name} on {table.name}?"
        findings.append(
            rules.finding(
                rules.ASK_DEFINITION,
                "index",
                f"{table.name}.{index.name}",
                message,
                place,
                hint=f"Write INDEX {index.name} (user_id, status).",
            )
        )
    return findings


def _is_read(table: TableSpec, said: str) -> bool:
    """Whether another statement says what a column's bare `CHECK`, or the check of this name, checks."""
    words = [set(re.findall(r"\w+", c.expr.lower())) for c in table.checks]
    low = said.lower()
    names = [c.name.lower() for c in table.columns]
    column = max((n for n in names if low == n or low.endswith("_" + n)), key=len, default=None)
    return any(c.name == said for c in table.checks) or any(column in w for w in words)


def _ask_definition(table: TableSpec, statement: Statement) -> Finding:
    """What a constraint says whose words could not be read; its name tells of which kind it is."""
    name = f"{table.name}.{statement.value}"
    if re.match(r"(?i)(?:uq|uk|ux|uix|unique)_|.*_(?:uq|uk|unique|key)\Z", str(statement.value)):
        message = f"Which columns has the unique constraint {statement.value} on {table.name}?"
        hint = f"Write {statement.value}: UNIQUE (user_id, name)."
    else:
        message = f"What exactly is checked of {name}? The words could not be read."
        hint = "Write it as SQL: CHECK (priority IN ('low', 'high'))."
    return rules.finding(rules.ASK_DEFINITION, "check", name, message, (statement.place,), hint=hint)


def _about(  # noqa: PLR0917 - what a question is made of
    rule: Rule,
    table: TableSpec,
    kind: str,
    name: str,
    message: str,
    at: TableSpec | ColumnSpec,
    hint: str | None = None,
) -> Finding:
    return rules.finding(rule, kind, name, message, (at.place,) if at.place else (), hint=hint)


def _ask_column(table: TableSpec, column: ColumnSpec, *, keyless: bool) -> list[Finding]:
    """What is open about a column; of an `id`, which key the table has is asked first."""
    name = f"{table.name}.{column.name}"
    findings = []
    asked_first = keyless and column.name.lower() == "id"
    if column.nullable is UNSAID and column.primary_key is not True and not asked_first:
        hint = "Write NOT NULL or NULL beside the column."
        findings.append(
            _about(rules.ASK_NULLABLE, table, "column", name, f"May {name} be null?", column, hint)
        )
    if column.type is UNSAID:
        hint = "Write a type of PostgreSQL: text, varchar(200), timestamptz."
        findings.append(
            _about(rules.ASK_TYPE, table, "column", name, f"Which type has {name}?", column, hint)
        )
    elif "/" in column.type and not column.type.startswith("enum("):
        message = f"Which type has {name}: {' or '.join(column.type.split('/'))}?"
        findings.append(_about(rules.ASK_TYPE, table, "column", name, message, column, "Write one of them."))
    return findings


def _ask_targets_unsaid(table: TableSpec, statements: Iterable[Statement]) -> list[Finding]:
    findings = []
    said = {c.name: c for c in table.columns}
    asked: set[str] = set()
    for statement in statements:
        column = said.get(statement.column)
        if (
            statement.fact != "references"
            or column is None
            or column.references is not UNSAID
            or column.name in asked
        ):
            continue
        if isinstance(statement.value, ReferenceSpec) and not statement.value.table:
            asked.add(column.name)
            message = f"Which table does the foreign key {table.name}.{column.name} point to?"
            hint = "Write FK → table.column in its constraints."
            findings.append(
                rules.finding(
                    rules.ASK_TARGET,
                    "foreign key",
                    f"{table.name}.{column.name}",
                    message,
                    (statement.place,),
                    hint=hint,
                )
            )
    return findings


def _ask_values(table: TableSpec, statements: Iterable[Statement]) -> list[Finding]:
    checked = " ".join(c.expr.lower() for c in table.checks)
    first: dict[str, Statement] = {}
    for statement in statements:
        if statement.fact == "values" and statement.column.lower() not in checked:
            first.setdefault(statement.column, statement)
    enums = {c.name for c in table.columns if c.type is not UNSAID and _enumerates(c.type)}
    return [
        rules.finding(
            rules.ASK_VALUES,
            "column",
            f"{table.name}.{s.column}",
            f"How are the values of {table.name}.{s.column} enforced: by a CHECK, an enum type, "
            f"or only by the application?",
            (s.place,),
            hint="Write CHECK (… IN (…)), or an enum as its type, or that the application checks it.",
            stated=", ".join(quoted(str(v)) for v in s.value) if isinstance(s.value, tuple) else None,
        )
        for s in first.values()
        if s.column not in enums
    ]


def _enumerates(type_: str) -> bool:
    """Whether a type says which values there are: an enumeration, or a type of the document's own."""
    return type_.startswith("enum(") or not types.is_known(type_)


def ask_targets(tables: Sequence[TableSpec]) -> list[Finding]:
    """Foreign keys to tables that the specification does not state."""
    known = {t.name for t in tables}
    findings = []
    for table in tables:
        for column in table.columns:
            target = column.references
            if isinstance(target, ReferenceSpec) and target.table not in known:
                place = column.places.get("references") or column.place
                message = (
                    f"{table.name}.{column.name} refers to {target.table}, which the "
                    f"specification does not state."
                )
                name = f"{table.name}.{column.name}"
                findings.append(
                    rules.finding(
                        rules.ASK_TARGET_TABLE,
                        "foreign key",
                        name,
                        message,
                        (place,) if place else (),
                        hint=f"State the table {target.table}; if others manage it, say by whom: "
                        "(managed by Better Auth).",
                    )
                )
    return findings


def _element(type_: str) -> str:
    """The name of a type, without the brackets of an array and the usual schema."""
    return re.sub(r"(?:\[\d*\])+\Z", "", type_).replace('"', "").lower().removeprefix("public.")


def ask_types(tables: Iterable[TableSpec], defined_types: Iterable[EnumSpec | DomainSpec]) -> list[Finding]:
    """Types that neither PostgreSQL nor the document knows."""
    defined = {t.name.lower().removeprefix("public.") for t in defined_types}
    findings = []
    for table in tables:
        for column in table.columns:
            type_ = column.type
            if (
                type_ is UNSAID
                or type_.startswith("enum")
                or types.is_known(type_)
                or _element(type_) in defined
            ):
                continue
            place = column.places.get("type") or column.place
            message = f"What is {type_!r}, the type of {table.name}.{column.name}?"
            findings.append(
                rules.finding(
                    rules.ASK_UNKNOWN_TYPE,
                    "column",
                    f"{table.name}.{column.name}",
                    message,
                    (place,) if place else (),
                    hint=f"Write a type of PostgreSQL, or define it: CREATE TYPE {type_} AS ENUM (…).",
                )
            )
    return findings
