"""Whether live is what its stamp says, or the schema is that of another revision than the stamp's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from todo_db.findings import Finding, Place, Rule, Severity, register
from todo_db.schema import DbObject, Key, Schema
from todo_db.sources import history
from todo_db.sources.history import History
from todo_db.sources.matching import Match, differences_between, marked_external, revision_that_equals

if TYPE_CHECKING:
    from todo_db.sources.workspace import Workspace

_MEND = (
    "`todo-db adopt` finds the revision that the schema equals, proves it, and stamps that. By hand: "
    "`todo-db diff live migrations@REV` is empty for the right one; `alembic stamp --purge REV` writes it "
    "into `alembic_version` and changes nothing else."
)
DIFFERS = register(
    Rule(
        "TD261",
        "stamp-differs",
        Severity.ERROR,
        "alembic_version names one revision, and the schema is that of another",
        "`alembic_version` says which revisions were applied, and nothing keeps it true: a dump was "
        "restored, a stamp set by hand, a statement run beside Alembic. From a wrong stamp `upgrade` applies "
        f"what is there already, or leaves out what is not. {_MEND}",
    )
)
MISSING = register(
    Rule(
        "TD262",
        "stamp-missing",
        Severity.WARNING,
        "the database has a schema of the history, and no alembic_version that says so",
        "Typical of a database that `create_all` or hand-written SQL made. `upgrade` would begin with the "
        f"first revision and fail at the first table that is there already. {_MEND}",
    )
)
UNKNOWN = register(
    Rule(
        "TD263",
        "stamp-unknown",
        Severity.ERROR,
        "alembic_version names a revision that the history does not have",
        "The revision's file was deleted, renamed or squashed, or lies on another branch that was deployed. "
        f"Alembic then refuses to do anything. Bring the file back, or stamp the revision that fits. {_MEND}",
    )
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where live stands in the history.

    objects: what the history builds there; None where that is the head, or where it is not known.
    right: whether the stamp says so, too. finding: what is wrong with the stamp. match: where live stands
    as its schema says, where it had to be looked for.
    """

    objects: Mapping[Key, DbObject] | None = None
    right: bool = True
    finding: Finding | None = None
    match: Match | None = None


def standing(ws: Workspace, live: Schema, *, is_head: bool) -> Standing:
    """Hold live against what its own stamp says, and only where that is not so against the whole history.

    is_head: whether live was found to be just what the head builds; together with a stamp that is the head
    there is nothing more to do.
    """
    found = history.read(ws.settings)
    stamps = live.revisions or ()
    head = found.head()
    at_head = stamps == ((head,) if head else ())
    if at_head and is_head:
        return Standing()
    live = marked_external(ws, live)
    unknown = found.unknown(stamps)
    name = "migrations" if at_head else f"migrations@{','.join(stamps) or 'base'}"
    expected = None if unknown else ws.side(name)
    if expected is not None and (away := differences_between(ws, expected, live)) == 0:
        return Standing(None if at_head else expected.objects)
    match = revision_that_equals(ws, live, found)
    before = None if expected is None or at_head else expected.objects
    if expected is not None and match.differences >= away:
        return Standing(before)
    finding = _finding(ws, found, live, match)
    if not match.exact:
        return Standing(before, finding=finding, match=match)
    return Standing(match.schema.objects, right=False, finding=finding, match=match)


def _finding(ws: Workspace, found: History, live: Schema, match: Match) -> Finding | None:
    stamps = live.revisions or ()
    unknown = found.unknown(stamps)
    rule = UNKNOWN if unknown else DIFFERS if stamps else MISSING
    if rule is MISSING and not match.revisions:
        return None  # a database that nobody migrated yet
    table = found.layout.version_key.name
    stamped = ", ".join(stamps) or "nothing"
    said = f"{table} says {stamped}" if stamps else f"no revision is stamped in {table}"
    if unknown:
        said += f", which {'is no revision' if len(unknown) == 1 else 'are no revisions'} of the history"
    described = _described(found, match)
    if match.exact:
        fits = f"the schema is exactly that of {described}"
        hint = (
            f"`todo-db adopt` (or `alembic stamp --purge {match.name}`) makes the stamp true; "
            "then `todo-db migrate`"
        )
    else:
        much = f"{match.differences} difference{'' if match.differences == 1 else 's'}"
        fits = f"the schema is nearest to that of {described}, from which it has {much}"
        hint = (
            f"see `todo-db diff live migrations@{match.name}`; once they agree, `todo-db adopt` "
            f"(or `alembic stamp --purge {match.name}`)"
        )
    severity = rule.severity if match.exact or unknown else Severity.WARNING
    return Finding(
        code=rule.code,
        rule=rule.name,
        severity=severity,
        kind="stamp",
        object=table,
        message=f"{said}; {fits}",
        sides={"migrations": match.name + ("" if match.exact else " (nearest)"), "live": stamped},
        places=tuple(
            Place("migrations", ws.settings.relative(found.revisions[r].path), 1) for r in match.revisions
        ),
        verdict="stamp-differs",
        hint=hint,
    )


def _described(found: History, match: Match) -> str:
    names = [f"{r} ({found.revisions[r].message.rstrip('.')})" for r in match.revisions]
    said = " and ".join(names) or "the empty database"
    if match.alike:
        said += f" (and of {', '.join(','.join(a) for a in match.alike)}, which changed rows only)"
    return said
