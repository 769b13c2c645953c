"""A plan that was looked at and approved: the state that it was made for, and whether that still holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todo_db.errors import ApplyError, UsageError
from todo_db.schema import Schema
from todo_db.settings import Settings
from todo_db.sources.history import Revision

if TYPE_CHECKING:
    from todo_db.postgres.target import Target
    from todo_db.workflows.migrate import Run

VERSION = 1
_SETTINGS = ("lock_timeout", "lock_patience", "statement_timeout", "schemas")


def state(run: Run, stamps: Sequence[str], live: Schema) -> dict[str, Any]:
    """What a plan is made for: it is only applied where all of this is as it was."""
    return {
        "plan_version": VERSION,
        "database": database(run.ws.migrate_target),
        "stamp": list(stamps),
        "target": run.goal,
        "schema": fingerprint(live),
        "settings": _settings(run.ws.settings),
        "allow_drift": list(run.allow_drift),
    }


def database(target: Target) -> str:
    """Which database it is, whoever asks: planning and applying may be done by different roles."""
    from psycopg.conninfo import conninfo_to_dict

    if target.embedded:
        return "embedded"
    facts = conninfo_to_dict(target.conninfo)
    return f"{facts.get('host', '')}:{facts.get('port') or 5432}/{facts.get('dbname', '')}"


def fingerprint(schema: Schema) -> str:
    """One hash over every object with all of its facts, and the server's major version."""
    facts = sorted(repr(o) for o in schema.objects.values())
    text = "\n".join([str((schema.server or 0) // 10000), *facts])
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _settings(settings: Settings) -> dict[str, Any]:
    values = {name: getattr(settings, name) for name in _SETTINGS}
    return {n: list(v) if isinstance(v, tuple) else v for n, v in values.items()}


def seal(state: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> str:
    """A hash over the whole plan: what was approved is what was looked at."""
    whole = {"state": {n: v for n, v in state.items() if n != "seal"}, "plan": steps}
    return f"sha256:{hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Approved:
    """A plan as it was written. revisions: (id, hash) of each, in the order in which they are applied."""

    path: Path
    state: Mapping[str, Any]
    revisions: tuple[tuple[str, str], ...]

    @property
    def target(self) -> str:
        """The revision that it leads to."""
        return str(self.state["target"])

    @property
    def allow_drift(self) -> tuple[str, ...]:
        """The drift that was approved with it."""
        return tuple(map(str, self.state["allow_drift"]))


def read(path: Path) -> Approved:
    """A plan that `--save-plan` wrote. Raises UsageError for what is none, ApplyError where it was edited."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        found = document["state"]
        steps = tuple((str(step["revision"]), str(step["hash"])) for step in document["plan"])
        version = found["plan_version"]
        approved = Approved(path, found, steps)
        known = bool(approved.target and approved.allow_drift is not None and found["settings"])
        untouched = found["seal"] == seal(found, document["plan"])
    except OSError as error:
        raise UsageError(f"the plan cannot be read: {error.strerror or error}", where=str(path)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise _no_plan(path) from error
    if version != VERSION or not known:
        raise _no_plan(path)
    if not untouched:
        raise ApplyError(
            "the plan was changed by hand after it had been made; nothing was changed",
            where=str(path),
            hint="make a new one: todo-db migrate --dry-run --save-plan FILE",
        )
    return approved


def _no_plan(path: Path) -> UsageError:
    return UsageError(
        "the file is no plan that this version of todo-db can apply",
        where=str(path),
        hint="write it with: todo-db migrate --dry-run --save-plan FILE",
    )


def refuse_changed(approved: Approved, run: Run, stamps: Sequence[str], waiting: Sequence[Revision]) -> None:
    """Raises ApplyError where database, revisions or settings are not those that the plan was made for.

    A plan of which a part was applied (its run was cut off) goes on where it stopped.
    """
    was, now = approved.state, database(run.ws.migrate_target)
    if was["database"] != now:
        raise _changed(approved, f"it is for {was['database']}, and this is {now}")
    planned = [name for name, _ in approved.revisions]
    left = [r.id for r in waiting]
    if left != planned[len(planned) - len(left) :] or not _is_on_the_way(approved, stamps, left):
        was_at = ", ".join(was["stamp"]) or "base"
        raise _changed(
            approved,
            f"it leads from {was_at} over {', '.join(planned)}; now the database is at "
            f"{', '.join(stamps) or 'base'} and {', '.join(left) or 'nothing'} is pending",
        )
    hashes = dict(approved.revisions)
    if edited := [r.id for r in waiting if f"sha256:{r.code_hash()}" != hashes[r.id]]:
        raise _changed(approved, f"{', '.join(edited)} was edited since")
    settings = _settings(run.ws.settings)
    if other := [n for n, v in settings.items() if was["settings"].get(n) != v]:
        said = ", ".join(f"{n} was {was['settings'].get(n)!r} and is {settings[n]!r}" for n in other)
        raise _changed(approved, said)


def _is_on_the_way(approved: Approved, stamps: Sequence[str], left: Sequence[str]) -> bool:
    """Whether the database is where the plan begins, or behind one of its revisions."""
    if len(left) == len(approved.revisions):
        return sorted(stamps) == sorted(approved.state["stamp"])
    return approved.revisions[len(approved.revisions) - len(left) - 1][0] in stamps


def refuse_other_schema(approved: Approved, stamps: Sequence[str], live: Schema) -> None:
    """Raises ApplyError where the database holds something else than when the plan was made.

    Half-way through a plan there is nothing to compare with; that live is what its stamp says is seen anyway.
    """
    if sorted(stamps) == sorted(approved.state["stamp"]) and fingerprint(live) != approved.state["schema"]:
        raise _changed(approved, "the database's schema was changed since")


def _changed(approved: Approved, what: str) -> ApplyError:
    return ApplyError(
        f"the plan does not hold any more: {what}; nothing was changed",
        where=str(approved.path),
        hint="make a new one: todo-db migrate --dry-run --save-plan FILE",
    )
