"""The database that is attacked, as its catalog tells it: tables, with what a row needs, views, functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from todo_db.ownership.declared import qualified

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

_OURS = """
    n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = {oid} AND d.deptype = 'e'
                    AND d.classid = '{catalog}'::regclass)
"""
_RELATIONS = (
    "SELECT c.oid, n.nspname, c.relname, "  # noqa: S608  # constants
    "CASE WHEN c.relispartition THEN 'partition' ELSE c.relkind::text END FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') "
    "AND c.relname <> 'alembic_version' AND "
    + _OURS.format(oid="c.oid", catalog="pg_class")
    + " ORDER BY 2, 3"
)
_COLUMNS = """
    SELECT a.attrelid, a.attname, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL), a.attnotnull,
           a.atthasdef OR a.attidentity <> '', a.attgenerated <> '' OR a.attidentity = 'a', a.atttypmod,
           ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = ANY (%s) ORDER BY a.attrelid, a.attnum
"""
_CONSTRAINTS = """
    SELECT conrelid, conname::text, contype::text, confrelid, pg_get_constraintdef(oid),
           ARRAY(SELECT a.attname::text FROM unnest(conkey) WITH ORDINALITY k(n, i)
                   JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.n ORDER BY k.i),
           ARRAY(SELECT a.attname::text FROM unnest(confkey) WITH ORDINALITY k(n, i)
                   JOIN pg_attribute a ON a.attrelid = confrelid AND a.attnum = k.n ORDER BY k.i)
      FROM pg_constraint WHERE conrelid = ANY (%s) AND contype IN ('p', 'f', 'c', 'u')
"""
_FUNCTIONS = (
    "SELECT p.oid::regprocedure::text, n.nspname, p.proname, "  # noqa: S608  # constants
    "ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) t), p.prosecdef, p.prokind = 'p', "
    "p.provariadic <> 0 FROM pg_proc p "
    "JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prokind IN ('f', 'p') "
    "AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) "
    "AND has_function_privilege(%s, p.oid, 'EXECUTE') AND " + _OURS.format(oid="p.oid", catalog="pg_proc")
)


@dataclass(frozen=True, slots=True)
class Column:
    """What a value has to be. given: only the database sets it."""

    name: str
    type: str
    required: bool
    has_default: bool
    given: bool
    length: int | None
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: pairs of own and referenced columns."""

    name: str
    target: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Relation:
    """A table, a view, or a partition: asked by its own name, its parent's policies do not hold it.

    name: as it is declared (without `public`).
    """

    schema: str
    relname: str
    kind: str
    columns: tuple[Column, ...] = ()
    key: tuple[str, ...] = ()
    references: list[Reference] = field(default_factory=list)
    checks: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return qualified(self.relname, self.schema)

    @property
    def is_table(self) -> bool:
        return self.kind in ("r", "p")

    @property
    def sort(self) -> str:
        """What it is called in a report."""
        return "table" if self.is_table else "partition" if self.kind == "partition" else "view"

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True)
class Function:
    """A function or a procedure that the role may call."""

    signature: str
    schema: str
    name: str
    arguments: tuple[str, ...]
    definer: bool
    procedure: bool
    variadic: bool


def relations(connection: Connection) -> list[Relation]:
    """All tables and views that are the application's; tables so that each comes after what it refers to."""
    found = {oid: Relation(*rest) for oid, *rest in connection.execute(_RELATIONS)}
    columns: dict[int, list[Column]] = {}
    for oid, name, type_, required, default, given, typmod, labels in connection.execute(
        _COLUMNS, (list(found),)
    ):
        length = typmod - 4 if typmod > 4 and type_ in ("character varying", "character", "bpchar") else None
        columns.setdefault(oid, []).append(
            Column(name, type_, required, default, given, length, tuple(labels))
        )
    for oid, relation in found.items():
        relation.columns = tuple(columns.get(oid, ()))
    for oid, name, kind, target, definition, own, theirs in connection.execute(_CONSTRAINTS, (list(found),)):
        if kind == "p":
            found[oid].key = tuple(own)
        elif kind == "c":
            found[oid].checks[name] = (tuple(own), definition)
        elif kind == "f" and target in found:
            pairs = tuple(zip(own, theirs, strict=True))
            found[oid].references.append(Reference(name, found[target].name, pairs))
    return _in_order(list(found.values()))


def functions(connection: Connection, role: str) -> list[Function]:
    """What the role may call that is the application's."""
    rows = connection.execute(_FUNCTIONS, (role,)).fetchall()
    return [Function(s, schema, name, tuple(args), *rest) for s, schema, name, args, *rest in rows]


def _in_order(all_of_them: list[Relation]) -> list[Relation]:
    """Each table after those that it refers to; in a circle the order is that of the names."""
    left = {r.name: r for r in all_of_them}
    done: list[Relation] = []
    while left:
        free = [r for r in left.values() if not ({x.target for x in r.references} - {r.name}) & left.keys()]
        done.extend(left.pop(relation.name) for relation in free or [next(iter(left.values()))])
    return done
