"""Whether the role that an application connects with is one that row level security applies to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from todo_db.access.errors import UnsafeRoleError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from todo_db.access.guarded import Scope

# One row for the role, one for each above all policies that it may become, then one for each table that it
# can read and that does not hold it to its rows.
QUERY = """
SELECT 'role', rolname, rolsuper, rolbypassrls, false, false
  FROM pg_catalog.pg_roles WHERE rolname = current_user
UNION ALL
SELECT 'becomes', rolname, rolsuper, rolbypassrls, false, false
  FROM pg_catalog.pg_roles WHERE (rolsuper OR rolbypassrls) AND rolname <> current_user
   AND pg_catalog.pg_has_role(oid, 'MEMBER')
UNION ALL
SELECT 'table', CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END,
       c.relrowsecurity, c.relforcerowsecurity,
       pg_catalog.pg_has_role(c.relowner, 'MEMBER'),
       EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND n.nspname !~ '^pg_(toast|temp)'
"""
OWN_ROLE = (
    "make a role in SQL and let the application connect as it: CREATE ROLE app LOGIN PASSWORD '…' "
    "NOSUPERUSER NOBYPASSRLS; every role made in Neon's console, neondb_owner among them, has BYPASSRLS"
)


@dataclass(frozen=True, slots=True)
class RoleProblem:
    """Why the role is not held to its user's rows. table: where; None: everywhere."""

    what: str
    hint: str
    table: str | None = None


def problems(rows: Iterable[tuple[Any, ...]], scoped: Iterable[str]) -> list[RoleProblem]:
    """What QUERY's rows say against the role. scoped: the tables whose rows belong to somebody."""
    found: list[RoleProblem] = []
    wanted = set(scoped)
    for kind, name, first, second, owns, policies in rows:
        if kind == "role":
            found += _of_role(name, superuser=first, bypasses=second)
        elif kind == "becomes" and not found:  # who is above everything may become everybody
            what = f"the role may SET ROLE {name}, to which row level security never applies"
            found.append(RoleProblem(what, f"REVOKE {name} FROM it"))
        elif name in wanted:
            found += _of_table(name, enabled=first, forced=second, owns=owns, policies=policies)
    return found


def _of_role(name: str, *, superuser: bool, bypasses: bool) -> list[RoleProblem]:
    if superuser:
        return [
            RoleProblem(f"the role {name} is a superuser: row level security never applies to it", OWN_ROLE)
        ]
    if bypasses:
        return [
            RoleProblem(f"the role {name} has BYPASSRLS: row level security never applies to it", OWN_ROLE)
        ]
    return []


def _of_table(name: str, *, enabled: bool, forced: bool, owns: bool, policies: bool) -> list[RoleProblem]:
    if not enabled:
        return [
            RoleProblem(
                f"{name} has no row level security", f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY", name
            )
        ]
    if owns and not forced:
        hint = f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY, or connect as a role that does not own it"
        return [RoleProblem(f"the role owns {name}, to which row level security is not forced", hint, name)]
    return []


_verified: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


def verify(connection: Connection, scope: Scope) -> None:
    """Raise UnsafeRoleError unless every scoped table holds this connection's role. Asked once per engine."""
    if _verified.get(connection.engine):
        return
    with scope.allowing_raw():
        rows = connection.exec_driver_sql(QUERY).all()
    scoped = [name for name, owned in scope.ownerships.items() if owned.scoped]
    found = problems([tuple(row) for row in rows], scoped)
    if found:
        raise UnsafeRoleError(found[0].what, hint=found[0].hint)
    _verified[connection.engine] = True
