"""Whatever happens at whatever message, one more `migrate` ends in the goal; no row is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.faults.harness import Fault, Harness, Outcomes, worker
from tests.support.histories import Project
from todo_db.postgres.scratch import Scratch

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
)
BY_HAND = (
    "d",
    "c",
    """
    with op.get_context().autocommit_block():
        op.create_index("by_both", "items", ["amount", "id"], unique=True, postgresql_concurrently=True)
    """,
)
FILL = (
    "e",
    "d",
    """
    from todo_db.backfill import backfill
    backfill(op, "items", {"total": "amount * 2"}, where="total is null", batch=10)
    """,
)
LAST = ("f", "e", 'op.alter_column("items", "total", nullable=False)')
FAILING = ("c", "b", 'op.execute("update items set amount = amount + 5")\nop.execute("select 1/0")')

SUM = "select count(*), sum(amount), sum(total), sum(id) from items"
COUNT, AMOUNT, IDS = 30, 7 * 465 + 30, 465


def nothing(_: psycopg.Connection[Any]) -> None:
    pass


def all_there(project: Project) -> None:
    assert project.stamp == ["f"]
    assert project.rows(SUM) == [(COUNT, AMOUNT, 2 * AMOUNT, IDS)]
    assert project.rows("select count(*) from pg_index where not indisvalid") == [(0,)]
    lines = project.ledger()
    assert sorted(name for name, action, end in lines if (action, end) == ("upgrade", "applied")) == list(
        "abcdef"
    )
    assert {end for _, _, end in lines} <= {"applied", "failed", "interrupted"}


def up_to_the_failing_one(project: Project) -> None:
    assert project.stamp == ["b"]
    assert project.rows("select count(*), sum(amount), sum(id) from items") == [(COUNT, AMOUNT, IDS)]
    lines = project.ledger()
    assert [name for name, _, end in lines if end == "applied"] == ["a", "b"]
    assert lines[-1] == ("c", "upgrade", "failed")


@pytest.fixture(params=["good", "failing"])
def harness(project: Project, server: Scratch, request: pytest.FixtureRequest) -> Iterator[Harness]:
    good = request.param == "good"
    project.history(*((TABLE, ROWS, OURS, BY_HAND, FILL, LAST) if good else (TABLE, ROWS, FAILING)))
    first = project.live
    with worker(project) as process:
        check = all_there if good else up_to_the_failing_one
        yield Harness(project, server, process, nothing, check, ends=good)
    project.live = first


def test_some_points(harness: Harness) -> None:
    """A few of those of the long test, always others: a failure names its own."""
    import random

    chance = random.Random()  # noqa: S311
    points = harness.points()
    for fault in Fault:
        harness.at(fault, chance.choice(points))


@pytest.mark.long
def test_every_point(harness: Harness) -> None:
    outcomes = Outcomes()
    points = harness.points()
    for fault in Fault:
        for number in points:
            try:
                outcomes.points.append(harness.at(fault, number))
            except Exception as error:
                outcomes.wrong.append(f"{fault.name} at {number}: {error!r}")
                print(outcomes.wrong[-1], flush=True)  # noqa: T201
    print(f"\n{outcomes}", flush=True)  # noqa: T201 - the report, with -s
    assert not outcomes.wrong, outcomes.wrong
    assert len(outcomes.points) == 3 * len(points)
