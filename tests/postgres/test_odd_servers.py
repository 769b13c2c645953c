"""Servers and databases that are not the usual: standbys, big, altered and dying ones, few rights."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.conftest import PG15, Connection
from tests.support.proxy import Proxy
from todo_db.compare import compare
from todo_db.postgres import accounts
from todo_db.postgres.catalog import read
from todo_db.postgres.scratch import Scratch
from todo_db.schema import Key, Schema
from todo_db.workflows.inspect import _as_sql

SOME = """
    create table t (id serial primary key, a text default 'x' check (a <> ''));
    create view v as select a from t;
    create table alembic_version (version_num varchar(32) primary key);
    insert into alembic_version values ('aaa');
"""


def objects(schema: Schema) -> dict[Key, object]:
    """All but settings, which some tests change on purpose, and who owns and may what."""
    return {
        k: o for k, o in schema.objects.items() if k.kind not in ("setting", "owner", "grant", "database")
    }


# ---- a hot standby -------------------------------------------------------------------------------


@contextmanager
def running(data: Path, port: int, *settings: str) -> Iterator[str]:
    """PostgreSQL 15 on a data folder; gives the conninfo."""
    owner = accounts.account()
    options = [
        w for s in ("listen_addresses=", f"unix_socket_directories={data}", *settings) for w in ("-c", s)
    ]
    log = data.with_suffix(".log").open("wb")
    process = subprocess.Popen(
        [PG15 / "postgres", "-D", data, "-p", str(port), *options], stderr=log, stdout=log, **_as(owner)
    )
    conninfo = f"host={data} port={port} user=postgres dbname=postgres"
    try:
        for _ in range(200):
            try:
                psycopg.connect(conninfo).close()
                break
            except psycopg.OperationalError:
                time.sleep(0.05)
        yield conninfo
    finally:
        process.send_signal(3)  # SIGQUIT
        process.wait(20)
        log.close()


def _as(owner: accounts.Account | None) -> dict[str, object]:
    return {"user": owner.uid, "group": owner.gid, "extra_groups": []} if owner else {}


@pytest.mark.skipif(not (PG15 / "pg_basebackup").exists(), reason="needs pg_basebackup")
def test_a_hot_standby_reads_as_its_primary() -> None:
    owner = accounts.account()
    with tempfile.TemporaryDirectory() as folder:
        if owner:
            os.chown(folder, owner.uid, owner.gid)
        first, second = Path(folder, "a"), Path(folder, "b")
        quiet = {"capture_output": True, "cwd": "/", **_as(owner)}
        initdb = [PG15 / "initdb", "-D", first, "-U", "postgres", "-A", "trust", "-N"]
        subprocess.run(initdb, check=True, **quiet)
        with running(first, 6101, "wal_level=replica") as primary:
            with psycopg.connect(primary, autocommit=True) as connection:
                connection.execute(SOME.encode())
                wanted = read(connection)
            copy = [PG15 / "pg_basebackup", "-D", second, "-R", "-h", first, "-p", "6101", "-U", "postgres"]
            subprocess.run([*copy, "-c", "fast"], check=True, **quiet)
            with running(second, 6102) as standby, psycopg.connect(standby, autocommit=True) as connection:
                assert connection.execute("select pg_is_in_recovery()").fetchone() == (True,)
                found = read(connection)
    assert (found.objects, found.revisions, found.unknown) == (wanted.objects, ("aaa",), ())


# ---- a database that is altered while it is read ---------------------------------------------------


def test_one_moment_is_read_while_others_alter_the_database(server: Scratch, db: Connection) -> None:
    """What comes and goes in one transaction is seen whole or not at all."""
    tables = [f"t{n}" for n in range(6)]
    for name in tables:
        db.execute(f"create table {name} (id integer primary key, a text)")
    stop = threading.Event()

    def alter() -> None:
        with psycopg.connect(server.conninfo(db), autocommit=True) as other:
            while not stop.is_set():
                with other.transaction():
                    for n in tables:
                        other.execute(f"alter table {n} add b text default 'x' check (b <> a)")
                        other.execute(f"create index i_{n} on {n} (lower(b)) where b > 'a'")
                        other.execute(f"create view v_{n} as select b from {n} where b <> ''")
                with other.transaction():
                    for n in tables:
                        other.execute(f"alter table {n} drop b cascade")

    thread = threading.Thread(target=alter)
    thread.start()
    seen = set()
    try:
        for _ in range(25):
            schema = read(db)
            names = {k.name for k in schema.objects}
            seen.add(tuple(sorted(f"public.{n}.b" in names for n in tables)))
            for n in tables:
                together = {f"public.{n}.b", f"public.{n}.i_{n}", f"public.v_{n}"} & names
                assert len(together) in (0, 3), together
            assert all(v.definition for v in schema.of("view"))  # type: ignore[attr-defined]
    finally:
        stop.set()
        thread.join()
    assert seen <= {(False,) * 6, (True,) * 6}


# ---- a server that goes away -----------------------------------------------------------------------


def test_a_server_that_dies_half_way_is_told(db: Connection) -> None:
    db.execute(SOME.encode())
    socket = f"{db.info.host}/.s.PGSQL.{db.info.port}"
    with Proxy(socket, delay=0.5) as proxy:
        url = f"postgresql://{db.info.user}@127.0.0.1:{proxy.port}/{db.info.dbname}"
        command = [sys.executable, "-m", "todo_db", "inspect", "live", "--url", url]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not proxy.statements and child.poll() is None:
            time.sleep(0.01)
        proxy.cut()
        out, said = child.communicate(timeout=60)
    assert child.returncode == 3
    assert out == ""
    assert "the connection was lost while the catalog was read" in said
    assert "Traceback" not in said


# ---- settings of roles and databases -----------------------------------------------------------------


def test_the_search_path_of_a_database_changes_nothing(server: Scratch, db: Connection) -> None:
    db.execute(SOME.encode() + b'create schema "Odd"; create table "Odd".t (id integer default 3);')
    plain = objects(read(db))
    for path in ('"Odd", public', "''", "pg_temp, nowhere"):
        db.execute(f"alter database {db.info.dbname} set search_path = {path}")
        with psycopg.connect(server.conninfo(db), autocommit=True) as other:
            schema = read(other)
            assert objects(schema) == plain
            assert schema.revisions == ("aaa",)


# ---- many of everything ------------------------------------------------------------------------------


@pytest.mark.parametrize("many", [150, pytest.param(3000, marks=pytest.mark.long)])
def test_many_partitions(db: Connection, many: int) -> None:
    db.execute("create table p (id integer, at date, primary key (id)) partition by range (id)")
    db.execute("create index on p (at)")
    for low in range(0, many, 50):
        parts = (
            f"create table p{n} partition of p for values from ({n}) to ({n + 1});"
            for n in range(low, low + 50)
        )
        db.execute("".join(parts).encode())
    schema = read(db)
    assert sum(o.partition_of is not None for o in schema.of("table")) == many  # type: ignore[attr-defined]
    assert not compare([schema, read(db, side="again")])


@pytest.mark.parametrize("many", [25, pytest.param(1000, marks=pytest.mark.long)])
def test_what_inspect_writes_builds_the_same(make_db: Callable[[str], Connection], many: int) -> None:
    """A dump-like database → `inspect --format sql` → another database: no difference."""
    one, two = make_db("one"), make_db("two")
    one.execute(
        "create schema \"Odd, \"\"schema\"\"\"; create type mood as enum ('a', 'it''s'); create sequence s"
    )
    for n in range(many):
        name = [f"t{n}", f'"T {n} ""q"" ö;--"', f'"Odd, ""schema""".t{n}'][n % 3]
        other = f"references {[f't{n - 3}', '', ''][n % 3]}" if n >= 3 and n % 3 == 0 else ""
        one.execute(
            f"create table {name} (id serial primary key, m mood default 'it''s', up integer {other},"
            f" \"a b\" varchar({n + 1}) not null default 'x', n numeric(10, 2) check (n > {n}),"
            f' at timestamptz default now(), unique ("a b", n));'
            f" create index on {name} (lower(\"a b\") desc) where n > 3; comment on table {name} is 'no. {n}'"
        )
    document = _as_sql(read(one))
    assert document.notes == ()
    two.execute(document.text.encode())
    assert [d.key for d in compare([read(one, side="a"), read(two, side="b")])] == []


# ---- least privilege -----------------------------------------------------------------------------------

GRANTS = (
    "GRANT CONNECT ON DATABASE {db} TO td_drift",
    "GRANT USAGE ON SCHEMA public TO td_drift",
    "GRANT SELECT ON alembic_version TO td_drift",
)


@pytest.mark.parametrize("major", ["15", "18"])
def test_the_grants_of_the_readme_are_enough_and_each_is_needed(
    major: str, request: pytest.FixtureRequest
) -> None:
    scratch: Scratch = request.getfixturevalue("pg15" if major == "15" else "server")
    owner = scratch.database("rights")
    name = owner.info.dbname
    admin = scratch.superuser_connection(owner)
    readme = Path(__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")
    assert all(g.replace("{db}", "app").replace("td_drift", "drift") in readme for g in GRANTS)
    try:
        admin.execute("create role td_drift login")
        owner.execute(SOME.encode() + b"alter table t enable row level security;")
        admin.execute(f"revoke all on database {name} from public; revoke all on schema public from public")
        facts = {**owner.info.get_parameters(), "user": "td_drift", "options": ""}

        def seen() -> Schema:
            with psycopg.connect(**facts, autocommit=True) as connection:
                return read(connection)

        for given in range(len(GRANTS) + 1):
            if given:
                admin.execute(GRANTS[given - 1].format(db=name))
            if given == 0:
                with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                    seen()
            elif given < len(GRANTS):
                assert [u.object for u in seen().unknown] == ["public.alembic_version"], given
        schema = seen()
        assert schema.unknown == ()
        assert schema.revisions == ("aaa",)
        assert objects(schema) == objects(read(owner))
    finally:
        admin.execute("drop owned by td_drift")
        admin.execute("drop role td_drift")
        scratch.drop(owner)
