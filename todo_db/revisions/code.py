"""Python expressions as small trees, and their text in the layout that ruff gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

WIDTH = 100
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Name:
    """A name or any other piece of code that is never broken up."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal."""

    value: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A dict with strings for keys."""

    pairs: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function by its dotted name."""

    function: str
    args: tuple[Node, ...] = ()
    keywords: tuple[tuple[str, Node], ...] = ()


Node = Name | Text | Items | Pairs | Call


def value(plain: object) -> Node:
    """A Python value as a node: str, bool, int, None, and lists, tuples and dicts of such; nodes stay."""
    if isinstance(plain, Node):
        return plain
    if isinstance(plain, str):
        return Text(plain)
    if isinstance(plain, Mapping):
        return Pairs(tuple((str(k), value(v)) for k, v in plain.items()))
    if isinstance(plain, Iterable):
        return Items(tuple(value(p) for p in plain))
    return Name(repr(plain))


def call(function: str, *args: object, **keywords: object) -> Call:
    """A call with plain values or nodes as arguments, in the order in which they are given."""
    return Call(function, tuple(map(value, args)), tuple((k, value(v)) for k, v in keywords.items()))


def names(node: Node) -> set[str]:
    """All functions that are called and all names: 'op.create_table', 'sa.Text', 'SqlType'."""
    match node:
        case Call():
            children = (*node.args, *(v for _, v in node.keywords))
            return {node.function}.union(*map(names, children))
        case Items():
            return set().union(*map(names, node.items))
        case Pairs():
            return set().union(*(names(v) for _, v in node.pairs))
        case Name():
            return {node.text}
        case Text():
            return set()


# ---- string literals ----------------------------------------------------------------------------


def literal(text: str) -> str:
    """A string literal: double quotes unless that needs more escapes, raw where there are backslashes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    if "\\" in text and text.isprintable() and '"' not in text and not text.endswith("\\"):
        return f'r"{text}"'
    return quote + "".join(_escaped(c, quote) for c in text) + quote


_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}


def _escaped(char: str, quote: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char == quote:
        return "\\" + char
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


# ---- layout -------------------------------------------------------------------------------------


def flat(node: Node) -> str:
    """The text on one line."""
    match node:
        case Name():
            return node.text
        case Text():
            return literal(node.value)
        case Items():
            return f"[{', '.join(map(flat, node.items))}]"
        case Pairs():
            return "{" + ", ".join(f"{literal(k)}: {flat(v)}" for k, v in node.pairs) + "}"
        case Call():
            return f"{node.function}({', '.join(_flat_arguments(node))})"


def _flat_arguments(node: Call) -> list[str]:
    return [*map(flat, node.args), *(f"{k}={flat(v)}" for k, v in node.keywords)]


def lay_out(node: Node, indent: int, prefix: str = "", suffix: str = "", *, width: int = WIDTH) -> list[str]:
    """The lines of an expression between `prefix` and `suffix`, broken up where it is wider than a line."""
    margin = _INDENT * indent
    line = f"{margin}{prefix}{flat(node)}{suffix}"
    parts = _parts(node)
    if len(line) <= width or parts is None:
        return [line]
    opening, entries, closing = parts
    first, last = f"{margin}{prefix}{opening}", f"{margin}{closing}{suffix}"
    one_line = _INDENT + margin + ", ".join(p + flat(n) for p, n in entries)
    if isinstance(node, Call) and len(entries) > 1 and len(one_line) <= width:
        return [first, one_line, last]
    comma = "," if len(entries) > 1 else ""
    middle: list[str] = []
    for before, entry in entries:
        if isinstance(entry, Text) and (comma == "" or isinstance(node, Call)):
            middle += _broken_text(entry.value, indent + 1, before, width, comma)
        else:
            middle += lay_out(entry, indent + 1, before, comma, width=width)
    return [first, *middle, last]


def _parts(node: Node) -> tuple[str, list[tuple[str, Node]], str] | None:
    """What a node is broken into: the opening, its entries with what stands before each, the closing."""
    match node:
        case Call() if node.args or node.keywords:
            entries = [*(("", a) for a in node.args), *((f"{k}=", v) for k, v in node.keywords)]
            return f"{node.function}(", entries, ")"
        case Items() if node.items:
            return "[", [("", i) for i in node.items], "]"
        case Pairs() if node.pairs:
            return "{", [(f"{literal(k)}: ", v) for k, v in node.pairs], "}"
        case _:
            return None


def _broken_text(text: str, indent: int, before: str, width: int, comma: str) -> list[str]:
    """A long text on lines of its own between parentheses, as several literals, broken at spaces."""
    margin = _INDENT * indent
    room = width - len(margin) - len(comma)
    if before or len(literal(text)) <= room:
        return [margin + before + literal(text) + comma]
    lines: list[str] = []
    current = ""
    for word in _words(text):
        if current and len(literal(current + word)) > room:
            lines.append(current)
            current = ""
        current += word
    return [*(margin + literal(piece) for piece in lines), margin + literal(current) + comma]


def _words(text: str) -> list[str]:
    """The text cut after each run of spaces."""
    words: list[str] = []
    start = 0
    for i in range(1, len(text)):
        if text[i - 1] == " " and text[i] != " ":
            words.append(text[start:i])
            start = i
    return [*words, text[start:]]
