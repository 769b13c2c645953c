"""One column that is spelled in two ways: `createdAt` in the code of an application, `created_at` in SQL.

Where an ORM's model says which column a field is, that is no question. Elsewhere names that differ only in
case and underscores are taken for one column, unless one notation states both, and the document is told so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from todo_db.findings import Finding
from todo_db.spec import rules
from todo_db.spec.document import ForeignKeySpec, IndexSpec, PrimaryKeySpec, UniqueSpec
from todo_db.spec.grouping import Grouping
from todo_db.spec.statements import Notation, Statement, spot

_LISTING: Final = (PrimaryKeySpec, UniqueSpec, ForeignKeySpec, IndexSpec)


@dataclass(slots=True)
class _Table:
    first: dict[str, Statement] = field(default_factory=dict)  # by lower-case name
    by: dict[str, set[Notation]] = field(default_factory=dict)
    mapped: dict[str, str] = field(default_factory=dict)  # a model's field → its column, in lower case


def spelled_once(
    statements: Sequence[Statement], grouping: Grouping
) -> tuple[list[Statement], list[Finding]]:
    """The same statements with one name for each column, and what is said about the names."""
    tables: dict[str, _Table] = {}
    for statement in statements:
        if statement.table is None or not statement.column:
            continue
        table = tables.setdefault(grouping.resolve(statement.table.text), _Table())
        low = statement.column.lower()
        if statement.fact == "exists":
            before = table.first.setdefault(low, statement)
            if statement.authority < before.authority:
                table.first[low] = statement
            table.by.setdefault(low, set()).add(statement.notation)
        elif statement.fact == "field":
            table.mapped[str(statement.value).lower()] = low
    renamed: dict[str, dict[str, str]] = {}
    findings: list[Finding] = []
    for name, table in tables.items():
        if meant := _meant(name, table, findings):
            renamed[name] = meant
    if not renamed:
        return list(statements), findings
    return [_renamed(s, renamed, grouping) for s in statements], findings


def _meant(name: str, table: _Table, findings: list[Finding]) -> dict[str, str]:
    """The column that each further spelling means, by the spelling in lower case."""
    meant = {
        field: table.first[column].column
        for field, column in table.mapped.items()
        if field != column and field in table.first and column in table.first
        if not table.by[field] & table.by[column]
    }
    alike: dict[str, list[str]] = {}
    for low in table.first:
        if low not in meant:
            alike.setdefault(low.replace("_", ""), []).append(low)
    for spellings in alike.values():
        if len(spellings) > 1 and _apart(table, spellings):
            best = min((table.first[s] for s in spellings), key=_rank)
            for other in (table.first[s] for s in spellings):
                if other is not best:
                    meant[other.column.lower()] = best.column
                    findings.append(_told(name, best, other))
    return meant


def _apart(table: _Table, spellings: list[str]) -> bool:
    """Whether no notation states two of them, which would make them two columns."""
    return sum(len(table.by[s]) for s in spellings) == len(set().union(*(table.by[s] for s in spellings)))


def _rank(statement: Statement) -> tuple[bool, int]:
    """What is the database's own text, or code that makes its tables, spells a column as it is called."""
    return (not statement.notation.complete, statement.notation.rank)


def _told(table: str, best: Statement, other: Statement) -> Finding:
    message = (
        f"A column of {table} is spelled {best.column} in {spot(best, other)} ({best.notation.label}) and "
        f"{other.column} in {spot(other, best)} ({other.notation.label}); they were taken for one."
    )
    about = f"{table}.{best.column}"
    places = (best.place, other.place)
    return rules.finding(rules.COLUMN_NAME, "column", about, message, places, stated=best.column)


def _renamed(statement: Statement, renamed: Mapping[str, Mapping[str, str]], grouping: Grouping) -> Statement:
    """The statement with the names that count, its own and those that its value lists."""
    if statement.table is None:
        return statement
    meant = renamed.get(grouping.resolve(statement.table.text))
    if not meant:
        return statement
    value = statement.value
    if isinstance(value, _LISTING):
        value = replace(value, columns=_names(value.columns, meant))
    column = meant.get(statement.column.lower(), statement.column)
    return statement._replace(column=column, value=value)


def _names(columns: Iterable[str], meant: Mapping[str, str]) -> tuple[str, ...]:
    """Entries of an index or a key, each with the name that counts; what follows it stays."""

    def name(found: re.Match[str]) -> str:
        return meant.get(found.group().lower(), found.group())

    return tuple(re.sub(r"\w+", name, column, count=1) for column in columns)
