"""The roles behind a URL: whether row level security holds the one that the application connects as."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

# The role that connected, then the application's; with the tables whose policies it is above as their owner,
# and whether there are any policies at all.
_ROLES = """
SELECT r.rolname, r.rolsuper, r.rolbypassrls,
       ARRAY(SELECT c.oid::regclass::text FROM pg_catalog.pg_class c
              WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND NOT c.relforcerowsecurity
                AND pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE') ORDER BY 1),
       EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity)
  FROM pg_catalog.pg_roles r WHERE r.rolname = current_user OR r.rolname = %s
 ORDER BY r.rolname = current_user DESC
"""
OWN_ROLE = (
    "let the application connect as a role made in SQL: CREATE ROLE {} LOGIN PASSWORD '…' NOSUPERUSER "
    "NOBYPASSRLS; on Neon every role made in the console, neondb_owner among them, has BYPASSRLS"
)


def look(
    connection: Connection, app_role: str | None, *, applications: bool
) -> Iterator[tuple[str, str, str | None]]:
    """('ok' | 'warn' | 'error', text, hint) for the role that connected, and for the application's.

    app_role: of the settings. applications: whether this is the URL that applications use, so that without
    an app_role its role is theirs.
    """
    rows = connection.execute(_ROLES, (app_role,)).fetchall()
    for number, (name, superuser, bypasses, unforced, protected) in enumerate(rows):
        connected = number == 0
        is_apps = name == app_role if app_role else applications and connected
        powers = [text for has, text in ((superuser, "superuser"), (bypasses, "BYPASSRLS")) if has]
        whose = "" if connected else " (app_role)"
        if powers:
            text = f"{name}{whose} has {' and '.join(powers)}: row level security never applies to it"
            if is_apps and protected:
                yield "error", text, OWN_ROLE.format(app_role or "app")
            else:
                yield "warn", text, "fine for migrating; " + OWN_ROLE.format(app_role or "app")
        elif unforced and is_apps:
            tables = ", ".join(unforced[:5]) + (" …" if len(unforced) > 5 else "")
            text = f"{name}{whose} owns {tables}, to which row level security is not forced"
            yield "error", text, "ALTER TABLE … FORCE ROW LEVEL SECURITY, or " + OWN_ROLE.format("app")
        else:
            yield "ok", f"{name}{whose}, no superuser, held by row level security", None
    if app_role and app_role not in {row[0] for row in rows}:
        yield "warn", f"there is no role {app_role} (app_role)", OWN_ROLE.format(app_role)
