"""The online forms: what they take, that they lead to the target, and that nobody is locked out by them."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from tests.support.histories import Project
from tests.test_plan import _scripts as scripts
from todo_db.errors import ApplyError
from todo_db.plan import plan
from todo_db.postgres import catalog
from todo_db.postgres.scratch import Scratch
from todo_db.revisions import measure
from todo_db.revisions.new import Request, Written, find_changes, write
from todo_db.revisions.online import Situation, online
from todo_db.schema import Schema
from todo_db.sources import history as histories
from todo_db.sources import migrations
from todo_db.workflows.migrate import migrate
from todo_db.workflows.migrate_down import down
from todo_db.workflows.sides import hold

Connection = psycopg.Connection[Any]
Make = Callable[[str], Connection]

BASE = "first"
BEFORE = """
    CREATE TABLE people (id integer PRIMARY KEY);
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE TABLE tasks (id integer PRIMARY KEY, title text, owner integer, note varchar(20),
                        price integer DEFAULT 1, size integer NOT NULL DEFAULT 3);
    CREATE INDEX by_size ON tasks (size, owner);
"""
# what is added to BEFORE, and how many revisions that takes
FORMS = {
    "index": ("CREATE INDEX i ON tasks (title)", 1),
    "unique index": ("CREATE UNIQUE INDEX ui ON tasks (lower(title)) WHERE owner IS NOT NULL", 1),
    "foreign key": ("ALTER TABLE tasks ADD CONSTRAINT fk FOREIGN KEY (owner) REFERENCES people", 2),
    "check": ("ALTER TABLE tasks ADD CONSTRAINT chk CHECK (owner > 0)", 2),
    "unique": ("ALTER TABLE tasks ADD CONSTRAINT u UNIQUE (title, owner)", 2),
    "deferrable": ("ALTER TABLE tasks ADD CONSTRAINT du UNIQUE (title) DEFERRABLE INITIALLY DEFERRED", 2),
    "not null": ("ALTER TABLE tasks ALTER title SET NOT NULL", 3),
    "wider": ("ALTER TABLE tasks ALTER note TYPE varchar(40)", 1),
    "constant": ("ALTER TABLE tasks ADD c integer NOT NULL DEFAULT 7", 1),
    "computed": ("ALTER TABLE tasks ADD v uuid DEFAULT gen_random_uuid()", 2),
    "computed, not null": ("ALTER TABLE tasks ADD vn uuid NOT NULL DEFAULT gen_random_uuid()", 4),
    "another type": ("ALTER TABLE tasks ALTER price TYPE bigint", 4),
    "another type, not null": ("ALTER TABLE tasks ALTER size TYPE numeric(12,2)", 6),
    "label": ("ALTER TYPE mood ADD VALUE 'so so' BEFORE 'bad'", 1),
    "new table": ("CREATE TABLE new (id integer PRIMARY KEY, t integer UNIQUE REFERENCES tasks)", 1),
}
AFTER = BEFORE + ";".join(added for added, _ in FORMS.values())


@pytest.mark.parametrize("name", FORMS)
def test_as_few_revisions_as_possible(make_db: Make, name: str) -> None:
    added, count = FORMS[name]
    old, new = make_db("old"), make_db("new")
    old.execute(BEFORE.encode())
    new.execute((BEFORE + added).encode())
    before, after = catalog.read(old, side="before"), catalog.read(new, side="after")
    found = plan(before, after)
    copies = measure.rewriting(old, found.changes)
    tables = {c.object.key for c in found.changes if c.action == "create" and c.object.kind == "table"}
    situation = Situation(
        before=before,
        after=after,
        new=frozenset(tables),
        rewrites=lambda c: (c.action, c.object.key) in copies,
    )
    assert len(online(found, situation)) == count


def prepare(project: Project) -> None:
    project.history((BASE, None, f'op.get_bind().exec_driver_sql("""{BEFORE}""")'))


def fill(project: Project) -> None:
    """Rows that all of the forms can live with."""
    migrate(project.open(), to=BASE)
    project.live.execute("INSERT INTO people SELECT generate_series(1, 50)")
    project.live.execute("INSERT INTO tasks SELECT n, 'title ' || n, n, 'x', n FROM generate_series(1, 50) n")


def revise(project: Project, make_db: Make, *, simple: bool = False) -> Written:
    """The revisions from the history to AFTER."""
    wanted = make_db("wanted")
    wanted.execute(AFTER.encode())
    written = revise_to(project, catalog.read(wanted, side="target"), simple=simple)
    assert written is not None
    return written


def revise_to(
    project: Project, target: Schema, *, simple: bool = False, lossy: bool = False
) -> Written | None:
    """The revisions from the history to a schema; None where there is nothing to do."""
    ws = project.open()
    history = histories.read(ws.settings)
    before = migrations.at(ws, history, [str(history.head())])
    planned = find_changes(before, target)
    if planned.empty:
        return None
    assert not planned.refusals
    now = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    request = Request("More", history, before, target, planned, now, simple=simple, lossy=lossy)
    return write(ws, request, lambda sides: hold(ws, sides)[0])


def unlike(project: Project) -> list[str]:
    """What differs between the history and the live database."""
    ws = project.open()
    comparison, _ = hold(ws, [ws.side("migrations"), ws.side("live")])
    return [f"{d.key.kind} {d.key.name} {d.fact}" for d in comparison.differences]


@contextmanager
def after_each_statement(do: Callable[[Connection, str], None]) -> Iterator[None]:
    """Call `do` in the session after each statement that a revision sends."""

    def listener(_connection: Any, cursor: Any, sql: str, *_rest: Any) -> None:
        do(cursor.connection, sql)

    event.listen(Engine, "after_cursor_execute", listener)
    try:
        yield
    finally:
        event.remove(Engine, "after_cursor_execute", listener)


_STRONG = """
    SELECT EXISTS (SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND granted AND mode IN ('ShareLock',
                   'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
                   AND relation IN ('tasks'::regclass, 'people'::regclass)),
           (SELECT sum(seq_tup_read) FROM pg_stat_xact_user_tables WHERE relname IN ('tasks', 'people'))
"""


def scans_under_lock(project: Project) -> list[str]:
    """Apply what is pending; the statements that read rows under a lock that stops writers."""
    found: list[str] = []
    read = 0  # rows read by the session until now

    def look(connection: Connection, sql: str) -> None:
        nonlocal read
        row = connection.execute(_STRONG.encode()).fetchone()
        assert row is not None
        locked, now = row[0], int(row[1] or 0)
        if locked and now > read:
            found.append(sql)
        read = now

    with after_each_statement(look):
        migrate(project.open(), prove=False)
    return found


def test_rows_are_never_read_under_a_lock_that_stops_writers(project: Project, make_db: Make) -> None:
    """All forms in one go: what each scans is scanned while others write, and the outcome is the target."""
    prepare(project)
    written = revise(project, make_db)
    messages = [r.message for r in written.revisions]
    assert messages[0].startswith("More")
    assert messages[-1].endswith(f"({len(messages)}/{len(messages)})")
    assert [p.name for p in written.paths] == sorted(p.name for p in written.paths)
    fill(project)
    assert scans_under_lock(project) == []
    assert unlike(project) == []
    assert project.rows("SELECT count(*), count(DISTINCT v), count(DISTINCT vn) FROM tasks") == [(50, 50, 50)]


ANEW = {
    "CREATE INDEX i ON t (a)": "CREATE INDEX i ON t (a, b)",
    "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)": "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a, b) DEFERRABLE",
    "CREATE UNIQUE INDEX one ON t (b)": "CREATE UNIQUE INDEX other ON t (b, a)",
}


@pytest.mark.parametrize("last", ANEW)
def test_what_is_made_anew_is_never_missed(project: Project, make_db: Make, last: str) -> None:
    """Law: at every moment, up and down, there is the last index or the next one, as others see it."""
    table = "CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer)"
    project.history((BASE, None, f'op.get_bind().exec_driver_sql("{table}; {last}")'))
    wanted = make_db("wanted")
    wanted.execute(f"{table}; {ANEW[last]}".encode())
    revise_to(project, catalog.read(wanted, side="target"))
    migrate(project.open(), to=BASE)
    missed: list[str] = []
    count = "SELECT count(*) FROM pg_index WHERE indisvalid AND NOT indisprimary AND indrelid = 't'::regclass"

    def look(_connection: Connection, sql: str) -> None:
        if project.rows(count) == [(0,)]:
            missed.append(sql)

    with after_each_statement(look):
        migrate(project.open(), prove=False)
        down(project.open(), BASE, lambda _: True)
    assert missed == []


def test_the_plain_form_is_one_revision_that_does(project: Project, make_db: Make) -> None:
    """It shows that the law above can fail."""
    prepare(project)
    written = revise(project, make_db, simple=True)
    assert len(written.revisions) == 1
    fill(project)
    found = "\n".join(scans_under_lock(project))
    for scanning in ("CREATE INDEX", "FOREIGN KEY", "CHECK", "UNIQUE", "SET NOT NULL", "gen_random_uuid()"):
        assert scanning in found
    assert unlike(project) == []


class BrokenOffError(Exception):
    """What stands for a process that was killed."""


def _broken_off_at(project: Project, stop: int) -> bool:
    """Apply what is pending, ending after so many statements; whether there were so many."""
    count = 0

    def maybe(_connection: Connection, _sql: str) -> None:
        nonlocal count
        count += 1
        if count == stop:
            raise BrokenOffError

    with after_each_statement(maybe), suppress(ApplyError):
        migrate(project.open(), prove=False)
    return count >= stop


@pytest.mark.parametrize("step", [61, pytest.param(1, marks=pytest.mark.long)])
def test_what_was_broken_off_anywhere_is_gone_on_with(project: Project, make_db: Make, step: int) -> None:
    """Law: after any statement the run may end; the next run leads to the target all the same."""
    prepare(project)
    revise(project, make_db)
    fill(project)
    stop = step
    while _broken_off_at(project, stop):
        migrate(project.open(), prove=False)
        assert unlike(project) == [], stop
        assert project.rows("SELECT count(*), count(vn) FROM tasks") == [(50, 50)]
        down(project.open(), BASE, lambda _: True)
        stop += step
    assert stop > step


@pytest.mark.long
@given(before=scripts(), after=scripts(), simple=st.booleans())
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_proven_way_leads_from_anything_to_anything(
    project: Project, server: Scratch, before: str, after: str, *, simple: bool
) -> None:
    """Law: whatever two schemas are like, the revisions between them are proven with rows, or refused."""
    shutil.rmtree(project.root / "migrations", ignore_errors=True)
    project.history((BASE, None, f"op.get_bind().exec_driver_sql({before!r})"))
    wanted = server.database("wanted")
    try:
        wanted.execute(after.encode())
        revise_to(project, catalog.read(wanted, side="target"), simple=simple, lossy=True)
    finally:
        server.drop(wanted)
