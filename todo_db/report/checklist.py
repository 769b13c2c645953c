"""The specification as a list to tick off: per table what it states, and beside it what is wrong or open.

Every finding has its place in it: at the column, index or constraint that it is about, else at its table,
else at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypedDict

from todo_db.findings import Finding, Severity
from todo_db.report.escape import visible, wrap
from todo_db.report.lines import Line
from todo_db.report.wording import brief
from todo_db.schema import display
from todo_db.spec.document import UNSAID, ColumnSpec, ReferenceSpec, Specification, TableSpec

_MARKS = {"ok": "✓", "wrong": "✗", "open": "?"}
_STYLES = {"ok": "green", "wrong": "red", "open": "yellow"}


class Entry(TypedDict):
    """One line: `text` is what is stated; `said` are the messages with their places."""

    state: str  # ok, wrong, open
    text: str
    place: str
    said: list[str]


class Part(TypedDict):
    """A table's lines, or, without a name, what belongs to no table of the specification."""

    table: str
    managed_by: str | None
    entries: list[Entry]


def checklist(spec: Specification, findings: Sequence[Finding]) -> list[Part]:
    """The list as plain data, which is also its JSON."""
    left = list(findings)
    parts: list[Part] = [
        {"table": t.name, "managed_by": t.managed_by, "entries": list(_table(t, left))} for t in spec.tables
    ]
    rest = [_entry(f"{f.kind} {f.object}", [f], "") for f in left]
    return [*parts, {"table": "", "managed_by": None, "entries": rest}] if rest else parts


def _table(table: TableSpec, left: list[Finding]) -> Iterator[Entry]:
    """The entries of a table; takes the findings about it out of `left`."""
    base = table.name.split(".") if "." in table.name else ["public", table.name]
    for column in table.columns:
        about = _taken(left, display(*base, column.name))
        yield _entry(f"{column.name}: {', '.join(_facts(column))}", about, str(column.place or ""))
    for name, text, place in _members(table):
        about = _taken(left, display(*base, name)) if name else []
        yield _entry(text, about, place)
    about = _taken(left, display(*base))
    if table.owner is not UNSAID:
        yield _entry(f"rows belong to {table.owner}" if table.owner else "rows are shared", [], "")
    for finding in about:
        yield _entry("the table", [finding], "")
    for finding in [f for f in left if f.object.startswith(f"{display(*base)}.")]:
        left.remove(finding)
        yield _entry(f"{finding.kind} {finding.object.removeprefix(display(*base) + '.')}", [finding], "")


def _taken(left: list[Finding], name: str) -> list[Finding]:
    found = [f for f in left if f.object == name]
    left[:] = [f for f in left if f.object != name]
    return found


def _facts(column: ColumnSpec) -> Iterator[str]:
    yield str(column.type) if column.type else "type not said"
    if column.primary_key is True:
        yield "PK"
    yield (
        {True: "NULL", False: "NOT NULL"}[column.nullable]
        if column.nullable is not UNSAID
        else "NULL or not?"
    )
    if column.unique is True:
        yield "UNIQUE"
    if isinstance(column.references, ReferenceSpec):
        yield "FK → " + ".".join([column.references.table, *column.references.columns[:1]])
        if column.references.on_delete:
            yield f"ON DELETE {str(column.references.on_delete).upper()}"
    if column.server_default not in (UNSAID, None):
        yield f"DEFAULT {column.server_default}"
    if column.generated:
        yield f"GENERATED AS ({column.generated})"


def _members(table: TableSpec) -> Iterator[tuple[str, str, str]]:
    """Name, text and place of keys, constraints and indexes."""
    keys: list[tuple[str, Any, str]] = []
    if table.primary_key is not None:
        keys.append(("primary key", table.primary_key, ", ".join(table.primary_key.columns)))
    keys += [("unique", u, ", ".join(u.columns)) for u in table.uniques]
    keys += [("foreign key", k, f"{', '.join(k.columns)} → {k.references.table}") for k in table.foreign_keys]
    keys += [("check", c, c.expr) for c in table.checks]
    keys += [("unique index" if i.unique else "index", i, ", ".join(i.columns)) for i in table.indexes]
    for kind, member, text in keys:
        name = str(member.name) if member.name else ""
        yield name, f"{kind} {name} ({text})" if name else f"{kind} ({text})", str(member.place or "")


def _entry(text: str, about: Sequence[Finding], place: str) -> Entry:
    plain = [f for f in about if not f.question and f.severity is not Severity.INFO]
    state = "wrong" if plain else "open" if any(f.question for f in about) else "ok"
    return {"state": state, "text": text, "place": place, "said": [_said(f) for f in about]}


def _said(finding: Finding) -> str:
    values = [f"{side} {'absent' if value is None else value}" for side, value in finding.sides.items()]
    where = ", ".join(str(p) for p in finding.places)
    told = f"{finding.code} {brief(finding)}"
    told += f" ({'; '.join(values)})" if values else ""
    return f"{told} [{where}]" if where else told


# ---- for people ----------------------------------------------------------------------------------------


def text_lines(parts: Iterable[Mapping[str, Any]], width: int | None) -> Iterator[Line]:
    """The list for a terminal."""
    for part in parts:
        yield Line((_title(part), "bold"))
        for entry in part["entries"]:
            first, *rest = wrap(entry["text"], None if width is None else width - 4)
            yield Line((f"  {_MARKS[entry['state']]} ", _STYLES[entry["state"]]), (first, ""))
            yield from (Line(("    ", ""), (line, "")) for line in rest)
            for said in entry["said"]:
                lines = wrap(said, None if width is None else width - 6)
                yield from (Line(("      ", ""), (line, "dim")) for line in lines)
        yield Line()


def markdown_lines(parts: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The list in Markdown."""
    from todo_db.report.markdown import code, prose

    for part in parts:
        yield from (f"### {prose(_title(part))}", "")
        for entry in part["entries"]:
            yield f"- {_MARKS[entry['state']]} {code(entry['text'])}"
            yield from (f"  - {prose(said)}" for said in entry["said"])
        yield ""


def _title(part: Mapping[str, Any]) -> str:
    if not part["table"]:
        return "not in the specification"
    by = part["managed_by"]
    return visible(part["table"]) + (f" (managed by {visible(by)})" if by else "")
