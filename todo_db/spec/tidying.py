"""The text of a Markdown file without what its parser would take for content: front matter, comments, open
fences."""

from __future__ import annotations

import re

_MOST_BLANKS = 120
_BLANKS = re.compile(rf"[^\S\n\r]{{{_MOST_BLANKS + 1},}}")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def tidied(text: str) -> str:
    """The same lines, without what markdown-it would take for content, and without endless blanks."""
    text = _BLANKS.sub(lambda found: found.group()[:_MOST_BLANKS], text)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if front := _FRONT_MATTER.match(text):
        text = "\n" * front.group().count("\n") + text[front.end() :]
    lines = _close_fences(text.split("\n"))
    return _blank_comments(lines)


def _close_fences(lines: list[str]) -> list[str]:
    """A fence that nobody closed ends before the next heading, so that it does not swallow the rest."""
    opened: tuple[int, str] | None = None
    for number, line in enumerate(lines):
        if not (found := _FENCE.match(line)):
            continue
        marks, rest = found.groups()
        if opened is None:
            opened = None if "`" in rest and marks[0] == "`" else (number, marks)
        elif marks.startswith(opened[1]) and not rest.strip():
            opened = None
    if opened is None:
        return lines
    for number in range(opened[0] + 1, len(lines)):
        if re.match(r"#{2,6} \S", lines[number]) and not lines[number - 1].strip():
            return [*lines[: number - 1], opened[1], *lines[number:]]
    return lines


def _blank_comments(lines: list[str]) -> str:
    """HTML comments outside fences become blank; their line breaks stay."""
    text = "\n".join(lines)
    if "<!--" not in text:
        return text
    pieces: list[str] = []
    fence: str | None = None
    start = 0
    position = 0
    for line in lines:
        end = position + len(line) + 1
        if found := _FENCE.match(line):
            if fence is None:
                pieces.append(_COMMENT.sub(_line_breaks, text[start:position]))
                start, fence = position, found.group(1)
            elif found.group(1).startswith(fence):
                pieces.append(text[start:end])
                start, fence = end, None
        position = end
    rest = text[start:]
    return "".join(pieces) + (rest if fence else _COMMENT.sub(_line_breaks, rest))


def _line_breaks(found: re.Match[str]) -> str:
    return "\n" * found.group().count("\n")
