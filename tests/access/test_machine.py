"""Random operations of two users: nothing crosses; and each way of breaking the layer is found by them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import with_loader_criteria

from tests.access.conftest import ROLE, Shared
from tests.access.machine import AsyncMachine, CrossedError, Machine
from tests.access.test_pooler import pooler  # noqa: F401  # a fixture
from tests.access.world import OWNERSHIPS, Task
from todo_db.access import UserSessions, compiler, make_engine, user_session, writes
from todo_db.postgres.scratch import Scratch

EXAMPLES = int(os.environ.get("TODO_DB_MACHINE_EXAMPLES", "6"))
QUICK = settings(
    max_examples=EXAMPLES,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=EXAMPLES == 6,
    database=None,
)
# Enough tries to find a fault; not shrunk, since only that it is found matters.
HUNT = settings(QUICK, max_examples=200, phases=[Phase.generate], derandomize=True)


@pytest.fixture
def past(shared: Shared) -> Iterator[Engine]:
    """An engine that no policy holds: the machine looks at the truth through it."""
    with shared.owner.begin() as connection:
        for name in ("tasks", "comments"):
            connection.execute(text(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY"))
    engine = create_engine(shared.owner.url)
    yield engine
    engine.dispose()


def machine(base: type[Machine], **attributes: Any) -> type[Machine]:
    return type("Run", (base,), attributes)


def test_nothing_crosses(past: Engine, shared: Shared) -> None:
    engine = create_engine(shared.url)
    made = machine(Machine, owner=past, sessions=UserSessions(engine, OWNERSHIPS))
    run_state_machine_as_test(made, settings=QUICK)
    engine.dispose()


def test_nothing_crosses_with_asyncio(past: Engine, shared: Shared) -> None:
    pytest.importorskip("greenlet")
    from sqlalchemy.ext.asyncio import create_async_engine

    from todo_db.access.async_session import AsyncUserSessions

    loop = asyncio.new_event_loop()
    engine, sync = create_async_engine(shared.url), create_engine(shared.url)
    made = machine(
        AsyncMachine,
        owner=past,
        loop=loop,
        sessions=UserSessions(sync, OWNERSHIPS),
        async_sessions=AsyncUserSessions(engine, OWNERSHIPS),
    )
    run_state_machine_as_test(made, settings=QUICK)
    loop.run_until_complete(engine.dispose())
    loop.close()
    sync.dispose()


def test_nothing_crosses_through_a_pooler(past: Engine, pooler: str) -> None:  # noqa: F811
    engine = make_engine(pooler, pooled=True)
    made = machine(Machine, owner=past, sessions=UserSessions(engine, OWNERSHIPS))
    run_state_machine_as_test(made, settings=QUICK)
    engine.dispose()


def test_nothing_crosses_through_a_pooler_with_asyncio(past: Engine, pooler: str) -> None:  # noqa: F811
    pytest.importorskip("greenlet")
    from todo_db.access import make_async_engine
    from todo_db.access.async_session import AsyncUserSessions

    loop = asyncio.new_event_loop()
    engine, sync = make_async_engine(pooler, pooled=True), make_engine(pooler, pooled=True)
    made = machine(
        AsyncMachine,
        owner=past,
        loop=loop,
        sessions=UserSessions(sync, OWNERSHIPS),
        async_sessions=AsyncUserSessions(engine, OWNERSHIPS),
    )
    run_state_machine_as_test(made, settings=QUICK)
    loop.run_until_complete(engine.dispose())
    loop.close()
    sync.dispose()


# ---- deliberately broken: the code without policies beside it


def no_reads_scoped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(compiler, "criterion", lambda owned, leaf, ownerships: None)


def children_open(patch: pytest.MonkeyPatch) -> None:
    real = compiler.criterion
    patch.setattr(
        compiler, "criterion", lambda o, leaf, all_: None if o.table == "comments" else real(o, leaf, all_)
    )


def aliases_open(patch: pytest.MonkeyPatch) -> None:
    real = compiler.criterion
    patch.setattr(
        compiler,
        "criterion",
        lambda o, leaf, all_: None if hasattr(leaf, "element") else real(o, leaf, all_),
    )


def writes_open(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(compiler.ScopedCompiler, "_scoped_write", _only_sanction)


def _only_sanction(self: Any, statement: Any) -> Any:
    self._written.add(statement.table.fullname)
    return statement


def owners_unchecked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(writes, "_check_owner", lambda *a: None)


def links_unchecked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(writes, "_check_link", lambda *a: None)


def text_open(patch: pytest.MonkeyPatch) -> None:
    from sqlalchemy import TextClause
    from sqlalchemy.sql.compiler import SQLCompiler

    from todo_db.access import guarded

    patch.setattr(guarded, "_ALLOWED", (*guarded._ALLOWED, TextClause))
    patch.setattr(compiler.ScopedCompiler, "visit_textclause", SQLCompiler.visit_textclause)


def another_user(patch: pytest.MonkeyPatch) -> None:
    """The settings outlive the transaction, as `set_config(…, false)` would have it on a pool."""
    seen: list[Any] = []

    def begin(connection: Any, scope: Any) -> None:
        seen.append(scope)
        first = replace(scope, user_id=seen[0].user_id) if len(seen) % 5 == 0 else scope
        user_session_begin(connection, first)

    user_session_begin = user_session.begin
    patch.setattr(user_session, "begin", begin)


BROKEN: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "no reads scoped": no_reads_scoped,
    "children open": children_open,
    "aliases open": aliases_open,
    "writes open": writes_open,
    "owners unchecked": owners_unchecked,
    "links unchecked": links_unchecked,
    "text open": text_open,
    "settings of another user": another_user,
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("shared", [False], indirect=True, ids=["code"])
def test_broken_code_is_found(
    past: Engine, shared: Shared, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    engine = create_engine(shared.url)
    BROKEN[name](monkeypatch)
    made = machine(Machine, owner=past, sessions=UserSessions(engine, OWNERSHIPS))
    with pytest.raises((CrossedError, AssertionError, ExceptionGroup)):
        run_state_machine_as_test(made, settings=HUNT)
    engine.dispose()


# ---- the pattern that everybody shows: criteria on the session, policies or none


class LoaderCriteria:
    """Sessions that scope by `with_loader_criteria`, as tutorials do."""

    def __init__(self, engine: Engine, *, aliases: bool) -> None:
        self.engine, self.aliases = engine, aliases

    def __call__(self, user: str) -> Any:
        from sqlmodel import Session

        session = Session(self.engine, expire_on_commit=False)
        session.user_id, session.scope = user, None  # type: ignore[attr-defined]

        @event.listens_for(session, "do_orm_execute")
        def scoped(state: Any) -> None:
            if state.is_select:
                condition = Task.user_id == user
                state.statement = state.statement.options(
                    with_loader_criteria(Task, condition, include_aliases=self.aliases)
                )

        return session


@pytest.mark.parametrize("aliases", [False, True])
@pytest.mark.parametrize("shared", [False], indirect=True, ids=["code"])
def test_loader_criteria_alone_are_found(past: Engine, shared: Shared, aliases: bool) -> None:
    """With aliases included, too: Core statements, bulk writes and text stay open."""
    engine = create_engine(shared.url)

    class Plain(Machine):
        def _create(self, user: str, title: str) -> None:
            def work(session: Any) -> Any:
                made = Task(title=title, user_id=user)
                session.add(made)
                session.flush()
                return made.id

            key = self.within(user, work)
            self.model.tasks[key] = (user, title)

    made = machine(Plain, owner=past, sessions=LoaderCriteria(engine, aliases=aliases))
    with pytest.raises((AssertionError, ExceptionGroup)):
        run_state_machine_as_test(made, settings=HUNT)
    engine.dispose()


# ---- deliberately broken policies, with code that does not scope at all: the database alone


POLICIES = {
    "no policy for select": "DROP POLICY tasks_owner_select ON tasks; "
    "CREATE POLICY hole ON tasks FOR SELECT TO public USING (true)",
    "row level security off": "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY",
    "on the child": "ALTER TABLE comments DISABLE ROW LEVEL SECURITY",
    "insert unchecked": "CREATE POLICY hole ON tasks FOR INSERT TO public WITH CHECK (true)",
    "child unchecked": "CREATE POLICY hole ON comments FOR INSERT TO public WITH CHECK (true)",
    "update unchecked": "CREATE POLICY hole ON tasks FOR UPDATE TO public USING (true) WITH CHECK (true)",
    "delete open": "CREATE POLICY hole ON comments FOR DELETE TO public USING (true); "
    "CREATE POLICY hole2 ON comments FOR SELECT TO public USING (true)",
}


@pytest.fixture
def unscoped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our code lets everything through, so that policies stand alone."""
    for broken in (no_reads_scoped, writes_open, owners_unchecked, links_unchecked):
        broken(monkeypatch)


@pytest.mark.usefixtures("unscoped")
@pytest.mark.parametrize("shared", [True], indirect=True, ids=["policies"])
def test_policies_alone_hold(past: Engine, shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine(shared.url)
    made = machine(Machine, owner=past, sessions=UserSessions(engine, OWNERSHIPS))
    run_state_machine_as_test(made, settings=QUICK)
    engine.dispose()


@pytest.mark.usefixtures("unscoped")
@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("shared", [True], indirect=True, ids=["policies"])
def test_broken_policies_are_found(past: Engine, shared: Shared, name: str) -> None:
    engine = create_engine(shared.url)
    undo = ["tasks", "comments"]
    with shared.owner.begin() as connection:
        for statement in POLICIES[name].split(";"):
            connection.exec_driver_sql(statement)
    made = machine(Machine, owner=past, sessions=UserSessions(engine, OWNERSHIPS))
    try:
        with pytest.raises((CrossedError, AssertionError, ExceptionGroup)):
            run_state_machine_as_test(made, settings=HUNT)
    finally:
        engine.dispose()
        with shared.owner.begin() as connection:
            for table in undo:
                for policy in ("hole", "hole2"):
                    connection.exec_driver_sql(f"DROP POLICY IF EXISTS {policy} ON {table}")
                connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            if "DROP POLICY" in POLICIES[name]:
                from todo_db.ownership import policies

                (select, *_) = policies.policies(OWNERSHIPS["tasks"], OWNERSHIPS, role=ROLE)
                connection.exec_driver_sql(select.sql)


def give_policies(superuser: Any, table: str, role: str) -> None:
    names = superuser.execute(
        f"SELECT polname FROM pg_policy WHERE polrelid = '{table}'::regclass"
    ).fetchall()
    for (name,) in names:
        superuser.execute(f"ALTER POLICY {name} ON {table} TO {role}")


@pytest.mark.usefixtures("unscoped")
@pytest.mark.parametrize("shared", [True], indirect=True, ids=["policies"])
@pytest.mark.parametrize("forced", [True, False])
def test_a_missing_force_is_found(past: Engine, shared: Shared, server: Scratch, forced: bool) -> None:
    """As an owner of the tables that is not above policies by its role."""
    superuser = server.superuser_connection(shared.connection)
    superuser.execute("CREATE ROLE held_owner LOGIN")
    for name in OWNERSHIPS:
        superuser.execute(f"ALTER TABLE {name} OWNER TO held_owner")
        superuser.execute(f"ALTER TABLE {name} {'' if forced else 'NO'} FORCE ROW LEVEL SECURITY")
        for policy, *_ in superuser.execute(
            f"SELECT polname FROM pg_policy WHERE polrelid = '{name}'::regclass"
        ):
            superuser.execute(f"ALTER POLICY {policy} ON {name} TO public")
    superuser.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO held_owner")
    engine = create_engine(shared.owner.url.set(username="held_owner"))
    made = machine(Machine, owner=past, sessions=UserSessions(engine, OWNERSHIPS))
    try:
        if forced:
            run_state_machine_as_test(made, settings=QUICK)
        else:
            with pytest.raises((CrossedError, AssertionError, ExceptionGroup)):
                run_state_machine_as_test(made, settings=HUNT)
    finally:
        engine.dispose()
        superuser.execute(f"REASSIGN OWNED BY held_owner TO {server.role}; DROP OWNED BY held_owner")
        superuser.execute("DROP ROLE held_owner")
        for name in OWNERSHIPS:
            give_policies(superuser, name, ROLE)
        superuser.close()
