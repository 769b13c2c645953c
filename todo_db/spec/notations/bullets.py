"""Lists with one item per column: typed, description-first, nested, or one heading per field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from todo_db.spec import names, types
from todo_db.spec.columns import IDENTIFIER, finish
from todo_db.spec.constraints import IDENT, read, read_prose, unmarked
from todo_db.spec.defaults import default
from todo_db.spec.markdown import LABEL_LEVEL, Item, ListBlock, plain
from todo_db.spec.source import Source, unplaced
from todo_db.spec.statements import Fact, Notation, Statement, TableName, about_column
from todo_db.spec.topics import Topic, topic_of


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """What one item says about a column."""

    name: str
    reading: types.TypeReading | None
    facts: tuple[Fact, ...]
    description: str
    also: tuple[str, ...] = ()  # further columns of which the line says the same

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.also)

    def finished(self, name: str = "") -> list[Fact]:
        """What the line states about its column, or about one of those beside it."""
        return finish(name or self.name, self.reading, self.facts, self.description)


_ITEM = re.compile(
    r"""\A(?:\[[ xX]\]\s*)?(?P<name>[^\W\d]\w*)\s*[?*]?
    (?:\s*\((?P<aside>(?:[^()]|\([^()]*\))*)\))?
    \s*(?P<sep>[:：]|\s[-–—=]\s|\s[-–—]|→|\Z|(?=\s))\s*(?P<rest>.*)\Z""",
    re.VERBOSE | re.DOTALL,
)
_DASH = re.compile(r"\s+[-–—]+\s+|\s*//\s*|\s+#\s+")
_PARENTHESES = re.compile(r"\(((?:[^()]|\([^()]*\))*)\)")
_AMBIGUOUS = frozenset(
    {
        "date",
        "time",
        "text",
        "number",
        "object",
        "list",
        "array",
        "path",
        "point",
        "box",
        "line",
        "circle",
        "interval",
        "long",
        "real",
        "money",
        "bit",
        "char",
        "character",
        "float",
        "json",
        "num",
        "dict",
        "data",
        "polygon",
        "vector",
        "enum",
        "bytes",
        "binary",
        "double",
        "timestamp",
        "datetime",
        "boolean",
        "fecha",
        "hora",
        "texto",
    }
)


_CONSTRAINT = re.compile(
    r"\W*(?:(?:UNIQUE |PLAIN )?INDEX|PRIMARY KEY|FOREIGN KEY|UNIQUE|CHECK|CONSTRAINT|EXCLUDE)\b(?! ?:)"
)
_CALL = re.compile(
    r"\W*[^\W\d]\w*(?:\(\)|\((?:[^()]|\([^()]*\))*\)[`*_]*\s*(?:→|->|=>))"
)  # `find(name: str) → Task`, `all()`: what a class does
_OWN_TYPE = re.compile(r"[^:：]*[:：]\W*`(?P<type>[A-Z]\w*[a-z]\w*)`\s*(?:\Z|[-–—(,;])")


def column_line(text: str) -> ColumnLine | None:
    """A line such as `id: uuid (primary key) - the task's id`, or None where no typed column is described."""
    if _CONSTRAINT.match(text) or _CALL.match(text):
        return None
    if several := _MANY.match(unmarked(text).lstrip("•*-· ")):
        return _together(several)
    code = bool(re.match(r"\W*`", text))
    found = _ITEM.match(unmarked(text).lstrip("•*-· "))
    if not found or (names.is_generic(found["name"]) and not code and found["name"] != found["name"].lower()):
        return None
    name, rest = found["name"], found["rest"].strip()
    aside = found["aside"] or ""
    if found["sep"].strip() or not rest:
        line = _typed(name, aside, rest) or _in_aside(name, aside, rest)
        others = re.search(
            r":[^(]{0,120}`[\w./]{1,120}`\s*\(", text
        )  # what stands in parentheses is said of another one
        return line or _own_typed(name, aside, text) or (None if others else _described(name, aside, rest))
    if aside:
        return _in_aside(name, aside, rest)
    return _typed(name, aside, rest) if _bare_type(name, rest, code) else None


_MANY = re.compile(
    r"(?P<names>[^\W\d]\w*(?:\s*[,/&]\s*[^\W\d]\w*)+)\s*(?P<rest>[:：]\s*\S.*|\((?:[^()]|\([^()]*\))*\).*)\Z",
    re.DOTALL,
)


def _together(several: re.Match[str]) -> ColumnLine | None:
    """`created_at, updated_at: timestamptz`."""
    name, *also = re.split(r"\s*[,/&]\s*", several["names"])
    line = column_line(f"{name} {several['rest']}")
    return replace(line, also=tuple(also)) if line and line.reading and line.name == name else None


def _bare_type(name: str, rest: str, code: bool) -> bool:
    """`id UUID PRIMARY KEY`: without a separator only what can be no sentence counts."""
    word = re.match(r"\w+", rest)
    if not word or name != name.lower() or not types.take(rest):
        return False
    return code or word.group().isupper()


def _typed(name: str, aside: str, rest: str) -> ColumnLine | None:
    """`name: TYPE …`, and `name: optional TYPE …`."""
    lead = _LEADING.match(rest)
    taken = types.take(rest[lead.end() :] if lead else rest)
    if taken is None:
        return None
    reading, tail = taken
    if lead and not _stands_alone(tail):
        return None
    word = re.match(r"\w+", rest[lead.end() :] if lead else rest)
    if word and word.group().lower() in _AMBIGUOUS and not _stands_alone(tail):
        return None
    facts, description = _tail(tail)
    stated = read(lead.group()) if lead else []
    return ColumnLine(name, reading, (*read(aside), *stated, *facts), description)


def _own_typed(name: str, aside: str, text: str) -> ColumnLine | None:
    """`status: `TaskStatus` - …`: a type that the document defines elsewhere."""
    found = _OWN_TYPE.match(text)
    if not found:
        return None
    facts, description = _tail(f" {unmarked(text[found.end('type') + 1 :])}")
    return ColumnLine(name, types.TypeReading(found["type"]), (*read(aside), *facts), description)


_LEADING = re.compile(r"(?i)(?:optional|nullable|required|mandatory|non-null(?:able)?)\s+(?=[a-z])")


def _stands_alone(tail: str) -> bool:
    """Whether what follows a word shows that the word was a type, not the beginning of a sentence."""
    text = tail.strip()
    if not text or re.match(
        r"[(,;|.=–—\[<-]|//|#|:|with\s+(?:an?\s+)?(?:server_?)?(?:default|on_?update)\b", text, re.I
    ):
        return True
    return bool(read(re.split(r"[,;(]", text)[0])) and bool(_CONSTRAINT_START.match(text))


_CONSTRAINT_START = re.compile(
    r"(?i)(?:primary|foreign|not\b|null|unique|default|references|pk\b|fk\b|auto|check|required|optional|index|generated|"
    r"with|without|collate|constraint|on\b|→|->)"
)


def _tail(tail: str) -> tuple[list[Fact], str]:
    """What follows a type: constraints, and behind a dash the description, which may state some too."""
    head, dash, description = _cut(tail)
    if assigned := re.match(r"\s*=\s*(?P<value>[\w.'\"()\[\]{}-]+)", head):  # `done: bool = False`: Python's
        value = assigned["value"]
        own = [] if value in ("None", "...") else [Fact("default", value)]
        return own + read(head[assigned.end() :]) + read_prose(description), plain(description)
    text = head.strip().lstrip(",;:").strip()
    if text.startswith("(") or _CONSTRAINT_START.match(text):
        inside = _PARENTHESES.match(text)
        if inside and inside.end() < len(text):
            remainder = text[inside.end() :].strip(" ,;:-–—")
            facts = read(inside.group(1)) + (
                read(remainder) if _CONSTRAINT_START.match(remainder) else read_prose(remainder)
            )
            description = description or remainder
        else:
            facts = read(text[1:-1] if inside else text)
    else:
        facts = read_prose(text)
        description = description or text
    return _without_repeats(facts + read_prose(description)) if dash else facts, plain(description)


def _without_repeats(facts: list[Fact]) -> list[Fact]:
    """The first statement of each fact; an unknown target gives way to a known one."""
    seen: dict[str, Fact] = {}
    for fact in facts:
        if fact.name not in seen or (
            fact.name == "references" and not getattr(seen[fact.name].value, "table", "x")
        ):
            seen[fact.name] = fact
    return list(seen.values())


def _cut(text: str) -> tuple[str, bool, str]:
    """Split at the first dash outside parentheses and quotes."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth <= 0 and character in " /#" and (found := _DASH.match(text, position)):
            return text[:position], True, text[found.end() :].strip()
    return text, False, ""


def _in_aside(name: str, aside: str, rest: str) -> ColumnLine | None:
    """`name (TYPE, constraints): description`."""
    taken = _type_among(aside)
    if taken is None:
        return None
    reading, remainder = taken
    return ColumnLine(name, reading, tuple(_without_repeats(read(remainder) + read_prose(rest))), plain(rest))


def _type_among(text: str) -> tuple[types.TypeReading, str] | None:
    """The type among the parts of a list in parentheses, and the other parts."""
    parts = _split(text)
    for position, part in enumerate(parts):
        taken = types.take(part)
        if taken and (_stands_alone(taken[1]) or _all_facts(taken[1])):
            return taken[0], ", ".join([*parts[:position], taken[1].strip(), *parts[position + 1 :]])
    return None


def _all_facts(text: str) -> bool:
    return bool(read(text))


def _split(text: str) -> list[str]:
    """Split at commas outside parentheses and quotes."""
    return [
        p.strip()
        for p in re.findall(r"(?:[^,;()'\"]|\([^()]*\)|'[^']*'|\"[^\"]*\"|['\"()])+", text)
        if p.strip()
    ]


def _described(name: str, aside: str, rest: str) -> ColumnLine | None:
    """`name: description (TYPE), constraints`, or a list with the type anywhere in it."""
    for group in _PARENTHESES.finditer(rest):
        if taken := _type_among(group.group(1)):
            before, after = rest[: group.start()].strip(), rest[group.end() :].strip(" ,;-–—")
            facts = read(aside) + read_prose(before) + read(taken[1]) + read_prose(after)
            return ColumnLine(name, taken[0], tuple(_without_repeats(facts)), plain(rest))
    parts = _split(rest)
    for position, part in enumerate(parts):
        if (reading := types.read(part)) and len(parts) > 1:
            others = ", ".join(parts[:position] + parts[position + 1 :])
            return ColumnLine(name, reading, tuple(read(aside) + read_prose(others)), plain(rest))
    return None


_KEYS = {
    "type": "type",
    "data type": "type",
    "tipo": "type",
    "datatype": "type",
    "型": "type",
    "constraints": "constraints",
    "constraint": "constraints",
    "restricciones": "constraints",
    "attributes": "constraints",
    "nullable": "nullable",
    "null": "nullable",
    "required": "required",
    "optional": "nullable",
    "default": "default",
    "default value": "default",
    "unique": "unique",
    "indexed": "index",
    "index": "index",
    "primary key": "primary_key",
    "foreign key": "references",
    "references": "references",
    "fk": "references",
    "description": "description",
    "purpose": "description",
    "max length": "max_length",
    "on delete": "on_delete",
}
_KEYED = re.compile(r"\A(?P<key>[\w ]{2,20}?)\s*[:：]\s*(?P<value>.*)\Z", re.DOTALL)


def _keyed(items: Iterable[Item]) -> tuple[types.TypeReading | None, list[Fact], str]:
    """Facts from items such as `Type: UUID`, `Constraints: NOT NULL`, or from items that are facts
    themselves."""
    reading: types.TypeReading | None = None
    facts: list[Fact] = []
    description = ""
    for item in items:
        text = unmarked(item.text)
        found = _KEYED.match(text)
        role = _KEYS.get(found["key"].lower()) if found else None
        value = found["value"] if found else ""
        if role == "type" and (taken := types.take(value)):
            reading = taken[0]
            facts += read(taken[1])
        elif role == "description":
            description = plain(value)
        elif role:
            facts += _keyed_facts(role, value)
        elif reading is None and types.read(text):
            reading = types.read(text)
        else:
            facts += read_prose(text)
    return reading, facts, description


def _keyed_facts(role: str, value: str) -> list[Fact]:  # noqa: PLR0911 - one per key
    yes = not re.match(r"(?i)no\b|false|✗|❌", value)
    if role == "constraints":
        return read(value)
    if role in ("nullable", "required"):
        return [Fact("nullable", yes if role == "nullable" else not yes)]
    if role == "default":
        return default(re.sub(r"\s+\(.*\)\Z", "", value))
    if role in ("unique", "index", "primary_key"):
        return [Fact(role, True)] if yes else []
    if role == "references":
        return read(f"references {value}") if yes else []
    if role == "on_delete":
        return read(f"on delete {value}")
    return read(f"max {value}")


def read_bullets(source: Source) -> Iterator[Statement]:
    """Statements of every list of columns in the document."""
    for block in source.blocks(ListBlock):
        field = _field_heading(source, block)
        if field is not None:
            owner, name = field
            reading, facts, description = _keyed(block.items)
            yield from _column(
                source, owner, ColumnLine(name, reading, tuple(facts), description), block.line
            )
            continue
        if not _is_about_constraints(block):
            about = _is_typed(block.items) or _lists_columns(block, block.items)
            table = source.table(block.context, columns=about)
            yield from _list(source, block.items, table, block)


_COLUMN_WORDS = re.compile(
    r"(?i)\b(?:fields?|columns?|attributes?|schema|structure|definition|campos|columnas)\b"
)
_OTHER_TOPICS = {
    Topic.INDEXES,
    Topic.CHECKS,
    Topic.UNIQUES,
    Topic.FOREIGN_KEYS,
    Topic.NOT_NULL,
    Topic.DEFAULTS,
    Topic.PRIMARY_KEYS,
    Topic.ENUMS,
}


def _is_about_constraints(block: ListBlock) -> bool:
    """Whether the heading directly above a list announces indexes or constraints, not columns."""
    heading = next(block.context.innermost_first(), None)
    if heading is None or _COLUMN_WORDS.search(heading.text) or names.named(heading.raw):
        return False
    return topic_of(heading.text) in _OTHER_TOPICS


def _field_heading(source: Source, block: ListBlock) -> tuple[TableName, str] | None:
    """The column that the heading of a list names, where the list says `Type: …`."""
    if not block.context.headings or not any(_says_type(i) for i in block.items):
        return None
    heading = block.context.headings[-1]
    name = plain(re.sub(r"\s*\([^()]*\)\Z", "", names.tidy(heading.raw or heading.text)))
    above = type(block.context)(block.context.headings[:-1])
    table = source.table(above, columns=True)
    return (table, name) if table and IDENTIFIER.match(name) and not names.named(heading.raw) else None


def _says_type(item: Item) -> bool:
    found = _KEYED.match(unmarked(item.text))
    return bool(found and _KEYS.get(found["key"].lower()) == "type" and types.take(found["value"]))


def _is_typed(items: Iterable[Item]) -> bool:
    """Whether a list describes columns: at least half of its items, or their children, state a type."""
    listed = list(items)
    typed = sum(1 for i in listed if _line(i) is not None)
    return typed * 2 >= len(listed) and typed > 0


def _line(item: Item) -> ColumnLine | None:
    """The column that an item describes, with what its children add."""
    line = column_line(item.text)
    if line is None and any(_says_type(c) or types.read(unmarked(c.text)) for c in item.children):
        found = re.match(
            r"(?P<name>[^\W\d]\w*)\s*(?:\((?P<aside>[^()]*)\))?\s*:?\s*(?P<rest>[-–—]?.*)\Z",
            unmarked(item.text),
        )
        if found is None or (found["rest"] and not re.match(r"[-–—:]", found["rest"])):
            return None
        reading, facts, description = _keyed(item.children)
        return ColumnLine(found["name"], reading, (*read(found["aside"] or ""), *facts), description)
    if line and item.children:
        _, more, _ = _keyed(item.children)
        kept = {f.name for f in line.facts}
        return replace(line, facts=(*line.facts, *(f for f in more if f.name not in kept)))
    return line


_FIELDS = re.compile(
    r"(?i)\W*(?:(?:table|key|core|main|all)\s+)?(?:fields?|columns?|attributes?|campos|columnas|カラム)\W*\Z"
)


def _list(
    source: Source, items: tuple[Item, ...], table: TableName | None, block: ListBlock
) -> Iterator[Statement]:
    nested = [i for i in items if i.children and _line(i) is None and _is_typed(i.children)]
    if table and nested and _is_typed([i for i in items if i not in nested]):
        items = tuple(replace(i, children=()) if i in nested else i for i in items)  # parts of a value
        nested = []
    for item in nested:
        generic = names.is_generic(plain(item.text).rstrip(":"))
        inner = table if generic else names.named(item.text) or names.bare(_head(item.text)) or table
        yield from _list(source, item.children, inner, block)
    within = {id(i) for i in nested}
    rest = tuple(i for i in items if id(i) not in within)
    if not rest or _are_settings(rest):
        return
    if _is_typed(rest):
        owner = table or (unplaced(block.line) if len(rest) > 1 else None)
        for item in rest:
            if owner and (line := _line(item) or _pointing(item) or _untyped(item)):
                yield from _column(source, owner, line, item.line)
    elif table and (_announced(block) or _lists_columns(block, rest)):
        lines = [(_line(i) or _pointing(i) or _untyped(i), i.line) for i in rest]
        for line, number in lines if all(line for line, _ in lines) else []:
            if line:
                yield from _column(source, table, line, number)


def _are_settings(items: tuple[Item, ...]) -> bool:
    """Whether a list describes variables of the environment: capitals throughout, and no key."""
    called = [line.name for item in items if (line := _line(item))]
    loud = [n for n in called if n == n.upper() and "_" in n and not n.endswith("ID")]
    return len(loud) == len(called) > 1


def _head(text: str) -> str:
    """An item's name: what stands before a colon, a dash or a remark."""
    return re.split(r"\s*[:：(]|\s[-–—]\s", text, maxsplit=1)[0]


def _announced(block: ListBlock) -> bool:
    """Whether a label such as `Columns:` says that the items are columns."""
    return bool(block.context.headings and _FIELDS.match(names.tidy(block.context.headings[-1].text)))


def _lists_columns(block: ListBlock, items: tuple[Item, ...]) -> bool:
    """Whether a list directly below a table's own heading holds its columns, without types."""
    return _is_plain_list(block, items) or _is_described(block, items)


def _is_plain_list(block: ListBlock, items: tuple[Item, ...]) -> bool:
    """Whether a list directly below a table's own heading holds nothing but names of columns."""
    heading = next(block.context.innermost_first(), None)
    if heading is None or not (names.named(heading.raw) or names.bare(heading.raw)):
        return False
    listed = [re.fullmatch(r"([a-z_]\w*)(?:\s*\(([^()]*)\))?", unmarked(i.text)) for i in items]
    named = [found[1] for found in listed if found]
    return "id" in named and len(named) == len(listed) > 1


_DESCRIBED = re.compile(r"(?P<name>[a-z_]\w*)\s*(?:\([^()]*\)\s*)?(?:[:：]|\s[-–—])\s+\S")


def _is_described(block: ListBlock, items: tuple[Item, ...]) -> bool:
    """Whether a list below a table's own heading describes its columns, `id` among them, without types:
    `id: the key`."""
    labels = [h for h in block.context.headings if h.level == LABEL_LEVEL]
    heading = next((h for h in block.context.innermost_first() if h not in labels), None)
    if heading is None or not (names.named(heading.raw) or names.bare(heading.raw)):
        return False
    if any(topic_of(label.text) for label in labels):
        return False
    found = [_DESCRIBED.match(unmarked(i.text)) for i in items]
    return len(found) > 1 and all(found) and "id" in [f["name"] for f in found if f]


_POINTS = re.compile(
    rf"(?P<name>[a-z_]\w*)\s*(?:->|→|=>)\s*(?P<target>{IDENT}\.{IDENT})\s*(?:\((?P<aside>[^()]*)\))?\s*\Z"
)
_SEVERAL = re.compile(r"`[a-z_]\w*`(?:\s*,\s*`[a-z_]\w*`)+")


def _pointing(item: Item) -> ColumnLine | None:
    """`user_id -> users.id (nullable)`, or several names and nothing else."""
    if _SEVERAL.fullmatch(item.text.strip()):
        first, *others = re.findall(r"\w+", item.text)
        return ColumnLine(first, None, (), "", also=tuple(others))
    if found := _POINTS.match(unmarked(item.text)):
        facts = read(f"references {found['target']}") + read_prose(found["aside"] or "")
        return ColumnLine(found["name"], None, tuple(facts), plain(found["aside"] or ""))
    return None


def _untyped(item: Item) -> ColumnLine | None:
    """A column whose type is not said."""
    found = None if _CALL.match(item.text) else _ITEM.match(unmarked(item.text))
    if not found or not IDENTIFIER.match(found["name"]):
        return None
    if names.is_generic(found["name"]) and found["name"] != found["name"].lower():
        return None
    if not found["sep"].strip() and found["rest"]:
        return None
    facts = read(found["aside"] or "") + read_prose(found["rest"])
    return ColumnLine(found["name"], None, tuple(facts), plain(found["rest"]))


def _column(source: Source, table: TableName, line: ColumnLine, number: int) -> list[Statement]:
    return [
        statement
        for name in line.names
        for statement in about_column(
            table, name, line.finished(name), source.place(number), Notation.BULLETS
        )
    ]
