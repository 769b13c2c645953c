"""Keys, constraints and indexes of a table."""

from __future__ import annotations

import re

from todo_db.findings import Place
from todo_db.schema import KIND, NAME, Key, display
from todo_db.sources.build import Step
from todo_db.sources.drafting.draft import Constraint, Draft, Element, keys, said
from todo_db.sources.drafting.naming import cut, listed, quoted, split_name
from todo_db.sources.drafting.tables import target_columns
from todo_db.spec.document import (
    UNSAID,
    CheckSpec,
    ColumnSpec,
    ForeignKeySpec,
    IndexSpec,
    ReferenceSpec,
    TableSpec,
    UniqueSpec,
    Unsaid,
)

_ORDER = re.compile(
    r"(?P<name>.+?)(?P<order>(?:\s+(?:asc|desc))?(?:\s+nulls\s+(?:first|last))?)\s*\Z",
    re.IGNORECASE | re.DOTALL,
)


def draft_members(out: Draft, table: TableSpec) -> None:
    """All of them; indexes and foreign keys wait until all tables are there."""
    _primary_key(out, table)
    for unique in (*table.uniques, *_inline_uniques(table)):
        _unique(out, table, unique)
    for check in table.checks:
        _check(out, table, check)
    for exclusion in table.exclusions:
        what = Constraint(
            kind="exclusion",
            name=exclusion.name,
            suffix="excl",
            body=exclusion.definition,
            said=said(definition=True),
            place=exclusion.place,
        )
        out.constrain(table, what)
    for index in (*table.indexes, *_inline_indexes(table)):
        _index(out, table, index)
    for column in table.columns:
        if isinstance(column.references, ReferenceSpec) and column.references.table:
            place = column.places.get("references", column.place)
            _foreign_key(out, table, (column.name,), column.references, place)
    for key in table.foreign_keys:
        _foreign_key(out, table, key.columns, _with_own_words(key), key.place)


def _primary_key(out: Draft, table: TableSpec) -> None:
    key = table.primary_key
    columns = key.columns if key else tuple(c.name for c in table.columns if c.primary_key is True)
    if not columns:
        return
    first = next((c for c in table.columns if c.name == columns[0]), None)
    inline = first.places.get("primary_key", first.place) if first else None
    what = Constraint(
        kind="primary key",
        name=key.name if key else UNSAID,
        suffix="pkey",
        body=f"PRIMARY KEY ({listed(columns)})",
        said=said(columns=True),
        place=(key.place if key else None) or inline,
    )
    out.constrain(table, what)


def _inline_uniques(table: TableSpec) -> list[UniqueSpec]:
    """`unique` of a column, unless the table lists the same one."""
    named = {u.columns for u in table.uniques} | {i.columns for i in table.indexes if i.unique is True}
    return [
        UniqueSpec(columns=(c.name,), place=c.places.get("unique", c.place))
        for c in table.columns
        if c.unique is True and (c.name,) not in named
    ]


def _unique(out: Draft, table: TableSpec, unique: UniqueSpec) -> None:
    nulls = " NULLS NOT DISTINCT" if unique.nulls_not_distinct is True else ""
    facts = said(columns=True, nulls_not_distinct=unique.nulls_not_distinct)
    what = Constraint(
        kind="unique",
        name=unique.name,
        suffix="key",
        body=f"UNIQUE{nulls} ({listed(unique.columns)}){_deferrable(unique.deferrable)}",
        said=facts | _said_deferrable(unique.deferrable),
        place=unique.place,
        columns=unique.columns,
        flags=(KIND,) if unique.name is UNSAID else (),
    )
    out.constrain(table, what)


def _check(out: Draft, table: TableSpec, check: CheckSpec) -> None:
    mentioned = [c for c in table.columns if re.search(rf"\b{re.escape(c.name)}\b", check.expr)]
    what = Constraint(
        kind="check",
        name=check.name,
        suffix="check",
        body=f"CHECK ({check.expr})",
        said=said(expression=True),
        place=check.place or (mentioned[0].place if mentioned else None),
        columns=(mentioned[0].name,) if len(mentioned) == 1 else (),
    )
    out.constrain(table, what)


# ---- indexes -------------------------------------------------------------------------------------------


def _inline_indexes(table: TableSpec) -> list[IndexSpec]:
    """`index` of a column, unless the table states one on that column anyway."""
    present = keys(table) | {i.columns for i in table.indexes}
    return [
        IndexSpec(columns=(c.name,), place=c.places.get("index", c.place))
        for c in table.columns
        if c.index is True and (c.name,) not in present
    ]


def _index(out: Draft, table: TableSpec, index: IndexSpec) -> None:
    schema, bare = split_name(table.name)
    plain = tuple(c for c in index.columns if re.fullmatch(r"\w+", c))
    name = str(index.name or out.names.automatic(schema, bare, plain, "idx"))
    unique = "UNIQUE " if index.unique is True else ""
    method = f" USING {index.method}" if index.method else ""
    include = f" INCLUDE ({listed(index.include)})" if index.include else ""
    where = f" WHERE {index.where}" if index.where else ""
    columns = ", ".join(_index_key(table, entry) for entry in index.columns)
    sql = f"CREATE {unique}INDEX {quoted(name)} ON {quoted(schema, bare)}{method} ({columns}){include}{where}"
    element = Element(
        Key("index", display(schema, cut(bare), cut(name))),
        _said_of_index(index),
        index.place or table.place,
        flags=(NAME, KIND) if index.name is UNSAID else (),
        subject=f"{table.name}.{cut(name)}",
    )
    out.add(element, "index", sql, late=True)


def _said_of_index(index: IndexSpec) -> frozenset[str]:
    """An index is full unless the spec says where it is not; its order is open unless one is said."""
    facts = said(columns=True, predicate=True, unique=index.unique, method=index.method)
    ordered = any((found := _ORDER.match(c)) and found["order"].strip() for c in index.columns)
    return facts | ({"orders"} if ordered else set()) | ({"include"} if index.include else set())


def _index_key(table: TableSpec, entry: str) -> str:
    """A column's name is quoted; an expression stays as it is."""
    names = {c.name for c in table.columns}
    if entry in names:
        return quoted(entry)
    found = _ORDER.match(entry.strip())
    name = found["name"].strip('"') if found else ""
    return quoted(name) + found["order"] if found and name in names else entry


# ---- foreign keys --------------------------------------------------------------------------------------


def _with_own_words(key: ForeignKeySpec) -> ReferenceSpec:
    """The reference, with what the constraint says of itself."""
    from dataclasses import replace

    to = key.references
    name = key.name if key.name is not UNSAID else to.name
    deferrable = key.deferrable if key.deferrable is not UNSAID else to.deferrable
    return replace(to, name=name, deferrable=deferrable)


def _foreign_key(
    out: Draft, table: TableSpec, columns: tuple[str, ...], to: ReferenceSpec, place: Place | None
) -> None:
    targets = target_columns(out, to)
    _make_referable(out, to.table, targets)
    body = f"FOREIGN KEY ({listed(columns)}) REFERENCES {quoted(*split_name(to.table))}"
    body += f" ({listed(targets)})" if targets else ""
    body += f" ON DELETE {to.on_delete.upper()}" if to.on_delete else ""
    body += f" ON UPDATE {to.on_update.upper()}" if to.on_update else ""
    facts = said(columns=True, target_schema=True, target_table=True, on_delete=to.on_delete)
    facts |= said(on_update=to.on_update, target_columns=to.columns or UNSAID)
    what = Constraint(
        kind="foreign key",
        name=to.name,
        suffix="fkey",
        body=body + _deferrable(to.deferrable),
        said=facts | _said_deferrable(to.deferrable),
        place=place,
        columns=columns,
    )
    out.constrain(table, what, late=True)


def _make_referable(out: Draft, name: str, columns: tuple[str, ...]) -> None:
    """A foreign key needs a key at its target, of which the spec may be silent."""
    table = out.table(name)
    if table is None or not set(columns) <= _names(table.columns) or columns in keys(table) or not columns:
        return
    schema, bare = split_name(name)
    made = cut(f"todo_db_{bare}_{'_'.join(columns)}")
    key = Key("unique", display(schema, cut(bare), made))
    if key not in out.stand_ins:
        out.stand_ins.add(key)
        at = quoted(schema, bare)
        out.late.append(
            Step(f"ALTER TABLE {at} ADD CONSTRAINT {quoted(made)} UNIQUE ({listed(columns)})", name)
        )


def _names(columns: tuple[ColumnSpec, ...]) -> set[str]:
    return {c.name for c in columns}


def _said_deferrable(deferrable: str | Unsaid) -> frozenset[str]:
    return frozenset() if deferrable is UNSAID else frozenset({"deferrable", "deferred"})


def _deferrable(deferrable: str | Unsaid) -> str:
    clauses = {"deferrable": " DEFERRABLE", "initially deferred": " DEFERRABLE INITIALLY DEFERRED"}
    return clauses.get(str(deferrable), "")
