"""Tables that somebody else manages: who, what we rely on, and a stand-in for where they are not there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from todo_db.schema import DbObject, Key, Schema, display

if TYPE_CHECKING:
    from todo_db.sources.workspace import Workspace

# The tables that come with a manager of users; a spec that relies on `users` need not name them all.
COMPANIONS = {
    "better-auth": (
        *("user", "session", "account", "verification", "jwks", "rateLimit"),
        *("users", "sessions", "accounts", "verifications", "rate_limit"),
    ),
}


@dataclass(frozen=True, slots=True)
class External:
    """A table that the project relies on and does not make.

    manager: who makes it, as the spec says it, None where nobody does. needs: enums and other tables that its
    stand-in cannot be made without. statements: what makes the stand-in.
    """

    key: Key
    schema: str
    name: str
    manager: str | None
    statements: tuple[str, ...]


def externals(ws: Workspace) -> dict[Key, External]:
    """The external tables of spec and models, by their key; the spec has the first say.

    Raises whatever reading these sides raises.
    """
    sides = [ws.side(name) for name in _stating(ws)]
    managers = _managers(ws) if any(s.side == "spec" for s in sides) else {}
    wanted = _referenced(sides)
    result: dict[Key, External] = {}
    for side in sides:
        for key in sorted(side.external):
            table = side.objects.get(key)
            if key.kind == "table" and table is not None and key not in result:
                schema, name = table.parts
                manager = managers.get(name) or managers.get(f"{schema}.{name}")
                statements = tuple(_statements(side, key, wanted.get(key, set())))
                result[key] = External(key, schema, name, manager, statements)
    return result


def companions(ws: Workspace, live: Schema) -> frozenset[Key]:
    """Live's tables that a manager named in the spec keeps beside those that the other sides name."""
    stating = _stating(ws)
    if "spec" not in stating:
        return frozenset()
    managers = {t.managed_by for t in ws.specification.tables if t.managed_by}
    names = {n for m in managers for n in COMPANIONS.get(m, ())}
    found = {Key("table", display("public", n)) for n in names} & live.objects.keys()
    if not found:
        return frozenset()
    from todo_db.sources.layout import find

    others = [*stating, *(["migrations"] if find(ws.settings).exists else [])]
    return frozenset(found.difference(*(ws.side(name).objects for name in others)))


def _stating(ws: Workspace) -> list[str]:
    from todo_db.spec.locate import discover

    spec = ["spec"] if ws.spec_paths or discover(ws.settings.root) else []
    return spec + (["models"] if ws.settings.models else [])


def _managers(ws: Workspace) -> dict[str, str]:
    return {t.name: t.managed_by for t in ws.specification.tables if t.managed_by}


def _referenced(sides: Iterable[Schema]) -> dict[Key, set[tuple[str, ...]]]:
    """Which columns of which tables foreign keys lead to; a stand-in has to have a key on them."""
    from todo_db.objects.foreign_key import ForeignKey

    found: dict[Key, set[tuple[str, ...]]] = {}
    for side in sides:
        for obj in side.objects.values():
            if isinstance(obj, ForeignKey):
                target = Key("table", display(obj.target_schema, obj.target_table))
                found.setdefault(target, set()).add(obj.target_columns)
    return found


def _statements(side: Schema, key: Key, referenced: Iterable[tuple[str, ...]]) -> Iterable[str]:
    """The table with its columns and keys; no check, index or foreign key of it is relied on."""
    from todo_db.plan import plan

    table = side.objects[key]
    members = [o for o in side.children(key) if o.kind in ("column", "primary key", "unique")]
    needed = [o for o in side.objects.values() if _is_used(o, members)]
    objects: dict[Key, DbObject] = {o.key: o for o in (*needed, table, *members)}
    nothing, stand_in = Schema("nothing"), Schema("stand-in", objects)
    yield from (s.sql for s in plan(nothing, stand_in).statements)
    keyed = {frozenset(getattr(o, "columns", ())) for o in members}
    columns = {o.parts[-1] for o in members if o.kind == "column"}
    for names in sorted(referenced):
        if frozenset(names) not in keyed and columns.issuperset(names):
            yield _unique(table.parts, names)


def _is_used(obj: DbObject, members: Iterable[DbObject]) -> bool:
    """Whether the columns need it: the enum or domain of one, the sequence of a default, the schema."""
    if obj.kind in ("enum", "domain", "extension", "schema"):
        name = obj.key.name
        types = {str(getattr(m, "type", "")).removesuffix("[]") for m in members}
        return name in types or (
            obj.kind == "schema" and name != "public" and any(m.parts[0] == name for m in members)
        )
    if obj.kind == "sequence":
        return any(str(getattr(obj, "owned_by", None)) == m.key.name for m in members)
    return False


def _unique(table: tuple[str, ...], columns: Iterable[str]) -> str:
    from psycopg import sql

    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("ALTER TABLE {} ADD UNIQUE ({})").format(sql.Identifier(*table), names).as_string(None)
