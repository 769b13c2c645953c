"""Styled lines, and how they become text: with rich's colours on a terminal, without any elsewhere."""

from __future__ import annotations

from collections.abc import Iterable


class Line:
    """A line of text in pieces, each with the name of a rich style ('' for none)."""

    __slots__ = ("pieces",)

    def __init__(self, *pieces: tuple[str, str]) -> None:
        self.pieces = pieces

    def __str__(self) -> str:
        return "".join(text for text, _ in self.pieces).rstrip()


def paint(lines: Iterable[Line], *, color: bool) -> str:
    """The lines as one text. rich is loaded only where there are colours to show."""
    if not color:
        return "\n".join(str(line) for line in lines)
    import io

    from rich.console import Console
    from rich.text import Text

    out = io.StringIO()
    # The lines are wrapped already; no markup, no highlighting: names may look like either.
    console = Console(file=out, force_terminal=True, no_color=False, highlight=False, width=10_000)
    for line in lines:
        console.print(Text.assemble(*line.pieces), soft_wrap=True)
    return out.getvalue().removesuffix("\n")
