"""Scratch servers: what they give, that they are quick, and that nothing of them stays."""

from __future__ import annotations

import psycopg
import pytest

from todo_db.postgres.scratch import Scratch


def test_a_database_is_empty_and_its_owner_is_no_superuser(db: psycopg.Connection) -> None:
    row = db.execute(
        "SELECT current_user, rolsuper OR rolbypassrls OR rolcreaterole, current_setting('TimeZone'),"
        " (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
        " FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert row == ("todo_db_scratch", False, "UTC", 0)
    db.execute("CREATE TABLE t (id int); CREATE SCHEMA s; CREATE EXTENSION citext")


def test_pg15(pg15: Scratch) -> None:
    assert 150000 <= pg15.server_version < 160000
    connection = pg15.database()
    connection.execute("CREATE TABLE t (id int)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE ROLE other")
