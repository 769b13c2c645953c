"""A server of the user's own (TODO_DB_SCRATCH_URL) as the place for scratch databases."""

from __future__ import annotations

import contextlib
import secrets
import threading
from typing import TYPE_CHECKING, Any

from todo_db.errors import UndeterminedError, UsageError
from todo_db.postgres.connect import connect
from todo_db.postgres.target import from_url

if TYPE_CHECKING:
    import psycopg


class BorrowedServer:
    """Makes databases with a prefix that nobody else has, and drops exactly those, and its roles, at the end.

    Where the URL's role is a superuser, a role with a random password is made to own the databases, since
    what specs and models say must not run as a superuser.
    """

    def __init__(self, url: str) -> None:
        from psycopg.conninfo import conninfo_to_dict

        self._lock = threading.RLock()
        self._databases: list[str] = []
        self._roles: list[str] = []
        self.prefix = f"todo_db_scratch_{secrets.token_hex(4)}_"
        target = from_url(url, origin="TODO_DB_SCRATCH_URL")
        if target.pooled:
            raise UsageError(
                "TODO_DB_SCRATCH_URL is a connection pooler", where=target.shown, hint="use the direct URL"
            )
        self._facts = conninfo_to_dict(target.conninfo)
        self._admin = connect(target, read_only=False, wait=10, autocommit=True)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        """Look at what the URL's role may do, and make a role of less power where it may do everything."""
        row = self._admin.execute(
            "SELECT current_user, rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        self.role, self._superuser, may_create = row or ("", False, False)
        if not self._superuser and not may_create:
            raise UndeterminedError(
                f"the role {self.role} of TODO_DB_SCRATCH_URL may not make databases",
                where="TODO_DB_SCRATCH_URL",
                hint=f"ALTER ROLE {self.role} CREATEDB, or unset the variable to use a server of our own",
            )
        if self._superuser:
            self.role = self.prefix + "owner"
            self._make_owner(secrets.token_urlsafe(24))

    def _make_owner(self, password: str) -> None:
        from psycopg import sql

        statement = sql.SQL("CREATE ROLE {} LOGIN BYPASSRLS PASSWORD {}")
        self._admin.execute(statement.format(sql.Identifier(self.role), sql.Literal(password)))
        self._roles.append(self.role)
        self._login = {"user": self.role, "password": password}

    def admin(self) -> psycopg.Connection[tuple[Any, ...]]:
        """The connection of the URL's own role."""
        return self._admin

    def create(self, name: str) -> None:
        """Make an empty database that `role` owns; text sorts by bytes there, as on a server of our own."""
        from psycopg import sql

        statement = sql.SQL(
            "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        with self._lock:
            self._databases.append(name)
            self._admin.execute(statement.format(sql.Identifier(name), sql.Identifier(self.role)))

    def conninfo(self, database: str, options: str, *, superuser: bool = False) -> str:
        """How to connect to a database, as `role` or as the superuser."""
        from psycopg.conninfo import make_conninfo

        if superuser and not self._superuser:
            raise UndeterminedError(
                f"this needs a superuser on the scratch server, which {self.role} is not",
                where="TODO_DB_SCRATCH_URL",
                hint="unset TODO_DB_SCRATCH_URL to use a server of our own",
            )
        login = self._login if self._superuser and not superuser else {}
        given = str(self._facts.get("options") or "")
        facts = {**self._facts, **login, "dbname": database, "options": f"{given} {options}".strip()}
        return make_conninfo("", **facts)

    def created_role(self, name: str) -> None:
        """Remember a role that was made, so that it can be dropped at the end."""
        self._roles.append(name)

    def close(self) -> None:
        """Drop what was made here, and nothing else."""
        from psycopg import sql

        for name in self._databases:
            with contextlib.suppress(Exception):
                self._admin.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
                )
        for name in reversed(self._roles):
            with contextlib.suppress(Exception):
                self._admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
        self._databases.clear()
        self._roles.clear()
        self._admin.close()
