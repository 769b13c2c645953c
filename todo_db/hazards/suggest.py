"""Code to paste into a revision: the form of an operation that does not stop a running service."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from textwrap import indent, wrap

from todo_db.hazards.facts import Column, Constraint, Relation
from todo_db.objects.names import quote

_WIDTH = 55
_BIND = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")  # what SQLAlchemy's text() takes for a parameter


def table_name(relation: Relation) -> str:
    """The table as SQL names it."""
    return quote(relation.name) if relation.schema == "public" else quote(relation.schema, relation.name)


def autocommit(*lines: str) -> str:
    """Statements outside the transaction."""
    return "\n".join(["with op.get_context().autocommit_block():", *(indent(line, "    ") for line in lines)])


def execute(sql: str) -> str:
    """A call that sends the SQL, in lines that fit a terminal, so that they can be copied from it."""
    sql = _BIND.sub(r"\\:\1", sql)
    lines = wrap(sql, _WIDTH, break_long_words=False, break_on_hyphens=False)
    if len(lines) == 1:
        return f"op.execute({json.dumps(sql, ensure_ascii=False)})"
    texts = [line + " " for line in lines[:-1]] + lines[-1:]
    inner = "\n".join(f"    {json.dumps(text, ensure_ascii=False)}" for text in texts)
    return f"op.execute(\n{inner}\n)"


def alter(table: Relation, action: str) -> str:
    """ALTER TABLE as a call."""
    return execute(f"ALTER TABLE {table_name(table)} {action}")


def build_index(index: Relation, parts: Sequence[tuple[Relation, Relation]] = ()) -> str:
    """An index, made without blocking writers, so that it can be run again.

    parts: of a partitioned table, for which there is no such form, the indexes on its partitions, with these.
    """
    if parts:
        return _build_parts(index, [part for part, _ in parts])
    drop = execute(f"DROP INDEX CONCURRENTLY IF EXISTS {table_name(index)}")
    return autocommit(drop, execute(_concurrent(index)))


def _concurrent(index: Relation) -> str:
    return index.index.definition.replace(" INDEX ", " INDEX CONCURRENTLY ", 1) if index.index else ""


def _build_parts(index: Relation, parts: Sequence[Relation]) -> str:
    """One index after the other on the partitions; the table's own is valid once it has them all."""
    whole = execute(index.index.definition if index.index else "")
    return "\n".join([_built(parts), "# next revision:", whole, *_attached(index, parts)])


def drop_index(index: Relation) -> str:
    """An index, dropped without blocking anybody."""
    return autocommit(execute(f"DROP INDEX CONCURRENTLY IF EXISTS {table_name(index)}"))


def validated_later(table: Relation, constraint: Constraint) -> str:
    """A constraint that is enforced at once and checked against the rows in a revision of its own."""
    name = quote(constraint.name)
    old = "# before PostgreSQL 18: for each partition first, both steps, then for the table\n"
    before = old if table.kind == "p" and constraint.kind == "f" else ""
    add = before + alter(table, f"ADD CONSTRAINT {name} {constraint.definition} NOT VALID")
    return f"{add}\n# next revision:\n{alter(table, f'VALIDATE CONSTRAINT {name}')}"


def key_from_index(
    table: Relation, constraint: Constraint, index: Relation, parts: Sequence[tuple[Relation, Relation]] = ()
) -> str:
    """A unique constraint or primary key over an index that was built beside the running service.

    parts: of a partitioned table the indexes on its partitions, with these.
    """
    kind = "PRIMARY KEY" if constraint.kind == "p" else "UNIQUE"
    if parts:
        return _key_from_parts(table, constraint, index, parts)
    add = alter(table, f"ADD CONSTRAINT {quote(constraint.name)} {kind} USING INDEX {quote(index.name)}")
    return f"{build_index(index)}\n# next revision:\n{add}"


def _key_from_parts(
    table: Relation, constraint: Constraint, index: Relation, parts: Sequence[tuple[Relation, Relation]]
) -> str:
    """The key of each partition from an index of its own; the table's is valid once it has them all."""
    kind = "PRIMARY KEY" if constraint.kind == "p" else "UNIQUE"
    keys = [
        alter(of, f"ADD CONSTRAINT {quote(part.name)} {kind} USING INDEX {quote(part.name)}")
        for part, of in parts
    ]
    add = f"ADD CONSTRAINT {quote(constraint.name)} {constraint.definition}"
    whole = execute(f"ALTER TABLE ONLY {table_name(table)} {add}")
    indexes = [part for part, _ in parts]
    return "\n".join([_built(indexes), "# next revision:", *keys, whole, *_attached(index, indexes)])


def _built(indexes: Sequence[Relation]) -> str:
    """Several indexes, one after the other."""
    lines = [line for index in indexes for line in build_index(index).splitlines()[1:]]
    return "\n".join(["with op.get_context().autocommit_block():", *lines])


def _attached(index: Relation, parts: Sequence[Relation]) -> list[str]:
    return [execute(f"ALTER INDEX {table_name(index)} ATTACH PARTITION {table_name(p)}") for p in parts]


def not_null(table: Relation, column: Column) -> str:
    """NOT NULL by way of a validated check, which spares the scan."""
    check = quote(f"{table.name}_{column.name}_not_null"[:63])
    name = quote(column.name)
    return "\n".join(
        [
            alter(table, f"ADD CONSTRAINT {check} CHECK ({name} IS NOT NULL) NOT VALID"),
            "# next revision:",
            alter(table, f"VALIDATE CONSTRAINT {check}"),
            "# next revision:",
            alter(table, f"ALTER COLUMN {name} SET NOT NULL"),
            alter(table, f"DROP CONSTRAINT {check}"),
        ]
    )


def view(name: str, of: str) -> str:
    """A view under another name, as people may still use it."""
    return execute(f"CREATE VIEW {name} AS SELECT * FROM {of}")  # noqa: S608 - names are quoted


def beside(table: Relation, old: Column, new: Column) -> str:
    """A column of another type, beside the old one until it can take its place."""
    other = quote(f"{old.name}_new"[:63])
    return "\n".join(
        [
            alter(table, f"ADD COLUMN {other} {new.type}"),
            f"# a trigger that writes {other}, then fill it in batches, outside a transaction",
            "# last revision, once code can do with both:",
            alter(table, f"DROP COLUMN {quote(old.name)}"),
            alter(table, f"RENAME COLUMN {other} TO {quote(old.name)}"),
        ]
    )


def new_column(table: Relation, column: Column, default: str | None) -> str:
    """A column that is added empty, then filled in batches."""
    name = quote(column.name)
    lines = [alter(table, f"ADD COLUMN {name} {column.type}")]
    if default:
        lines.append(alter(table, f"ALTER COLUMN {name} SET DEFAULT {default}"))
    lines += ["# next revision: fill the rows that are there, in batches, outside a transaction"]
    if column.required:
        lines.append("# then NOT NULL, by way of a validated check")
    return "\n".join(lines)
