"""The proof finds each hole that is made on purpose, and nothing where none is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine

from tests.access.conftest import ROLE, secure
from tests.access.world import OWNERSHIPS, Base
from todo_db.access.role import QUERY, problems
from todo_db.isolation.attack import OPEN, PROVEN, UNKNOWN
from todo_db.isolation.proof import matrix, prove
from todo_db.ownership import policies
from todo_db.ownership.declared import Link, Owned, Ownerships
from todo_db.postgres.scratch import Scratch

COMPOSITE = """
ALTER TABLE tasks ADD UNIQUE (id, user_id);
ALTER TABLE tasks ADD FOREIGN KEY (parent_id, user_id) REFERENCES tasks (id, user_id)
"""


@dataclass
class Secured:
    server: Scratch
    connection: psycopg.Connection[Any]

    def prove(self, *statements: str, role: str = ROLE, wide: bool = True) -> dict[str, dict[str, str]]:
        """The matrix after these statements, which are rolled back."""
        superuser = self.server.superuser_connection(self.connection)
        try:
            with superuser.transaction(force_rollback=True):
                for statement in statements:
                    superuser.execute(statement)
                results = prove(superuser, OWNERSHIPS, role, wide=wide)
            self.results = results
            return {row["object"]: row["sides"] for row in matrix(results)}
        finally:
            superuser.close()


@pytest.fixture(scope="module")
def secured(server: Scratch) -> Iterator[Secured]:
    connection = server.database("isolation")
    engine = create_engine(server.url(connection))
    Base.metadata.create_all(engine)
    secure(engine, server)
    engine.dispose()
    for statement in COMPOSITE.split(";"):
        connection.execute(statement)
    yield Secured(server, connection)
    server.drop(connection)


def test_a_closed_database_is_proven(secured: Secured) -> None:
    found = secured.prove()
    states = {state for row in found.values() for state in row.values()}
    assert OPEN not in states, [r for r in secured.results if r.state == OPEN]
    assert UNKNOWN not in states, [r for r in secured.results if r.state == UNKNOWN]
    for name in ("tasks", "comments", "attachments", "projects", "drafts", "notes"):
        assert {found[name][o] for o in ("select", "insert", "update", "delete")} == {PROVEN}
    assert found["tasks"]["references"] == PROVEN
    assert found["members"]["select"] == PROVEN


def test_nothing_stays(secured: Secured) -> None:
    secured.prove()
    assert secured.connection.execute("SELECT count(*) FROM tasks").fetchone() == (0,)


def drop(name: str) -> str:
    table = name.split("_owner_", maxsplit=1)[0]
    return f"DROP POLICY {name} ON {table}"


def policy(table: str, command: str, rest: str) -> str:
    return f"CREATE POLICY hole ON {table} FOR {command} TO {ROLE} {rest}"


USER = "current_setting('app.user_id', true)"
ORGANIZATION = "current_setting('app.organization_id', true)"
ALL = ("select", "insert", "update", "delete")
DEFINER = "LANGUAGE sql SECURITY DEFINER AS"

# What is done → the table on which it opens which operations.
HOLES: dict[str, tuple[list[str], str, tuple[str, ...]]] = {
    "no row level security": (["ALTER TABLE tasks DISABLE ROW LEVEL SECURITY"], "tasks", ALL),
    "on a child": (["ALTER TABLE comments DISABLE ROW LEVEL SECURITY"], "comments", ALL),
    "on a grandchild": (["ALTER TABLE attachments DISABLE ROW LEVEL SECURITY"], "attachments", ALL),
    "select for all": ([policy("tasks", "SELECT", "USING (true)")], "tasks", ("select",)),
    "select without a user": (
        [policy("tasks", "SELECT", f"USING (nullif({USER}, '') IS NULL)")],
        "tasks",
        ("select",),
    ),
    "select with an empty user": ([policy("notes", "SELECT", f"USING ({USER} = '')")], "notes", ("select",)),
    "select by pattern": ([policy("notes", "SELECT", f"USING (user_id LIKE {USER})")], "notes", ("select",)),
    "insert unchecked": ([policy("tasks", "INSERT", "WITH CHECK (true)")], "tasks", ("insert",)),
    "a child unchecked": ([policy("comments", "INSERT", "WITH CHECK (true)")], "comments", ("insert",)),
    "update unchecked": (
        [
            drop("tasks_owner_update"),
            policy("tasks", "UPDATE", f"USING (user_id = {USER}) WITH CHECK (true)"),
        ],
        "tasks",
        ("update",),
    ),
    "update for all": ([policy("notes", "UPDATE", "USING (true)")], "notes", ("update",)),
    "delete for all": ([policy("notes", "DELETE", "USING (true)")], "notes", ("delete",)),
    "everything": ([policy("notes", "ALL", "USING (true)")], "notes", ALL),
    "child follows any parent": (
        [policy("comments", "SELECT", "USING (EXISTS (SELECT FROM tasks))")],
        "comments",
        ("select",),
    ),
    "organization by claim": (
        [policy("projects", "SELECT", f"USING (organization_id = {ORGANIZATION})")],
        "projects",
        ("select",),
    ),
    "membership by oneself": (
        [f"GRANT INSERT ON members TO {ROLE}", policy("members", "INSERT", f"WITH CHECK (user_id = {USER})")],
        "members",
        ("insert",),
    ),
    "truncate": ([f"GRANT TRUNCATE ON tasks TO {ROLE}"], "tasks", ("truncate",)),
    "shared rows": ([f"GRANT UPDATE ON tags TO {ROLE}"], "tags", ("update",)),
    "reference to another's": (
        ["ALTER TABLE tasks DROP CONSTRAINT tasks_parent_id_user_id_fkey"],
        "tasks",
        ("references",),
    ),
    "a view of its owner": (
        ["CREATE VIEW v AS SELECT id, title FROM tasks", f"GRANT SELECT ON v TO {ROLE}"],
        "v",
        ("select",),
    ),
    "a view that deletes": (
        ["CREATE VIEW v AS SELECT id, text FROM notes", f"GRANT SELECT, DELETE, UPDATE ON v TO {ROLE}"],
        "v",
        ("select", "delete", "update"),
    ),
    "a view that takes rows": (
        ["CREATE VIEW v AS SELECT * FROM notes", f"GRANT SELECT, INSERT ON v TO {ROLE}"],
        "v",
        ("select", "insert"),
    ),
    "update without a user": (
        [
            policy("notes", "SELECT", f"USING (coalesce({USER}, '') = '')"),
            policy("notes", "UPDATE", f"USING (coalesce({USER}, '') = '')").replace("hole", "hole2"),
        ],
        "notes",
        ("select", "update"),
    ),
    "delete without a user": (
        [
            policy("notes", "SELECT", f"USING (coalesce({USER}, '') = '')"),
            policy("notes", "DELETE", f"USING (coalesce({USER}, '') = '')").replace("hole", "hole2"),
        ],
        "notes",
        ("select", "delete"),
    ),
    "a materialized view": (
        ["CREATE MATERIALIZED VIEW v AS SELECT title FROM tasks", f"GRANT SELECT ON v TO {ROLE}"],
        "v",
        ("select",),
    ),
    "a definer's function": (
        [f"CREATE FUNCTION leak() RETURNS SETOF tasks {DEFINER} 'SELECT * FROM public.tasks'"],
        "leak()",
        ("call",),
    ),
    "a function by key": (
        [f"CREATE FUNCTION f(integer) RETURNS text {DEFINER} 'SELECT title FROM public.tasks WHERE id = $1'"],
        "f(integer)",
        ("call",),
    ),
    "a function that deletes": (
        [f"CREATE FUNCTION wipe() RETURNS void {DEFINER} 'DELETE FROM public.notes'"],
        "wipe()",
        ("call",),
    ),
    "a colleague's": (
        [policy("drafts", "SELECT", f"USING (organization_id = {ORGANIZATION})")],
        "drafts",
        ("select",),
    ),
    "a colleague's, all of it": (
        [policy("drafts", "ALL", f"USING (organization_id = {ORGANIZATION})")],
        "drafts",
        ALL,
    ),
    "a colleague's membership": (
        [policy("members", "SELECT", f"USING (organization_id = {ORGANIZATION})")],
        "members",
        ("select",),
    ),
    "by expression": ([policy("notes", "SELECT", f"USING (user_id ~ {USER})")], "notes", ("select",)),
    "by beginning": (
        [policy("notes", "SELECT", f"USING ({USER} <> '' AND starts_with(user_id, {USER}))")],
        "notes",
        ("select",),
    ),
    "by end": ([policy("notes", "SELECT", f"USING (starts_with({USER}, user_id))")], "notes", ("select",)),
    "by any case": (
        [policy("notes", "ALL", f"USING (lower(user_id) = lower({USER}))")],
        "notes",
        ("select", "update", "delete"),
    ),
    "by trimmed": (
        [policy("notes", "SELECT", f"USING (trim(user_id) = trim({USER}))")],
        "notes",
        ("select",),
    ),
    "by columns": (
        [
            f"REVOKE SELECT ON notes FROM {ROLE}",
            f"GRANT SELECT (id, text) ON notes TO {ROLE}",
            policy("notes", "SELECT", "USING (true)"),
        ],
        "notes",
        ("select",),
    ),
    "by public's rights": (
        [
            "CREATE VIEW v AS SELECT * FROM notes",
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
            "CREATE VIEW w AS SELECT * FROM notes",
        ],
        "w",
        ("select",),
    ),
    "a function by user and key": (
        [
            f"CREATE FUNCTION f(text, integer) RETURNS text {DEFINER} "
            "'SELECT title FROM public.tasks WHERE user_id = $1 AND id = $2'"
        ],
        "f(text,integer)",
        ("call",),
    ),
    "a function by words": (
        [
            f"CREATE FUNCTION f(varchar, since date) RETURNS SETOF integer {DEFINER} "
            "'SELECT id FROM public.tasks WHERE title = $1 AND since < now()'"
        ],
        "f(character varying,date)",
        ("call",),
    ),
    "a function by keys": (
        [
            f"CREATE FUNCTION f(VARIADIC integer[]) RETURNS SETOF text {DEFINER} "
            "'SELECT title FROM public.tasks WHERE id = ANY ($1)'"
        ],
        "f(integer[])",
        ("call",),
    ),
    "a procedure": (
        [f"CREATE PROCEDURE wipe(integer) {DEFINER} 'DELETE FROM public.notes WHERE id = $1'"],
        "wipe(integer)",
        ("call",),
    ),
    "a rule that spreads": (
        ["CREATE RULE spread AS ON DELETE TO tasks DO ALSO DELETE FROM notes"],
        "tasks",
        ("delete",),
    ),
    "a trigger that spreads": (
        [
            "CREATE FUNCTION spread() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
            "$$BEGIN DELETE FROM public.notes; RETURN OLD; END$$",
            "CREATE TRIGGER spread AFTER DELETE ON tasks FOR EACH ROW EXECUTE FUNCTION spread()",
        ],
        "tasks",
        ("delete",),
    ),
}


@pytest.mark.parametrize("name", HOLES)
def test_each_hole_is_found_and_no_other(secured: Secured, name: str) -> None:
    statements, where, operations = HOLES[name]
    found = secured.prove(*statements)
    opened = {o for o, state in found[where].items() if state == OPEN}
    assert set(operations) <= opened, found[where]
    others = {n for n, row in found.items() if OPEN in row.values()} - {where}
    assert others <= ({"comments"} if where == "tasks" else set())
    for result in secured.results:
        if result.state == OPEN:
            assert result.detail
            assert result.statement


# What looks odd, and lets nothing through.
CLOSED: dict[str, list[str]] = {
    "a setting that must be set": [
        f"ALTER POLICY notes_owner_{o} ON notes USING (user_id = current_setting('app.user_id'))"
        for o in ("select", "update", "delete")
    ],
    "restrictive beside permissive": [
        policy("notes", "ALL", "USING (true)"),
        policy("notes", "ALL", f"USING (user_id = {USER})").replace(
            "hole ON notes", "held ON notes AS RESTRICTIVE"
        ),
    ],
    "columns": [
        f"REVOKE SELECT, UPDATE ON notes FROM {ROLE}",
        f"GRANT SELECT (id, text), UPDATE (text) ON notes TO {ROLE}",
    ],
    "a view of its caller": [
        "CREATE VIEW v WITH (security_invoker) AS SELECT * FROM notes",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON v TO {ROLE}",
    ],
    "a function that asks": [
        f"CREATE FUNCTION f(integer) RETURNS text {DEFINER} "
        f"$$SELECT title FROM public.tasks WHERE id = $1 AND user_id = {USER}$$"
    ],
    "a procedure of the caller's": [
        "CREATE PROCEDURE wipe(integer) LANGUAGE sql AS 'DELETE FROM public.notes WHERE id = $1'"
    ],
    "a partial revoke": [f"REVOKE DELETE, UPDATE ON notes FROM {ROLE}"],
}


@pytest.mark.parametrize("name", CLOSED)
def test_nothing_is_reported_where_nothing_is_open(secured: Secured, name: str) -> None:
    secured.prove(*CLOSED[name])
    assert [r for r in secured.results if r.state in (OPEN, UNKNOWN)] == []


def test_a_role_that_may_become_another(secured: Secured) -> None:
    superuser = secured.server.superuser_connection(secured.connection)
    with superuser.transaction(force_rollback=True):
        superuser.execute(f"CREATE ROLE iso_above NOLOGIN BYPASSRLS; GRANT iso_above TO {ROLE}")
        superuser.execute(f"ALTER ROLE {ROLE} NOINHERIT; SET LOCAL ROLE {ROLE}")
        found = problems(superuser.execute(QUERY).fetchall(), ["notes"])
    superuser.close()
    assert [(p.table, "iso_above" in p.what, "REVOKE" in p.hint) for p in found] == [(None, True, True)]


def test_a_foreign_table_is_unknown(secured: Secured) -> None:
    found = secured.prove(
        "CREATE FOREIGN DATA WRAPPER nothing",
        "CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing",
        "CREATE FOREIGN TABLE far (id integer) SERVER elsewhere",
        f"GRANT SELECT ON far TO {ROLE}",
    )
    assert found["far"]["select"] == UNKNOWN


def test_the_owner_of_a_table_without_force(secured: Secured) -> None:
    owner = secured.server.role
    held = f"ALTER ROLE {owner} NOBYPASSRLS"
    found = secured.prove(held, "ALTER TABLE notes NO FORCE ROW LEVEL SECURITY", role=owner)
    assert found["notes"]["select"] == OPEN
    assert found["tasks"]["select"] != OPEN


def test_what_cannot_be_tried_is_unknown(secured: Secured) -> None:
    found = secured.prove(
        "ALTER TABLE notes ADD CHECK (text ~ '^[0-9]{3}-[a-z]{7}$')",
        f"GRANT SELECT ON secrets TO {ROLE}",
        "CREATE FUNCTION odd(point) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE VIEW v AS SELECT 1 AS one",
        f"GRANT SELECT ON v TO {ROLE}",
        "ALTER POLICY drafts_owner_select ON drafts USING (false)",
    )
    assert found["notes"]["select"] == UNKNOWN
    assert found["secrets"]["select"] == UNKNOWN
    assert found["odd(point)"]["call"] == UNKNOWN
    assert found["v"]["select"] == UNKNOWN
    assert found["drafts"]["select"] == UNKNOWN


def test_narrow_attempts_find_the_same(secured: Secured) -> None:
    """What is tried on a live database touches the rows made for it only."""
    found = secured.prove("ALTER TABLE tasks DISABLE ROW LEVEL SECURITY", wide=False)
    assert {found["tasks"][o] for o in ("select", "insert", "update", "delete")} == {OPEN}
    for result in secured.results:
        if result.statement.startswith(("UPDATE", "DELETE")):
            assert "WHERE" in result.statement


@pytest.mark.parametrize("type_", ["uuid", "integer", "bigint", "varchar(12)"])
def test_ids_of_any_type(server: Scratch, make_db: Any, type_: str) -> None:
    connection = make_db("ids")
    connection.execute(
        f"CREATE TABLE account (id {type_} PRIMARY KEY); CREATE TYPE mood AS ENUM ('good', 'bad');"
        "CREATE TABLE item (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), "
        f"who {type_} NOT NULL REFERENCES account,"
        "feeling mood NOT NULL, stars integer NOT NULL CHECK (stars BETWEEN 3 AND 5), tags text[] NOT NULL,"
        "kind varchar(8) NOT NULL CHECK (kind IN ('one', 'two')), at timestamptz NOT NULL,"
        "doc jsonb NOT NULL);"
        "CREATE TABLE item_size (item_id uuid PRIMARY KEY REFERENCES item, size numeric(5,2) NOT NULL)"
    )
    plain = type_.partition("(")[0].replace("varchar", "text")
    ownerships = Ownerships(
        [
            Owned("account", user="id", user_type=plain),
            Owned("item", user="who", user_type=plain),
            Owned("item_size", through=Link("item_id", "item", "id")),
        ]
    )
    server.ensure_roles([ROLE])
    for statement in policies.security(ownerships, role=ROLE):
        connection.execute(statement.sql)
    superuser = server.superuser_connection(connection)
    results = prove(superuser, ownerships, ROLE)
    superuser.close()
    assert [r for r in results if r.state in (OPEN, UNKNOWN)] == []
    assert sum(r.state == PROVEN for r in results) > 20


def test_a_view_is_tried_on_a_live_database_too(secured: Secured) -> None:
    found = secured.prove(
        "CREATE VIEW v AS SELECT id, text FROM notes",
        f"GRANT SELECT, DELETE, UPDATE ON v TO {ROLE}",
        wide=False,
    )
    assert {found["v"][o] for o in ("select", "update", "delete")} == {OPEN}


@pytest.mark.parametrize("granted", [False, True])
def test_a_partition_asked_by_its_own_name(server: Scratch, make_db: Any, granted: bool) -> None:
    """The policies of a partitioned table do not hold who names a partition."""
    connection = make_db("parts")
    connection.execute(
        "CREATE TABLE entry (id integer, who text NOT NULL, PRIMARY KEY (id, who)) PARTITION BY HASH (who);"
        "CREATE TABLE entry_all PARTITION OF entry FOR VALUES WITH (MODULUS 1, REMAINDER 0)"
    )
    ownerships = Ownerships([Owned("entry", user="who")])
    server.ensure_roles([ROLE])
    for statement in policies.security(ownerships, role=ROLE):
        connection.execute(statement.sql)
    if granted:
        connection.execute(f"GRANT SELECT, UPDATE, DELETE ON entry_all TO {ROLE}")
    superuser = server.superuser_connection(connection)
    found = {row["object"]: row for row in matrix(prove(superuser, ownerships, ROLE))}
    superuser.close()
    assert OPEN not in found["entry"]["sides"].values()
    part = found["entry_all"]
    assert part["kind"] == "partition"
    opened = {operation for operation, state in part["sides"].items() if state == OPEN}
    assert opened == ({"select", "update", "delete"} if granted else set())
