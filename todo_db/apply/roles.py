"""Roles that revisions grant to: whoever keeps passwords makes them, so they have to be there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from todo_db.errors import ApplyError
from todo_db.schema import Schema

if TYPE_CHECKING:
    from todo_db.apply.upgrade import Session
    from todo_db.sources.workspace import Workspace


def prepare(ws: Workspace, session: Session, goal: Schema | None) -> None:
    """See that every role is there to which the history grants; on the embedded server make the missing.

    goal: what the history builds; without it nothing is known. Raises ApplyError where one is missing.
    """
    wanted = _named(goal) if goal is not None else []
    if not wanted:
        return
    rows = session.connection.execute(
        "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = ANY (%s)", [wanted]
    )
    there = {name for (name,) in rows}
    missing = [name for name in wanted if name not in there]
    if not missing:
        return
    if not session.target.embedded:
        raise _missing(ws, missing)
    ws.say(f"the role {', '.join(missing)} is made on the embedded server, without a login")
    _make(session, missing)


def _named(goal: Schema) -> list[str]:
    grantees = {str(getattr(o, "grantee", "")) for o in goal.of("grant")}
    grantees |= {str(role) for o in goal.of("policy") for role in getattr(o, "roles", ())}
    return sorted(g for g in grantees - {"", "public"} if not g.startswith("pg_"))


def _missing(ws: Workspace, missing: list[str]) -> ApplyError:
    from todo_db.objects.names import quote

    made = "; ".join(f"CREATE ROLE {quote(name)} LOGIN PASSWORD '…'" for name in missing)
    return ApplyError(
        f"the database has no role {', '.join(missing)}, to which the revisions grant rights; "
        "nothing was changed",
        where=ws.migrate_target.shown,
        hint=f"make it in SQL: {made} (on Neon not in the console: roles made there are above row level "
        "security), then `todo-db migrate` again",
    )


def _make(session: Session, names: list[str]) -> None:
    """As the embedded server's superuser; its owner may then act as the new role (SET ROLE)."""
    import psycopg
    from psycopg import sql

    from todo_db.postgres.cluster import ADMIN

    owner = session.connection.info.user
    with psycopg.connect(session.target.conninfo, user=ADMIN, autocommit=True) as admin:
        for name in map(sql.Identifier, names):
            admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(name))
            admin.execute(sql.SQL("GRANT {} TO {}").format(name, sql.Identifier(owner)))
        admin.execute(sql.SQL("ALTER ROLE {} BYPASSRLS").format(sql.Identifier(owner)))
