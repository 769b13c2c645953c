"""isolation: nobody reaches another user's rows, proven by trying."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from todo_db.errors import UndeterminedError, UsageError
from todo_db.findings import Finding, Report, Unknown
from todo_db.isolation.attack import OPEN, UNKNOWN, Result
from todo_db.isolation.rules import CROSSES, UNSAFE_ROLE
from todo_db.ownership.declared import Ownerships
from todo_db.schema import display
from todo_db.workflows.sides import has_migrations, has_spec, report

if TYPE_CHECKING:
    import psycopg

    from todo_db.sources.workspace import Workspace

    Connection = psycopg.Connection[tuple[Any, ...]]

ROLE = "app"
_HINTS = {
    "references": "let the key take the owner along: FOREIGN KEY (…, user_id) REFERENCES … (id, user_id)",
    "truncate": "REVOKE TRUNCATE",
    "call": "check the owner in the function, or make it SECURITY INVOKER",
}


def isolation(ws: Workspace, *, role: str | None = None, live: bool = False) -> Report:
    """Attack scratch, or with `live` the live database in a transaction that is rolled back.

    role: what the application connects as (default: that of the settings); where it may do nothing, the
    owner of the tables is tried. On scratch the history is replayed, or, without one, the spec is built with
    the policies that follow from it. Raises UsageError where the spec names no owner, UndeterminedError where
    a proof is not possible.
    """
    ownerships = _declared(ws)
    acting = role or ws.settings.app_role or ROLE
    with ExitStack() as stack:
        subject = stack.enter_context(_Live(ws, acting) if live else _Scratch(ws, acting))
        if unstated := _unstated(ws):
            subject.notes.append(unstated)
        return subject.report(ownerships)


def _declared(ws: Workspace) -> Ownerships:
    if not has_spec(ws):
        raise UsageError("there is no spec that says whose rows are whose", hint="`todo-db init` writes one")
    ownerships = Ownerships.from_specification(ws.specification)
    if not any(owned.scoped for owned in ownerships.values()):
        raise UsageError(
            "the spec names no owner of any table, so there is nothing to prove",
            hint="say whose rows they are: **Owner**: `user_id` (in YAML owner: user_id)",
        )
    return ownerships


def _unstated(ws: Workspace) -> str | None:
    """Of owners that the spec does not state in so many words no policy follows."""
    names = [t.name for t in ws.specification.tables if isinstance(t.owner, str) and t.owner_place is None]
    if not names:
        return None
    return (
        f"whose the rows of {', '.join(names)} are was gathered from the text, and gives no policies: "
        "state it, **Owner**: `user_id`"
    )


class _Subject:
    """The database that is attacked."""

    wide = True
    first_number = 1

    def __init__(self, ws: Workspace, role: str) -> None:
        self.ws, self.role = ws, role
        self.notes: list[str] = []
        self._stack = ExitStack()
        self.connection: Connection

    def __exit__(self, *failure: Any) -> None:
        self._stack.__exit__(*failure)

    def report(self, ownerships: Ownerships) -> Report:
        """Prove, and tell what was found."""
        from todo_db.isolation import static
        from todo_db.isolation.proof import matrix, prove

        role = self._acting(ownerships)
        found = list(_role_findings(self.connection, role, ownerships))
        if any(f.kind == "role" for f in found):
            self.notes.append(f"nothing was tried: {role} is above every policy")
            results: list[Result] = []
        else:
            results = prove(self.connection, ownerships, role, wide=self.wide, first_number=self.first_number)
        found += [_finding(r) for r in results if r.state == OPEN]
        found += static.findings(self.connection, ownerships)
        unknown = [_unknown(r) for r in results if r.state == UNKNOWN]
        rows = matrix(results)
        made = report(self.ws, "isolation", found, unknown=unknown, notes=self.notes, matrix=rows, role=role)
        return Report(
            made.command,
            made.findings,
            objects=len(rows),
            facts=len(results),
            unknown=made.unknown,
            notes=made.notes,
            extra=made.extra,
        )

    def _acting(self, ownerships: Ownerships) -> str:
        """The role, or the tables' owner where the role may do nothing with any of them."""
        names = [owned.parts for owned in ownerships.values()]
        row = self.connection.execute(
            "SELECT bool_or(has_table_privilege(r.oid, c.oid, 'SELECT')), min(o.rolname) "
            "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "JOIN pg_roles o ON o.oid = c.relowner JOIN pg_roles r ON r.rolname = %s "
            "WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
            (self.role, [schema or "public" for schema, _ in names], [name for _, name in names]),
        ).fetchone()
        if row is None or row[1] is None:
            raise UndeterminedError(
                f"there is no role {self.role!r}, or none of the tables that the spec gives an owner",
                hint="name the application's role with --role",
            )
        if row[0]:
            return self.role
        owner = str(row[1])
        self.notes.append(
            f"{self.role} may read none of the tables, so their owner was tried, as which applications "
            'without a role of their own connect; app_role = "…" in [tool.todo-db] names one that is granted '
            "what it needs"
        )
        return owner


class _Scratch(_Subject):
    def __enter__(self) -> _Scratch:
        self.ws.scratch.ensure_roles([self.role])
        built = self._from_migrations() or self._from_spec()
        self.connection = self.ws.scratch.superuser_connection(built)
        self._stack.callback(self.connection.close)
        return self

    def _acting(self, ownerships: Ownerships) -> str:
        from psycopg import sql

        role = super()._acting(ownerships)
        if role == self.ws.scratch.role:
            # the role that builds on scratch is above policies; the owner that it stands for need not be
            statement = sql.SQL("ALTER ROLE {} NOBYPASSRLS").format(sql.Identifier(role))
            self.connection.execute(statement)
        return role

    def _from_migrations(self) -> Connection | None:
        if not has_migrations(self.ws):
            return None
        from todo_db.sources import history
        from todo_db.sources.replay import replay

        found = history.read(self.ws.settings)
        if (head := found.head()) is None:
            return None
        applied = found.up_to([head])
        return self._stack.enter_context(replay(self.ws, applied)).connection

    def _from_spec(self) -> Connection:
        from todo_db.sources import build
        from todo_db.sources.drafting.whole import Security, draft

        self.notes.append(
            "there are no migrations: the spec was built, with the policies that follow from it"
        )
        connection = self.ws.scratch.database("isolation")
        self._stack.callback(lambda: self.ws.scratch.drop(connection))
        security = Security(self.role) if self.ws.settings.row_level_security else None
        build.build(connection, draft(self.ws.specification, security=security).steps)
        return connection


class _Live(_Subject):
    wide = False

    def __enter__(self) -> _Live:
        from todo_db.postgres.connect import connect

        self.first_number = 100 + secrets.randbelow(9000)
        target = self.ws.migrate_target
        self.connection = connect(target, read_only=False, on_wait=self.ws.say)
        self._stack.callback(self.connection.close)
        self.notes.append(f"tried on {target.shown}, in a transaction that was rolled back")
        row = self.connection.execute(
            "SELECT rolsuper OR rolbypassrls, pg_has_role(%s, 'MEMBER') FROM pg_roles "
            "WHERE rolname = current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = %s)",
            (self.role, self.role),
        ).fetchone()
        self.connection.rollback()
        if row is None or not all(row):
            self.connection.close()
            raise UndeterminedError(
                f"the role of this connection cannot act as {self.role}, or cannot make rows to try with",
                where=target.shown,
                hint="connect as a role with BYPASSRLS that is a member of the application's role "
                "(on Neon neondb_owner), and name that role with --role",
            )
        return self


def _role_findings(connection: Connection, role: str, ownerships: Ownerships) -> Iterator[Finding]:
    from psycopg import sql

    from todo_db.access.role import QUERY, problems

    with connection.transaction(force_rollback=True):
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        rows = connection.execute(QUERY).fetchall()
    scoped = [name for name, owned in ownerships.items() if owned.scoped]
    for problem in problems(rows, scoped):
        kind, name = ("table", problem.table) if problem.table else ("role", role)
        yield Finding(
            UNSAFE_ROLE.code,
            UNSAFE_ROLE.name,
            UNSAFE_ROLE.severity,
            kind,
            _shown(name) if problem.table else display(name),
            problem.what,
            hint=problem.hint,
        )


def _shown(name: str) -> str:
    schema, dot, plain = name.rpartition(".")
    return display(schema if dot else "public", plain)


def _finding(result: Result) -> Finding:
    return Finding(
        CROSSES.code,
        CROSSES.name,
        CROSSES.severity,
        result.kind,
        result.name if result.kind == "function" else _shown(result.name),
        f"{result.operation}: {result.detail}",
        sides={"statement": result.statement},
        hint=_HINTS.get(result.operation, "see `todo-db explain TD801`"),
    )


def _unknown(result: Result) -> Unknown:
    name = result.name if result.kind == "function" else _shown(result.name)
    hint = None
    if "nobody said" in result.detail:
        hint = "say whose they are in the spec, or revoke what the role need not do"
    return Unknown("isolation", f"{result.operation} on {name}", result.detail, hint)
