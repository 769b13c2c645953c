"""A revision file: what it is for, its identity, upgrade() and downgrade(), laid out as ruff would do it."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from todo_db.objects.enum import Enum
from todo_db.plan import Change
from todo_db.revisions import code
from todo_db.revisions.code import call
from todo_db.revisions.constraints import schema
from todo_db.revisions.fold import fold
from todo_db.revisions.render import BACKFILL, Operation
from todo_db.revisions.types import CUSTOM_TYPE, CUSTOM_TYPE_SOURCE
from todo_db.schema import Key

_IMPORTS = (
    ("sa", "import sqlalchemy as sa"),
    ("op", "from alembic import op"),
    ("postgresql", "from sqlalchemy.dialects import postgresql"),
    (BACKFILL, "from todo_db.backfill import backfill"),
)
SLUG_LENGTH = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a revision file is made from. down: what it follows; several for a merge.

    enums: the variables for types that the revision makes or drops.

    lost: what the downgrade cannot bring back, and what the upgrade takes away for good.
    """

    id: str
    down: str | tuple[str, ...] | None
    message: str
    created: dt.datetime
    upgrade: Sequence[Operation]
    downgrade: Sequence[Operation]
    enums: Mapping[str, Enum]
    what: Sequence[str] = ()
    lost: Sequence[str] = ()
    accepted: Sequence[str] = ()  # comments that tell `migrate lint` what is meant
    width: int = code.WIDTH


def write(draft: Draft) -> str:
    """The text of the file."""
    enums = [
        code.lay_out(_enum(e), 0, f"{variable} = ", width=draft.width) for variable, e in draft.enums.items()
    ]
    body = [
        *_function("upgrade", draft.upgrade, draft.width),
        "",
        "",
        *_function("downgrade", draft.downgrade, draft.width),
    ]
    used = _used([*(o.call for o in (*draft.upgrade, *draft.downgrade)), *map(_enum, draft.enums.values())])
    prefixes = {name.partition(".")[0] for name in used if "." in name}
    if CUSTOM_TYPE in used:
        prefixes.add("sa")
    if BACKFILL in used:
        prefixes |= {"op", BACKFILL}
    lines = [*_docstring(draft), ""]
    lines += [text for prefix, text in _IMPORTS if prefix in prefixes]
    lines += ["", *_identity(draft), ""]
    lines += [*draft.accepted, ""] if draft.accepted else []
    if enums:
        lines += [*(line for enum in enums for line in enum), ""]
    if CUSTOM_TYPE in used:
        lines += ["", *CUSTOM_TYPE_SOURCE.splitlines(), ""]
    return "\n".join([*lines, "", *body]) + "\n"


def file_name(created: dt.datetime, message: str) -> str:
    """`YYYYMMDDHHMMSS_<slug>.py`."""
    return f"{created:%Y%m%d%H%M%S}_{slug(message)}.py"


def slug(message: str) -> str:
    """The message in lower-case ASCII words; 'revision' where none are left of it."""
    plain = unicodedata.normalize("NFKD", message).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return words[:SLUG_LENGTH].rstrip("_") or "revision"


def describe(changes: Iterable[Change]) -> list[str]:
    """The changes in a few words each: 'creates table tasks'."""
    verbs = {"create": "creates", "alter": "alters", "drop": "drops"}
    said = []
    for change in fold(changes).changes:
        facts = ", ".join(sorted(change.changed)).replace("_", " ")
        name = change.object.key.name.removeprefix("public.")
        if change.action != "alter" or facts:
            said.append(
                f"{verbs[change.action]} {change.object.kind} {name}" + (f": {facts}" if facts else "")
            )
    return list(dict.fromkeys(said))


def variables(changes: Iterable[Change]) -> dict[Key, tuple[str, Enum]]:
    """A variable for each enum type that is created or dropped, but for those that are made anew."""
    changes = list(changes)
    found: dict[Key, tuple[str, Enum]] = {}
    taken = {"op", "sa", "postgresql", "upgrade", "downgrade", "revision", "down_revision"}
    taken |= {"branch_labels", "depends_on", CUSTOM_TYPE, BACKFILL}
    for enum in (c.object for c in changes if c.action != "alter"):
        if not isinstance(enum, Enum) or enum.key in found or _is_made_anew(enum, changes):
            continue
        name = re.sub(r"\W+", "_", enum.name, flags=re.ASCII).strip("_").lower() or "enum"
        name = f"{name}_type" if not name.isidentifier() or name in taken or name[0] == "_" else name
        while name in taken or not name.isidentifier() or name in _KEYWORDS:
            name = f"{name}_" if name.isidentifier() else f"t_{name}"
        taken.add(name)
        found[enum.key] = (name, enum)
    return found


def _is_made_anew(enum: Enum, changes: Iterable[Change]) -> bool:
    """Whether the type comes with other labels than it goes with."""
    objects = (c.object for c in changes if c.action != "alter" and c.object.key == enum.key)
    return any(isinstance(o, Enum) and o.labels != enum.labels for o in objects)


_KEYWORDS = frozenset(__import__("keyword").kwlist)


def _enum(enum: Enum) -> code.Call:
    return call("postgresql.ENUM", *enum.labels, name=enum.name, **schema(enum), create_type=False)


def _used(calls: Iterable[code.Node]) -> set[str]:
    return set().union(*map(code.names, calls))


def _docstring(draft: Draft) -> list[str]:
    text = [_safe(draft.message), ""]
    for lines in (draft.what, draft.lost):
        for line in lines:
            text += textwrap.wrap(
                f"- {_safe(line)}",
                draft.width,
                subsequent_indent="  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        text += [""] if lines else []
    parents = (draft.down,) if isinstance(draft.down, str) else draft.down or ()
    text += [f"Revision ID: {draft.id}", f"Revises: {', '.join(parents)}".rstrip()]
    text += [f"Create Date: {draft.created:%Y-%m-%d %H:%M:%S}"]
    escape = "r" if any("\\" in line for line in text) else ""
    space = " " if text[0].startswith('"') else ""
    return [f'{escape}"""{space}{text[0]}', *text[1:], '"""']


def _safe(text: str) -> str:
    """Text on one line that cannot end the docstring."""
    return one_line(text).replace('"""', "'''")


def one_line(text: str) -> str:
    """Text on one line, without what cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _identity(draft: Draft) -> list[str]:
    down = f'"{draft.down}"' if draft.down is not None else "None"
    kind = "str | None"
    if isinstance(draft.down, tuple):
        down = "(" + ", ".join(f'"{d}"' for d in draft.down) + ")"
        kind = "tuple[str, ...]"
    return [
        f'revision: str = "{draft.id}"',
        f"down_revision: {kind} = {down}",
        "branch_labels: str | None = None",
        "depends_on: str | None = None",
    ]


def _function(name: str, operations: Sequence[Operation], width: int) -> list[str]:
    lines = [f"def {name}() -> None:"]
    if not operations:
        return [*lines, "    pass"]
    inside = False
    said: str | None = None
    for operation in operations:
        if operation.autocommit and not inside:
            lines.append("    with op.get_context().autocommit_block():")
            said = None
        inside = operation.autocommit
        indent = 2 if inside else 1
        if operation.comment is not None and operation.comment != said:
            lines.append(f"{'    ' * indent}# {operation.comment}")
        said = operation.comment
        lines += code.lay_out(operation.call, indent, width=width)
    return lines
