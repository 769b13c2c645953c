"""Fences of pseudo-code: one `name: TYPE (constraints)` per line, below the table's heading or a title
of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.spec import names
from todo_db.spec.markdown import Fence
from todo_db.spec.notations.bullets import ColumnLine, column_line
from todo_db.spec.source import Source
from todo_db.spec.statements import Notation, Statement, TableName, about_column

_LANGUAGES = {
    "",
    "text",
    "txt",
    "plaintext",
    "plain",
    "schema",
    "yaml",
    "yml",
    "pseudo",
    "pseudocode",
    "none",
    "markdown",
    "md",
    "ascii",
}
_TITLE = re.compile(
    r"\A(?P<before>(?:table|entity|model|tabla|create\s+table)\s*[:\s]\s*)?[`\"']?(?P<name>[A-Za-z_]\w*)[`\"']?(?P<after>\s+(?:table|model|entity))?(?:\s+(?:properties|fields|columns|schema|attributes))?\s*(?:\([^()]*\))?\s*(?P<end>[:{(\[]?)\s*\Z",
    re.IGNORECASE,
)


def read_fences(source: Source) -> Iterator[Statement]:
    """Statements of every fence whose lines describe columns."""
    for fence in source.blocks(Fence):
        if fence.language in _LANGUAGES and _is_columns(fence.text):
            yield from _fence(source, fence)


def _lines(text: str) -> list[tuple[int, str]]:
    return [
        (n, line.strip().rstrip(",;")) for n, line in enumerate(text.split("\n")) if line.strip(" -=_*})]\t")
    ]


def _column(line: str) -> ColumnLine | None:
    text = re.sub(r"\A[-*•·]\s+", "", line)
    if re.search(r"[│┌└├═║]|\A[+|]", text):
        return None
    return column_line(text) or _sql_like(text)


def _sql_like(text: str) -> ColumnLine | None:
    """`id   UUID  PRIMARY KEY` with any spacing."""
    found = re.match(r"(?P<name>[a-z_]\w*)\s{2,}(?P<rest>\S.*)\Z", text)
    return column_line(f"{found['name']}: {found['rest']}") if found else None


def _is_columns(text: str) -> bool:
    lines = [line for _, line in _lines(text) if not re.match(r"#|//|--", line)]
    columns = sum(1 for line in lines if _column(line) is not None)
    titles = sum(1 for line in lines if _TITLE.match(line))
    return columns >= 2 and columns * 3 >= (len(lines) - titles) * 2


def _fence(source: Source, fence: Fence) -> Iterator[Statement]:
    table = source.table(fence.context, columns=True)
    lines = fence.text.split("\n")
    for number, line in _lines(fence.text):
        found = _column(line)
        if found is not None and table is not None:
            place = source.place(fence.line + number)
            for name in found.names:
                yield from about_column(table, name, found.finished(name), place, Notation.FENCE)
        elif found is None and (title := _title(line, alone=_stands_alone(lines, number))):
            same = table is not None and names.key(table.text) == names.key(title.text)
            table = title._replace(line=table.line if same and table else fence.line + number)


def _stands_alone(lines: list[str], number: int) -> bool:
    """Whether a line is set off as a title: first, after a blank line, or with a rule below it."""
    below = lines[number + 1].strip() if number + 1 < len(lines) else ""
    return number == 0 or not lines[number - 1].strip() or bool(re.fullmatch(r"[-=~_]{3,}", below))


def _title(line: str, *, alone: bool) -> TableName | None:
    found = _TITLE.match(line)
    if not found or names.is_generic(found["name"]):
        return None
    if not (alone or found["before"] or found["after"] or found["end"]):
        return None
    return names.as_name(found["name"], table=bool(found["before"]))
