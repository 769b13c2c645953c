"""migrate rebase: a branch that is applied nowhere follows the other one, so that there is one head again."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from todo_db.errors import ApplyError, UndeterminedError, UsageError
from todo_db.files import write_whole
from todo_db.findings import Finding
from todo_db.revisions import rules, sums
from todo_db.revisions.rewriting import reparented
from todo_db.sources import history as histories
from todo_db.sources.history import History, Revision
from todo_db.sources.runner import RevisionFailedError
from todo_db.sources.workspace import Workspace
from todo_db.workflows.applied import UNASKED, applied, stamps
from todo_db.workflows.expected import keep
from todo_db.workflows.outcome import Outcome
from todo_db.workflows.sides import hold, report

COMMAND = "migrate rebase"


@dataclass(frozen=True, slots=True)
class Move:
    """The revisions that move, the first of them first, and the head that they are to follow."""

    chain: tuple[Revision, ...]
    onto: str


def rebase(ws: Workspace, revision: str | None = None) -> Outcome:
    """Let the branch that holds `revision` (default: the one that live does not have) follow the other head.

    It runs behind the other on scratch, up, down and up, before a file is changed. Raises UsageError where
    there are not two heads or the branch is no line, ApplyError (exit 4) where live has a part of it.
    """
    history = histories.read(ws.settings)
    stamped = stamps(ws, history)
    if len(history.heads) == 1 and revision is None:
        text = f"nothing to do: the history has one head, {history.heads[0]}"
        return Outcome(report(ws, COMMAND, [], revisions=[]), text)
    move = _chosen(history, revision, applied(history, stamped))
    _must_not_be_applied(ws, history, move, stamped)
    found = _tried(ws, history, move)
    if found:
        return Outcome(report(ws, COMMAND, found, notes=["no file was changed"]), "")
    _rewrite(ws, history, move)
    notes = [UNASKED] if stamped is None else []
    notes += [kept] if (kept := keep(ws)) else []
    ids = [r.id for r in move.chain]
    lines = [f"{', '.join(ids)} now follows {move.onto}", "proven on scratch: up, down and up again"]
    lines += [f"note: {n}" for n in notes]
    return Outcome(report(ws, COMMAND, [], revisions=ids, onto=move.onto, notes=notes), "\n".join(lines))


def _chosen(history: History, wanted: str | None, there: frozenset[str]) -> Move:
    heads = history.heads
    if len(heads) != 2:
        raise UsageError(
            f"the history has {len(heads)} head(s), and a branch can be moved where there are two",
            where=str(history.layout.folder),
            hint="`todo-db migrate merge` joins any number" if heads else None,
        )
    own = {h: _own(history, h, next(o for o in heads if o != h)) for h in heads}
    if wanted is not None:
        name = history.resolve(wanted)
        holding = [h for h in heads if name in {r.id for r in own[h]}]
        if not holding:
            raise UsageError(
                f"{wanted} belongs to both branches, so that it cannot be moved",
                hint=f"the branches are: {_listed(own)}",
            )
        head = holding[0]
    else:
        free = [h for h in heads if not there & {r.id for r in own[h]}]
        # of two that are applied nowhere the one that was begun later
        head = max(free or heads, key=lambda h: own[h][0].path.name)
    chain = own[head]
    onto = next(o for o in heads if o != head)
    linear = len(chain[0].down) < 2 and all(r.down == (before.id,) for before, r in pairwise(chain))
    if not linear:
        raise UsageError(
            f"the branch to {head} is no line of revisions", hint="`todo-db migrate merge` joins it as it is"
        )
    return Move(tuple(chain), onto)


def _listed(own: dict[str, list[Revision]]) -> str:
    return " and ".join(", ".join(r.id for r in chain) for chain in own.values())


def _own(history: History, head: str, other: str) -> list[Revision]:
    """What only this head has."""
    shared = {r.id for r in history.up_to([other])}
    return [r for r in history.up_to([head]) if r.id not in shared]


def _must_not_be_applied(
    ws: Workspace, history: History, move: Move, stamped: tuple[str, ...] | None
) -> None:
    there = [r.id for r in move.chain if r.id in applied(history, stamped)]
    if there:
        raise ApplyError(
            f"{', '.join(there)} is applied in the live database, and cannot get another parent; nothing "
            "was changed",
            where=ws.read_target.shown,
            hint=f"move the other branch (`todo-db migrate rebase {move.onto}`), or `todo-db migrate merge`",
        )


def _tried(ws: Workspace, history: History, move: Move) -> list[Finding]:
    """The branch behind the other one on scratch: up, down and up again."""
    from todo_db.sources.replay import replay

    try:
        ids = {r.id for r in move.chain}
        with replay(ws, [*history.up_to([move.onto]), *move.chain], pause_before=ids) as run:
            states = [before.with_side("before") for _, before, _ in run.steps]
            for number, revision in reversed(list(enumerate(move.chain))):
                run.downgrade(revision.id)
                comparison, _ = hold(ws, [states[number], run.schema("now")])
                if comparison.differences:
                    first = comparison.differences[0]
                    said = f"{first.key.kind} {first.key.name} {first.fact} {dict(first.values)}"
                    message = f"behind {move.onto} the downgrade of {revision.id} does not lead back: {said}"
                    at = [rules.place(ws.settings, revision)]
                    return [rules.finding(rules.NOT_REVERSIBLE, revision.id, message, at)]
            for revision in move.chain:
                run.upgrade(revision.id)
    except RevisionFailedError as error:
        revision = history.revisions[error.failed.revision]
        message = f"behind {move.onto}: {error.what}"
        at = [rules.place(ws.settings, revision, error.failed.line)]
        return [rules.finding(rules.DOES_NOT_RUN, revision.id, message, at, error.hint)]
    return []


def _rewrite(ws: Workspace, history: History, move: Move) -> None:
    """Change the file, unless the history is another one by now."""
    now = histories.read(ws.settings)
    if set(now.heads) != set(history.heads):
        raise UndeterminedError(
            "while the branch was tried, the history changed; no file was changed",
            where=str(history.layout.folder),
            hint="run the command again",
        )
    path = move.chain[0].path
    write_whole(path, reparented(path.read_bytes().decode("utf-8"), move.onto))
    written = histories.read(ws.settings)
    written.head()
    sums.remember(written, [written.revisions[move.chain[0].id]])
