"""Code that states tables but is no notation of specifications: a question instead of silence."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from todo_db.spec import names, rules
from todo_db.spec.markdown import Fence
from todo_db.spec.source import Source
from todo_db.spec.statements import Notation, Statement

_M = re.MULTILINE
JSON_SCHEMA: Final = "a JSON Schema"
_BODY = r"\{(?P<body>[^{}]*)"
_FIELD = re.compile(r"^[ \t]+(?:readonly\s+)?\w+\??\s*:\s*\S", _M)
_KINDS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (what, re.compile(pattern, _M))
    for what, pattern in (
        (
            "a TypeORM entity",
            r"@Entity\(\s*(?:['\"](?P<named>\w+)['\"])?[^()]{0,80}\)[^{]{0,300}?\bclass\s+(?P<name>\w+)",
        ),
        (
            "a Sequelize model",
            r"\bsequelize\.define\(\s*['\"](?P<name>\w+)['\"]|\b(?P<named>[A-Z]\w*)\.init\(\s*\{",
        ),
        (
            "a Mongoose schema",
            r"\b(?P<name>\w+?)(?:Schema)?\s*(?::[^=\n]{1,80})?=\s*new\s+(?:mongoose\.)?Schema\s*(?:<\w+>)?\(",
        ),
        ("a Drizzle table of another database", r"\b(?:mysql|sqlite)Table\(\s*['\"](?P<name>\w+)['\"]"),
        ("a GORM model", r"^type\s+(?P<name>[A-Z]\w*)\s+struct\s*\{(?=[^{}]*(?:gorm|db|json):\")"),
        ("a migration of Rails", r"\bcreate_table\s*\(?\s*[:\"'](?P<name>\w+)"),
        ("a migration of Laravel", r"\bSchema::create\(\s*['\"](?P<name>\w+)['\"]"),
        ("an Ecto schema", r"^\s*schema\s+\"(?P<name>\w+)\"\s+do\b"),
        ("a JPA entity", r"@Entity\b(?!\()[^{]{0,300}?\bclass\s+(?P<name>\w+)"),
        ("an SQLAlchemy Core table", r"\bTable\(\s*['\"](?P<name>\w+)['\"]\s*,\s*\w*meta\w*"),
        (
            "a TypeScript interface",
            rf"^(?:export\s+)?interface\s+(?P<name>[A-Z]\w*)[^{{\n]{{0,80}}{_BODY}",
        ),
        ("a TypeScript type", rf"^(?:export\s+)?type\s+(?P<name>[A-Z]\w*)\s*=\s*{_BODY}"),
        (
            JSON_SCHEMA,
            r"\A\s*\{(?=[\s\S]*\"properties\"\s*:)(?=[\s\S]*\"type\"\s*:\s*\"(?:object|string|integer)\")"
            r"(?:[\s\S]*?\"title\"\s*:\s*\"(?P<name>\w+)\")?",
        ),
    )
)
_NO_TABLE: Final = re.compile(
    r"(?:Create|Update|Read|Response|Request|Base|Public|Input|Output|Params|Props|State|Context|Config|"
    r"Settings|Token|Login|Register|Error|Service|Repository|Payload|Dto|DTO|Options|Query|Result|Filter|"
    r"Form|Api|API)\w*\Z"
)
_MOST = 200_000  # characters of a fence that are looked at


def read_unread_code(source: Source, stated: Collection[str]) -> Iterator[Statement]:
    """A question for each table in code that is not read. `stated`: keys of the tables (see `names.key`)
    that the document states otherwise."""
    asked: set[str] = set()
    for fence in source.blocks(Fence):
        for what, name, line in _tables(fence):
            above = source.table(fence.context, columns=True)
            label = name or (above.text if above else "")
            known = names.key(label)
            if not label or known in asked or known in stated or _NO_TABLE.search(name):
                continue
            if above and names.key(above.text) in stated:
                continue
            asked.add(known)
            place = source.place(fence.line + line)
            message = f"These lines look like {what}, {label}; not read, and nothing else states it."
            hint = "State it as a table of columns, typed bullets or CREATE TABLE."
            found = rules.finding(rules.CODE_NOT_READ, "table", label, message, (place,), hint=hint)
            yield Statement(None, "finding", found, place, Notation.PROSE)


def _tables(fence: Fence) -> Iterator[tuple[str, str, int]]:
    """What the code looks like, the table's name in it (or none), and the line within the fence, from 0."""
    text = fence.text[:_MOST]
    for what, pattern in _KINDS:
        if what == JSON_SCHEMA and fence.language not in ("json", "jsonc", "json5", "yaml", ""):
            continue
        hits = list(pattern.finditer(text))
        for hit in hits:
            groups = hit.groupdict()
            if (body := groups.get("body")) is not None and len(_FIELD.findall(body)) < 2:
                continue
            named = groups.get("named") or groups.get("name") or ""
            yield what, named, text.count("\n", 0, hit.start())
        if hits:
            return
