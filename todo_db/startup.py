"""What an application calls when it starts, instead of `create_all`: is the database what this code expects?

    from todo_db import assert_schema

    assert_schema(engine)                       # sync
    await connection.run_sync(assert_schema)    # async
    assert_schema(engine, schema="customer_a")  # a schema for each customer

One statement, one round trip. What is expected lies beside the revisions, in `head.json`, which
`todo-db migrate new` and `todo-db migrate` write. It holds a digest for each table: columns with their types,
nullability and identity, keys, constraints and indexes by name and columns, labels of enums, row level
security. Texts of expressions are left to `todo-db drift`, since PostgreSQL may spell them anew after a dump.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from todo_db.errors import TodoDbError, UsageError

FILE = "head.json"
_USUAL = "public"
Table = tuple[str, str]
"""Schema and name."""

# No percent sign and no parameter: every driver sends it as it is.
_DIGESTS = """
WITH wanted AS (
    SELECT c.oid, j.name ->> 0 AS schema, c.relname AS name, c.relkind, c.relrowsecurity,
           c.relforcerowsecurity
    FROM jsonb_array_elements(convert_from(decode('{names}', 'hex'), 'UTF8')::jsonb) AS j (name)
    JOIN pg_catalog.pg_class c
      ON c.relname = j.name ->> 1 AND c.relnamespace = to_regnamespace(quote_ident(j.name ->> 0))
), facts (oid, fact) AS (
    SELECT oid, concat_ws(' ', 'table', relkind, relrowsecurity, relforcerowsecurity) FROM wanted
    UNION ALL
    SELECT w.oid,
           concat_ws(' ', 'column', a.attname, nullif({type_schema}, 'pg_catalog'),
                     t.typname, a.atttypmod, a.attnotnull, a.atthasdef, a.attidentity, a.attgenerated,
                     CASE WHEN t.typtype = 'e' OR t.typelem > 16383 THEN
                         (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
                          FROM pg_catalog.pg_enum e WHERE e.enumtypid IN (t.oid, t.typelem)) END)
    FROM wanted w
    JOIN pg_catalog.pg_attribute a ON a.attrelid = w.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    UNION ALL
    SELECT w.oid,
           concat_ws(' ', 'constraint', k.conname, k.contype, k.convalidated, k.condeferrable, k.condeferred,
                     k.confupdtype, k.confdeltype,
                     (SELECT string_agg(a.attname, ',' ORDER BY array_position(k.conkey, a.attnum))
                      FROM pg_catalog.pg_attribute a
                      WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)),
                     CASE k.contype WHEN 'f' THEN
                         (SELECT concat_ws(' ', {target_schema}, f.relname, string_agg(
                                     a.attname, ',' ORDER BY array_position(k.confkey, a.attnum)))
                          FROM pg_catalog.pg_class f
                          JOIN pg_catalog.pg_attribute a ON a.attrelid = f.oid AND a.attnum = ANY (k.confkey)
                          WHERE f.oid = k.confrelid GROUP BY f.oid, f.relnamespace, f.relname) END)
    FROM wanted w
    JOIN pg_catalog.pg_constraint k ON k.conrelid = w.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')
    UNION ALL
    SELECT w.oid,
           concat_ws(' ', 'index', c.relname, i.indisunique, i.indisvalid, i.indpred IS NOT NULL,
                     i.indnkeyatts, CASE WHEN c.relam < 16384 THEN c.relam END, i.indoption,
                     (SELECT string_agg(a.attname, ','
                                        ORDER BY array_position(i.indkey::smallint[], a.attnum))
                      FROM pg_catalog.pg_attribute a
                      WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::smallint[])))
    FROM wanted w
    JOIN pg_catalog.pg_index i ON i.indrelid = w.oid
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    UNION ALL
    SELECT w.oid, concat_ws(' ', 'policy', p.polname, p.polcmd, p.polpermissive)
    FROM wanted w JOIN pg_catalog.pg_policy p ON p.polrelid = w.oid
)
SELECT w.schema, w.name, d.digest
FROM (
    SELECT oid, md5(string_agg(fact, chr(10) ORDER BY fact COLLATE "C")) AS digest FROM facts GROUP BY oid
) d
JOIN wanted w ON w.oid = d.oid
"""

# A schema that stands in another one's place has that one's name in the facts.
_AS_USUAL = """CASE {namespace}::regnamespace::text
               WHEN quote_ident(convert_from(decode('{own}', 'hex'), 'UTF8')) THEN '{usual}'
               ELSE {namespace}::regnamespace::text END"""


class SchemaMismatchError(TodoDbError):
    """The database is not what this code expects. tables: those that differ or are missing."""

    def __init__(self, what: str, tables: Sequence[str] = (), *, hint: str | None = None) -> None:
        super().__init__(what, hint=hint)
        self.tables = tuple(tables)


@dataclass(frozen=True, slots=True)
class Expected:
    """What `head.json` holds: the revision, and a digest for each table that the history builds."""

    revision: str
    digests: Mapping[Table, str]


def assert_schema(
    bind: Any = None, *, migrations: str | Path | None = None, schema: str | None = None
) -> None:
    """Raise SchemaMismatchError where a table is missing or is not what the newest revision makes of it.

    bind: an SQLAlchemy Engine, Connection or Session, a psycopg connection, or a URL; default: the database
    that `todo-db` would read. migrations: the folder with `head.json`; default: the project's, from the
    working directory upwards. schema: where the tables lie that the revisions make in the usual schema;
    default: what the bind's `schema_translate_map` says of them. Raises UsageError where there is no such
    file and for an async bind, and what the driver raises where the database cannot be reached.
    """
    _refuse_async(bind)
    expected = read(_folder(migrations) / FILE)
    found = digests(bind, expected.digests, schema or _translated(bind))
    differing = compare(expected, found)
    if not differing:
        return
    raise SchemaMismatchError(
        f"the database is not what revision {expected.revision} of this code expects: "
        f"{_said(differing, found, len(expected.digests))}",
        [_shown(t) for t in differing],
        hint="`todo-db migrate` applies what is pending; `todo-db drift` shows what was altered by hand",
    )


def _said(differing: Sequence[Table], found: Mapping[Table, str], number: int) -> str:
    """What differs and what is missing, by name."""
    if not found and number > 1:
        return f"none of its {number} tables is there; is it the right database?"
    parts = []
    for tables, one, several in (
        ([t for t in differing if t in found], "differs", "differ"),
        ([t for t in differing if t not in found], "is missing", "are missing"),
    ):
        listed = ", ".join(_shown(t) for t in tables[:5]) + (" …" if len(tables) > 5 else "")
        parts += [f"{listed} {several if len(tables) > 1 else one}"] if tables else []
    return "; ".join(parts)


def _refuse_async(bind: Any) -> None:
    """Raises UsageError for what would have to be awaited: an AsyncEngine, a connection of asyncpg …"""
    from inspect import iscoroutinefunction

    of_sqlalchemy = any(c.__module__.startswith("sqlalchemy.ext.asyncio") for c in type(bind).__mro__)
    if of_sqlalchemy or iscoroutinefunction(getattr(bind, "execute", None)):
        raise UsageError(
            f"assert_schema was given an {type(bind).__name__}, which it cannot wait for",
            hint="async with engine.connect() as connection: await connection.run_sync(assert_schema)",
        )


def _translated(bind: Any) -> str | None:
    """What the usual schema is called under the bind's `schema_translate_map`."""
    bind = bind.get_bind() if hasattr(bind, "get_bind") else bind  # a Session
    options: Callable[[], Mapping[str, Any]] = getattr(bind, "get_execution_options", dict)
    names: Mapping[str | None, str | None] = options().get("schema_translate_map") or {}
    return names.get(None) or names.get(_USUAL)


def read(path: Path) -> Expected:
    """Read the file. Raises UsageError where it is missing or not understood."""
    import json

    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        tables = {(s, n): str(d) for s, names in found["tables"].items() for n, d in names.items()}
        return Expected(str(found["revision"]), tables)
    except OSError as error:
        raise UsageError(
            "there is no record of what the database has to be",
            where=str(path),
            hint="`todo-db migrate` writes it; it belongs into version control and into what is deployed",
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            "the record of what the database has to be is not understood",
            where=str(path),
            hint="delete it: `todo-db migrate` writes it anew",
        ) from error


def written(expected: Expected) -> str:
    """The text of the file."""
    import json

    tables: dict[str, dict[str, str]] = {}
    for (schema, name), digest in sorted(expected.digests.items()):
        tables.setdefault(schema, {})[name] = digest
    about = "What each table has to be; written by todo-db, read by todo_db.assert_schema()."
    content = {"about": about, "revision": expected.revision, "tables": tables}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def digests(bind: Any, tables: Iterable[Table], own: str | None = None) -> dict[Table, str]:
    """The digest of each of these tables that the database has: one statement.

    own: the schema that is looked into where a table of the usual schema is meant.
    """
    import json

    there = sorted((own if own and s == _USUAL else s, n) for s, n in tables)
    names, called = json.dumps(there).encode().hex(), (own or "").encode().hex()
    columns = {
        key: _AS_USUAL.format(namespace=column, own=called, usual=_USUAL)
        if own
        else f"{column}::regnamespace::text"
        for key, column in (("type_schema", "t.typnamespace"), ("target_schema", "f.relnamespace"))
    }
    rows = _rows(bind, _DIGESTS.format(names=names, **columns))
    return {(_USUAL if own and schema == own else schema, name): digest for schema, name, digest in rows}


def compare(expected: Expected, found: Mapping[Table, str]) -> list[Table]:
    """The tables that are not as expected."""
    return sorted(table for table, digest in expected.digests.items() if found.get(table) != digest)


def _shown(table: Table) -> str:
    schema, name = table
    return name if schema == "public" else f"{schema}.{name}"


def _folder(given: str | Path | None) -> Path:
    if given is not None:
        return Path(given)
    from todo_db.settings import load

    return load().migrations_dir


# ---- drivers --------------------------------------------------------------------------------------------


def _rows(bind: Any, statement: str) -> list[tuple[str, str, str]]:
    """Run it on whatever the application has."""
    if bind is None or isinstance(bind, str):
        return _by_url(bind, statement)
    if hasattr(bind, "exec_driver_sql"):  # a Connection of SQLAlchemy
        return [tuple(row) for row in bind.exec_driver_sql(statement)]
    if hasattr(bind, "get_bind"):  # a Session
        return _rows(bind.connection(), statement)
    if hasattr(bind, "dialect"):  # an Engine
        with bind.connect() as connection:
            return _rows(connection, statement)
    return [tuple(row) for row in bind.execute(statement)]


def _by_url(url: str | None, statement: str) -> list[tuple[str, str, str]]:
    from todo_db.postgres.connect import connect
    from todo_db.postgres.target import resolve
    from todo_db.settings import load

    settings = load()
    names = (settings.database_url, settings.direct_url)
    target = resolve(url, project=settings.root, purpose="read", names=names)
    with connect(target, read_only=True) as connection:
        return _rows(connection, statement)
