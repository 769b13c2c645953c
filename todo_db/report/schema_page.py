"""A schema as a page: its diagram, each table with its columns, keys and indexes, and every other object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from todo_db.objects.column import Column
from todo_db.objects.table import Table
from todo_db.report.diagram import Marks
from todo_db.report.markup import Child, Markup, anchor, tag
from todo_db.report.outline import TableOutline, outline
from todo_db.report.page import contents, diagram, name, page, section, table
from todo_db.schema import DbObject, Key, Schema
from todo_db.spec.readable import short_default, short_type


def schema_page(schema: Schema, title: str) -> str:
    """The page; title: what the side is called, without secrets."""
    tables = outline([schema])
    sections = list(_sections(schema, tables))
    return page(
        f"todo-db: {title}",
        tag("header", tag("h1", f"todo-db: {title}"), tag("p", _counted(schema))),
        contents((id_, text) for id_, text, _ in sections),
        tag("main", [section(id_, text, content) for id_, text, content in sections], id="content"),
    )


def _sections(schema: Schema, tables: Sequence[TableOutline]) -> Iterator[tuple[str, str, Child]]:
    members: dict[Key, list[DbObject]] = defaultdict(list)
    for obj in schema.objects.values():
        if obj.parent is not None:
            members[obj.parent].append(obj)
    if tables:
        marks = Marks(anchors={t["object"]: _id(t["object"]) for t in tables})
        yield "diagram", "Diagram", diagram(tables, marks, id_="tables", label="Tables and references")
        yield "list", "Tables", _list(schema)
    whole = [t for t in schema.of("table") if isinstance(t, Table)]
    if whole:
        referrers = _referrers(tables)
        told = [_table(t, members[t.key], schema, referrers.get(t.key.name, ())) for t in whole]
        yield "tables", "Columns, keys and indexes", told
    rest = [o for _, o in sorted(schema.objects.items()) if o.parent is None and not isinstance(o, Table)]
    if rest:
        yield "others", "Other objects", _others(rest, members)
    if schema.unknown:
        rows = [[name(u.object), u.reason, u.hint] for u in schema.unknown]
        yield "unknown", "Not known", table(["Object", "Why", "What to do"], rows, caption="Not read")


def _id(object_name: str) -> str:
    return anchor("table", object_name)


def _counted(schema: Schema) -> str:
    counted: dict[str, int] = defaultdict(int)
    for key in schema.objects:
        counted[key.kind] += 1
    return ", ".join(f"{kind}: {count:,}" for kind, count in sorted(counted.items())) or "Nothing is there."


def _list(schema: Schema) -> Markup:
    links = [tag("li", _link(t.key.name)) for t in schema.of("table")]
    return tag("nav", tag("ul", links), aria_label="Tables")


def _link(object_name: str) -> Markup:
    return tag("a", name(object_name.removeprefix("public.")), href=f"#{_id(object_name)}")


def _referrers(tables: Sequence[TableOutline]) -> Mapping[str, Sequence[str]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for source in tables:
        for reference in source["references"]:
            found[reference["target"]][source["object"]] = None
    return {target: list(sources) for target, sources in found.items()}


def _table(item: Table, members: Sequence[DbObject], schema: Schema, referrers: Sequence[str]) -> Markup:
    id_ = _id(item.key.name)
    columns = sorted((m for m in members if isinstance(m, Column)), key=lambda c: c.position)
    others = sorted((m for m in members if not isinstance(m, Column)), key=lambda m: (m.kind, m.parts))
    said = [item.comment] if item.comment else []
    said += ["Managed by somebody else."] if item.key in schema.external else []
    said += [f"A partition of {item.partition_of}."] if item.partition_of else []
    return tag(
        "section",
        tag("h3", name(item.key.name), id=id_),
        [tag("p", line) for line in said],
        _columns(columns, schema) if columns else None,
        _members(others) if others else None,
        _linked(referrers),
        aria_labelledby=id_,
    )


def _columns(columns: Sequence[Column], schema: Schema) -> Markup:
    told: dict[str, list[Child]] = {
        "Column": [name(c.name) for c in columns],
        "Type": [name(short_type(c.type)) for c in columns],
        "NULL": [_null(c, schema) for c in columns],
        "Default": [_value(c) for c in columns],
        "Comment": [c.comment for c in columns],
    }
    told = {head: cells for head, cells in told.items() if any(cells)}
    return table(list(told), zip(*told.values(), strict=True), caption="Columns")


def _null(column: Column, schema: Schema) -> str:
    if (column.key, "nullable") in schema.accepts:
        return "not said"
    return "NULL" if column.nullable else "NOT NULL"


def _value(column: Column) -> Markup | None:
    if column.identity:
        return name(f"generated {column.identity} as identity")
    if column.generated:
        return name(f"generated: {column.generated}")
    default = short_default(column.default, column.type)
    return name(default) if default else None


def _members(members: Sequence[DbObject]) -> Markup:
    rows = [[name(m.parts[-1]), m.kind, name(m.describe())] for m in members]
    return table(
        ["Name", "Kind", "Definition"], rows, caption="Keys, constraints, indexes and what else it has"
    )


def _linked(referrers: Sequence[str]) -> Markup | None:
    if not referrers:
        return None
    links = [[", " if n else "", _link(other)] for n, other in enumerate(referrers)]
    return tag("p", "Referred to by ", links, ".", class_="soft")


def _others(objects: Sequence[DbObject], members: Mapping[Key, Sequence[DbObject]]) -> Markup:
    rows = []
    for obj in objects:
        inner = ", ".join(f"{m.kind} {m.parts[-1]}" for m in members.get(obj.key, ()))
        said = [name(obj.describe()), [tag("br"), inner] if inner else None]
        rows.append([name(obj.key.name), obj.kind, said])
    return table(["Name", "Kind", "Definition"], rows, caption="What is no table")
