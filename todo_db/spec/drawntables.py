"""Tables drawn with characters: `│ Column │ Type │` between lines, or `+----+------+` above and below.

A single box is a picture of one table (`notations/boxes.py`); a grid has cells side by side, and is read as
a table of Markdown is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_BARS: Final = "│║┃┆┊|"
_BAR = re.compile(rf"[{_BARS}]")
_EDGED = re.compile(r"\A\s*[┌╔╭├╠╟╞╪└╚╰┏┣┗+|│║]?[-=─═━┄┈]{2,}[-=─═━┄┈+|┬┴┼╦╩╬╤╧╪┳┻╋┐╗╮┤╣╢╡┘╝╯┓┫┛│║]*\s*\Z")
_JUNCTION = re.compile(r"[+|┬┴┼╦╩╬╤╧╪┳┻╋│║]")
_LEADER = re.compile(r"\A\s*[┌╔╭├╠╟╞└╚╰┏┣┗+|│║]")
_CLOSER = re.compile(r"[┐╗╮┤╣╢╡┘╝╯┓┫┛+|│║]\s*\Z")


@dataclass(frozen=True, slots=True)
class Grid:
    """A drawn table: its rows with the number of their line (from 0), the first of them the header.

    first, last: the lines that it takes; title: what stands over its cells or in the line above it, if
    anything does, and where.
    """

    rows: tuple[tuple[tuple[str, ...], int], ...]
    first: int
    last: int
    title: str = ""
    title_at: int = 0


def grids(lines: list[str]) -> list[Grid]:
    """Every drawn table with two or more cells side by side and one row below its header."""
    found: list[Grid] = []
    number = 0
    while number < len(lines):
        grid = _grid(lines, number) if _width(lines[number]) > 1 else None
        if grid is None:
            number += 1
            continue
        found.append(grid)
        number = grid.last + 1
    return found


def _width(line: str) -> int:
    """The number of cells that a drawn line parts; 0 where it is none."""
    if not _EDGED.match(line):
        return 0
    inner = _CLOSER.sub("", _LEADER.sub("", line, count=1), count=1)
    return len(_JUNCTION.split(inner)) if "-" in inner or re.search("[=─═━┄┈]", inner) else 0


def _grid(lines: list[str], start: int) -> Grid | None:
    """The table whose first drawn line is at `start`: its upper edge, or the line below its header."""
    width = _width(lines[start])
    open_ = not _LEADER.match(lines[start])  # no edges, as psql draws it
    first = start
    groups: list[list[tuple[tuple[str, ...], int]]] = [[]]
    above: list[str] = []
    if header := _cells(lines[start - 1], width, edged=not open_) if start else None:
        first = start - 1
        groups = [[(header, first)], []]
    elif open_:
        return None
    elif above := _spanning(lines, start):
        first = start - len(above) - 1
    number = start + 1
    while number < len(lines):
        if not open_ and _width(lines[number]) == width:
            groups.append([])
        elif (cells := _cells(lines[number], width, edged=not open_)) is not None:
            groups[-1].append((cells, number))
        else:
            break
        number += 1
    while number > start + 1 and not groups[-1]:
        groups.pop()
        if not groups:
            return None
    rows = _rows(groups)
    if len(rows) < 2:
        return None
    title, at = (" ".join(above), first + 1) if above else (_title(lines, first), first - 1)
    return Grid(tuple(rows), first, number - 1, title, at)


def _spanning(lines: list[str], start: int) -> list[str]:
    """The lines of a title over the whole width, between the upper edge and the line at `start`."""
    titles: list[str] = []
    for number in range(start - 1, -1, -1):
        if _width(lines[number]) == 1:
            return titles[::-1]
        cells = _cells(lines[number], 1, edged=True)
        if cells is None:
            return []
        titles.append(cells[0])
    return []


def _cells(line: str, width: int, *, edged: bool) -> tuple[str, ...] | None:
    """The cells of a row, or None where the line is none of this width."""
    text = line.strip()
    if edged:
        if not text or text[0] not in _BARS or text[-1] not in _BARS:
            return None
        text = text[1:-1]
    cells = tuple(cell.strip() for cell in _BAR.split(text))
    return cells if len(cells) == width else None


def _rows(groups: list[list[tuple[tuple[str, ...], int]]]) -> list[tuple[tuple[str, ...], int]]:
    """The rows; what was broken over several lines (the first cell is empty below) is put together again."""
    rows: list[tuple[tuple[str, ...], int]] = []
    for group in groups:
        for position, (cells, number) in enumerate(group):
            if position and not cells[0] and rows:
                before, line = rows.pop()
                rows.append((tuple(f"{a} {b}".strip() for a, b in zip(before, cells, strict=True)), line))
            else:
                rows.append((cells, number))
    return rows


def _title(lines: list[str], first: int) -> str:
    """The line above, where it is text."""
    above = lines[first - 1].strip() if first else ""
    return above if re.search(r"\w", above) and not _BAR.search(above) else ""
