"""Whatever happens at whatever message, one more `migrate` ends in the goal; no row is lost or doubled.

All points take hours. With TODO_DB_FAULTS=FOLDER, what was tried is kept there and not tried again.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.harness import Fault, Harness, Outcomes, harness
from tests.support.histories import ALEMBICS_ENV, OUR_ENV, Project
from todo_db.workflows.migrate import migrate

TABLE = (
    "a",
    None,
    """
    op.execute("create table items (id int primary key, amount int)")
    op.execute("insert into items select n, n * 7 from generate_series(1, 30) n")
    """,
)
ROWS = (
    "b",
    "a",
    """
    op.execute("update items set amount = amount + 1")
    op.add_column("items", sa.Column("total", sa.Integer()))
    """,
)
OURS = (
    "c",
    "b",
    """
    with op.get_context().autocommit_block():
        op.execute("drop index concurrently if exists by_amount")
        op.execute("create index concurrently by_amount on items (amount)")
    """,
    'op.drop_index("by_amount")',
)
BY_HAND = (
    "d",
    "c",
    """
    with op.get_context().autocommit_block():
        op.create_index("by_both", "items", ["amount", "id"], unique=True, postgresql_concurrently=True)
    """,
    'op.drop_index("by_both")',
)
FILL = (
    "e",
    "d",
    """
    from todo_db.backfill import backfill
    backfill(op, "items", {"total": "amount * 2"}, where="total is null", batch=10)
    """,
)
LAST = (
    "f",
    "e",
    'op.alter_column("items", "total", nullable=False)',
    'op.alter_column("items", "total", nullable=True)',
)
FAILING = ("c", "b", 'op.execute("update items set amount = amount + 5")\nop.execute("select 1/0")')

SUM = "select count(*), sum(amount), sum(total), sum(id) from items"
COUNT, AMOUNT, IDS = 30, 7 * 465 + 30, 465
GOOD = (TABLE, ROWS, OURS, BY_HAND, FILL, LAST)


def nothing(_: Project) -> None:
    pass


def all_there(project: Project) -> None:
    assert project.stamp == ["f"]
    assert project.rows(SUM) == [(COUNT, AMOUNT, 2 * AMOUNT, IDS)]
    assert project.rows("select count(*) from pg_index where not indisvalid") == [(0,)]
    assert project.rows("select count(*) from pg_index where indrelid = 'items'::regclass") == [(3,)]
    lines = project.ledger("revision, action, outcome, restore_point is not null, finished >= started")
    done = [name for name, action, end, _, _ in lines if (action, end) == ("upgrade", "applied")]
    assert sorted(done) == list("abcdef")
    assert {end for _, _, end, _, _ in lines} <= {"applied", "failed", "interrupted"}
    assert all(point and closed for *_, point, closed in lines)


def up_to_the_failing_one(project: Project) -> None:
    assert project.stamp == ["b"]
    assert project.rows("select count(*), sum(amount), sum(id) from items") == [(COUNT, AMOUNT, IDS)]
    lines = project.ledger()
    assert [name for name, _, end in lines if end == "applied"] == ["a", "b"]
    assert lines[-1] == ("c", "upgrade", "failed")


def everything(project: Project) -> None:
    """What `down` begins with."""
    migrate(project.open(), prove=False)


def back_at_b(project: Project) -> None:
    assert project.stamp == ["b"]
    assert project.rows(SUM) == [(COUNT, AMOUNT, 2 * AMOUNT, IDS)]
    assert project.rows("select count(*) from pg_index where indrelid = 'items'::regclass") == [(1,)]
    lines = project.ledger()
    assert sorted(n for n, action, end in lines if (action, end) == ("downgrade", "applied")) == list("cdef")


@dataclass(frozen=True)
class Case:
    """A history, and what is done with it."""

    revisions: tuple[tuple[Any, ...], ...]
    check: Callable[[Project], None]
    begin: Callable[[Project], None] = nothing
    do: str = "migrate"
    fails: bool = False
    env: str = OUR_ENV


CASES = {
    "good": Case(GOOD, all_there),
    "failing": Case((TABLE, ROWS, FAILING), up_to_the_failing_one, fails=True),
    "alembic": Case(GOOD, all_there, do="alembic"),
    "foreign": Case(GOOD, all_there, env=ALEMBICS_ENV),
    "down": Case(GOOD, back_at_b, everything, do="down"),
}


@pytest.fixture
def running(project: Project, case: str) -> Iterator[Harness]:
    it = CASES[case]
    project.history(*it.revisions, env=it.env)
    project.write({"alembic.ini": "[alembic]\nscript_location = migrations\n"})
    with harness(project, it.begin, it.check, do=it.do, fails=it.fails) as made:
        yield made


@pytest.mark.parametrize("case", CASES)
def test_some_points(running: Harness) -> None:
    """A few of those of the long test, always others: a failure names its own."""
    chance = random.Random()  # noqa: S311
    points = running.points()
    for fault in Fault:
        point = running.at(fault, chance.choice(points))
        assert point.wrong is None, point


@pytest.mark.long
@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
@pytest.mark.parametrize("case", CASES)
def test_every_point(running: Harness, case: str, fault: Fault) -> None:
    folder = os.environ.get("TODO_DB_FAULTS")
    outcomes = Outcomes(Path(folder, f"{case}-{fault.name}.jsonl") if folder else None)
    points, done = running.points(), outcomes.done(fault)
    for number in points:
        if number not in done:
            outcomes.add(running.at(fault, number))
    print(f"\n{outcomes}", flush=True)  # noqa: T201 - the report, with -s
    assert not outcomes.wrong, outcomes.wrong
    assert len(outcomes.points) >= len(points)
