"""Two users and an adversary do random things through every public way; a model knows what each may see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import Engine, delete, exc, func, insert, select, text, update
from sqlalchemy.orm import aliased, joinedload, make_transient_to_detached, selectinload
from sqlalchemy.orm.exc import StaleDataError

from tests.access.world import OWNERSHIPS, Comment, Task
from todo_db.access import AccessError, NotFoundError, Repository, UserSession, UserSessions

USERS = ("alice", "bob")
REFUSED = (AccessError, NotFoundError, StaleDataError, exc.IntegrityError, exc.InvalidRequestError)
# With policies a refusal may also come from PostgreSQL.
DENIED = "42501"


class CrossedError(AssertionError):
    """A row crossed."""


@dataclass
class Model:
    """Tasks by key: (user, title); comments by key: (task, body)."""

    tasks: dict[int, tuple[str, str]] = field(default_factory=dict)
    comments: dict[int, tuple[int, str]] = field(default_factory=dict)

    def mine(self, user: str) -> set[int]:
        return {k for k, (owner, _) in self.tasks.items() if owner == user}

    def comments_of(self, user: str) -> set[int]:
        mine = self.mine(user)
        return {k for k, (task, _) in self.comments.items() if task in mine}


users = st.sampled_from(USERS)
picks = st.integers(0, 30)
titles = st.sampled_from(["x", "y", "z"])


class Machine(RuleBasedStateMachine):
    """Subclasses give `owner`, an engine past every policy, and `sessions`."""

    owner: Engine
    sessions: UserSessions

    @initialize()
    def empty(self) -> None:
        self.model = Model()
        self.steps = 0
        with self.owner.begin() as connection:
            connection.execute(text("DELETE FROM comments"))
            connection.execute(text("DELETE FROM tasks"))
        for user in USERS:
            self._create(user, "x")
            self._create(user, "y")
        with self.owner.begin() as connection:
            for key in self.model.tasks:
                statement = text("INSERT INTO comments (task_id, body) VALUES (:key, 'x') RETURNING id")
                made = connection.execute(statement, {"key": key}).scalar_one()
                self.model.comments[made] = (key, "x")

    # ---- how things are done

    def within(self, user: str, work: Callable[[UserSession], Any]) -> Any:
        """Do something in a user's transaction; None where it was refused, and then nothing happened."""
        with self.sessions(user) as session:
            try:
                result = work(session)
                session.commit()
            except REFUSED:
                session.rollback()
                return None
            except exc.DBAPIError as error:
                session.rollback()
                if getattr(error.orig, "sqlstate", None) != DENIED:
                    raise
                return None
            return result

    def key(self, pick: int) -> int:
        """Any task, whoever has it."""
        keys = sorted(self.model.tasks)
        return keys[pick % len(keys)] if keys else -1

    def _create(self, user: str, title: str) -> None:
        key = self.within(user, lambda s: Repository(s, Task).create(title=title).id)
        assert key is not None
        self.model.tasks[key] = (user, title)

    def same(self, what: str, found: Any, expected: Any) -> None:
        if found != expected:
            raise CrossedError(f"{what}: {found} instead of {expected}")

    def check(self) -> None:
        """What the tables hold is what the model knows."""
        with self.owner.connect() as connection:
            tasks = connection.execute(text("SELECT id, user_id, title FROM tasks")).all()
            comments = connection.execute(text("SELECT id, task_id, body FROM comments")).all()
        self.same("tasks", {r[0]: (r[1], r[2]) for r in tasks}, self.model.tasks)
        self.same("comments", {r[0]: (r[1], r[2]) for r in comments}, self.model.comments)

    # ---- users

    @rule(user=users, title=titles)
    def creates(self, user: str, title: str) -> None:
        self._create(user, title)

    @rule(user=users, way=st.integers(0, 7))
    def reads(self, user: str, way: int) -> None:
        other = aliased(Task)
        ways: list[Callable[[UserSession], set[int]]] = [
            lambda s: set(s.scalars(select(Task.id))),
            lambda s: {t.id for t in Repository(s, Task).page(limit=200).items},
            lambda s: set(s.scalars(select(other.id))),
            lambda s: set(s.scalars(select(Task.__table__.c.id))),  # type: ignore[attr-defined]
            lambda s: {t.id for t in s.scalars(select(Task).options(selectinload(Task.comments)))},
            lambda s: set(s.scalars(select(Task.id).where(Task.id.in_(select(other.id))))),
            lambda s: set(s.scalars(select(Task.id).union_all(select(other.id)))),
            lambda s: set(s.scalars(select(select(Task).subquery().c.id))),
        ]
        self.same(f"reads {way}", self.within(user, ways[way]), self.model.mine(user))

    @rule(user=users, way=st.integers(0, 4))
    def reads_comments(self, user: str, way: int) -> None:
        ways: list[Callable[[UserSession], set[int]]] = [
            lambda s: set(s.scalars(select(Comment.id))),
            lambda s: {c.id for c in s.scalars(select(Comment).options(joinedload(Comment.task)))},
            lambda s: {c.id for t in s.scalars(select(Task)) for c in t.comments},
            lambda s: {k for k in s.scalars(select(Comment.id).select_from(Task).outerjoin(Comment)) if k},
            lambda s: set(s.scalars(select(Comment.id).join(Task))),
        ]
        self.same(f"reads comments {way}", self.within(user, ways[way]), self.model.comments_of(user))

    @rule(user=users, pick=picks)
    def gets(self, user: str, pick: int) -> None:
        key = self.key(pick)
        found = self.within(user, lambda s: (s.get(Task, key), Repository(s, Task).find(key)))
        mine = key in self.model.mine(user)
        self.same("gets", [x is not None for x in found], [mine, mine])

    @rule(user=users)
    def counts(self, user: str) -> None:
        found = self.within(user, lambda s: s.scalar(select(func.count()).select_from(Task)))
        self.same("counts", found, len(self.model.mine(user)))

    @rule(user=users, pick=picks, body=titles, way=st.integers(0, 1))
    def comments(self, user: str, pick: int, body: str, way: int) -> None:
        key = self.key(pick)

        def work(session: UserSession) -> int | None:
            if way:
                statement = insert(Comment).returning(Comment.id)
                return session.scalars(statement, [{"task_id": key, "body": body}]).one()
            return Repository(session, Comment).create(task_id=key, body=body).id

        made = self.within(user, work)
        self.same("comments", made is not None, key in self.model.mine(user))
        if made is not None:
            self.model.comments[made] = (key, body)

    @rule(user=users, pick=picks, title=titles, way=st.integers(0, 4))
    def updates(self, user: str, pick: int, title: str, way: int) -> None:
        key = self.key(pick)
        values = {"id": key, "title": title}
        ways: list[Callable[[UserSession], Any]] = [
            lambda s: Repository(s, Task).update(key, title=title),
            lambda s: s.execute(update(Task).where(Task.id == key).values(title=title)),
            lambda s: s.execute(update(Task), [values]),
            lambda s: s.bulk_update_mappings(Task, [values]),  # type: ignore[arg-type]
            lambda s: s.execute(Task.__table__.update().where(Task.id == key), {"title": title}),  # type: ignore[attr-defined]
        ]
        self.within(user, ways[way])
        if key in self.model.mine(user):
            self.model.tasks[key] = (user, title)
        self.check()

    @rule(user=users, title=titles)
    def updates_all(self, user: str, title: str) -> None:
        self.within(user, lambda s: s.execute(update(Task).values(title=title)))
        for key in self.model.mine(user):
            self.model.tasks[key] = (user, title)
        self.check()

    @rule(user=users, pick=picks, way=st.integers(0, 2))
    def deletes(self, user: str, pick: int, way: int) -> None:
        key = self.key(pick)
        ways: list[Callable[[UserSession], Any]] = [
            lambda s: Repository(s, Task).delete(key),
            lambda s: s.execute(delete(Task).where(Task.id == key)),
            lambda s: Repository(s, Task).delete_where(Task.id == key),
        ]
        self.within(user, ways[way])
        if key in self.model.mine(user):
            del self.model.tasks[key]
            self.model.comments = {k: v for k, v in self.model.comments.items() if v[0] != key}
        self.check()

    @rule(user=users)
    def deletes_comments(self, user: str) -> None:
        self.within(user, lambda s: s.execute(delete(Comment)))
        for key in self.model.comments_of(user):
            del self.model.comments[key]
        self.check()

    # ---- the adversary

    @rule(user=users, pick=picks, way=st.integers(0, 9))
    def gives_away(self, user: str, pick: int, way: int) -> None:
        """Make a row another's, or write one that is: never, by no way."""
        other = USERS[1 - USERS.index(user)]
        key = self.key(pick)
        row = {"title": "x", "user_id": other, "done": False}

        def by_object(session: UserSession) -> Any:
            found = session.get_one(Task, key)
            found.user_id = other
            session.flush()

        ways: list[Callable[[UserSession], Any]] = [
            by_object,
            lambda s: s.execute(update(Task).values(user_id=other)),
            lambda s: s.execute(update(Task), [{"id": key, "user_id": other}]),
            lambda s: s.execute(update(Task).values(user_id=func.lower(other))),
            lambda s: s.execute(insert(Task), [row]),
            lambda s: s.execute(insert(Task).values(**row)),
            lambda s: s.bulk_insert_mappings(Task, [row]),  # type: ignore[arg-type]
            lambda s: s.add(Task(**row)),
            # several rows are written without RETURNING, on which policies for SELECT would have a say
            lambda s: s.execute(insert(Task), [row, row]),
            lambda s: s.execute(insert(Task.__table__), [row, row]),  # type: ignore[attr-defined]
        ]
        self.within(user, ways[way])
        self.check()

    @rule(user=users, pick=picks)
    def plants(self, user: str, pick: int) -> None:
        """Write comments on another's task."""
        key = self.key(pick)
        if key not in self.model.mine(user):
            row = {"task_id": key, "body": "planted"}
            self.within(user, lambda s: s.execute(insert(Comment), [row, row]))
            self.check()

    @rule(user=users, pick=picks, way=st.integers(0, 3))
    def steals(self, user: str, pick: int, way: int) -> None:
        """Bring in objects of another's rows."""
        key = self.key(pick)

        def attach(session: UserSession) -> Any:
            stolen = Task(id=key, title="x", user_id=user)
            make_transient_to_detached(stolen)
            (session.add if way else session.delete)(stolen)
            stolen.title = "stolen"
            session.flush()

        ways = [
            attach,
            attach,
            lambda s: s.merge(Task(id=key, title="stolen", user_id=user)),
            self._refresh(key),
        ]
        self.within(user, ways[way])
        self.check()

    def _refresh(self, key: int) -> Callable[[UserSession], Any]:
        def work(session: UserSession) -> None:
            made = Comment(task_id=key, body="x")
            session.enable_relationship_loading(made)
            if made.task is not None and made.task.user_id != session.user_id:
                raise CrossedError("lazy load")
            session.rollback()

        return work

    @rule(user=users)
    def writes_text(self, user: str) -> None:
        found = self.within(user, lambda s: s.execute(text("SELECT id FROM tasks")).all())
        self.same("text", found, None)

    @rule(user=users)
    def meets_the_other_on_one_connection(self, user: str) -> None:
        other = USERS[1 - USERS.index(user)]
        with self.sessions(user) as one, self.sessions(other) as two:
            for session in (one, two, one):
                found = set(session.scalars(select(Task.id)))
                self.same("interleaved", found, self.model.mine(session.user_id))
                session.rollback()


class AsyncMachine(Machine):
    """The same steps from within asyncio, on async sessions."""

    async_sessions: Any
    loop: asyncio.AbstractEventLoop

    def within(self, user: str, work: Callable[[UserSession], Any]) -> Any:
        async def main() -> Any:
            async with self.async_sessions(user) as session:
                try:
                    result = await session.run_sync(work)
                    await session.commit()
                except REFUSED:
                    await session.rollback()
                    return None
                except exc.DBAPIError as error:
                    await session.rollback()
                    if getattr(error.orig, "sqlstate", None) != DENIED:
                        raise
                    return None
                return result

        return self.loop.run_until_complete(main())


def sessions_of(engine: Engine) -> UserSessions:
    return UserSessions(engine, OWNERSHIPS)
