"""SQLAlchemy metadata → the statements with which `create_all` would build it on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NotRequired, TypedDict

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.postgresql.named_types import CreateDomainType, CreateEnumType
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.schema import AddConstraint, CreateColumn


class Step(TypedDict):
    """One statement. what: the object that it makes. parts: the same in small, should it fail as a whole.

    column: [schema, table, column, fact] where it states no more than that.
    """

    sql: str
    what: str
    parts: list[Step]
    column: NotRequired[list[str]]


def dialect() -> PGDialect:
    """PostgreSQL as SQLAlchemy knows it, without a driver: percent signs are not doubled for one."""
    return PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]


def merged(metadatas: Iterable[sa.MetaData]) -> sa.MetaData:
    """One metadata that holds the tables of all. Raises ValueError where two tables have one name."""
    found = list(dict.fromkeys(metadatas))
    if len(found) == 1:
        return found[0]
    result = sa.MetaData()
    for metadata in found:
        for sequence in metadata._sequences.values():
            if sequence.column is None:
                sequence._copy()._set_metadata(result)
        for table in metadata.tables.values():
            if table.key in result.tables:
                raise ValueError(table.key)
            table.to_metadata(result)
    return result


def statements(metadata: sa.MetaData) -> list[Step]:
    """What `metadata.create_all()` sends to an empty database, after the schemas and types it needs."""
    sent: list[Step] = []
    postgresql = dialect()

    def execute(statement: Any, *_: object, **__: object) -> None:
        sent.append(_step(statement, postgresql))

    metadata.create_all(MockConnection(postgresql, execute), checkfirst=False)
    unique = list({step["sql"]: step for step in sent}.values())
    return [*_schemas(metadata, postgresql), *_types_left_out(metadata, unique, postgresql), *unique]


def _step(statement: Any, dialect: PGDialect) -> Step:
    if isinstance(statement, str):
        return {"sql": statement, "what": "", "parts": []}
    sql = str(statement.compile(dialect=dialect)).strip()
    element = getattr(statement, "element", None)
    parts = (
        list(_parts(element, dialect)) if isinstance(element, sa.Table) and sql.startswith("CREATE") else []
    )
    return {"sql": sql, "what": _name(element), "parts": parts}


def _name(element: Any) -> str:
    table = getattr(element, "table", None)
    name = getattr(element, "name", None) or type(element).__name__
    if isinstance(element, sa.Table):
        return element.fullname
    return f"{table.fullname}.{name}" if table is not None else str(name)


def _parts(table: sa.Table, dialect: PGDialect) -> Iterator[Step]:
    """CREATE TABLE taken apart: one bad column or constraint must not hide the others."""
    name = dialect.identifier_preparer.format_table(table)
    yield {"sql": f"CREATE TABLE {name} ()", "what": table.fullname, "parts": []}
    for column in table.columns:
        spec = CreateColumn(column).compile(dialect=dialect)
        parts = list(_column_parts(column, name, dialect))
        what = f"{table.fullname}.{column.name}"
        yield {"sql": f"ALTER TABLE {name} ADD COLUMN {spec}", "what": what, "parts": parts}
    constraints = [*([table.primary_key] if len(table.primary_key) else []), *_constraints(table)]
    for constraint in constraints:
        added = AddConstraint(constraint, isolate_from_table=False).compile(dialect=dialect)
        yield {"sql": str(added), "what": _name(constraint), "parts": []}


def _column_parts(column: sa.Column[Any], table: str, dialect: PGDialect) -> Iterator[Step]:
    """ADD COLUMN taken apart, so that a bad default does not hide the column."""
    if column.computed is not None or column.identity is not None:
        return
    compiler = dialect.ddl_compiler(dialect, None)  # type: ignore[arg-type]
    name = dialect.identifier_preparer.format_column(column)
    type_ = dialect.type_compiler_instance.process(column.type, type_expression=column)
    default = compiler.get_column_default_string(column)
    clauses = [("type", f"ADD COLUMN {name} {type_}")]
    clauses += [("default", f"ALTER COLUMN {name} SET DEFAULT {default}")] if default else []
    clauses += [] if column.nullable else [("nullable", f"ALTER COLUMN {name} SET NOT NULL")]
    path = [column.table.schema or "public", column.table.name, column.name]
    for fact, clause in clauses:
        yield {
            "sql": f"ALTER TABLE {table} {clause}",
            "what": f"{column.table.fullname}.{column.name}",
            "parts": [],
            "column": [*path, fact],
        }


def _constraints(table: sa.Table) -> list[sa.Constraint]:
    rest = (c for c in table.constraints if c is not table.primary_key)
    return sorted(rest, key=lambda c: (isinstance(c, sa.ForeignKeyConstraint), str(c.name)))


def _schemas(metadata: sa.MetaData, dialect: PGDialect) -> Iterator[Step]:
    sequences: Iterable[Any] = metadata._sequences.values()
    names = {t.schema for t in metadata.tables.values()} | {s.schema for s in sequences}
    names |= {getattr(t, "schema", None) for t in _named_types(metadata)}
    for name in sorted(n for n in names if n and n != "public"):
        quoted = dialect.identifier_preparer.quote_schema(name)
        yield {"sql": f"CREATE SCHEMA IF NOT EXISTS {quoted}", "what": name, "parts": []}


def _types_left_out(metadata: sa.MetaData, sent: list[Step], dialect: PGDialect) -> list[Step]:
    """Enums and domains that somebody else creates (`create_type=False`): the tables need them too."""
    made = {step["sql"].partition(" AS ")[0] for step in sent if step["sql"].startswith("CREATE ")}
    result: dict[str, Step] = {}
    for type_ in _named_types(metadata):
        create = CreateEnumType(type_) if hasattr(type_, "enums") else CreateDomainType(type_)
        step: Step = {
            "sql": str(create.compile(dialect=dialect)).strip(),
            "what": str(type_.name),
            "parts": [],
        }
        head = step["sql"].partition(" AS ")[0]
        if head not in made:
            result.setdefault(head, step)
    return list(result.values())


def _named_types(metadata: sa.MetaData) -> Iterator[Any]:
    """The enums and domains of all columns, those inside arrays and decorators too."""
    postgresql = dialect()
    for table in metadata.tables.values():
        for column in table.columns:
            type_: Any = column.type.dialect_impl(postgresql)
            type_ = getattr(type_, "impl", type_) if isinstance(type_, sa.TypeDecorator) else type_
            item = getattr(type_, "item_type", type_)
            named = item.dialect_impl(postgresql)
            if (hasattr(named, "enums") and named.native_enum and named.name) or hasattr(named, "data_type"):
                yield named


def enum_class(column: sa.Column[Any]) -> type | None:
    """The Python enum that a column's type was made from."""
    type_: Any = column.type
    return getattr(getattr(type_, "item_type", type_), "enum_class", None)
