"""What an application calls when it starts, instead of `create_all`: is the database what this code expects?

    from todo_db import assert_schema

    assert_schema(engine)                       # sync
    await connection.run_sync(assert_schema)    # async

One statement, one round trip. What is expected lies beside the revisions, in `head.json`, which
`todo-db migrate new` and `todo-db migrate` write. It holds a digest for each table: columns with their types,
nullability and identity, keys, constraints and indexes by name and columns, labels of enums, row level
security. Texts of expressions are left to `todo-db drift`, since PostgreSQL may spell them anew after a dump.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from todo_db.errors import TodoDbError, UsageError

FILE = "head.json"
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
), facts (schema, name, fact) AS (
    SELECT schema, name, concat_ws(' ', 'table', relkind, relrowsecurity, relforcerowsecurity) FROM wanted
    UNION ALL
    SELECT w.schema, w.name,
           concat_ws(' ', 'column', a.attname, nullif(t.typnamespace::regnamespace::text, 'pg_catalog'),
                     t.typname, a.atttypmod, a.attnotnull, a.atthasdef, a.attidentity, a.attgenerated,
                     CASE WHEN t.typtype = 'e' OR t.typelem > 16383 THEN
                         (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
                          FROM pg_catalog.pg_enum e WHERE e.enumtypid IN (t.oid, t.typelem)) END)
    FROM wanted w
    JOIN pg_catalog.pg_attribute a ON a.attrelid = w.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    UNION ALL
    SELECT w.schema, w.name,
           concat_ws(' ', 'constraint', k.conname, k.contype, k.convalidated, k.condeferrable, k.condeferred,
                     k.confupdtype, k.confdeltype,
                     (SELECT string_agg(a.attname, ',' ORDER BY array_position(k.conkey, a.attnum))
                      FROM pg_catalog.pg_attribute a
                      WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)),
                     CASE k.contype WHEN 'f' THEN
                         (SELECT concat_ws(' ', f.relnamespace::regnamespace, f.relname, string_agg(
                                     a.attname, ',' ORDER BY array_position(k.confkey, a.attnum)))
                          FROM pg_catalog.pg_class f
                          JOIN pg_catalog.pg_attribute a ON a.attrelid = f.oid AND a.attnum = ANY (k.confkey)
                          WHERE f.oid = k.confrelid GROUP BY f.oid, f.relnamespace, f.relname) END)
    FROM wanted w
    JOIN pg_catalog.pg_constraint k ON k.conrelid = w.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')
    UNION ALL
    SELECT w.schema, w.name,
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
    SELECT w.schema, w.name, concat_ws(' ', 'policy', p.polname, p.polcmd, p.polpermissive)
    FROM wanted w JOIN pg_catalog.pg_policy p ON p.polrelid = w.oid
)
SELECT schema, name, md5(string_agg(fact, chr(10) ORDER BY fact COLLATE "C"))
FROM facts GROUP BY schema, name
"""


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


def assert_schema(bind: Any = None, *, migrations: str | Path | None = None) -> None:
    """Raise SchemaMismatchError where a table is missing or is not what the newest revision makes of it.

    bind: an SQLAlchemy Engine, Connection or Session, a psycopg connection, or a URL; default: the database
    that `todo-db` would read. migrations: the folder with `head.json`; default: the project's, from the
    working directory upwards. Raises UsageError where there is no such file, and what the driver raises
    where the database cannot be reached.
    """
    expected = read(_folder(migrations) / FILE)
    differing = compare(expected, digests(bind, expected.digests))
    if not differing:
        return
    listed = ", ".join(_shown(t) for t in differing[:5]) + (" …" if len(differing) > 5 else "")
    raise SchemaMismatchError(
        f"the database is not what revision {expected.revision} of this code expects: {listed} "
        f"{'differ or are' if len(differing) > 1 else 'differs or is'} missing",
        [_shown(t) for t in differing],
        hint="`todo-db migrate` applies what is pending; `todo-db drift` shows what was altered by hand",
    )


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


def digests(bind: Any, tables: Iterable[Table]) -> dict[Table, str]:
    """The digest of each of these tables that the database has: one statement."""
    import json

    names = json.dumps(sorted(tables)).encode().hex()
    return {(schema, name): digest for schema, name, digest in _rows(bind, _DIGESTS.format(names=names))}


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
