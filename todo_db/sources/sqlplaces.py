"""Where a script states what: `path:line` of tables, columns, constraints, indexes and the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from todo_db.findings import Place
from todo_db.postgres.script import Piece, Token
from todo_db.schema import DbObject, FactKey, Key, display

# What may stand between CREATE and the kind of the object, or between the kind and its name.
_FILLERS = frozenset(
    {
        "OR",
        "REPLACE",
        "UNIQUE",
        "GLOBAL",
        "LOCAL",
        "TEMPORARY",
        "TEMP",
        "UNLOGGED",
        "FOREIGN",
        "MATERIALIZED",
        "RECURSIVE",
        "CONSTRAINT",
        "EVENT",
        "CONCURRENTLY",
        "IF",
        "NOT",
        "EXISTS",
        "ONLY",
        "PROCEDURAL",
        "TRUSTED",
    }
)
_KINDS = {
    "TABLE": ("table", "foreign table"),
    "INDEX": ("index",),
    "TYPE": ("enum", "composite type", "range type"),
    "DOMAIN": ("domain",),
    "SEQUENCE": ("sequence",),
    "VIEW": ("view", "materialized view"),
    "SCHEMA": ("schema",),
    "EXTENSION": ("extension",),
    "FUNCTION": ("function", "aggregate"),
    "PROCEDURE": ("procedure",),
    "TRIGGER": ("trigger",),
    "POLICY": ("policy",),
    "RULE": ("rule",),
    "STATISTICS": ("statistics",),
    "COLLATION": ("collation",),
}
_CONSTRAINTS = ("primary key", "unique", "check", "foreign key", "exclusion")
_NOT_COLUMNS = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE", "LIKE"})


def places(
    pieces: Iterable[Piece], side: str, path: str, objects: Mapping[Key, DbObject]
) -> dict[FactKey, Place]:
    """The place of each object that a statement names and that is there in the end; the first one counts."""
    by_tail: dict[tuple[str, str], list[Key]] = {}
    for key, obj in objects.items():
        by_tail.setdefault((key.kind, _bare(obj.parts[-1])), []).append(key)
    found: dict[FactKey, Place] = {}
    default = "public"
    for piece in pieces:
        default = _search_path(piece) or default
        for key, line in _stated(piece, default, objects, by_tail):
            found.setdefault((key, ""), Place(side, path, line))
    return found


def _bare(name: str) -> str:
    """The name of a routine without its arguments."""
    return name.partition("(")[0]


def _search_path(piece: Piece) -> str | None:
    """The first schema that a SET search_path names."""
    words = piece.words(3)
    if words[:2] == ("SET", "SEARCH_PATH") and len(piece.tokens) > 3:
        return piece.tokens[3].name.strip("'")
    return None


def _stated(
    piece: Piece, default: str, objects: Mapping[Key, DbObject], by_tail: Mapping[tuple[str, str], list[Key]]
) -> Iterator[tuple[Key, int]]:
    tokens = [t for t in piece.tokens if t.upper not in _FILLERS]
    if len(tokens) < 3 or tokens[0].upper not in ("CREATE", "ALTER"):
        return
    parts, rest = _name(tokens[2:])
    kinds = _KINDS.get(tokens[1].upper, ())
    if tokens[0].upper == "CREATE":
        for kind in kinds:
            for key in by_tail.get((kind, _bare(parts[-1])), ()):
                if _is_in(objects[key], parts, default):
                    yield key, piece.line
    if tokens[1].upper == "TABLE":
        table = display(*(parts if len(parts) > 1 else (default, *parts)))
        yield from _members(table, rest, piece.tokens, objects)


def _is_in(obj: DbObject, parts: tuple[str, ...], default: str) -> bool:
    """Whether the object lies in the schema that the name says; what has none is wherever it is."""
    schema = getattr(obj, "schema", None)
    return schema is None or len(parts) == 1 or obj.kind == "index" or schema == parts[0] or not default


def _name(tokens: list[Token]) -> tuple[tuple[str, ...], list[Token]]:
    """The dotted name that begins here, and what follows it."""
    parts = [tokens[0].name]
    position = 1
    while position + 1 < len(tokens) and tokens[position].text == ".":
        parts.append(tokens[position + 1].name)
        position += 2
    return tuple(parts), tokens[position:]


def _members(
    table: str, rest: list[Token], tokens: tuple[Token, ...], objects: Mapping[Key, DbObject]
) -> Iterator[tuple[Key, int]]:
    """Columns and named constraints, in CREATE TABLE (…) as in ALTER TABLE … ADD."""
    depth = 0
    starts = False
    for number, token in enumerate(rest):
        if token.text == "(":
            depth += 1
            starts = depth == 1
            continue
        if token.text == ")":
            depth -= 1
        if starts or (depth == 0 and token.upper == "COLUMN"):
            named = rest[number + 1] if token.upper == "COLUMN" and number + 1 < len(rest) else token
            key = Key("column", f"{table}.{display(named.name)}")
            if named.upper not in _NOT_COLUMNS and key in objects:
                yield key, named.line
        starts = token.text == "," and depth == 1
    for before, token in pairwise(tokens):
        if before.upper == "CONSTRAINT":
            for kind in _CONSTRAINTS:
                if (key := Key(kind, f"{table}.{display(token.name)}")) in objects:
                    yield key, token.line
