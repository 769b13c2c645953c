"""Tables and their columns: CREATE TABLE in one statement, and in small in case that fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from todo_db.schema import Key, display
from todo_db.sources.build import Step
from todo_db.sources.drafting import typing
from todo_db.sources.drafting.draft import About, Draft, Element, references, said
from todo_db.sources.drafting.naming import cut, literal, quoted, split_name
from todo_db.spec import types
from todo_db.spec.document import UNSAID, ColumnSpec, ReferenceSpec, TableSpec, Unsaid

# How the catalog calls what the spec calls otherwise.
_FACTS = {"server_default": "default", "autoincrement": "identity", "primary_key": "nullable"}


class Clause(NamedTuple):
    """A part of a column's definition; `alter` is the same as a part of ALTER COLUMN."""

    fact: str
    sql: str
    alter: str


def draft_table(out: Draft, table: TableSpec) -> None:
    """The table with its columns and their comments."""
    schema, name = split_name(table.name)
    at = quoted(schema, name)
    key = Key("table", display(schema, cut(name)))
    element = Element(key, said(comment=table.comment), table.place, subject=table.name)
    out.elements[key] = element
    columns = [_column(out, table, c) for c in table.columns]
    sql = f"CREATE TABLE {at} (" + ", ".join([*(spec for spec, _ in columns), *_relied_on(out, table)]) + ")"
    bare = Step(f"CREATE TABLE {at} ()", table.name, ref=About(element, "table"))
    parts = (bare, *(step for _, step in columns))
    out.steps.append(Step(sql, table.name, parts, About(element, "table")))
    _comment(out, f"TABLE {at}", table.comment, element)
    for column in table.columns:
        target = f"COLUMN {at}.{quoted(column.name)}"
        _comment(out, target, column.comment, out.elements[_key(table, column)])


def _relied_on(out: Draft, table: TableSpec) -> list[str]:
    """Stand-ins for the columns of somebody else's table that foreign keys refer to and nothing states."""
    if table.managed_by is None:
        return []
    stated = {c.name for c in table.columns}
    found: dict[str, str] = {}
    for other in out.spec.tables:
        own = {c.name: c for c in other.columns}
        for sources, to in references(other):
            if to.table == table.name:
                for source, target in zip(sources, target_columns(out, to), strict=False):
                    if target not in stated and source in own:
                        found.setdefault(target, type_of(out, own[source]))
    return [f"{quoted(name)} {type_} UNIQUE" for name, type_ in found.items()]


def _as_relied_on(out: Draft, table: TableSpec, column: ColumnSpec) -> str | None:
    """The type of an own column that refers to somebody else's, where the latter leaves that open."""
    open_ = typing.members(column) if column.type is not UNSAID else None
    if table.managed_by is None or (open_ is not None and len(open_) == 1):
        return None
    own = (
        c for t in out.spec.tables for c in t.columns if c.type is not UNSAID and _target(out, c) is column
    )
    stated = (found[0] for found in map(typing.members, own) if len(found) == 1)
    return next((t for t in stated if open_ is None or types.base_of(t) in open_), None)


def type_of(out: Draft, column: ColumnSpec) -> str:
    """The type to build: of a family the one in turn, or that of the column it refers to where that fits."""
    target = _target(out, column)
    if target is not None and column.type is UNSAID:
        return typing.chosen(target, out.choice)  # else PostgreSQL could not compare the two
    if target is not None and len(typing.members(column)) > 1:
        wanted = types.base_of(typing.chosen(target, out.choice))
        if wanted in typing.members(column):
            return wanted
    return typing.chosen(column, out.choice)


def target_columns(out: Draft, to: ReferenceSpec) -> tuple[str, ...]:
    """The columns that a foreign key refers to: those said, else the target's key, else its `id`."""
    table = out.table(to.table)
    if to.columns or table is None:
        return to.columns or ("id",)
    if table.primary_key is not None:
        return table.primary_key.columns
    keyed = tuple(c.name for c in table.columns if c.primary_key is True)
    named = keyed or tuple(c.name for c in table.columns if c.name == "id")
    return named or (("id",) if table.managed_by and not table.columns else ())


def _target(out: Draft, column: ColumnSpec) -> ColumnSpec | None:
    to = column.references
    table = out.table(to.table) if isinstance(to, ReferenceSpec) else None
    if table is None or not isinstance(to, ReferenceSpec):
        return None
    names = target_columns(out, to)
    return next((c for c in table.columns if len(names) == 1 and c.name == names[0]), None)


def _key(table: TableSpec, column: ColumnSpec) -> Key:
    schema, name = split_name(table.name)
    return Key("column", display(schema, cut(name), cut(column.name)))


def _column(out: Draft, table: TableSpec, column: ColumnSpec) -> tuple[str, Step]:
    """The column as it stands in CREATE TABLE, and a step that adds it alone."""
    element = _element(out, table, column)
    out.elements[element.key] = element
    type_ = _as_relied_on(out, table, column) or type_of(out, column)
    if isinstance(column.collation, str):
        type_ += f" COLLATE {_collation(column.collation)}"
    clauses = list(_clauses(table, column))
    spec = " ".join([quoted(column.name), type_, *(c.sql for c in clauses)])
    at = quoted(*split_name(table.name))
    parts = tuple(_in_parts(at, column, element, type_, clauses))
    return spec, Step(f"ALTER TABLE {at} ADD COLUMN {spec}", element.subject, parts, About(element, "type"))


def _in_parts(
    at: str, column: ColumnSpec, element: Element, type_: str, clauses: list[Clause]
) -> Iterator[Step]:
    """The column step by step: one bad clause must not hide the others, nor the column itself."""
    alone = f"ALTER TABLE {at} ADD COLUMN {quoted(column.name)}"
    rescue = Step(f"{alone} {typing.ANY}", element.subject, ref=About(element, "type"))
    plain = Step(f"{alone} {type_}", element.subject, ref=About(element, "type"), rescue=rescue)
    if isinstance(column.generated, str):
        sql = f"{alone} {type_} GENERATED ALWAYS AS ({column.generated}) STORED"
        yield Step(sql, element.subject, ref=About(element, "generated"), rescue=plain)
        return
    yield plain
    for clause in clauses:
        sql = f"ALTER TABLE {at} ALTER COLUMN {quoted(column.name)} {clause.alter}"
        yield Step(sql, element.subject, ref=About(element, clause.fact))


def _clauses(table: TableSpec, column: ColumnSpec) -> Iterator[Clause]:
    identity = column.identity
    if identity is UNSAID and column.autoincrement is True:
        identity = "by default"  # or a sequence's default: see `numbered`
    if isinstance(column.generated, str):
        yield Clause("generated", f"GENERATED ALWAYS AS ({column.generated}) STORED", "")
    elif isinstance(column.server_default, str):
        default = f"DEFAULT {column.server_default}"
        yield Clause("default", default, f"SET {default}")
    if column.nullable is False or in_key(table, column) or identity:
        yield Clause("nullable", "NOT NULL", "SET NOT NULL")
    if identity and not isinstance(column.server_default, str):
        clause = f"GENERATED {identity.upper()} AS IDENTITY"
        yield Clause("identity", clause, f"ADD {clause}")


def in_key(table: TableSpec, column: ColumnSpec) -> bool:
    """Whether the column is part of the primary key, and so never null."""
    listed = table.primary_key is not None and column.name in table.primary_key.columns
    return listed or column.primary_key is True


def _element(out: Draft, table: TableSpec, column: ColumnSpec) -> Element:
    key = _key(table, column)
    facts = said(
        nullable=column.nullable,
        default=column.server_default,
        identity=column.identity,
        generated=column.generated,
        collation=column.collation,
        comment=column.comment,
    )
    family = typing.family(column)
    facts |= {"type"} if family is not None else set()
    facts |= {"nullable"} if in_key(table, column) else set()
    facts |= {"identity"} if column.autoincrement is False else set()
    if column.autoincrement is True and "identity" not in facts and "default" not in facts:
        out.numbered.add(key)
    if len(typing.members(column)) > 1:
        out.variable.add(Key("table", display(*split_name(table.name))))
    return Element(
        key,
        facts,
        column.place,
        tuple((_FACTS.get(name, name), place) for name, place in column.places.items()),
        family=family if isinstance(family, frozenset) else None,
        subject=f"{table.name}.{column.name}",
    )


def _comment(out: Draft, target: str, comment: str | None | Unsaid, element: Element) -> None:
    if isinstance(comment, str):
        sql = f"COMMENT ON {target} IS {literal(comment)}"
        out.late.append(Step(sql, element.subject, ref=About(element, "comment")))


def _collation(name: str) -> str:
    return name if name.startswith('"') else quoted(*name.split("."))
