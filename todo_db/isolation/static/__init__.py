"""Rules about row level security that the catalog alone answers, one query in a .sql file for each.

What they look for is what supabase/splinter looks for (https://github.com/supabase/splinter), in our words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from todo_db.findings import Finding, Rule
from todo_db.isolation.rules import STATIC, UNINDEXED_OWNER, UNIQUE_ACROSS_USERS
from todo_db.ownership.declared import Ownerships, qualified
from todo_db.schema import display

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

_OWNERS = """
SELECT n.nspname, c.relname, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relkind IN ('r', 'p') AND a.attnum > 0
   AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL
                      AND i.indkey[0] = a.attnum)
"""


_UNIQUE = """
SELECT n.nspname, c.relname, x.relname, ARRAY(
         SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey))
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE i.indisunique AND NOT i.indisprimary AND c.relkind IN ('r', 'p') ORDER BY 1, 2, 3
"""


def findings(connection: Connection, ownerships: Ownerships) -> Iterator[Finding]:
    """What the rules find in a database, extensions and the system's own schemas left out."""
    for rule in STATIC:
        for kind, schema, name, message, hint in connection.execute(_query(rule)).fetchall():
            # a function's name ends in its arguments, a policy's begins with its table
            shown = f"{display(schema)}.{name}" if kind == "function" else display(schema, *name.split("."))
            yield _finding(rule, kind, shown, f"{name} {message}", hint)
    yield from _unindexed_owners(connection.execute(_OWNERS).fetchall(), ownerships)
    yield from _unique_across_users(connection.execute(_UNIQUE).fetchall(), ownerships)


def _query(rule: Rule) -> Any:
    text = files(__package__).joinpath(f"{rule.name.replace('-', '_')}.sql").read_text(encoding="utf-8")
    ours = (
        "AS rule(kind, schema, name, message, hint) WHERE schema NOT IN ('pg_catalog', 'information_schema')"
    )
    return f"SELECT * FROM ({text}) {ours} AND schema !~ '^pg_' ORDER BY 2, 3"  # noqa: S608  # our own file


def _unindexed_owners(rows: Iterable[tuple[Any, ...]], ownerships: Ownerships) -> Iterator[Finding]:
    for schema, name, column in rows:
        owned = ownerships.get(qualified(name, schema))
        if owned is None or owned.shared or column not in _first_columns(owned):
            continue
        message = f"{name} is looked up by {column}, and no index leads with it"
        hint = f'CREATE INDEX CONCURRENTLY ON "{schema}"."{name}" ("{column}")'
        yield _finding(UNINDEXED_OWNER, "table", display(schema, name), message, hint)


def _unique_across_users(rows: Iterable[tuple[Any, ...]], ownerships: Ownerships) -> Iterator[Finding]:
    """Unique keys of owned tables that hold neither an owner nor a reference to what somebody owns."""
    for schema, name, index, columns in rows:
        owned = ownerships.get(qualified(name, schema))
        if owned is None or owned.shared:
            continue
        links = {r.column for r in (*owned.references, *([owned.through] if owned.through else []))}
        if links & set(columns) or {owned.user, owned.organization} & set(columns):
            continue
        message = f"{index}: {name} has each {', '.join(columns)} once for all users"
        hint = "let the owner be part of the key, or waive it where the value cannot be guessed"
        yield _finding(UNIQUE_ACROSS_USERS, "index", display(schema, index), message, hint)


def _first_columns(owned: Any) -> set[str]:
    if owned.through:
        return set()  # a foreign key, which has a rule of its own
    return {owned.organization or owned.user}


def _finding(rule: Rule, kind: str, name: str, message: str, hint: str | None) -> Finding:
    return Finding(rule.code, rule.name, rule.severity, kind, name, message, hint=hint)
