"""What imported models state, ready for JSON: statements, places, and what only Python does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from todo_db.sources.imported import BadModelsError, ddl, defaults, stubs
from todo_db.sources.imported.watch import Watch

Facts = dict[str, Any]

_KINDS: tuple[tuple[type, str], ...] = (
    (sa.PrimaryKeyConstraint, "primary key"),
    (sa.ForeignKeyConstraint, "foreign key"),
    (sa.UniqueConstraint, "unique"),
    (sa.CheckConstraint, "check"),
    (ExcludeConstraint, "exclusion"),
)


def gather(watch: Watch, metadatas: list[sa.MetaData], names: list[str]) -> Facts:
    """Everything `models.py` needs. Raises BadModelsError where there is no table, or two of one name."""
    try:
        metadata = ddl.merged(metadatas) if metadatas else sa.MetaData()
    except ValueError as error:
        raise BadModelsError(f"two tables are called {error}", where=watch.where(str(error))) from None
    if not metadata.tables:
        hint = "name the module that defines the table=True classes, or module:attribute for another MetaData"
        raise BadModelsError(f"{', '.join(names)} defines no table", hint=hint)
    made = stubs.make(metadata, watch)
    watch.end()
    tables = [t for t in metadata.tables.values() if not stubs.is_stub(t)]
    try:
        steps = ddl.statements(metadata)
    except Exception as error:  # whatever a listener or a type of the models' own raises
        reason = str(error).strip().split("\n", 1)[0]
        raise BadModelsError(
            f"the models cannot be turned into DDL: {type(error).__name__}: {reason}"
        ) from error
    return {
        "steps": steps,
        "tables": [_table(watch, table) for table in tables],
        "stubs": made,
        "enums": list(_enums(watch, tables)),
    }


def _table(watch: Watch, table: sa.Table) -> Facts:
    return {
        "schema": table.schema or "public",
        "name": table.name,
        "external": bool(table.info.get("external")),
        "place": watch.table_place(table),
        "columns": [_column(watch, column) for column in table.columns],
        "members": [*_constraints(watch, table), *_indexes(watch, table)],
    }


def _column(watch: Watch, column: sa.Column[Any]) -> Facts:
    cls, attribute = watch.attribute(column)
    return {
        "name": column.name,
        "place": watch.column_place(column),
        "default": defaults.python_default(column, cls, attribute),
        "onupdate": defaults.describe(column.onupdate, "onupdate"),
    }


def _constraints(watch: Watch, table: sa.Table) -> Iterator[Facts]:
    for constraint in table.constraints:
        kind = next((k for t, k in _KINDS if isinstance(constraint, t)), None)
        if kind is None or (kind == "primary key" and not len(table.primary_key)):
            continue
        columns = [c.name for c in getattr(constraint, "columns", ())]
        text = str(constraint.sqltext) if isinstance(constraint, sa.CheckConstraint) else ""
        target = _target(constraint) if isinstance(constraint, sa.ForeignKeyConstraint) else None
        yield _member(watch, table, constraint, kind, columns) | {"text": text, "target": target}


def _indexes(watch: Watch, table: sa.Table) -> Iterator[Facts]:
    for index in table.indexes:
        columns = [str(getattr(e, "name", None) or e) for e in index.expressions]
        yield _member(watch, table, index, "index", columns)


def _member(watch: Watch, table: sa.Table, item: Any, kind: str, columns: list[str]) -> Facts:
    name = _rendered_name(item)
    return {
        "kind": kind,
        "name": name,
        "columns": columns,
        "place": watch.member_place(table, item, name, columns),
    }


def _enums(watch: Watch, tables: list[sa.Table]) -> Iterator[Facts]:
    for table in tables:
        for column in table.columns:
            cls = ddl.enum_class(column)
            type_: Any = getattr(column.type, "item_type", column.type)
            if cls is not None and type_.name:
                yield {
                    "schema": type_.schema or "public",
                    "name": type_.name,
                    "place": watch.enum_place(cls),
                }


def _target(constraint: sa.ForeignKeyConstraint) -> list[str]:
    table = constraint.elements[0].column.table
    return [table.schema or "public", table.name]


def _rendered_name(item: Any) -> str | None:
    """The name as the DDL states it, naming conventions and SQLAlchemy's shortening included."""
    if item.name is None:
        return None
    preparer = ddl.dialect().identifier_preparer
    named = preparer.format_index(item) if isinstance(item, sa.Index) else preparer.format_constraint(item)
    if named is None:
        return None
    plain = str(named)
    plain = plain[1:-1].replace('""', '"') if plain.startswith('"') else plain
    return plain.encode()[:63].decode(errors="ignore")  # as PostgreSQL cuts it
