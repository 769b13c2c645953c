"""Mermaid's erDiagram: a diagram as text, which GitHub, GitLab and many editors draw.

https://mermaid.js.org/syntax/entityRelationshipDiagram.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from todo_db.report.diagram import ALL_COLUMNS, hubs_of
from todo_db.report.escape import visible
from todo_db.report.outline import ColumnOutline, ReferenceOutline, TableOutline

LONGEST = 50_000  # characters; Mermaid's own limit (maxTextSize), which GitHub keeps
MOST_LINES = 500  # Mermaid's limit for lines (maxEdges)
# What stands without quotes is narrower than what today's parser takes: the safe side of every version.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_KEYWORD = re.compile(
    r"(?:acctitle|accdescr|title|direction|erdiagram|style|class|classdef|subgraph|end"
    r"|to|one|many|only|zero|u)\Z",
    re.IGNORECASE,
)
_KEY = re.compile(r"(?:pk|fk|uk)(?![A-Za-z0-9_])", re.IGNORECASE)
_NOT_IN_A_WORD = re.compile(r"[^A-Za-z0-9_\u00c0-\u1fff\u3041-\ud7ff]+")
_NOT_IN_A_TYPE = re.compile(r"[^A-Za-z0-9_\[\]()]+")
_DIRECTION = re.compile(r"(direction)\s+", re.IGNORECASE)  # the parser looks for it even between quotes
_MEANING = str.maketrans(
    {'"': "'", "%": "\uff05", "\\": "/", "<": "‹", ">": "›", "#": "♯", "`": "'", "~": "∼"}
)


def to_mermaid(tables: Sequence[TableOutline]) -> tuple[str, tuple[str, ...]]:
    """The diagram's text, and notes on what it leaves out. Of many tables it shows the keys only."""
    whole = len(tables) <= ALL_COLUMNS
    names = _names(tables)
    hubs = hubs_of(tables)
    lines = ["erDiagram"] if whole else ["erDiagram", "    direction LR"]  # else it is far too wide
    for table in tables:
        lines += _entity(table, names[table["object"]], hubs, whole=whole)
    drawn = {k: v for k, v in names.items() if k not in hubs}
    edges = [line for table in tables for line in _relations(table, names, drawn)]
    text = "\n".join([*lines, *edges, ""])
    return text, tuple(_notes(tables, text, edges, hubs))


def _notes(
    tables: Sequence[TableOutline], text: str, edges: Sequence[str], hubs: Mapping[str, int]
) -> Iterator[str]:
    if len(tables) > ALL_COLUMNS:
        yield f"of {len(tables)} tables only the columns of keys are shown"
    if hubs:
        yield f"no lines lead to the tables that most others refer to: {', '.join(map(_label, sorted(hubs)))}"
    if len(text) > LONGEST:
        yield f"{len(text):,} characters: Mermaid draws up to {LONGEST:,} unless maxTextSize is raised"
    if len(edges) > MOST_LINES:
        yield f"{len(edges):,} lines: Mermaid draws up to {MOST_LINES:,} unless maxEdges is raised"


def _names(tables: Sequence[TableOutline]) -> Mapping[str, str]:
    """Object → entity, no two alike: what the grammar cannot hold may make two names the same."""
    taken: set[str] = set()
    result = {}
    for table in tables:
        name, number = _entity_name(table["label"]), 1
        while name in taken:
            number += 1
            name = _entity_name(f"{table['label']} ({number})")
        taken.add(name)
        result[table["object"]] = name
    return result


def _entity_name(label: str) -> str:
    if _PLAIN.match(label) and not _KEYWORD.match(label):
        return label
    bare = label[1:-1].replace('""', '"') if re.fullmatch(r'"(?:[^"]|"")*"', label) else label
    return f'"{_quoted(bare)}"'


def _label(object_name: str) -> str:
    return object_name.removeprefix("public.")


def _quoted(text: str) -> str:
    """Text between quotes: neither can it end them, nor begin a directive, an entity or HTML."""
    return _DIRECTION.sub(r"\1_", visible(text).translate(_MEANING)) or " "


def _entity(table: TableOutline, name: str, hubs: Mapping[str, int], *, whole: bool) -> Iterator[str]:
    """A table; a column names what it refers to where no line is drawn."""
    keys = {c: r["target"] if r["target"] in hubs else "" for r in table["references"] for c in r["columns"]}
    shown = [c for c in table["columns"] if whole or c["primary"] or c["name"] in keys]
    if not shown:
        yield f"    {name}"
        return
    yield f"    {name} {{"
    yield from (f"        {_attribute(c, keys.get(c['name']))}" for c in shown)
    yield "    }"


def _attribute(column: ColumnOutline, target: str | None) -> str:
    """target: what the column refers to and no line shows; '' where one does, None: it is no such key."""
    type_, name = _type(column["type"]), _word(column["name"], "column")
    keys = ["PK"] * column["primary"] + ["FK"] * (target is not None)
    keys += ["UK"] * (column["unique"] and not column["primary"])
    said = [_quoted(column["name"])] if name != column["name"] else []
    said += ["NOT NULL"] if column["nullable"] is False and not column["primary"] else []
    said += [f"→ {_quoted(_label(target))}"] if target else []
    comment = f'"{", ".join(said)}"' if said else ""
    return " ".join(part for part in (type_, name, ", ".join(keys), comment) if part)


def _type(text: str) -> str:
    """A type as one word: a comma becomes a hyphen (`numeric(10-2)`), other characters an underscore."""
    first, *others = text.split(",")
    words = [_NOT_IN_A_TYPE.sub("_", part) for part in (first, *others)]
    return "-".join([_begun(words[0], "type"), *words[1:]])


def _word(text: str, instead: str) -> str:
    """A name as one word."""
    return _begun(_NOT_IN_A_WORD.sub("_", text), instead)


def _begun(word: str, instead: str) -> str:
    """The word, so that it begins with a letter and not with what stands for a key."""
    plain = re.match(r"[A-Za-z_\u00c0-\ud7ff]", word) and not _KEY.match(word)
    return word if plain else f"{instead}_{word}"


def _relations(table: TableOutline, names: Mapping[str, str], drawn: Mapping[str, str]) -> Iterator[str]:
    for reference in table["references"]:
        if reference["target"] in drawn:
            yield _relation(reference, drawn[reference["target"]], names[table["object"]])


def _relation(reference: ReferenceOutline, target: str, source: str) -> str:
    one = "|o" if reference["optional"] else "||"
    many = "o|" if reference["single"] else "o{"
    return f'    {target} {one}--{many} {source} : "{_quoted(", ".join(reference["columns"]))}"'
