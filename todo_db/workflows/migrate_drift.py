"""Whether the database is what its stamp says: held against the replay before a run, and after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from todo_db.compare import Comparison
from todo_db.errors import ApplyError, TodoDbError
from todo_db.schema import Key, Schema, display

if TYPE_CHECKING:
    from todo_db.compare import Difference
    from todo_db.findings import Finding
    from todo_db.workflows.migrate import Run

_SHOWN = 5


def held(run: Run, live: Schema, wanted: Schema) -> Comparison:
    """The database against a replay, but for the versions of extensions and for what others manage."""
    from todo_db.workflows.sides import hold

    run.external |= wanted.external | _companions(run, live, wanted)
    sides = [replace(wanted.with_side("migrations"), external=run.external), live]
    comparison, unknown = hold(run.ws, sides)
    run.unknown = len(unknown)
    kept = [d for d in comparison.differences if (d.key.kind, d.fact) != ("extension", "version")]
    return replace(comparison, differences=tuple(kept))


def _companions(run: Run, live: Schema, wanted: Schema) -> frozenset[Key]:
    """The further tables of a manager that the spec names: Better Auth keeps more than the users."""
    from todo_db.sources.externals import COMPANIONS, externals

    names = {n for known in COMPANIONS.values() for n in known}
    there = {Key("table", display("public", n)) for n in names} & live.objects.keys() - wanted.objects.keys()
    if not there:
        return frozenset()
    try:
        managers = {e.manager for e in externals(run.ws).values() if e.manager}
    except TodoDbError:
        return frozenset()
    theirs = {Key("table", display("public", n)) for m in managers for n in COMPANIONS.get(m, ())}
    return frozenset(there & theirs)


# ---- before ---------------------------------------------------------------------------------------


def found(run: Run, before: Comparison) -> list[Finding]:
    """What differs from the stamp and is neither accepted by the settings nor named as allowed."""
    from todo_db.workflows.judge import judge, usual, waive

    judged = judge(before)
    told = usual(judged, run.ws.settings)
    half_done = {id(t) for t, f in zip(told, judged, strict=True) if Key(f.kind, f.object) in run.half_done}
    kept, _ = waive(told, run.ws.settings)
    unused = [n for n in run.allow_drift if not any(_is_named(f, [n]) for f in kept)]
    run.notes += [f"--allow-drift {n}: nothing that differs is called so" for n in unused]
    return [f for f in kept if id(f) not in half_done and not _is_named(f, run.allow_drift)]


def _is_named(finding: Finding, names: Iterable[str]) -> bool:
    """By the object's name, with or without `public.`; a pattern (`*`) names several."""
    called = {finding.object, finding.object.removeprefix("public.")}
    return any(fnmatchcase(c, name) for c in called for name in names)


def stop(run: Run, findings: Sequence[Finding], stamps: Sequence[str]) -> None:
    """Raises ApplyError where the database is not what its stamp says.

    A database without a stamp states nothing yet: what it holds is somebody else's, and is only noted.
    """
    if not findings:
        return
    if not stamps:
        run.notes.append(
            f"the database holds what no revision makes: {_names(findings)}; the next migration stops for it "
            "unless [[tool.todo-db.ignore]] or --allow-drift names it"
        )
        return
    for finding in findings:
        run.ws.say(f"drift: {finding.message}")
    raise ApplyError(
        f"the database is not what revision {', '.join(stamps)} makes, which it is stamped with: "
        f"{_said(findings)}; nothing was changed",
        where=run.ws.migrate_target.shown,
        hint=f"`todo-db drift` shows all of it. Undo it, or take it over (`todo-db migrate new`); to go on "
        f"nevertheless: {_options(findings)}",
    )


def _said(findings: Sequence[Finding]) -> str:
    more = f"; and {len(findings) - _SHOWN} more" if len(findings) > _SHOWN else ""
    return "; ".join(f.message for f in findings[:_SHOWN]) + more


def _names(findings: Sequence[Finding]) -> str:
    more = " …" if len(findings) > _SHOWN else ""
    return ", ".join(f"{f.kind} {f.object}" for f in findings[:_SHOWN]) + more


def _options(findings: Sequence[Finding]) -> str:
    import shlex

    names = list(dict.fromkeys(f.object for f in findings))
    more = " …" if len(names) > _SHOWN else ""
    return " ".join(f"--allow-drift {shlex.quote(n)}" for n in names[:_SHOWN]) + more


# ---- after ----------------------------------------------------------------------------------------


def verify(run: Run, before: Comparison | None, after: Comparison, done: str) -> None:
    """See that live is what the replay builds; what differed before this run is drift that was allowed.

    Raises ApplyError: everything was applied, and it is not what was proven.
    """
    known = {_signature(d) for d in before.differences} if before is not None else set()
    new = [d for d in after if _signature(d) not in known]
    run.drifted = len(after) - len(new)
    if run.drifted:
        run.notes.append(
            f"the database differs from its migrations in {run.drifted} more, as it did before: todo-db drift"
        )
    if run.unknown:
        run.notes.append(f"{run.unknown} things in it could not be compared: todo-db drift names them")
    if new:
        said = "; ".join(f"{d.key.kind} {d.key.name} {d.fact}: {_values(d)}" for d in new[:3])
        raise ApplyError(
            f"{done}, but the database is not what the history builds on scratch: {said}"
            f"{' …' if len(new) > 3 else ''}",
            where=run.ws.migrate_target.shown,
            hint="`todo-db drift` shows all of it; was the database changed by somebody else meanwhile?",
        )


def _signature(difference: Difference) -> tuple[Key, str, str]:
    return (difference.key, difference.fact, str(difference.values.get("live")))


def _values(difference: Difference) -> str:
    return ", ".join(f"{v if v is not None else 'absent'} in {side}" for side, v in difference.values.items())
