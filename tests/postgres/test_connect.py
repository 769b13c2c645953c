"""What is waited for, what fails at once, and what a session may do; against a server that can refuse."""

from __future__ import annotations

import socket
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from standin import hang_up, let_through, like_a_pooler, refuse, silence, standin

from todo_db.errors import Exit, UndeterminedError
from todo_db.postgres import refusals
from todo_db.postgres.connect import _patience, connect, limits
from todo_db.postgres.scratch import Scratch
from todo_db.postgres.target import Target, from_url

NEVER = [
    ('password authentication failed for user "u"', "the password of u is wrong"),
    ('role "u" does not exist', "the role u cannot log in"),
    ('database "d" does not exist', "the database d does not exist"),
    ("The requested endpoint could not be found, or you don't have access to it.", "no such endpoint"),
    ("Your account or project has exceeded the compute time quota. Upgrade your plan.", "compute time quota"),
    ("The endpoint has been disabled. Enable it using Neon API and retry.", "disabled"),
    (
        "Endpoint ID is not specified. Either please upgrade the postgres client library",
        "cannot tell the endpoint",
    ),
    (
        'no pg_hba.conf entry for host "1.2.3.4", user "u", database "d", no encryption',
        "does not accept connections",
    ),
    ("This IP address 1.2.3.4 is not allowed to connect to this endpoint.", "does not accept connections"),
    ('permission denied for database "d"', "may not connect"),
    ("some words that nobody foresaw", "the connection failed"),
]
WAKING = [
    "Control plane request failed: temporary",
    "Couldn't connect to compute node",
    "Too many database connection attempts",
    "The endpoint is idle, retry request",
    "the database system is starting up",
    "the database system is not yet accepting connections",
    "the database system is shutting down",
    "sorry, too many clients already",
    "remaining connection slots are reserved for roles with the SUPERUSER attribute",
]


def _target(port: int, user: str = "u", database: str = "d", extra: str = "") -> Target:
    return from_url(f"postgresql://{user}:s3cr3tPw@127.0.0.1:{port}/{database}{extra}")


def _real(server: Scratch, db: psycopg.Connection) -> tuple[str, str, str]:
    """Socket path, role and database of a real server."""
    facts = conninfo_to_dict(server.conninfo(db))
    return f"{facts['host']}/.s.PGSQL.{facts['port']}", str(facts["user"]), str(facts["dbname"])


@pytest.mark.parametrize(("message", "what"), NEVER)
def test_what_can_never_succeed_fails_at_once(message: str, what: str) -> None:
    told: list[str] = []
    with standin(refuse(message)) as (port, seen), pytest.raises(UndeterminedError) as caught:
        connect(_target(port), read_only=True, on_wait=told.append)
    assert len(seen) == 1
    assert told == []
    error = caught.value
    assert what in error.what
    assert error.exit_code is Exit.UNDETERMINED
    assert message.split('"', maxsplit=1)[0] in error.hint
    assert error.where == f"argument: postgresql://u:***@127.0.0.1:{port}/d"
    assert "s3cr3tPw" not in f"{error.what}{error.where}{error.hint}{error!r}"


@pytest.mark.parametrize("message", WAKING)
def test_a_server_that_is_waking_is_waited_for(server: Scratch, db: psycopg.Connection, message: str) -> None:
    path, user, database = _real(server, db)
    told: list[str] = []
    acts = (refuse(message), refuse(message), hang_up, let_through(path))
    with (
        standin(*acts) as (port, seen),
        connect(_target(port, user, database), read_only=True, on_wait=told.append) as connection,
    ):
        assert connection.execute("SELECT current_database()").fetchone() == (database,)
    assert len(seen) == 4
    assert len(told) == 2  # once for each reason
    assert told[0].startswith(f"waiting for postgresql://{user}:***@127.0.0.1:{port}/{database}: ")


def test_waiting_has_a_bound() -> None:
    with (
        standin(refuse("the database system is starting up")) as (port, seen),
        pytest.raises(UndeterminedError, match="still starting"),
    ):
        connect(_target(port), read_only=True, wait=1.0)
    assert len(seen) > 3


def test_a_silent_server_has_a_bound() -> None:
    with standin(silence(30)) as (port, _), pytest.raises(UndeterminedError, match="did not answer"):
        connect(_target(port), read_only=True, wait=1.0)


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told: list[str] = []
    with pytest.raises(UndeterminedError, match="nothing listens"):
        connect(_target(port), read_only=True, on_wait=told.append)
    assert told == [f"waiting for postgresql://u:***@127.0.0.1:{port}/d: nothing listens there"]


def test_only_neons_proxy_is_waited_for_where_nothing_listens() -> None:
    refusal, _ = refusals.classify("connection to server failed: Connection refused")
    assert not _target(5432).on_neon
    assert _patience(_target(5432), refusal, 20.0) < 1
    neon = from_url("postgresql://u:p@ep-a-b-123.eu-central-1.aws.neon.tech/d")
    assert neon.on_neon
    assert _patience(neon, refusal, 20.0) >= 5
    assert _patience(neon, refusals.classify('password authentication failed for user "u"')[0], 20.0) == 0


def test_a_socket_folder_without_a_server(tmp_path: Path) -> None:
    with pytest.raises(UndeterminedError, match="nothing listens"):
        connect(from_url(f"postgresql:///d?host={tmp_path}"), read_only=True, wait=0.2)


def test_a_host_that_does_not_exist() -> None:
    with pytest.raises(UndeterminedError, match="host's name"):
        connect(from_url("postgresql://u:s3cr3tPw@no-such-host.invalid/d"), read_only=True, wait=0.2)


def test_tls_that_the_server_does_not_offer() -> None:
    with standin(hang_up) as (port, _), pytest.raises(UndeterminedError, match="does not offer TLS"):
        connect(_target(port, extra="?sslmode=require"), read_only=True)


def test_a_pooler_that_its_name_does_not_give_away(server: Scratch, db: psycopg.Connection) -> None:
    path, user, database = _real(server, db)
    with (
        standin(like_a_pooler(let_through(path))) as (port, seen),
        connect(_target(port, user, database), read_only=True) as connection,
    ):
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert [set(startup) & {"options"} for startup in seen] == [{"options"}, set()]


def test_a_named_pooler_gets_no_session_settings(server: Scratch, db: psycopg.Connection) -> None:
    path, user, database = _real(server, db)
    with standin(like_a_pooler(let_through(path))) as (port, seen):
        url = f"postgresql://{user}@ep-x-pooler.eu.neon.tech:{port}/{database}?hostaddr=127.0.0.1&sslmode=disable"
        with connect(from_url(url), read_only=True) as connection:
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                connection.execute("CREATE TABLE t (id int)")
            connection.rollback()
            with limits(connection, statement_timeout_ms=1234):
                assert connection.execute("SHOW statement_timeout").fetchone() == ("1234ms",)
            assert connection.execute("SHOW statement_timeout").fetchone() == ("0",)
    assert "options" not in seen[0]
    assert len(seen) == 1


@pytest.mark.parametrize("autocommit", [False, True])
def test_a_read_only_session_cannot_write(server: Scratch, db: psycopg.Connection, autocommit: bool) -> None:
    target = from_url(server.conninfo(db))
    with connect(target, read_only=True, autocommit=autocommit, statement_timeout_ms=5000) as connection:
        assert connection.execute("SHOW statement_timeout").fetchone() == ("5s",)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TABLE t (id int)")


def test_a_writing_session(server: Scratch, db: psycopg.Connection) -> None:
    with connect(from_url(server.conninfo(db)), read_only=False, application_name="mine") as connection:
        connection.execute("CREATE TABLE t (id int)")
        assert connection.execute("SHOW application_name").fetchone() == ("mine",)
        assert connection.prepare_threshold is None
    assert db.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_options_of_the_url_are_kept(server: Scratch, db: psycopg.Connection) -> None:
    target = from_url(server.url(db))
    with connect(target, read_only=True, lock_timeout_ms=77) as connection:
        assert connection.execute("SHOW lock_timeout").fetchone() == ("77ms",)
        assert connection.execute("SHOW TimeZone").fetchone() == ("UTC",)


def test_a_wrong_password_of_a_real_server(server: Scratch, db: psycopg.Connection) -> None:
    path, _, database = _real(server, db)
    url = f"postgresql://nobody_here:s3cr3tPw@/{database}?host={Path(path).parent}"
    with pytest.raises(UndeterminedError, match="the role nobody_here cannot log in"):
        connect(from_url(url), read_only=True)
