"""A revision with all that its rules look at: what was measured, its source, the live tables, the history."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from todo_db.findings import Finding, Place, Severity
from todo_db.hazards.facts import (
    READ_BLOCKING,
    TABLES,
    WRITE_BLOCKING,
    Catalog,
    Column,
    Event,
    Measurement,
    Moved,
    Relation,
    Step,
)
from todo_db.hazards.sizes import Size
from todo_db.hazards.source import Source
from todo_db.sources.history import Revision

SIDE = "migrations"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known beside the revisions.

    server, zone: live's version and TimeZone. limited: env.py sets lock_timeout itself. env: its path.
    modules: top packages of the models. heads: (revision, path) of each head. inserted: revisions that were
    put before applied ones.
    """

    server: int | None = None
    zone: str | None = None
    limited: bool = True
    env: str = ""
    modules: frozenset[str] = frozenset()
    heads: tuple[tuple[str, str], ...] = ()
    inserted: frozenset[str] = frozenset()


@dataclass
class Subject:
    """One revision.

    new: relations that no running system has yet, as unapplied revisions made them. final: what is there when
    all revisions that are looked at are applied. stated: on which lines the file names objects. first:
    whether it is the first of those.
    """

    revision: Revision
    path: str
    measured: Measurement
    source: Source
    around: Surroundings = field(default_factory=Surroundings)
    new: frozenset[int] = frozenset()
    sizes: Mapping[str, Size] = field(default_factory=dict)
    stated: Mapping[str, int] = field(default_factory=dict)
    final: Catalog = field(default_factory=Catalog)
    first: bool = True

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.measured.steps

    @cached_property
    def old(self) -> frozenset[int]:
        """Relations that a running system has when this revision comes."""
        return frozenset(oid for oid in self.measured.first.relations if oid not in self.new)

    def place(self, step: Step) -> Place:
        """The line of the revision from which a statement was sent."""
        return Place(SIDE, self.path, self.source.line_of(step.line, step.sql))

    def _place_of(self, step: Step, name: str) -> Place:
        """The line that names the object, within the statement that made it."""
        first, last = self.source.span(step.line)
        line = self.stated.get(name, 0)
        return Place(SIDE, self.path, line) if first <= line <= last else self.place(step)

    def finding(
        self,
        rule: Any,
        at: Step | int,
        about: Relation | Event | str,
        message: str,
        hint: str | None = None,
        *,
        severity: Severity | None = None,
    ) -> Finding:
        """A finding of a rule at a statement or a line, with what the table's size is on live."""
        kind, name, table = _named(about)
        place = Place(SIDE, self.path, at) if isinstance(at, int) else self._place_of(at, name)
        if table is not None and (size := self.sizes.get(table.full)):
            message = f"{message} ({table.shown} on live: {size})"
        if name == "":
            kind, name = "revision", self.revision.id
        found: Finding = rule.finding(kind, name, message, [place], side=SIDE, hint=hint, severity=severity)
        return found

    def elsewhere(
        self, rule: Any, path: str, message: str, hint: str, *, severity: Severity | None = None
    ) -> Finding:
        """A finding on the history as a whole, at a file of it."""
        places = [Place(SIDE, path, 1)] if path else []
        found: Finding = rule.finding(
            "history", "migrations", message, places, side=SIDE, hint=hint, severity=severity
        )
        return found

    def on_live(self, table: Relation) -> str:
        """The table's size, for findings that are about something else."""
        size = self.sizes.get(table.full)
        return f" ({table.shown} on live: {size})" if size else ""

    # ---- what statements do to tables that are there ----------------------------------------------------

    def tables(self, step: Step) -> Iterator[Relation]:
        """Existing tables that a statement locks in whatever way, as they were before it."""
        for oid in step.locks:
            relation = step.before.relations.get(oid)
            if oid in self.old and relation is not None and relation.kind in TABLES:
                yield relation

    def roots(self, relations: list[Relation]) -> list[Relation]:
        """Without partitions whose parent is there, too."""
        oids = {r.oid for r in relations}
        return [r for r in relations if not (r.partition and oids & set(r.parents))]

    def blocks(self, step: Step, oid: int) -> str:
        """What the lock that is held after the statement keeps others from; nothing: they go on."""
        modes = step.locks.get(oid, frozenset())
        if modes & READ_BLOCKING:
            return "all reads and writes"
        return "all writes" if modes & WRITE_BLOCKING else ""

    def exclusive(self, step: Step) -> list[Relation]:
        """Existing tables whose reads and writes this statement was the first to block."""
        return self.roots([t for t in self.tables(step) if step.taken(t.oid) & READ_BLOCKING])

    def rewritten(self, step: Step) -> list[Relation]:
        """Existing tables that the statement wrote anew."""
        return self.roots([e.relation for e in step.of("file") if e.relation and self._is_rewrite(step, e)])

    def _is_rewrite(self, step: Step, event: Event) -> bool:
        table = event.relation
        return table is not None and table.oid in self.old and table.kind == "r" and not _emptied(step, event)

    def rewrite_cause(self, step: Step, table: Relation) -> str:
        """'column' where a column's change has a rule of its own, 'maintenance' for CLUSTER, or 'storage'."""
        own = [e for e in step.events if e.relation is not None and e.relation.oid == table.oid]
        if any(e.kind == "column-retyped" or (e.kind == "column-added" and _computed(e.after)) for e in own):
            return "column"
        changed = {e.kind for e in own} & {"persistence", "tablespace", "column-added"}
        named = _MAINTENANCE & {word.upper() for word in re.findall(r"\w+", step.sql)}
        return "maintenance" if named and not changed else "storage"

    def rewriting_columns(self, step: Step) -> Iterator[tuple[Event, Relation]]:
        """Columns that were added to tables that the statement wrote anew."""
        rewritten = {t.oid for t in self.rewritten(step)}
        for event in self.on_old(step, "column-added"):
            if event.relation is not None and event.relation.oid in rewritten:
                yield event, event.relation

    def truncated(self, step: Step) -> list[Relation]:
        """Existing tables that the statement emptied at once."""
        return [
            e.relation
            for e in step.of("file")
            if e.relation and e.relation.oid in self.old and e.relation.kind == "r" and _emptied(step, e)
        ]

    def scanned(self, step: Step) -> list[Relation]:
        """Existing tables whose rows were read while they were locked against writers or readers."""
        return self.roots(
            [
                t
                for t in self.tables(step)
                if step.scanned(t.oid) and self.blocks(step, t.oid) and t.kind != "p"
            ]
        )

    def built(self, step: Step) -> list[tuple[Relation, Relation]]:
        """Indexes that the statement built on existing tables, with the table."""
        gone = {e.name for e in step.of("dropped")}  # a column's new type makes its indexes anew
        found = []
        for event in step.of("created"):
            index: Relation = event.after
            if index.index and index.index.table in self.old and index.full not in gone:
                found.append((index, step.before.relations[index.index.table]))
        return [(i, t) for i, t in found if not (i.partition and i.parents)]

    def parts(self, step: Step, index: Relation) -> list[tuple[Relation, Relation]]:
        """For an index of a partitioned table those that it has on the partitions, with these."""
        relations = step.after.relations
        below = [r for r in relations.values() if r.index and index.oid in r.parents]
        leaves = [(r, relations[r.index.table]) for r in below if r.kind == "i" and r.index]
        return leaves + [leaf for r in below if r.kind == "I" for leaf in self.parts(step, r)]

    def constraint_of(self, step: Step, index: Relation) -> Event | None:
        """The constraint that brought an index along."""
        added = step.of("constraint-added")
        return next((e for e in added if e.after.index == index.oid), None)

    def made_again(self, step: Step, event: Event) -> bool:
        """Whether a constraint was only made again, as it is when a column's type changes."""
        gone = {e.name for e in step.of("constraint-dropped")}
        return event.name in gone and bool(step.of("column-retyped"))

    def new_columns(self, step: Step) -> Iterator[tuple[Event, Column]]:
        """Columns that are new or of a new type, on new tables too."""
        for event in step.of("created"):
            if event.after.kind in "rp" and not event.after.partition:
                yield from (
                    (Event("column-added", f"{event.after.full}.{c.name}", None, None, c), c)
                    for c in event.after.columns
                )
        for event in step.of("column-added", "column-retyped"):
            if event.relation is not None and event.relation.kind in "rp" and not event.relation.partition:
                yield event, event.after

    def table_of(self, step: Step, event: Event) -> Relation | None:
        """The table of a column's event as it is after the statement."""
        name = event.name.rpartition(".")[0]
        tables = step.after.relations.values()
        return next((r for r in tables if r.full == name and r.kind in "rp"), None)

    def on_old(self, step: Step, *kinds: str) -> list[Event]:
        """Events of these kinds on existing tables; what partitions inherit is left out."""
        found = [e for e in step.of(*kinds) if e.relation is not None and e.relation.oid in self.old]
        oids = {e.relation.oid for e in found if e.relation}
        return [
            e for e in found if e.relation and not (e.relation.partition and oids & set(e.relation.parents))
        ]

    def written(self, step: Step) -> list[tuple[Relation, int]]:
        """Existing tables whose rows the statement changed or removed, with how many of those on scratch."""
        found = []
        for oid, moved in step.moved.items():
            table = step.before.relations.get(oid)
            if table is not None and oid in self.old and moved.changed:
                found.append((table, moved.changed))
        return found

    def searched(self, step: Step) -> list[Relation]:
        """Existing tables whose rows the statement would have changed, had any matched."""
        found = []
        for table in self.tables(step):
            moved, taken = step.moved.get(table.oid, Moved()), step.taken(table.oid)
            wanted = "RowExclusiveLock" in taken and moved.scans and not moved.changed and not moved.inserted
            if wanted and not taken & WRITE_BLOCKING:
                found.append(table)
        return found


_MAINTENANCE = frozenset({"CLUSTER", "VACUUM", "REPACK"})


def _computed(column: Column) -> bool:
    """Whether a column has a value of its own in each row."""
    return bool(column.default or column.identity or column.serial or column.generated)


def _emptied(step: Step, event: Event) -> bool:
    """Whether a new file means TRUNCATE; of a table that had no rows only the words can tell."""
    old, new = event.before, event.after
    if old.size and old.persistence == new.persistence:
        return bool(new.size == 0 and not step.of("column-retyped"))
    return "truncate" in step.sql.lower()


def _named(about: Relation | Event | str) -> tuple[str, str, Relation | None]:
    if isinstance(about, str):
        return "revision", about, None
    if isinstance(about, Relation):
        kinds = {"i": "index", "I": "index", "S": "sequence", "v": "view", "m": "materialized view"}
        return kinds.get(about.kind, "table"), about.full, about
    kind = about.kind.partition("-")[0]
    table = about.relation
    if kind in ("column", "constraint", "enum", "domain", "schema", "extension"):
        return kind, about.name, table
    return _named(table) if table is not None else ("object", about.name, None)
