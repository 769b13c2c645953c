"""`doctor` tells what was found and chosen, goes on after what fails, and shows no password."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from todo_db.postgres import binaries
from todo_db.postgres.scratch import Scratch
from todo_db.workflows.doctor import Check, Status, checks


def _environ(**more: str) -> dict[str, str]:
    import os

    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | more


def _named(found: list[Check], name: str) -> Check:
    return next(check for check in found if check.name == name)


def test_with_nothing_set_it_is_the_embedded_server(tmp_path: Path) -> None:
    found = checks(tmp_path, _environ())
    assert {check.status for check in found} <= {Status.OK, Status.WARN}
    assert "embedded" in _named(found, "database for reading").text
    assert "ready in" in _named(found, "scratch server").text
    assert "todo has BYPASSRLS" in _named(found, "role").text  # made for migrating, as Neon's owner is
    assert "empty database" in _named(found, "Alembic").text


def test_a_database_with_a_stamp(server: Scratch, db: psycopg.Connection, tmp_path: Path) -> None:
    db.execute("CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('abc')")
    (tmp_path / ".env").write_text(f"DATABASE_URL={server.url(db)}\n")
    (tmp_path / "pyproject.toml").touch()
    found = checks(tmp_path, _environ())
    assert _named(found, "Alembic").text == "stamped abc"
    assert "DATABASE_URL in .env" in _named(found, "database for reading").text
    assert "direct" in _named(found, "database for reading").text


def test_tables_without_a_stamp(server: Scratch, db: psycopg.Connection, tmp_path: Path) -> None:
    db.execute("CREATE TABLE t (id int)")
    stamp = _named(checks(tmp_path, _environ(), url=server.url(db)), "Alembic")
    assert (stamp.status, stamp.text) == (Status.WARN, "1 tables and no alembic_version")


def test_a_role_beyond_row_level_security(server: Scratch, db: psycopg.Connection, tmp_path: Path) -> None:
    with server.superuser_connection(db) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN BYPASSRLS").format(sql.Identifier("above")))
        found = checks(tmp_path, _environ(), url=server.url(db).replace(server.role, "above"))
        admin.execute("DROP ROLE above")
    assert _named(found, "role").status is Status.WARN
    assert "BYPASSRLS" in _named(found, "role").text


def test_the_applications_role_above_policies_is_an_error(
    server: Scratch, db: psycopg.Connection, tmp_path: Path
) -> None:
    db.execute("CREATE TABLE t (id int); ALTER TABLE t ENABLE ROW LEVEL SECURITY")
    with server.superuser_connection(db) as admin:
        for role in ("owns_t", "held_by_t"):
            admin.execute(f"CREATE ROLE {role} LOGIN")
        admin.execute("ALTER TABLE t OWNER TO owns_t")

    def role(user: str, app_role: str = "") -> list[tuple[Status, str]]:
        (tmp_path / "pyproject.toml").write_text(f"[tool.todo-db]\n{app_role}\n")
        found = checks(tmp_path, _environ(), url=server.url(db).replace(server.role, user))
        return [(c.status, c.text) for c in found if c.name == "role"]

    assert role(server.role)[0][0] is Status.ERROR
    assert role("owns_t") == [(Status.ERROR, "owns_t owns t, to which row level security is not forced")]
    assert role("held_by_t")[0][0] is Status.OK
    named = role(server.role, 'app_role = "held_by_t"')
    assert [status for status, _ in named] == [Status.WARN, Status.OK]
    assert role(server.role, 'app_role = "owns_t"')[1][0] is Status.ERROR
    assert role("held_by_t", 'app_role = "nobody_made_it"')[1][0] is Status.WARN
    with server.superuser_connection(db) as admin:
        admin.execute("DROP TABLE t; DROP ROLE owns_t; DROP ROLE held_by_t")


def test_an_unreachable_database_is_told_without_the_password(tmp_path: Path) -> None:
    environ = _environ(DATABASE_URL="postgres://u:s3cr3tPw@127.0.0.1:1/d?sslmode=disable")
    found = checks(tmp_path, environ, wait=0.1)
    failed = [check for check in found if check.status is Status.ERROR]
    assert [check.name for check in failed] == ["database for reading: session"]
    assert "nothing listens" in failed[0].text
    assert "s3cr3tPw" not in str(found)
    assert _named(found, "DATABASE_URL").text.startswith("postgres://u:***@")


def test_no_postgres_and_no_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "PACKAGES", ())
    monkeypatch.setattr(binaries, "SYSTEM", tmp_path)
    found = checks(tmp_path, {"PATH": str(tmp_path), "HOME": str(tmp_path)})
    assert _named(found, "PostgreSQL programs").status is Status.ERROR
    assert "todo-db[local]" in (_named(found, "PostgreSQL programs").hint or "")
    assert "DATABASE_URL" in (_named(found, "database for reading").hint or "")


def test_broken_settings_do_not_end_the_examination(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.todo-db]\nspek = 1\n")
    found = checks(tmp_path, _environ(DATABASE_URL="mysql://x"))
    assert _named(found, "settings").status is Status.ERROR
    assert _named(found, "scratch server").status is Status.OK
    assert _named(found, "database for migrating").status is Status.ERROR


def test_the_direct_host_is_told(tmp_path: Path) -> None:
    url = "postgres://u:s3cr3tPw@ep-x-pooler.eu.aws.neon.invalid/d"
    found = checks(tmp_path, _environ(DATABASE_URL=url), wait=0.1)
    reading, migrating = _named(found, "database for reading"), _named(found, "database for migrating")
    assert "pooled" in reading.text
    assert "postgresql://u:***@ep-x.eu.aws.neon.invalid/d (direct" in migrating.text


def test_a_target_that_is_one_schema_is_looked_at_alone(
    db: psycopg.Connection[tuple[object, ...]], server: Scratch, tmp_path: Path
) -> None:
    db.execute('create schema a; create schema "B c"; create table public.z (i int)')
    db.execute(
        "create table a.alembic_version (version_num text); insert into a.alembic_version values ('r1')"
    )

    def said(schema: str) -> list[str]:
        found = checks(tmp_path, url=server.url(db), tenant=schema)
        return [c.text for c in found if c.name == "Alembic" or c.status is Status.ERROR]

    assert said("a") == ["stamped r1"]
    assert said("B c") == ["an empty database, not migrated yet"]
    assert "there is no schema typo" in said("typo")[0]
