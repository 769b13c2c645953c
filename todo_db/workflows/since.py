"""--since: which findings are new, against the project at an earlier commit or against an earlier report.

What was found before is left out only where it is proven that it was there with the same values. Of a
database nobody can tell what it was: a finding about live counts as old only where live agrees with the
migrations, so that it follows from files alone. An earlier report knows live as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todo_db.errors import TodoDbError, UsageError
from todo_db.findings import Finding
from todo_db.sources import past
from todo_db.workflows.judge import judge
from todo_db.workflows.sides import has_migrations, has_spec, hold

if TYPE_CHECKING:
    from todo_db.sources.workspace import Workspace

Values = Mapping[str, str | None]
Known = dict[tuple[str, str, str, str], list[Values]]


@dataclass(frozen=True, slots=True)
class Since:
    """What was known before. described: for people; commit: None for a report, or before the first commit.

    with_live: whether `known` holds what was found of live. notes: what could not be told.
    """

    asked: str
    described: str
    commit: str | None
    known: Known
    with_live: bool
    notes: tuple[str, ...] = ()

    def split(self, findings: Iterable[Finding]) -> tuple[list[Finding], int]:
        """The findings that are new, and how many are not."""
        told = list(findings)
        new = [f for f in told if not self._knew(f)]
        return new, len(told) - len(new)

    def _knew(self, finding: Finding) -> bool:
        values: Values = finding.sides
        if not self.with_live and "live" in values:
            if "migrations" not in values or values["live"] != values["migrations"]:
                return False
            values = {side: value for side, value in values.items() if side != "live"}
        return values in self.known.get(_about(finding), ())


def since(ws: Workspace, name: str) -> Since:
    """What was known at `name`: a report's file (.json), a revision of the migrations, a date, or a commit.

    Raises UsageError for what is none of these.
    """
    if name.endswith(".json"):
        return _report(name)
    commit = past.commit_of(ws, name)
    if commit is None:
        return Since(name, f"{name}, before the first commit", None, {}, with_live=False)
    with past.opened(ws, commit) as then:
        known, notes = _found(then, str(commit))
    return Since(name, str(commit), commit.id, known, with_live=False, notes=tuple(notes))


def _about(finding: Finding) -> tuple[str, str, str, str]:
    return finding.code, finding.rule, finding.kind, finding.object


def _found(then: Workspace, commit: str) -> tuple[Known, list[str]]:
    """What spec, models and migrations of then disagreed about; a side that cannot be read makes all new."""
    sides, notes = [], []
    there: dict[str, Callable[[], bool]] = {
        "spec": lambda: has_spec(then),
        "models": lambda: bool(then.settings.models),
        "migrations": lambda: has_migrations(then),
    }
    for name, exists in there.items():
        try:
            if exists():
                side = then.side(name)
                if all(not Path(p.path).is_absolute() for p in side.places.values()):
                    sides.append(side)
                else:  # an installed package, not the commit's files
                    notes.append(f"what concerns the {name} counts as new: they are not in {commit}'s files")
        except TodoDbError as error:
            notes.append(f"what concerns the {name} counts as new: of {commit} they fail: {error.what}")
    known: Known = {}
    if len(sides) > 1:
        for finding in judge(hold(then, sides, then.settings.compare_also)[0]):
            known.setdefault(_about(finding), []).append(finding.sides)
    return known, notes


def _report(name: str) -> Since:
    try:
        document: Any = json.loads(Path(name).read_text(encoding="utf-8"))
        known: Known = {}
        for f in document["findings"]:
            known.setdefault((f["code"], f["rule"], f["kind"], f["object"]), []).append(f["sides"])
    except OSError as error:
        raise UsageError(f"the report cannot be read: {error.strerror}", where=name) from error
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(
            "this is no report of ours", where=name, hint="make one with `todo-db drift --format json`"
        ) from error
    return Since(name, f"the report {name}", None, known, with_live=True)
