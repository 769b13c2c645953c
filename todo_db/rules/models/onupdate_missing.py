"""updated_at is moved by every update."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from todo_db.findings import Finding, Severity
from todo_db.rules.attributes import Attribute
from todo_db.rules.classes import SIDE, Models, each_once
from todo_db.rules.expressions import calls, strings
from todo_db.rules.house import HouseRule
from todo_db.rules.tables import words

RULE = HouseRule(
    code="TD413",
    name="onupdate-missing",
    severity=Severity.WARNING,
    title="Nothing moves updated_at when a row is updated",
    reason="""
A default is used once, when the row is inserted. Without `onupdate` (or a trigger) updated_at stays
equal to created_at, and clients that ask for what has changed since are told nothing has. Setting
it by hand in each endpoint works until the first one that forgets.

Nothing is said where the models' modules set it themselves (in an event listener, or by assigning to it), or
where they or the migrations make a trigger BEFORE UPDATE on the table.
""",
    example="""
Wrong: `updated_at: datetime = Field(default_factory=utc_now)`.

Right: `updated_at: datetime = Field(default_factory=utc_now, sa_column_kwargs={"onupdate":
utc_now})`. Where a trigger of the database does it, say so: `sa_column_kwargs={"server_onupdate":
FetchedValue()}`.
""",
)
MOVED = {"updated", "modified"}
_OPTIONS = ("onupdate", "server_onupdate")
_EVENTS = {"before_update", "before_flush"}
_TRIGGER = re.compile(
    r'\bbefore\s+(?:insert\s+or\s+)?update(?:\s+of\s+[\w\s,"]+?)?\s+on\s+(?:"?\w+"?\.)?"?(?P<table>\w*)',
    re.IGNORECASE,
)


def check(models: Models) -> Iterator[Finding]:
    """Columns called updated_at or the like that nothing refreshes."""
    fields = ((cls, f) for cls in models.tables for f in cls.fields.values())
    assigned, triggered = _assigned(models), _triggered(models)
    if assigned is None or "" in triggered:
        return
    for cls, field in each_once(fields):
        if not _is_stamp(field) or field.is_opaque or field.name in assigned or cls.table_name in triggered:
            continue
        if all(field.column_option(option) is None for option in _OPTIONS):
            yield RULE.finding(
                "column",
                cls.object(field.column_name),
                f"{cls.name}.{field.name} is set on insert and never again",
                [field.place],
                side=SIDE,
                hint='add sa_column_kwargs={"onupdate": …}, the function that also makes the default',
            )


def _is_stamp(field: Attribute) -> bool:
    return bool(MOVED & set(words(field.name))) and field.annotation.target == "datetime.datetime"


def _assigned(models: Models) -> set[str] | None:
    """The attributes that the models' modules assign to; None where a listener may do anything."""
    found: set[str] = set()
    for module in models.modules.values():
        if any(_EVENTS & strings(c) and "listen" in ast.unparse(c.func) for c in calls(module.tree)):
            return None
        for node in ast.walk(module.tree):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            found |= {t.attr for t in targets if isinstance(t, ast.Attribute)}
    return found


def _triggered(models: Models) -> set[str]:
    """The tables that a trigger is made on; with an empty name where it is put together at run time."""
    files = [m.path for m in models.modules.values()]
    files += sorted(models.settings.migrations_dir.rglob("*.py"))
    return {found["table"] for path in files for found in _TRIGGER.finditer(_source(path))}


def _source(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
