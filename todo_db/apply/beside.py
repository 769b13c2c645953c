"""What a session of one schema sees beside it: extensions, tables of others, nothing named like ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from todo_db.errors import ApplyError
from todo_db.schema import Schema

if TYPE_CHECKING:
    from todo_db.apply.upgrade import Session
    from todo_db.sources.workspace import Workspace

# Members of extensions are what the schemas are looked into for.
_HOMONYMS = """
    SELECT n.nspname || '.' || o.name
    FROM (SELECT 1259 AS catalog, oid, relnamespace AS namespace, relname AS name FROM pg_catalog.pg_class
          UNION ALL SELECT 1247, oid, typnamespace, typname FROM pg_catalog.pg_type WHERE typrelid = 0) o
    JOIN pg_catalog.pg_namespace n ON n.oid = o.namespace
    WHERE n.nspname = ANY (%(schemas)s) AND o.name = ANY (%(names)s)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = o.catalog AND d.objid = o.oid AND d.deptype = 'e')
    ORDER BY 1 LIMIT 5
"""
_KINDS = frozenset({"table", "view", "materialized view", "sequence", "enum", "domain", "composite type"})


def prepare(ws: Workspace, session: Session, revisions: Iterable[str], sides: Iterable[Schema]) -> None:
    """Let the session see the schemas of what the history refers to outside of its own.

    sides: what is there before and after. Raises ApplyError where one of those schemas has something of the
    same name, which a revision might find in the place of its own.
    """
    from todo_db.sources import tenancy

    seen = session.see_beside(tenancy.beside(ws, list(revisions)))
    if not seen:
        return
    names = {o.parts[1] for side in sides for o in side.objects.values() if o.kind in _KINDS}
    rows = session.connection.execute(_HOMONYMS, {"schemas": seen, "names": sorted(names)}).fetchall()
    if rows:
        found = ", ".join(name for (name,) in rows)
        raise ApplyError(
            f"beside {ws.settings.tenant} the revisions would also see {found}, called like their own; "
            "nothing was changed",
            where=session.target.shown,
            hint="move the extensions away from there: ALTER EXTENSION … SET SCHEMA extensions",
        )


def known(session: Session, keys: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these tables (schema, name) the database has, in whatever schema."""
    query = """SELECT n.nspname, c.relname FROM pg_catalog.pg_class c
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = ANY (%s)"""
    wanted = set(keys)
    rows = session.connection.execute(query, [[name for _, name in wanted]]).fetchall()
    return wanted & {(schema, name) for schema, name in rows}
