"""What scoped access costs against plain SQLModel, as ratios: `python -m tests.benchmarks.scoping`.

Plain and scoped take turns in one process on one database, so that what else the machine does meets both. The
plain session writes the owner's condition and value by hand; it needs the same rows.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, create_engine, text
from sqlmodel import Session, select

from tests.access.conftest import as_role, fill, secure
from tests.access.world import OWNERSHIPS, Task
from todo_db.access import UserSessions
from todo_db.postgres.scratch import Scratch

ROUNDS, TIMES = 40, 5


@dataclass(frozen=True, slots=True)
class Pair:
    """One piece of work, plain and scoped."""

    name: str
    plain: Callable[[Session], object]
    scoped: Callable[[Session], object]


@dataclass(frozen=True, slots=True)
class Cost:
    """Scoped by plain: CPU of the client; wall clock, with the server's share. microseconds: plain CPU."""

    name: str
    cpu: float
    wall: float
    microseconds: float


def _reads(times: int, limit: int) -> Pair:
    def plain(session: Session) -> None:
        for _ in range(times):
            session.expunge_all()
            session.exec(select(Task).where(Task.user_id == "alice").limit(limit)).all()

    def scoped(session: Session) -> None:
        for _ in range(times):
            session.expunge_all()
            session.exec(select(Task).limit(limit)).all()

    return Pair(f"{times} select of {limit} rows", plain, scoped)


def _writes(times: int, rows: int) -> Pair:
    def plain(session: Session) -> None:
        for _ in range(times):
            session.add_all([Task(title="x", user_id="alice") for _ in range(rows)])
            session.flush()

    def scoped(session: Session) -> None:
        for _ in range(times):
            session.add_all([Task(title="x") for _ in range(rows)])
            session.flush()

    return Pair(f"{times} insert of {rows} rows", plain, scoped)


def _request() -> Pair:
    """What a request of a web application does: find the task, list the tasks, write one."""

    def plain(session: Session) -> None:
        session.exec(select(Task).where(Task.user_id == "alice", Task.id == 1)).one()
        session.exec(select(Task).where(Task.user_id == "alice").order_by("id").limit(20)).all()
        session.add(Task(title="x", user_id="alice"))
        session.flush()

    def scoped(session: Session) -> None:
        session.exec(select(Task).where(Task.id == 1)).one()
        session.exec(select(Task).order_by("id").limit(20)).all()
        session.add(Task(title="x"))
        session.flush()

    return Pair("a request: get, list, insert", plain, scoped)


PAIRS = (_reads(1, 1), _reads(1, 20), _reads(5, 20), _writes(1, 1), _writes(1, 20), _writes(5, 1), _request())


def measure(plain: Engine, scoped: Engine, pair: Pair) -> Cost:
    """The least of many rounds that take turns."""
    sessions = UserSessions(scoped, OWNERSHIPS)

    def with_plain() -> None:
        with Session(plain, expire_on_commit=False) as session, session.begin():
            pair.plain(session)

    def with_scoped() -> None:
        with sessions("alice") as session, session.begin():
            pair.scoped(session)

    _empty(plain)
    _taken(with_plain), _taken(with_scoped)  # connect, compile, prepare
    taken: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for _ in range(ROUNDS):
        taken[0].append(_taken(with_plain))
        taken[1].append(_taken(with_scoped))
    (cpu, wall), (our_cpu, our_wall) = ((min(c for c, _ in t), min(w for _, w in t)) for t in taken)
    return Cost(pair.name, our_cpu / cpu, our_wall / wall, cpu * 1e6)


def _taken(work: Callable[[], None]) -> tuple[float, float]:
    """CPU and wall seconds of one piece of work."""
    gc.collect()
    gc.disable()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(TIMES):
        work()
    taken = (time.process_time() - cpu) / TIMES, (time.perf_counter() - wall) / TIMES
    gc.enable()
    return taken


def _empty(engine: Engine) -> None:
    """The same hundred rows before each pair."""
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE tasks, comments, attachments"))
        connection.execute(
            text(
                "INSERT INTO tasks (id, user_id, title, done) "
                "SELECT g, 'alice', 't', false FROM generate_series(1, 100) g"
            )
        )


@contextmanager
def engines(*, secured: bool) -> Iterator[tuple[Engine, Engine]]:
    """The owner's engine, and the application's: subject to policies or not."""
    with Scratch() as server:
        connection = server.database("cost")
        url = server.url(connection)
        plain = create_engine(url)
        fill(plain)
        if secured:
            secure(plain, server)
            with plain.begin() as open_:  # the owner fills and empties what the application's role is held to
                for name in ("tasks", "comments"):
                    open_.execute(text(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY"))
        scoped = create_engine(as_role(url) if secured else url)
        yield plain, scoped
        scoped.dispose()
        plain.dispose()


def main() -> None:
    for secured in (False, True):
        print("with policies" if secured else "without policies")  # noqa: T201
        with engines(secured=secured) as (plain, scoped):
            for pair in PAIRS:
                cost = measure(plain, scoped, pair)
                line = f"cpu {cost.cpu:5.2f}   wall {cost.wall:5.2f}   (plain {cost.microseconds:6.0f} µs)"
                print(f"  {pair.name:32}{line}")  # noqa: T201


if __name__ == "__main__":
    main()
