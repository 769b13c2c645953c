"""Sentences of fixed kinds: who manages a table, who owns its rows, what happens when a parent is deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from todo_db.spec.document import ReferenceSpec
from todo_db.spec.known import Known
from todo_db.spec.managers import managed_by, manager
from todo_db.spec.markdown import Block, Context, Item, ListBlock, Paragraph, TableBlock, plain
from todo_db.spec.names import bare, key, named
from todo_db.spec.notations.bullets import column_line
from todo_db.spec.sections import reason
from todo_db.spec.source import Source
from todo_db.spec.statements import Fact, Force, Notation, Statement, TableName

_BETTER_AUTH_TABLES = re.compile(
    r"(?i)\b(?:better[\s-]*auth|clerk|supabase|next-?auth)\s+(?:tables?|schema|entities|models)\b"
)
_MANAGES = re.compile(
    r"(?i)\b(?:better[\s-]*auth|clerk|supabase|next-?auth)\W+(?:automatically\s+)?(?:manages|creates|owns|maintains|handles)\s+(?:the\s+)?\W?(?P<table>\w+)\W?"
)
_NOT_A_TABLE = re.compile(
    r"(?i)\b(?:passwords?|credentials?|hash\w*|authentication|auth|logins?|fields?|columns?|migrations?|id|ids|e-?mails?|fks?|keys?|tokens?)\b(?!\s+tables?)"
)
_OWNER = re.compile(
    r"(?i)\bowners?\b|\bwho\s+owns\b|\bowned\s+by\b|\bbelongs\s+to\s+(?:the\s+|a\s+)?user\b|\bpropietari[oa]\b|所有者"
)
_OWNER_LINE = re.compile(
    r"(?i)\A\W*(?:owner(?:ship)?|owned\s+by|owner\s+column)\W*[:：]\s*\W*(?P<said>(?P<column>\w+).*)"
)
_PROBABLE_OWNER = re.compile(r"(?i)\A\W*probable\s+owner\W*[:：]\s*\W*(?P<column>\w+)")
_OWN_POLICIES = re.compile(r"(?i)\A\W*policies\W*[:：]\s*\W*(?:its|their)\s+own\b")
_TENANTS = re.compile(r"(?i)(?:organi[sz]ation|membership)\s*[:：]\s*\w")
_ONE_NAME = re.compile(r"[^\W_]+_\w+\W*\Z")  # a column that is misspelled, and no team's name
_MANAGED_BY = re.compile(r"(?i)\A\W*managed\s+by\W*[:：]\s*(?P<who>[\w .-]+)\Z")
_BELONGS = re.compile(
    r"(?i)\b(?:each|every|an?|all)\s+(?P<table>\w+)\s+(?:rows?\s+|records?\s+)?(?:must\s+)?belongs?\s+to\s+(?:exactly\s+)?(?:one|an?|the)\s+(?:single\s+|specific\s+)?user\b.*?\b(?:via|through|by|using)\s+(?:the\s+|its\s+)?`?(?P<column>\w+)"
)


def read_prose_statements(source: Source, known: Known) -> Iterator[Statement]:
    """Statements of headings, paragraphs and list items."""
    yield from _managed_headings(source, known)
    for text, context, line in _sentences(source):
        if not _TOLD.search(text.lower()):
            continue
        table = known.above(source, context)
        for owner, fact, value, column in _facts(text, table, known):
            force = Force.HINT if fact == "belongs" else Force.SAID
            fact_ = "owner" if fact == "belongs" else fact
            yield Statement(TableName(owner), fact_, value, source.place(line), Notation.PROSE, column, force)
    yield from _descriptions(source, known)


_TOLD = re.compile(
    r"manag|maintain|own|creat|handl|provid|control|administ|gestion|gerenc|propietari|belong|delet|remov|cascad|管理|所有"
)
"""What every sentence that is read here has in it; most have not."""


def _sentences(source: Source) -> list[tuple[str, Context, int]]:
    """Every sentence outside code, with its context and line."""
    return source.once(_every_sentence, source.counted)


def _every_sentence(blocks: Iterable[Block]) -> list[tuple[str, Context, int]]:
    return list(_in_blocks(blocks))


def _in_blocks(blocks: Iterable[Block]) -> Iterator[tuple[str, Context, int]]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield from ((s, block.context, block.line) for s in _split(block.text))
        elif isinstance(block, ListBlock):
            yield from ((s, block.context, n) for t, n in _items(block.items) for s in _split(t))
        elif isinstance(block, TableBlock):
            for row in block.rows if len(block.header.cells) < 4 else ():
                yield from ((s, _NOWHERE, row.line) for c in row.cells for s in _split(c))


def _items(items: Iterable[Item]) -> Iterator[tuple[str, int]]:
    for item in items:
        if column_line(item.text) is None:
            yield item.text, item.line
        yield from _items(item.children)


_NOWHERE = Context()
_END = re.compile(r"(?<=[.!?;])\s+")


def _split(text: str) -> list[str]:
    return [s for s in _END.split(plain(text)) if s]


def _facts(text: str, table: str | None, known: Known) -> Iterator[tuple[str, str, object, str]]:
    if managed := _managed(text, table, known):
        yield managed[0], "managed_by", managed[1], ""
    if table and (found := _MANAGED_BY.match(text)):
        who = manager(found["who"]) or (found["who"] if "-" in found["who"] else None)
        if who:
            yield table, "managed_by", who, ""
    yield from _owner(text, table, known) if table else ()
    if belongs := _BELONGS.search(text):
        owned = known.table(belongs["table"])
        column = known.column(owned, belongs["column"])
        if owned and column:
            yield owned, "belongs", column, ""
    for child, parent, rule in deletions(text, known):
        yield child, "on_delete_to", (parent, rule), ""


def _owner(text: str, table: str, known: Known) -> Iterator[tuple[str, str, object, str]]:
    """What a line of its own says of a table's owner and policies."""
    if owner := _OWNER_LINE.match(text):
        column = known.column(table, owner["column"])
        if column or owner["column"].lower() in ("none", "shared"):
            yield table, "owner", column, ""
        elif _TENANTS.match(owner["said"]) or _ONE_NAME.match(owner["said"]):
            yield table, "owner", owner["said"], ""
        elif who := manager(text):
            yield table, "managed_by", who, ""
    if _OWN_POLICIES.match(text):
        yield table, "policy_of", True, ""
    if probable := _PROBABLE_OWNER.match(text):
        column = known.column(table, probable["column"])
        if column or probable["column"].lower() in ("none", "shared"):
            yield table, "belongs", column, ""


def _managed(text: str, table: str | None, known: Known) -> tuple[str, str] | None:
    """The table that a sentence calls managed by somebody else, and who that is."""
    if (found := _MANAGES.search(text)) and (owned := known.table(found["table"])):
        return owned, manager(found.group()) or ""
    who = managed_by(text)
    if who is None:
        return None
    position = re.search(
        r"(?i)\b(?:managed|maintained|owned|created|handled|provided|controlled|administered)\b|管理", text
    )
    before = text[: position.start()] if position else ""
    if named := re.search(r"(?<!\w)(\w+)\.(\w+)`?\s*\(\s*\Z", before):  # `auth.users (managed by …)`
        owned = known.table(named.group(2)) if known.table(named.group(1)) is None else None
        return (owned, who) if owned else None
    mentioned = known.tables_in(re.split(r"(?i)[;,]|\bwhile\b|\bbut\b", before)[-1])
    if mentioned and not re.search(r"(?i)\bpasswords?\b", before):
        return mentioned[-1], who
    subject = re.match(r"(?i).*?\b(?:is|are|will\s+be|gets?)\b", before)
    if table is None or (subject and "(" not in before and _NOT_A_TABLE.search(subject.group())):
        return None
    return table, who


def _managed_headings(source: Source, known: Known) -> Iterator[Statement]:
    seen: set[str] = set()
    previous: Context | None = None
    for block in source.counted:
        if block.context is previous:
            continue
        previous = block.context
        headings = block.context.headings
        who = next(
            (
                w
                for h in headings
                if (
                    w := managed_by(h.text)
                    or (manager(h.text) if _BETTER_AUTH_TABLES.search(h.text) else None)
                )
            ),
            None,
        )
        if who is None:
            continue
        own = next(h for h in headings if managed_by(h.text) or _BETTER_AUTH_TABLES.search(h.text))
        below = Context(headings[headings.index(own) :])
        table = known.above(source, below)
        if table and table not in seen:
            seen.add(table)
            yield Statement(TableName(table), "managed_by", who, source.place(own.line), Notation.PROSE)


_TABLE_OF = re.compile(
    r"(?i)`(?P<code>\w+)`\s+tables?\b|\b(?P<word>[a-z_]\w*)\s+table\b|\*\*`?(?P<bold>\w+)`?\*\*\s*[:(]"
)


def read_external_tables(source: Source, stated: Iterable[Statement]) -> Iterator[Statement]:
    """Tables that a document only names as managed by somebody else, without their columns."""
    targets = {key(s.value.table) for s in stated if isinstance(s.value, ReferenceSpec) and s.value.table}
    for heading in source.document.headings:
        name = named(heading.raw) or bare(heading.raw)
        who = managed_by(heading.text)
        if name and who and reason(heading) is None and (name.literal or named(heading.raw)):
            yield Statement(name, "external", who, source.place(heading.line), Notation.PROSE)
    for text, _, line in _sentences(source):
        if not _TOLD.search(text.lower()):
            continue
        found = _TABLE_OF.search(text)
        word = next((w for w in found.groupdict().values() if w), "") if found else ""
        if word and key(word) in targets and (managed_by(text) or _MANAGES.search(text)):
            yield Statement(TableName(word), "external", managed_by(text), source.place(line), Notation.PROSE)


# ---- what a delete does --------------------------------------------------------------------------

_HEDGED = re.compile(
    r"(?i)\b(?:not|never|no|without|optional(?:ly)?|likely|could|may|might|consider\w*|future|needed|manual(?:ly)?|soft|define|assume\w*|later|unless|n't|prevent\w*|restrict\w*|if\s+(?:on\s+delete|cascad\w+|configured|enabled|set))\b"
)
_PARENT = re.compile(
    r"(?i)\b(?:when|if|once|whenever)\s+(?:an?\s+|the\s+)?(?P<a>\w+)\s+(?:account\s+|record\s+|row\s+)?(?:is|are|gets)\s+(?:deleted|removed)"
    r"|\bdelet(?:ing|ion\s+of)\s+(?:an?\s+|the\s+)?(?P<b>\w+)|\bon\s+(?P<c>\w+)\s+(?:removal|deletion)|\bcascade\s+delete\s+(?:from\s+)?(?P<d>\w+)\s+(?:to|→)"
)


def deletions(text: str, known: Known) -> list[tuple[str, str, str]]:
    """What a sentence says about deleting: (child, parent, rule) for every child that it names."""
    if not re.search(r"(?i)delet|remov|cascad", text) or _HEDGED.search(
        re.sub(r"(?i)set\s+(?:to\s+)?null|not\s+null|orphan\w*", "", text)
    ):
        return []
    found = _PARENT.search(text)
    parent = known.table(next(w for w in found.groupdict().values() if w)) if found else None
    if parent is None or not found:
        return []
    rest = text[: found.start()] + " " + text[found.end() :]
    nulled = re.search(r"(?i)set\s+(?:\w+\s+){0,3}(?:to\s+)?null", rest)
    if not nulled and not re.search(r"(?i)cascad|delet|remov", rest):
        return []
    rule = "set null" if nulled else "cascade"
    return [(child, parent, rule) for child in known.tables_in(rest) if child != parent]


# ---- descriptions and targets --------------------------------------------------------------------

_DESCRIPTION = re.compile(r"(?i)\A(?:description|purpose|descripción|説明)\s*[:：]\s*(?P<text>.+)")


def _descriptions(source: Source, known: Known) -> Iterator[Statement]:
    """The first paragraph below the heading that names a table describes it."""
    done: set[str] = set()
    previous: tuple[str, int] | None = None
    for block in source.counted:
        if not isinstance(block, Paragraph) or not block.context.headings:
            continue
        heading = block.context.headings[-1]
        name = named(heading.raw) or bare(heading.raw) if heading.level < 7 else None
        table = known.named(name)
        text = plain(block.text)
        if table is None or not text:
            continue
        if table in done:
            if previous == (table, block.line - 1) and not re.match(r"\*\*|\w+:", block.text):
                previous = (table, block.line)
            continue
        found = _DESCRIPTION.match(text)
        if re.match(r"(?i)[\w ]{1,20}[:：]", text) and not found:
            continue
        if re.fullmatch(r"[a-z_]\w*(?:\s*,\s*[a-z_]\w*)+", text):
            continue  # the columns
        done.add(table)
        previous = (table, block.line)
        yield Statement(
            TableName(table),
            "table_description",
            found["text"] if found else text,
            source.place(block.line),
            Notation.PROSE,
        )


_USER_COLUMN = re.compile(r"(?i)user|owner|account|author|tenant|usuario")


def from_descriptions(statements: Iterable[Statement], known: Known) -> Iterator[Statement]:
    """What the description of a column adds: its owner role, and the table that an unnamed target means."""
    listed = list(statements)
    open_keys = {
        (known.named(s.table), s.column.lower())
        for s in listed
        if s.fact == "references" and isinstance(s.value, ReferenceSpec) and not s.value.table
    }
    keys = {(known.named(s.table), s.column.lower()) for s in listed if s.fact == "references"}
    for statement in listed:
        if statement.fact != "description" or not isinstance(statement.value, str):
            continue
        table = known.named(statement.table)
        if table is None:
            continue
        refers = (table, statement.column.lower()) in keys or _USER_COLUMN.search(statement.column)
        if _OWNER.search(statement.value) and refers:
            yield _hint(statement, Fact("owner", statement.column), column="")
        if (table, statement.column.lower()) in open_keys:
            others = [t for t in known.tables_in(statement.value) if t != table]
            if len(others) == 1:
                yield _hint(statement, Fact("references", ReferenceSpec(table=others[0])))


def _hint(statement: Statement, fact: Fact, column: str | None = None) -> Statement:
    return Statement(
        statement.table,
        fact.name,
        fact.value,
        statement.place,
        statement.notation,
        statement.column if column is None else column,
        Force.HINT,
    )
