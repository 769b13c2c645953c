"""migrate lint: what each revision does to a running system, measured on scratch, with live's sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from todo_db.errors import TodoDbError, UsageError
from todo_db.findings import Finding, Unknown
from todo_db.hazards import waivers
from todo_db.hazards.facts import Catalog, Failure, Measurement, Step
from todo_db.hazards.read import Reader
from todo_db.hazards.sizes import Size
from todo_db.hazards.source import Source
from todo_db.hazards.subject import SIDE, Subject, Surroundings
from todo_db.revisions import rules, sums
from todo_db.sources import history as histories
from todo_db.sources.history import History, Revision
from todo_db.sources.runner import RevisionFailedError
from todo_db.sources.workspace import Workspace
from todo_db.workflows.applied import is_named
from todo_db.workflows.filler import Filler
from todo_db.workflows.logged import unlogged
from todo_db.workflows.outcome import Outcome
from todo_db.workflows.sides import report

if TYPE_CHECKING:
    from todo_db.sources.replay import Replay

COMMAND = "migrate lint"
_SPECIFIC = ("25001", "55P04")  # failures that a rule of its own tells: see rules/hazards


@dataclass(frozen=True, slots=True)
class Live:
    """What was read of the live database. stamps: None where it has no version table."""

    stamps: tuple[str, ...] | None = None
    sizes: Mapping[str, Size] = field(default_factory=dict)
    server: int | None = None
    zone: str | None = None


@dataclass(slots=True)
class Run:
    """What was measured so far: subjects in order, findings on revisions that do not run."""

    ws: Workspace
    history: History
    reader: Reader
    live: Live | None = None
    subjects: list[Subject] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    made: set[str] = field(default_factory=set)  # tables that no running system has yet


def lint(ws: Workspace, wanted: str | None = None, *, live: bool | None = None) -> Outcome:
    """Findings on the revisions in the range `wanted`.

    wanted: `REV`, `A:B` (what leads from A to B), or None: what the live database lacks, everything where
    there is none. live: True insists on reading it, False leaves it alone, None reads it where one is named.
    Raises UsageError for a range that is none, UndeterminedError where scratch, or a live that is insisted
    on, cannot be had.
    """
    history = histories.read(ws.settings)
    run = Run(ws, history, Reader(history.layout.version_key.name))
    run.live = _live(run, live)
    revisions = _chosen(run, wanted)
    _measure(run, revisions)
    _judge(run, revisions)
    if run.live is not None and run.live.stamps is not None and live is not False:
        _ask_data(run)
    chosen = {r.id for r in revisions}
    run.findings += [f for f in unlogged(ws, history) if f.object in chosen]
    extra: dict[str, Any] = {"revisions": [_evidence(s) for s in run.subjects], "live": run.live is not None}
    told = report(ws, COMMAND, run.findings, unknown=run.unknown, notes=run.notes, **extra)
    text = f"{len(revisions)} revision(s) measured on scratch: no hazards"
    if not revisions:
        text = "there is no revision to look at"
    return Outcome(told, "\n".join([text, *(f"note: {n}" for n in told.notes)]))


# ---- which revisions --------------------------------------------------------------------------------


def _chosen(run: Run, wanted: str | None) -> list[Revision]:
    history = run.history
    if wanted is None:
        everything = list(history.revisions.values())
        if run.live is None or not run.live.stamps or history.unknown(run.live.stamps):
            return everything
        done = {r.id for r in history.up_to(run.live.stamps)}
        return [r for r in everything if r.id not in done]
    first, colon, last = wanted.partition(":")
    if not colon:
        one = history.resolve(wanted)
        if one is None:
            raise UsageError("base is no revision", hint="a range is REV or A:B; base:head is everything")
        return [history.revisions[one]]
    start = history.resolve(first or "base")
    return history.between([start] if start else [], history.resolve(last or "head"))


def _live(run: Run, wanted: bool | None) -> Live | None:
    """The live database's stamp and sizes. Without being insisted on it may be missing, which is noted."""
    if wanted is False or (wanted is None and not is_named(run.ws)):
        return None
    try:
        return _read_live(run)
    except TodoDbError as error:
        if wanted:
            raise
        run.notes.append(f"without the live database's sizes: {error.what}")
        return None


def _read_live(run: Run) -> Live:
    import psycopg

    from todo_db.apply import stamp
    from todo_db.hazards import sizes
    from todo_db.postgres.connect import connect

    target = run.ws.read_target
    try:
        with connect(target, read_only=True, wait=10, on_wait=run.ws.say) as connection:
            stamps = stamp.read(connection, run.history.layout)
            server, zone = connection.info.server_version, connection.info.parameter_status("TimeZone")
            return Live(stamps, sizes.read(connection), server, zone)
    except psycopg.Error as error:
        from todo_db.errors import UndeterminedError

        raise UndeterminedError(
            f"the live database cannot be read: {target.mask(str(error).strip())}", where=target.shown
        ) from error


# ---- measuring --------------------------------------------------------------------------------------


def _measure(run: Run, revisions: Sequence[Revision]) -> None:
    """Run the revisions one by one on scratch; what follows one that does not run stays unknown."""
    from todo_db.sources.replay import replay

    ids = {r.id for r in revisions}
    before = [r for r in run.history.up_to(ids) if r.id not in ids]
    if not revisions:
        return
    told: list[tuple[Revision, dict[str, Any], list[Failure]]] = []
    with replay(run.ws, before) as scratch:
        filler = Filler(run.ws, scratch)
        for number, revision in enumerate(revisions):
            run.ws.say(f"[{number + 1}/{len(revisions)}] measuring {revision.id} {revision.message}".rstrip())
            if not told or told[-1][2] or _moves_rows(told[-1][1]):
                filler.fill()
            one, error = _patiently(run.ws, scratch, revision)
            again = error
            if error is not None and filler.rows:
                filler.clear()
                one, again = _patiently(run.ws, scratch, revision)
            told.append((revision, one, [_failure(error, with_rows=again is None)] if error else []))
            if again is not None:
                _stopped(run, error or again, revisions[number:])
                break
        catalogs = [one["first"] for _, one, _ in told] + [scratch.process.look()]
    for (revision, one, failures), last in zip(told, catalogs[1:], strict=True):
        _subject(run, revision, run.reader.measurement(one, last, failures))


def _moves_rows(told: dict[str, Any]) -> bool:
    """Whether a revision made tables, or took rows away: then there are some to be filled."""
    known = (told["first"]["relations"] or {}).keys()
    made = any((step["relations"] or {}).keys() - known for step in told["steps"])
    gone = any(values[3] for step in told["steps"] for values in step["counters"].values())
    return made or gone or any("truncate" in step["sql"].lower() for step in told["steps"])


def _patiently(
    ws: Workspace, scratch: Replay, revision: Revision
) -> tuple[dict[str, Any], RevisionFailedError | None]:
    """Measure a revision; roles and tables that somebody else makes get stand-ins, and it is run again."""
    from todo_db.sources.replay import made_role, missing

    roles: set[str] = set()
    while True:
        told, error = scratch.measure(revision.id)
        if error is not None and made_role(ws, error, roles):
            continue
        wanted = missing(ws, error, scratch.stand_ins) if error is not None else None
        if wanted is None:
            return told, error
        scratch.stand_in([wanted])


def _stopped(run: Run, error: RevisionFailedError, rest: Sequence[Revision]) -> None:
    revision = rest[0]
    if error.failed.sqlstate not in _SPECIFIC:
        at = [rules.place(run.ws.settings, revision, error.failed.line)]
        run.findings.append(rules.finding(rules.DOES_NOT_RUN, revision.id, error.what, at, error.hint))
    run.unknown += [Unknown(SIDE, r.id, f"not measured, as {revision.id} does not run") for r in rest[1:]]


def _subject(run: Run, revision: Revision, measured: Measurement) -> None:
    """Keep what was measured, and which tables are new to any running system."""
    if not _is_new(run, revision):
        run.made.clear()
    first = measured.first.relations.items()
    run.subjects.append(
        Subject(
            revision,
            run.ws.settings.relative(revision.path),
            measured,
            Source.read(revision.path),
            new=frozenset(oid for oid, r in first if r.full in run.made),
            sizes=run.live.sizes if run.live is not None else {},
            stated=_lines(run, revision),
            first=not run.subjects,
        )
    )
    _note_new(run.made, measured)


def _lines(run: Run, revision: Revision) -> dict[str, int]:
    """Name of an object → the line on which the revision names it."""
    from todo_db.sources.opplaces import places

    return {key.name: p.line for (key, _), p in places([revision], run.ws.settings.root).items()}


def _is_new(run: Run, revision: Revision) -> bool:
    """Whether the live database is known, and known not to have the revision."""
    if run.live is None or not run.live.stamps:
        return False
    return revision.id not in {r.id for r in run.history.up_to(run.live.stamps)}


def _note_new(made: set[str], measured: Measurement) -> None:
    for step in measured.steps:
        made |= {e.name for e in step.of("created")}
        for event in step.of("renamed", "moved"):
            if event.relation is not None and event.relation.full in made:
                made.add(step.after.relations[event.relation.oid].full)


def _failure(error: RevisionFailedError, *, with_rows: bool) -> Failure:
    failed = error.failed
    return Failure(failed.message, failed.sqlstate, failed.sql, failed.path, failed.line, with_rows)


# ---- judging ----------------------------------------------------------------------------------------


def _judge(run: Run, revisions: Sequence[Revision]) -> None:
    from todo_db.rules import check_revision

    final = run.subjects[-1].measured.last if run.subjects else Catalog()
    around = _surroundings(run)
    accepted = 0
    for subject in run.subjects:
        subject.final, subject.around = final, around
        if not subject.measured.counting:
            run.unknown.append(_not_counted(subject))
        found = check_revision(subject, run.ws.settings)
        found += _edited(run, subject)
        kept, waived = waivers.waive(subject.source, subject.path, subject.revision.id, found)
        run.findings += kept
        accepted += len(waived)
    if accepted:
        run.notes.append(f"{accepted} accepted in the revisions, each with a reason")


def _not_counted(subject: Subject) -> Unknown:
    said = "scratch counts no scans (track_counts is off)"
    return Unknown(SIDE, subject.revision.id, said, "switch it on, or unset TODO_DB_SCRATCH_URL")


def _edited(run: Run, subject: Subject) -> Iterator[Finding]:
    if run.live is None or not run.live.stamps or _is_new(run, subject.revision):
        return
    if sums.edited(run.history, [subject.revision]):
        said = f"revision {subject.revision.id} was edited after it had been applied"
        hint = "put the old content back, and write a new revision"
        at = [rules.place(run.ws.settings, subject.revision)]
        yield rules.finding(rules.EDITED, subject.revision.id, said, at, hint)


def _surroundings(run: Run) -> Surroundings:
    layout, settings = run.history.layout, run.ws.settings
    try:
        env = layout.env.read_text(encoding="utf-8", errors="replace")
    except OSError:
        env = ""
    return Surroundings(
        server=run.live.server if run.live is not None else None,
        zone=run.live.zone if run.live is not None else None,
        limited="lock_timeout" in env or "apply.environment" in env,
        env=settings.relative(layout.env),
        modules=frozenset(name.partition(":")[0] for name in settings.models),
        heads=tuple((h, settings.relative(run.history.revisions[h].path)) for h in run.history.heads),
        inserted=_inserted(run),
    )


def _inserted(run: Run) -> frozenset[str]:
    """Revisions that stand before applied ones and were never applied, as far as the sum file knows."""
    known = sums.read(run.history.layout.sums)
    stamps = (run.live.stamps if run.live is not None else None) or ()
    if not stamps or not set(stamps) <= set(known):
        return frozenset()
    return frozenset(r.id for r in run.history.up_to(stamps) if r.id not in known)


# ---- the data ---------------------------------------------------------------------------------------


def _ask_data(run: Run) -> None:
    """Count on live what the pending revisions take for granted."""
    from todo_db.postgres.connect import connect
    from todo_db.sources import migrations
    from todo_db.workflows.migrate_preflight import count

    stamps = list(run.live.stamps or ()) if run.live is not None else []
    if run.history.unknown(stamps) or len(run.history.heads) != 1:
        return
    pending = run.history.between(stamps, run.history.head())
    if not pending or any(f.code == rules.DOES_NOT_RUN.code for f in run.findings):
        return
    before = migrations.at(run.ws, run.history, stamps)
    after = migrations.at(run.ws, run.history, list(run.history.heads))
    with connect(run.ws.read_target, read_only=True, on_wait=run.ws.say, autocommit=True) as connection:
        counted = count(run.ws, connection, (before, after), history=run.history, pending=pending)
    run.findings += counted.findings
    run.unknown += counted.unknown
    if counted.counted:
        run.notes.append(f"{counted.counted} assumption(s) about the data were counted on live")


def changed_tables(ws: Workspace, history: History, revisions: Sequence[Revision]) -> frozenset[str]:
    """Tables whose rows the revisions change themselves: what is counted before says nothing then."""
    run = Run(ws, history, Reader(history.layout.version_key.name))
    _measure(run, revisions)
    return frozenset(t.full for s in run.subjects for step in s.steps for t, _ in s.written(step))


# ---- evidence ---------------------------------------------------------------------------------------


def _evidence(subject: Subject) -> dict[str, Any]:
    """What was measured, for machines: locks on existing tables, rewrites and scans of each statement."""
    return {
        "revision": subject.revision.id,
        "path": subject.path,
        "statements": [_statement(subject, step) for step in subject.steps],
    }


def _statement(subject: Subject, step: Step) -> dict[str, Any]:
    known = step.before.relations
    locks = {known[o].full: sorted(step.taken(o)) for o in step.locks if o in subject.old and step.taken(o)}
    return {
        "sql": step.sql.strip(),
        "line": subject.place(step).line,
        "transaction": None if step.autocommit else step.transaction,
        "locks": locks,
        "blocks": {
            known[o].full: [w for w, is_so in zip(("reads", "writes"), b, strict=True) if is_so]
            for o, b in step.blocked.items()
            if o in known
        },
        "rewrites": sorted(t.full for t in subject.rewritten(step)),
        "truncates": sorted(t.full for t in subject.truncated(step)),
        "scans": sorted(t.full for t in subject.tables(step) if step.scanned(t.oid)),
        "builds": sorted(i.full for i, _ in subject.built(step)),
        "changes_rows": {t.full: n for t, n in subject.written(step)},
    }
