"""Code to paste into a revision: the form of an operation that does not stop a running service."""

from __future__ import annotations

import json
from textwrap import indent, wrap

from todo_db.hazards.facts import Column, Constraint, Relation
from todo_db.objects.names import quote

_WIDTH = 55


def table_name(relation: Relation) -> str:
    """The table as SQL names it."""
    return quote(relation.name) if relation.schema == "public" else quote(relation.schema, relation.name)


def autocommit(*lines: str) -> str:
    """Statements outside the transaction."""
    return "\n".join(["with op.get_context().autocommit_block():", *(indent(line, "    ") for line in lines)])


def execute(sql: str) -> str:
    """A call that sends the SQL, in lines that fit a terminal, so that they can be copied from it."""
    lines = wrap(sql, _WIDTH, break_long_words=False, break_on_hyphens=False)
    if len(lines) == 1:
        return f"op.execute({json.dumps(sql, ensure_ascii=False)})"
    texts = [line + " " for line in lines[:-1]] + lines[-1:]
    inner = "\n".join(f"    {json.dumps(text, ensure_ascii=False)}" for text in texts)
    return f"op.execute(\n{inner}\n)"


def alter(table: Relation, action: str) -> str:
    """ALTER TABLE as a call."""
    return execute(f"ALTER TABLE {table_name(table)} {action}")


def build_index(index: Relation, table: Relation) -> str:
    """An index, made without blocking writers, so that it can be run again."""
    facts = index.index
    name = quote(index.name) if index.schema == "public" else quote(index.schema, index.name)
    drop = execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    definition = facts.definition if facts else ""
    create = definition.replace(" INDEX ", " INDEX CONCURRENTLY ", 1)
    return autocommit(drop, execute(create))


def drop_index(index: Relation) -> str:
    """An index, dropped without blocking anybody."""
    name = quote(index.name) if index.schema == "public" else quote(index.schema, index.name)
    return autocommit(execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))


def validated_later(table: Relation, constraint: Constraint) -> str:
    """A constraint that is enforced at once and checked against the rows in a revision of its own."""
    name = quote(constraint.name)
    add = alter(table, f"ADD CONSTRAINT {name} {constraint.definition} NOT VALID")
    return f"{add}\n# next revision:\n{alter(table, f'VALIDATE CONSTRAINT {name}')}"


def key_from_index(table: Relation, constraint: Constraint, index: Relation) -> str:
    """A unique constraint or primary key over an index that was built beside the running service."""
    kind = "PRIMARY KEY" if constraint.kind == "p" else "UNIQUE"
    add = alter(table, f"ADD CONSTRAINT {quote(constraint.name)} {kind} USING INDEX {quote(index.name)}")
    return f"{build_index(index, table)}\n# next revision:\n{add}"


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
