"""The matrix of `drift`: one row per object, one column per side; in a large schema only rows that matter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from todo_db.report.escape import cells, visible, wrap
from todo_db.report.lines import Line

# State of an object on a side → (mark, what the legend says, style).
MARKS: Mapping[str, tuple[str, str, str]] = {
    "same": ("✓", "agrees", "green"),
    "differs": ("≠", "differs", "bold red"),
    "absent": ("–", "absent", "red"),
    "silent": ("·", "says nothing", "dim"),
    "unknown": ("?", "not known", "magenta"),
}
_AGREES = ("same", "silent")
_ALL_SHOWN = 20  # up to here agreement is worth seeing, row by row


def odd_rows(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows in which some side differs, lacks the object, or could not be read."""
    return [row for row in rows if any(state not in _AGREES for state in row["sides"].values())]


def mark(state: str) -> str:
    """The sign for a state; a state of a later version is shown as it is called."""
    return MARKS[state][0] if state in MARKS else state


def matrix_lines(rows: Sequence[Mapping[str, Any]], width: int | None) -> Iterator[Line]:
    """The matrix as lines of at most `width` columns; the objects' names take what the sides leave."""
    shown = rows if len(rows) <= _ALL_SHOWN else odd_rows(rows)
    sides = list(dict.fromkeys(side for row in rows for side in row["sides"]))
    if shown:
        yield from _table(shown, sides, width)
    agree = len(rows) - len(shown)
    if agree:
        text = f"{agree:,} {'objects agree' if agree > 1 else 'object agrees'} on {', '.join(sides)}"
        yield from (Line((visible(line), "green")) for line in wrap(text, width))
    if shown:
        yield _legend(shown)


def _table(rows: Sequence[Mapping[str, Any]], sides: Sequence[str], width: int | None) -> Iterator[Line]:
    columns = [max(cells(visible(side)), 3) for side in sides]
    names = [f"{row['kind']} {row['object']}" for row in rows]
    widest = max(cells(visible(name)) for name in names)
    room = widest if width is None else min(widest, max(width - sum(columns) - 2 * len(columns), 16))
    yield Line(*_row(" " * room, [(visible(side), "bold") for side in sides], columns))
    for name, row in zip(names, rows, strict=True):
        *above, last = wrap(visible(name), room)
        yield from (Line((line, "")) for line in above)
        states = [row["sides"].get(side, "silent") for side in sides]
        marks = [(mark(s), MARKS[s][2] if s in MARKS else "") for s in states]
        yield Line(*_row(last + " " * (room - cells(last)), marks, columns))


def _row(name: str, marks: Sequence[tuple[str, str]], columns: Sequence[int]) -> list[tuple[str, str]]:
    pieces = [(name, "")]
    for (text, style), wide in zip(marks, columns, strict=True):
        left = (wide - cells(text)) // 2
        right = wide - cells(text) - left
        pieces += [("  " + " " * left, ""), (text, style), (" " * right, "")]
    return pieces


def _legend(rows: Iterable[Mapping[str, Any]]) -> Line:
    present = {state for row in rows for state in row["sides"].values()}
    return Line(("  ".join(f"{m} {meaning}" for s, (m, meaning, _) in MARKS.items() if s in present), "dim"))
