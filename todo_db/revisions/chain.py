"""Turns stages into revision files that follow one another, each run on scratch as soon as it is written."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from todo_db.errors import UndeterminedError
from todo_db.objects.change import Hazard
from todo_db.plan import Change, plan
from todo_db.revisions import document
from todo_db.revisions.document import Draft
from todo_db.revisions.online import Stage, indexes
from todo_db.revisions.online.stages import Situation
from todo_db.revisions.proof import Hold, must_equal
from todo_db.revisions.render import Operation, filling, render
from todo_db.schema import Key, Schema, display
from todo_db.sources.redirect import Executed

if TYPE_CHECKING:
    from todo_db.compare import Respell
    from todo_db.revisions.proof import Rows
    from todo_db.sources.replay import Replay

Spelled = Callable[[Iterable[Change]], Iterable[Change]]


@dataclass(frozen=True, slots=True)
class Proven:
    """A revision that ran up, down and up: its file's text, what it does, and the statements that it sent.

    hazards: to a running system, of what was there before. losses: of data, up or down. impact: in a word.
    """

    id: str
    message: str
    text: str
    what: tuple[str, ...]
    executed: Sequence[Executed]
    down: str | None = None
    hazards: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    impact: str = ""


@dataclass(frozen=True, slots=True)
class Scribe:
    """How files are written. head: what the first of them follows. spelled: how expressions are put.

    notes: what the docstrings say before what is done. reason: why data may be thrown away. cut: columns and
    enums whose values change or do not all fit any more, with what would go.
    """

    message: str
    head: str | None
    moment: dt.datetime
    width: int
    spelled: Spelled
    notes: tuple[str, ...] = ()
    reason: str = ""
    cut: Mapping[Key, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Link:
    """A revision in the making: what leads up, what leads down, and the schemas on both sides."""

    id: str
    down: str | None
    message: str
    stage: Stage
    before: Schema
    after: Schema
    undo: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """Writes the stages of a plan as revisions into `folder` while they run on `run`."""

    run: Replay
    scribe: Scribe
    hold: Hold
    respell: Respell | None
    folder: Path
    rows: Rows | None = None
    lossy: bool = False  # values may be lost where a type changes

    def write(self, stages: Sequence[Stage], target: Schema) -> list[Proven]:
        """The revisions, proven. Raises RevisionFailedError, NotProvenError, UndeterminedError."""
        if self.rows is not None:
            self.rows.fill(self.run.schema("before"), target)
        links = self._up(stages, target)
        for link in links:
            link.undo = self._way_back(link)
        # elsewhere than before: Python keeps what it has compiled of a file by the second
        self.run.extra = (self.folder / "both",)
        texts = {link.id: self._text(link, target, ways=2) for link in links}
        self._put(texts)
        self._prove(links)
        return [
            Proven(
                link.id,
                link.message,
                texts[link.id],
                tuple(_what(link.stage)),
                self.run.executed[link.id],
                link.down,
                _hazards(link, links),
                tuple(_losses(link.stage.changes, link.undo)),
                _impact(link, links),
            )
            for link in links
        ]

    def _up(self, stages: Sequence[Stage], target: Schema) -> list[_Link]:
        """Write and run each stage's upgrade; what it leads to is what the next one begins with."""
        self.run.extra = (self.folder / "up",)
        down, state = self.scribe.head, self.run.schema("before")
        links: list[_Link] = []
        for number, stage in enumerate(stages, 1):
            link = _Link(
                uuid.uuid4().hex[-12:], down, self._message(stage, number, len(stages)), stage, state, state
            )
            self._put({link.id: self._text(link, target, ways=1)})
            self.run.upgrade(link.id)
            link.after = state = self.run.schema("revision")
            links.append(link)
            down = link.id
        must_equal(self.hold, target, state, "upgrade")
        self._must_hold(state, "upgrade", links)
        return links

    def _must_hold(self, state: Schema, step: str, links: Sequence[_Link]) -> None:
        """The rows are what they were, but for the columns that the revisions fill."""
        if self.rows is not None:
            both = [b for n in links for p in n.stage.parts for b in (p.batches, p.undo_batches)]
            but = {Key("column", display(b.schema, b.table, b.column)) for b in both if b is not None}
            for link in links:
                but |= {k for k in link.before.objects if k not in link.after.objects}
                but |= {c.object.key for c in link.stage.changes if _is_computed(c)}
                if self.lossy:
                    but |= {c.object.key for c in link.stage.changes if "type" in c.changed}
            self.rows.must_hold(state, step, but)

    def _put(self, texts: dict[str, str]) -> None:
        for folder in self.run.extra:
            folder.mkdir(exist_ok=True)
            for name, text in texts.items():
                (folder / f"{name}.py").write_text(text, encoding="utf-8")
        self.run.reload()

    def _message(self, stage: Stage, number: int, count: int) -> str:
        if count == 1:
            return self.scribe.message
        said = f": {stage.what}" if stage.what else ""
        return f"{self.scribe.message}{said} ({number}/{count})"

    def _way_back(self, link: _Link) -> tuple[Change, ...]:
        if (undo := link.stage.undo) is not None:
            return undo
        back = plan(link.after, link.before, respell=self.respell)
        if back.refusals:
            refusal = back.refusals[0]
            raise UndeterminedError(
                f"there is no way back: {refusal.key.kind} {refusal.key.name}: {refusal.reason}",
                hint=refusal.instead,
            )
        return _patiently(back.changes, Situation(before=link.after, after=link.before))

    def _text(self, link: _Link, target: Schema, *, ways: int) -> str:
        up, down = link.stage.changes, link.undo if ways > 1 else ()
        variables = document.variables([*up, *down])
        names = {key: name for key, (name, _) in variables.items()}
        goal = link.after if ways > 1 else target
        return document.write(
            Draft(
                id=link.id,
                down=link.down,
                message=link.message,
                created=self.scribe.moment,
                upgrade=self._operations(link, goal, names),
                downgrade=self._downgrade(link, down, names),
                enums=dict(variables.values()),
                what=(*self.scribe.notes, *_what(link.stage)),
                lost=[*_losses(up, down), *_cut(up, self.scribe)],
                accepted=_accepted(up, self.scribe.reason),
                width=self.scribe.width,
            )
        )

    def _operations(self, link: _Link, goal: Schema, names: dict[Key, str]) -> list[Operation]:
        made = render(self.scribe.spelled(link.stage.changes), link.before, goal, names)
        return [filling(part.batches) for part in link.stage.parts if part.batches is not None] + made

    def _downgrade(self, link: _Link, down: Sequence[Change], names: Mapping[Key, str]) -> list[Operation]:
        made = render(self.scribe.spelled(down), link.after, link.before, names)
        batches = [p.undo_batches for p in link.stage.parts] if down else []
        return made + [filling(b) for b in batches if b is not None]

    def _prove(self, links: Sequence[_Link]) -> None:
        """Down, one by one, and up again: each step leads where the first way up had led."""
        for link in reversed(links):
            self.run.downgrade(link.id)
            must_equal(self.hold, link.before.with_side("before"), self.run.schema("revision"), "downgrade")
        self._must_hold(links[0].before, "downgrade", links)
        for link in links:
            self.run.upgrade(link.id)
            again = self.run.schema("revision")
            must_equal(self.hold, link.after.with_side("first time"), again, "second upgrade")
        self._must_hold(links[-1].after, "second upgrade", links)


def _is_computed(change: Change) -> bool:
    """Whether the column's values are PostgreSQL's own work."""
    return any(getattr(side, "generated", None) is not None for side in (change.before, change.after))


def _patiently(changes: Sequence[Change], situation: Situation) -> tuple[Change, ...]:
    """Where the way back is indexes and nothing else, they too come and go without locking anybody out."""
    found = []
    for change in changes:
        parts = indexes.parts(change, situation)
        if parts is None:
            return tuple(changes)
        found += [c for part in parts for c in part.changes]
    return tuple(found)


# ---- what is said of it -----------------------------------------------------------------------------


def _what(stage: Stage) -> list[str]:
    filled = [p.batches for p in stage.parts if p.batches is not None]
    said = [
        f"fills {_short(Key('column', f'{b.table}.{b.column}'))} with {b.expression}, in batches"
        for b in filled
    ]
    return said + document.describe(stage.changes) + [p.note for p in stage.parts if p.note]


def _of_what_was_there(link: _Link, links: Sequence[_Link]) -> list[Change]:
    """The changes but for those of what the revisions themselves make."""
    new = {c.object.key for n in links for c in n.stage.changes if c.action == "create"}
    return [
        c
        for c in link.stage.changes
        if c.object.parent not in new and (c.action == "create" or c.object.key not in new)
    ]


def _hazards(link: _Link, links: Sequence[_Link]) -> tuple[str, ...]:
    """What the changes do to what was there before the first of the revisions."""
    old = _of_what_was_there(link, links)
    return tuple(dict.fromkeys(str(h) for c in old for s in c.statements for h in s.hazards))


def _impact(link: _Link, links: Sequence[_Link]) -> str:
    """Destructive, data, additive or alters: what weighs most."""
    old = _of_what_was_there(link, links)
    if any(Hazard.LOSES_DATA in s.hazards for c in old for s in c.statements):
        return "destructive"
    if any(part.batches is not None for part in link.stage.parts):
        return "data"
    return "additive" if all(c.action == "create" for c in old) else "alters"


def _losses(up: Sequence[Change], down: Sequence[Change]) -> list[str]:
    """What the docstring says about data."""
    lost, back = _thrown_away(up), _thrown_away(down)
    lines = [f"throws away what is in {_names(lost)}; no downgrade brings it back"] if lost else []
    return lines + ([f"the downgrade throws away what is in {_names(back)}"] if back else [])


def _cut(up: Sequence[Change], scribe: Scribe) -> list[str]:
    """What becomes of values that the new type cannot hold, and why that is meant."""
    keys = dict.fromkeys(c.object.key for c in up if c.action == "alter" and c.object.key in scribe.cut)
    why = f"; it is meant: {document.one_line(scribe.reason)}" if scribe.reason else ""
    return [f"{_short(key)}: {scribe.cut[key]}{why}" for key in keys]


_ACCEPTING = (("column", "TD552"), ("table", "TD553"))
"""The hazards that `migrate lint` finds where one of these is dropped."""


def _accepted(up: Sequence[Change], reason: str) -> list[str]:
    """What was allowed, in the words of `migrate lint`."""
    kinds = {k.kind for k in _thrown_away([c for c in up if c.action == "drop"])}
    said = document.one_line(reason)
    return [f"# todo-db: allow {code} {said}" for kind, code in _ACCEPTING if said and kind in kinds]


def _thrown_away(changes: Sequence[Change]) -> list[Key]:
    found = dict.fromkeys(
        c.object.key for c in changes for s in c.statements if Hazard.LOSES_DATA in s.hazards
    )
    return [key for key in found if key.kind in ("table", "column")]


def _names(keys: Sequence[Key]) -> str:
    """'tables a and b, column c.d'."""
    said = []
    for kind in ("table", "column"):
        names = [_short(k) for k in keys if k.kind == kind]
        if names:
            listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
            said.append(f"{kind}{'s' if len(names) > 1 else ''} {listed}")
    return ", ".join(said)


def _short(key: Key) -> str:
    return key.name.removeprefix("public.")
