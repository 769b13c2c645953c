"""Scratch servers: what they give, that they are quick, and that nothing of them stays."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy
from processes import EMBEDDED_USER, children

from todo_db.errors import UndeterminedError
from todo_db.postgres.cluster import ADMIN
from todo_db.postgres.scratch import Scratch


def test_a_database_is_empty_and_its_owner_is_no_superuser(db: psycopg.Connection) -> None:
    row = db.execute(
        "SELECT current_user, rolsuper OR rolcreaterole, rolbypassrls, current_setting('TimeZone'),"
        " (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
        " FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    # as Neon's owner: what a revision does to rows is not held up by policies
    assert row == ("todo_db_scratch", False, True, "UTC", 0)
    db.execute("CREATE TABLE t (id int); CREATE SCHEMA s; CREATE EXTENSION citext")


def test_pg15(pg15: Scratch) -> None:
    assert 150000 <= pg15.server_version < 160000
    connection = pg15.database()
    connection.execute("CREATE TABLE t (id int)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE ROLE other")


def test_roles_that_a_schema_names(server: Scratch, db: psycopg.Connection) -> None:
    names = ["app_role", 'we"ird näme', "postgres", "pg_monitor", server.role, "app_role", "r" * 63]
    server.ensure_roles(names)
    server.ensure_roles(names)
    db.execute("CREATE TABLE t (id int); GRANT SELECT ON t TO app_role, postgres")
    powers = db.execute(
        "SELECT bool_or(rolsuper OR rolcanlogin OR rolcreaterole), count(*)"
        " FROM pg_roles WHERE rolname = ANY(%s)",
        [['we"ird näme', "app_role", "postgres", "r" * 63]],
    ).fetchone()
    assert powers == (False, 4)
    db.execute('SET ROLE "we""ird näme"')
    db.execute("RESET ROLE")


def test_no_way_up_to_the_superuser(server: Scratch, db: psycopg.Connection) -> None:
    with server.superuser_connection(db) as admin:
        above = admin.execute("SELECT current_user").fetchone()[0]
    server.ensure_roles([above, "pg_execute_server_program", "pg_write_server_files"])
    for role in (above, "pg_execute_server_program"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute(psycopg.sql.SQL("SET ROLE {}").format(psycopg.sql.Identifier(role)))
    for statement in (
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "CREATE ROLE x",
        "SELECT pg_read_file('/etc/passwd')",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute(statement)


def test_the_url_for_sqlalchemy(server: Scratch, db: psycopg.Connection) -> None:
    db.execute("CREATE TABLE t (id int)")
    engine = sqlalchemy.create_engine(server.url(db))
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT count(*) FROM t")).all()
        assert connection.execute(sqlalchemy.text("SHOW lock_timeout")).scalar() == "5s"
    engine.dispose()


def test_limits_hold(server: Scratch, db: psycopg.Connection) -> None:
    assert db.execute("SHOW statement_timeout").fetchone() == ("30s",)
    assert db.prepare_threshold is None
    assert db.execute("SELECT count(*) FROM pg_db_role_setting").fetchone() == (0,)


def test_variables_of_the_environment_do_not_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PGPORT": "1", "PGHOST": "nowhere", "PGOPTIONS": "-c nonsense=1", "PGDATABASE": "no", "PGUSER": "no",
        "PGSSLMODE": "verify-full", "PGCHANNELBINDING": "require", "PGDATA": "/nowhere", "PGPASSWORD": "x",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    with Scratch() as scratch:
        assert scratch.database().execute("SELECT current_user").fetchone() == (scratch.role,)


@pytest.fixture(scope="module")
def users_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[psycopg.Connection]:
    """A superuser's connection to a server with everything that initdb makes, as users have them."""
    project = tmp_path_factory.mktemp("users")
    with children() as start:  # in a process of its own, since embedded servers are left after each test
        conninfo = start(EMBEDDED_USER, str(project)).line().split(" | ")[0]
        with psycopg.connect(conninfo, user=ADMIN, autocommit=True) as admin:
            admin.execute("CREATE ROLE makes LOGIN CREATEDB")
            yield admin


@pytest.mark.parametrize("superuser", [True, False])
def test_a_server_of_the_users_own(users_server: psycopg.Connection, superuser: bool) -> None:
    """Databases and roles are made there and dropped at the end; what was there stays."""
    url = f"postgresql+asyncpg://{ADMIN if superuser else 'makes'}@/todo?host={users_server.info.host}"
    query = "SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles ORDER BY 1"
    before = users_server.execute(query).fetchall()
    with Scratch({"TODO_DB_SCRATCH_URL": url}) as borrowed:
        connection = borrowed.database("mine")
        row = connection.execute(
            "SELECT rolsuper, current_user, current_database() FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row[0] is False
        assert row[1] == borrowed.role
        assert row[2].startswith("todo_db_scratch_")
        connection.execute("CREATE TABLE t (id int)")
        if superuser:
            borrowed.ensure_roles(["made_for_it", "makes"])
            assert borrowed.superuser_connection(connection).execute("SELECT 1").fetchone() == (1,)
        else:
            with pytest.raises(UndeterminedError, match="superuser"):
                borrowed.superuser_connection(connection)
            with pytest.raises(UndeterminedError, match="cannot make the roles"):
                borrowed.ensure_roles(["made_for_it"])
    assert users_server.execute(query).fetchall() == before


def test_a_server_of_the_users_own_that_cannot_be_used(server: Scratch, db: psycopg.Connection) -> None:
    with pytest.raises(UndeterminedError, match="may not make databases"):
        Scratch({"TODO_DB_SCRATCH_URL": server.url(db)}).database()
    with pytest.raises(UndeterminedError, match="cannot connect") as caught:
        Scratch({"TODO_DB_SCRATCH_URL": server.url(db).replace(server.role, "nobody:s3cr3tPw")}).database()
    assert "s3cr3tPw" not in f"{caught.value.what}{caught.value.where}{caught.value.hint}"
