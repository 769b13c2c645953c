"""Branches of a history: what they build in one order and in another, and the revision that joins them."""

from __future__ import annotations

import datetime as dt
import itertools
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from todo_db.compare import Difference
from todo_db.revisions import document
from todo_db.revisions.document import Draft
from todo_db.revisions.proof import Hold, must_equal
from todo_db.schema import Schema
from todo_db.sources.history import History, Revision
from todo_db.sources.runner import RevisionFailedError

if TYPE_CHECKING:
    from todo_db.sources.workspace import Workspace

_ALL_ORDERS = 3


@dataclass(frozen=True, slots=True)
class Order:
    """Branches, named by their heads, one applied after the other."""

    heads: tuple[str, ...]
    revisions: tuple[Revision, ...]

    @property
    def name(self) -> str:
        """In words."""
        return " then ".join(self.heads)


def orders(history: History, heads: Sequence[str]) -> list[Order]:
    """Every order of up to three branches; of more, each of them once first and once last."""
    if len(heads) <= _ALL_ORDERS:
        found: list[tuple[str, ...]] = list(itertools.permutations(heads))
    else:
        turned = [(*heads[n:], *heads[:n]) for n in range(len(heads))]
        found = [*turned, *(tuple(reversed(t)) for t in turned)]
    return [Order(names, tuple(_one_by_one(history, names))) for names in found]


def _one_by_one(history: History, heads: Sequence[str]) -> Iterator[Revision]:
    done: set[str] = set()
    for head in heads:
        for revision in history.up_to([head]):
            if revision.id not in done:
                done.add(revision.id)
                yield revision


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why the order matters: what differs, or the order in which a revision fails."""

    order: Order
    differences: tuple[Difference, ...] = ()
    failure: RevisionFailedError | None = None


def conflicts(ws: Workspace, found: Sequence[Order], hold: Hold) -> tuple[list[Conflict], Schema | None]:
    """What the orders do not agree about, and what the first of them builds."""
    from todo_db.sources.replay import replay

    said: list[Conflict] = []
    first: Schema | None = None
    for order in found:
        ws.say(f"trying {order.name}")
        try:
            with replay(ws, order.revisions) as run:
                schema = run.schema(order.name)
        except RevisionFailedError as error:
            said.append(Conflict(order, failure=error))
            continue
        if first is None:
            first = schema
        elif differences := hold([first, schema]).differences:
            said.append(Conflict(order, differences=tuple(differences)))
    return said, first


def joined(
    ws: Workspace, order: Order, hold: Hold, *, message: str, moment: dt.datetime, width: int
) -> tuple[str, str]:
    """The id and the text of a revision that joins the branches, run up, down and up again.

    Raises RevisionFailedError, NotProvenError.
    """
    from todo_db.sources.replay import replay

    name = uuid.uuid4().hex[-12:]
    text = document.write(
        Draft(
            id=name,
            down=order.heads,
            message=message,
            created=moment,
            upgrade=(),
            downgrade=(),
            enums={},
            what=(f"joins {' and '.join(order.heads)}: either order builds the same",),
            width=width,
        )
    )
    with tempfile.TemporaryDirectory(prefix="todo-db-") as folder:
        (Path(folder) / f"{name}.py").write_text(text, encoding="utf-8")
        with replay(ws, order.revisions, extra=[Path(folder)]) as run:
            before = run.schema("before")
            for step in (run.upgrade, run.downgrade, run.upgrade):
                step(name)
                must_equal(hold, before, run.schema("revision"), step.__name__)
    return name, text
