"""Columns as `sa.Column(…)`, and their changes as `op.alter_column(…)`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from todo_db.objects.column import Column
from todo_db.objects.names import literal, quote
from todo_db.objects.sequence import Sequence
from todo_db.plan import Change
from todo_db.revisions.code import Call, Name, Node, call
from todo_db.revisions.inexpressible import InexpressibleError
from todo_db.revisions.text import bare, stripped, text
from todo_db.revisions.types import type_node
from todo_db.schema import DbObject, Key

SAID = frozenset(
    {"type", "nullable", "default", "identity", "identity_options", "generated", "generated_stored"}
    | {"collation", "comment"}
)
"""The facts that `sa.Column` states."""

_BITS = {"smallint": 15, "integer": 31, "bigint": 63}


@dataclass(frozen=True, slots=True)
class Types:
    """What type expressions refer to: the enums and domains that exist, and those that have a variable."""

    known: Mapping[Key, DbObject]
    variables: Mapping[Key, str] = field(default_factory=dict)

    def node(self, column: Column) -> Node:
        """The type of a column. Raises InexpressibleError."""
        key = Key("enum", column.type)
        if key in self.variables and column.collation is None:
            return Name(self.variables[key])
        array = Key("enum", column.type.removesuffix("[]"))
        if array in self.variables and column.collation is None:
            return call("postgresql.ARRAY", Name(self.variables[array]))
        return type_node(column.type, self.known, column.collation)


def is_serial(column: Column, sequence: Sequence) -> bool:
    """Whether the sequence is exactly the one that SERIAL makes for the column."""
    bits = _BITS.get(column.type)
    usual = Sequence(
        schema=column.schema,
        name=f"{column.table}_{column.name}_seq",
        type=column.type,
        start=1,
        increment=1,
        minimum=1,
        maximum=2 ** (bits or 0) - 1,
        cache=1,
        cycle=False,
        owned_by=column.key.name,
    )
    facts = ("type", "start", "increment", "minimum", "maximum", "cache", "cycle", "owned_by", "unlogged")
    same = all(getattr(sequence, f) == getattr(usual, f) for f in facts)
    named = (sequence.schema, sequence.name) == (usual.schema, usual.name) and sequence.comment is None
    drawn = column.default == f"nextval({literal(quote(sequence.schema, sequence.name))}::regclass)"
    return bits is not None and same and named and drawn and not column.nullable


def column_node(column: Column, types: Types, *, serial: bool = False, lone_key: bool = False) -> Call:
    """The column. serial: SQLAlchemy makes the sequence by itself. lone_key: it alone is the primary key."""
    arguments: list[object] = [column.name, types.node(column)]
    keywords: dict[str, object] = {}
    if column.identity is not None:
        arguments.append(_identity(column))
    if column.generated is not None:
        arguments.append(
            call("sa.Computed", bare(stripped(column.generated)), persisted=bool(column.generated_stored))
        )
    plain = column.default is None and column.identity is None and column.generated is None
    if lone_key and plain and column.type in _BITS:
        keywords["autoincrement"] = False
    if column.default is not None and not serial:
        keywords["server_default"] = text(column.default)
    keywords["nullable"] = column.nullable
    if column.comment is not None:
        keywords["comment"] = column.comment
    return call("sa.Column", *arguments, **keywords)


def _identity(column: Column) -> Call:
    """`sa.Identity(…)` with the options that are not those which every identity has."""
    keywords: dict[str, object] = {"always": column.identity == "always"}
    if column.identity_options is not None:
        start, increment, minimum, maximum, cache, cycle = column.identity_options
        usual = (1, 1, 1, 2 ** _BITS[column.type] - 1, 1, False)
        names = ("start", "increment", "minvalue", "maxvalue", "cache", "cycle")
        given = (start, increment, minimum, maximum, cache, cycle)
        keywords |= {n: g for n, g, u in zip(names, given, usual, strict=True) if g != u}
    return call("sa.Identity", **keywords)


def alter_nodes(change: Change, old_types: Types, types: Types) -> list[Call]:
    """The calls that change a column, in the order of the plan's statements.

    Raises InexpressibleError where something changes that `op.alter_column` has no argument for.
    """
    before, after = change.before, change.after
    if not isinstance(before, Column) or not isinstance(after, Column):
        raise TypeError("no change of a column")
    said = [_said(s.sql, after, types) for s in change.statements]
    calls = []
    current, known = before, old_types
    for keywords in _together(said):
        calls.append(_alter(current, known, keywords))
        if "type_" in keywords:
            current, known = after, types
    return calls


def _said(sql: str, after: Column, types: Types) -> dict[str, object]:
    """What one of the plan's statements says, as arguments of `op.alter_column`."""
    if sql.startswith("COMMENT ON COLUMN "):
        return {"comment": after.comment}
    words = sql.removeprefix(f"{after.alter_relation} ALTER COLUMN {quote(after.name)} ")
    if words == "DROP DEFAULT":
        return {"server_default": None}
    if words.startswith("SET DEFAULT "):
        return {"server_default": text(words.removeprefix("SET DEFAULT "))}
    if words in ("SET NOT NULL", "DROP NOT NULL"):
        return {"nullable": words == "DROP NOT NULL"}
    if words.startswith("TYPE "):
        using = words.partition(" USING ")[2]
        if "%" in using:
            raise InexpressibleError("Alembic takes a percent sign in USING for a parameter")
        return {"type_": types.node(after), **({"postgresql_using": using} if using else {})}
    raise InexpressibleError("Alembic has no operation for this fact of a column")


def _together(said: list[dict[str, object]]) -> list[dict[str, object]]:
    """As few calls as possible. Within one, Alembic changes the type first and the default later."""
    calls: list[dict[str, object]] = []
    for keywords in said:
        if (
            not calls
            or calls[-1].keys() & keywords
            or ("type_" in keywords and "server_default" in calls[-1])
        ):
            calls.append({})
        calls[-1].update(keywords)
    return calls


def _alter(column: Column, types: Types, keywords: Mapping[str, object]) -> Call:
    existing: dict[str, object] = {"existing_type": types.node(column)}
    if "nullable" not in keywords:
        existing["existing_nullable"] = column.nullable
    schema = {"schema": column.schema} if column.schema != "public" else {}
    return call("op.alter_column", column.table, column.name, **existing, **keywords, **schema)
