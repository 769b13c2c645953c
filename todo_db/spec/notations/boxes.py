"""Boxes drawn with characters: a title, a line, one column per row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from todo_db.spec import types
from todo_db.spec.columns import IDENTIFIER, finish
from todo_db.spec.constraints import read
from todo_db.spec.document import ReferenceSpec
from todo_db.spec.managers import managed_by
from todo_db.spec.markdown import Fence
from todo_db.spec.names import as_name
from todo_db.spec.source import Source
from todo_db.spec.statements import Fact, Notation, Statement, TableName, about_column

_TOP = re.compile(r"[┌╔╭][─═┬┴┼╦╤━]+[┐╗╮]|\+[-=]{3,}\+")
_SIDE = "│║┃|├┤┼╠╣╟╢┝┥"
_RULE = re.compile(r"[\s─═━\-=┼├┤╠╣╟╢┝┥+┬┴]+\Z")
_BULLET = re.compile(r"\A[•*·\-–►▸○●🔑]+\s*")
_ELSEWHERE = re.compile(r"(?i)\b(?:redis|memcached|local\s?storage|in-memory)\b")
_ARROW = re.compile(r"[►▶>→]\s*(?P<table>\w+)\.(?P<column>\w+)")


@dataclass(frozen=True, slots=True)
class _Box:
    """What stands in a box: its title's lines and its rows, each with the line and what follows it
    outside."""

    title: tuple[str, ...]
    rows: tuple[tuple[int, str, str], ...]


def read_boxes(source: Source) -> Iterator[Statement]:
    """Statements of every box that describes a table."""
    for fence in source.blocks(Fence):
        if fence.language in ("", "text", "txt", "ascii", "plaintext", "diagram") and _TOP.search(fence.text):
            for box in _boxes(fence.text.split("\n")):
                yield from _table(source, fence, box)


def _boxes(lines: list[str]) -> Iterator[_Box]:
    for number, line in enumerate(lines):
        for top in _TOP.finditer(line):
            if box := _box(lines, number, top.start(), top.end()):
                yield box


def _box(lines: list[str], top: int, left: int, right: int) -> _Box | None:
    """The box whose top border stands there, or None where it has no title and rows."""
    parts: list[list[tuple[int, str, str]]] = [[]]
    for number in range(top + 1, len(lines)):
        line = lines[number]
        if (
            len(line) <= left
            or line[left] in "└╚╰"
            or (line[left] == "+" and number > top + 1 and not _is_inner_rule(lines, number, left))
        ):
            break
        if line[left] not in _SIDE and line[left] != "+":
            return None
        end = _right_edge(line, left, right)
        inner, outside = line[left + 1 : end], line[end:]
        if _RULE.match(inner) and inner.strip():
            parts.append([])
        elif inner.strip():
            parts[-1].append((number, inner, outside))
    if len(parts) < 2 or not parts[0]:
        return None
    return _Box(
        tuple(text.strip() for _, text, _ in parts[0]), tuple(row for part in parts[1:] for row in part)
    )


def _is_inner_rule(lines: list[str], number: int, left: int) -> bool:
    """Whether a `+---+` line separates parts of the box: another row of the box follows it."""
    following = lines[number + 1] if number + 1 < len(lines) else ""
    return len(following) > left and following[left] in "|│"


def _right_edge(line: str, left: int, right: int) -> int:
    """Where a row ends: at the column of the corner, or at a side near it where the drawing is askew."""
    for offset in (0, 1, -1, 2, -2, 3):
        position = right - 1 + offset
        if left < position < len(line) and line[position] in _SIDE + "+":
            return position
    return min(right - 1, len(line))


def _table(source: Source, fence: Fence, box: _Box) -> Iterator[Statement]:
    if any(_ELSEWHERE.search(line) for line in box.title):
        return
    title = re.sub(r"\s*\(.*\)\s*\Z", "", box.title[0]).strip()
    name = as_name(title, table=True)
    rows = _joined(box.rows)
    columns = [(number, column) for number, text, outside in rows if (column := _column(text, outside))]
    if name is None or len(columns) < 2 or len(columns) * 3 < len(rows) * 2:
        return
    if not any(f.name in ("primary_key", "type", "references") for _, (_, facts) in columns for f in facts):
        return
    for number, (called, facts) in columns:
        yield from about_column(name, called, facts, source.place(fence.line + number), Notation.BOX)
    yield from _manager(source, fence, box, name, columns[0][0])


def _manager(source: Source, fence: Fence, box: _Box, name: TableName, line: int) -> Iterator[Statement]:
    who = managed_by(" ".join(box.title))
    if who:
        yield Statement(name, "managed_by", who, source.place(fence.line + line), Notation.BOX)


def _joined(rows: tuple[tuple[int, str, str], ...]) -> list[tuple[int, str, str]]:
    """Rows with names that were broken at an underscore (`password_` / `hash`) put together again."""
    result: list[tuple[int, str, str]] = []
    for number, text, outside in rows:
        if result and result[-1][1].rstrip().endswith("_"):
            before = result.pop()
            result.append((before[0], before[1].rstrip() + text.strip(), before[2]))
        else:
            result.append((number, text, outside))
    return result


def _column(text: str, outside: str) -> tuple[str, list[Fact]] | None:
    """`user_id (FK → users.id) TEXT`, `id SERIAL PK`, `title`."""
    content = _BULLET.sub("", text.strip())
    content = re.sub(r"\s*[─━]+.*\Z", "", content)
    found = re.match(r"(?P<name>\w+)\s*[:?]?\s*(?P<rest>.*)\Z", content, re.DOTALL)
    if not found or not IDENTIFIER.match(found["name"]) or content.startswith("..."):
        return None
    rest = found["rest"].strip()
    bare = re.sub(r"\([^()\d][^()]*\)", " ", rest).strip()
    words = re.split(r"\s{2,}|\s+(?=[A-Z])|(?<=\w)\s+", bare)
    reading = types.take(rest) or types.take(bare) or next((t for w in words if (t := types.take(w))), None)
    facts = read(rest)
    if rest and reading is None and not facts:
        return None
    if arrow := _ARROW.search(outside):
        facts = [f for f in facts if f.name != "references"] + (
            [Fact("references", ReferenceSpec(table=arrow["table"], columns=(arrow["column"],)))]
            if any(f.name == "references" for f in facts)
            else []
        )
    return found["name"], finish(found["name"], reading[0] if reading else None, facts)
