"""Lists of constraints: keys, uniques, NOT NULL, checks and defaults, as SQL or in sentences of fixed
kinds."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import replace

from todo_db.spec import types
from todo_db.spec.checkwords import sql_check, worded_check
from todo_db.spec.constraints import read, unmarked
from todo_db.spec.defaults import default
from todo_db.spec.document import (
    UNSAID,
    CheckSpec,
    IndexSpec,
    PrimaryKeySpec,
    ReferenceSpec,
    UniqueSpec,
    Unsaid,
)
from todo_db.spec.entries import in_parentheses, listed
from todo_db.spec.known import Known
from todo_db.spec.markdown import Item, ListBlock, Paragraph
from todo_db.spec.notations.bullets import column_line
from todo_db.spec.notations.foreignkeys import NOT_ENFORCED, ListItem, cascade_item, foreign_keys
from todo_db.spec.notations.house import is_house_item
from todo_db.spec.notations.indexlists import read_index_item
from todo_db.spec.notations.sql import read_sql_text
from todo_db.spec.sections import reason
from todo_db.spec.source import Source
from todo_db.spec.statements import Fact, Notation, Statement, TableName
from todo_db.spec.topics import Topic, topic, topic_of
from todo_db.spec.valuelists import values_in, without_values

_LISTS = {
    Topic.CONSTRAINTS,
    Topic.FOREIGN_KEYS,
    Topic.PRIMARY_KEYS,
    Topic.UNIQUES,
    Topic.NOT_NULL,
    Topic.CHECKS,
    Topic.DEFAULTS,
    Topic.RELATIONSHIPS,
}
_LEAD_KINDS = (
    (
        re.compile(r"(?i)\A(?:composite\s+)?primary\s+keys?(?:\s+constraint)?\s*(?:[:：]|on|is)\s*"),
        Topic.PRIMARY_KEYS,
    ),
    (re.compile(r"(?i)\A(?:primary\s+key\s+constraint)\s+on\s+"), Topic.PRIMARY_KEYS),
    (
        re.compile(r"(?i)\A(?:foreign\s+keys?|fk)(?:\s+constraint)?\s*(?:[:：]|on|(?=\s[\w\"]))\s*"),
        Topic.FOREIGN_KEYS,
    ),
    (
        re.compile(r"(?i)\A(?:composite\s+)?unique(?:\s+(?:constraint|key))?\s*(?:[:：]|on|(?=\s*\())\s*"),
        Topic.UNIQUES,
    ),
    (
        re.compile(
            r"(?i)\A(?:not[\s-]null|required(?:\s+fields?)?)(?:\s+(?:field\s+)?(?:constraints?|columns?|fields?))?\s*(?:[:：]|on)\s*"
        ),
        Topic.NOT_NULL,
    ),
    (re.compile(r"(?i)\Acheck(?:\s+constraints?)?\s*(?:[:：]|on)\s*"), Topic.CHECKS),
    (re.compile(r"(?i)\A(?:default(?:s|\s+values?)?)\s*[:：]\s*"), Topic.DEFAULTS),
    (re.compile(r"(?i)\A(?:(?:composite|unique)\s+)?index(?:es)?\s*(?:[:：]|on)\s*"), Topic.INDEXES),
)
_PARTIAL = re.compile(
    r"(?is)\A(?:partial\s+)?(?:unique(?:\s+(?:index|constraint))?\s*[:：]?\s*(?:unique\s*)?)?"
    r"(?P<columns>\([^()]*\))\s*where\s+(?P<where>[^.;]+(?:[<>=]|\bis\b|\bin\b|\bnot\b)[^.;]*)[.;]?\Z"
)
_SQL = re.compile(
    r"(?i)\A(?:constraint\s+[\w\"]+\s+)?(?:primary\s+key\s*\(|foreign\s+key\s*\([^()]*\)\s*references|unique\s*(?:nulls\s+not\s+distinct\s*)?\(|check\s*\(|exclude\s+using)"
)
_CONSTRAINT_NAME = re.compile(
    r"\A(?P<name>(?:fk|uq|ck|chk|pk|check|unique|uix|uk|ux|valid|constraint)_\w+|\w+_(?:fkey|fk|check|chk|key|pkey|uq|unique|uk|pk))\b\s*[:：\-–—]+\s*(?P<rest>.*)\Z",
    re.IGNORECASE | re.DOTALL,
)
_CONDITIONAL = re.compile(r"(?i)\b(?:when|if|unless|only\s+if|while)\b")


def read_constraint_lists(source: Source, known: Known) -> Iterator[Statement]:
    """Statements of every list of constraints, and of headings that state a foreign key."""
    for block in source.blocks(ListBlock):
        subject = topic(block.context)
        table = known.above(source, block.context)
        if subject is None and table:
            yield from _among_columns(block, table, known, source)
        if subject not in _LISTS or subject is None:
            continue
        denied = any(NOT_ENFORCED.search(h.text) for h in block.context.headings[-1:])
        made = yield from _list(block.items, table, subject, known, source, denied=denied)
        if made and subject is Topic.CONSTRAINTS and table:
            place = source.place(block.line)
            yield Statement(TableName(table), "lists_constraints", True, place, Notation.LIST)
    yield from _paragraphs(source, known)
    for heading in source.document.headings:
        if reason(heading) is not None:
            continue
        if topic_of(heading.text) in (Topic.FOREIGN_KEYS, Topic.RELATIONSHIPS) or "→" in heading.text:
            item = ListItem(
                unmarked(heading.text), None, Topic.FOREIGN_KEYS, source.place(heading.line), known
            )
            yield from foreign_keys(item)


_SQL_ITEM = re.compile(
    r"\A(?:(?:UNIQUE\s+)?INDEX\b[^()]*\(|PRIMARY KEY\s*\(|FOREIGN KEY\s*\(|UNIQUE\s*\(|CHECK\s*\()"
)


_LED_ITEM = re.compile(
    r"(?i)\A(?:composite\s+)?(?:unique(?:\s+(?:constraint|index|key))?|primary\s+key|foreign\s+key|index|check(?:\s+constraint)?)"
    r"\s*[:：]\s*\S"
)


def _among_columns(block: ListBlock, table: str, known: Known, source: Source) -> Iterator[Statement]:
    """`UNIQUE (a, b)` and the like as items of the list of columns."""
    for item in block.items:
        text = unmarked(item.text)
        if is_house_item(item):
            continue
        if _LED_ITEM.match(text) and column_line(text) is None:
            yield from _list((item,), table, Topic.CONSTRAINTS, known, source, denied=False)
        elif _SQL_ITEM.match(text):
            if "INDEX" in text.partition("(")[0]:
                yield from read_index_item(item, table, known, source.place(item.line))
            else:
                yield from _list((item,), table, Topic.CONSTRAINTS, known, source, denied=False)


_INLINE = re.compile(
    r"(?i)\A\W*(?P<kind>relationships?|foreign\s+keys?|constraints?|unique\s+constraints?|primary\s+keys?)\W*[:：]\W*"
    r"(?P<list>[\w`\"(].*)\Z"
)
_ALONE = re.compile(
    r"(?i)\A\W*(?:(?:composite\s+|compound\s+)?(?:unique(?:\s+(?:constraint|index))?|index|primary\s+key|foreign\s+key|check(?:\s+constraint)?)"
    r"\s*(?:\bon\b|:|\()|create\s+(?:unique\s+)?index\b)"
)


def _paragraphs(source: Source, known: Known) -> Iterator[Statement]:
    """A constraint or an index that a paragraph of its own states below a table's heading."""
    for block in source.blocks(Paragraph):
        table = known.above(source, block.context)
        inline = _INLINE.match(block.text)
        if inline and (subject := topic_of(inline["kind"])) in _LISTS and subject is not None:
            item = Item(inline["list"].rstrip("."), block.line)
            yield from _list(
                (item,), table, subject, known, source, denied=bool(NOT_ENFORCED.search(block.text))
            )
        elif table and _ALONE.match(unmarked(block.text)) and topic(block.context) is not Topic.APPLICATION:
            item = Item(block.text.rstrip("."), block.line)
            if re.match(r"(?i)\W*(?:(?:composite|compound|unique|create)\s+)*index\b", item.text):
                yield from read_index_item(item, table, known, source.place(block.line))
            else:
                yield from _list((item,), table, Topic.CONSTRAINTS, known, source, denied=False)


def _list(
    items: tuple[Item, ...], table: str | None, subject: Topic, known: Known, source: Source, *, denied: bool
) -> Generator[Statement, None, bool]:
    """The items of a list, their children after them; returns whether anything was stated."""
    made = False
    last_key: Statement | None = None
    for item in items:
        if is_house_item(item):
            continue
        text = unmarked(item.text)
        place = source.place(item.line)
        denied = denied or bool(re.search(r"(?i)no\s+database[- ]level\s+foreign\s+key", text))
        if last_key is not None and (rule := cascade_item(text)):
            yield Statement(last_key.table, "on_delete", rule, place, Notation.LIST, last_key.column)
            continue
        for statement in _read(ListItem(text, table, subject, place, known, denied), item):
            made = True
            last_key = statement if statement.fact == "references" else last_key
            yield statement
        if item.children:
            inner = topic_of(text) or subject
            if inner in _LISTS:
                made |= yield from _list(item.children, table, inner, known, source, denied=denied)
    return made


def _read(item: ListItem, source_item: Item) -> Iterator[Statement]:
    text = item.text
    if found := _PARTIAL.match(text):
        yield from _partial(item, found)
        return
    if _SQL.match(text) and item.table and not re.search(r"\(\s*\w+\.\w+", text.partition(")")[0]):
        yield from _sql(item, f"ALTER TABLE {item.table} ADD {text}")
        return
    if (named := _CONSTRAINT_NAME.match(text)) and not item.known.column(item.table, named["name"]):
        yield from _named(item, named["name"], named["rest"])
        return
    for pattern, subject in _LEAD_KINDS:
        if found := pattern.match(text):
            rest = text[found.end() :]
            if subject is Topic.INDEXES:
                yield from read_index_item(
                    replace(source_item, text=text), item.table, item.known, item.place
                )
            elif not (subject is Topic.UNIQUES and re.match(r"(?i)index", rest)):
                yield from _by_topic(replace(item, text=rest, topic=subject))
            return
    yield from _by_topic(item)


def _partial(item: ListItem, found: re.Match[str]) -> Iterator[Statement]:
    """`UNIQUE (a, b) WHERE …`: PostgreSQL has it as an index, not as a constraint."""
    entries = in_parentheses(found["columns"], item.table, item.known)
    if entries and entries.table:
        spec = IndexSpec(columns=entries.columns, unique=True, where=found["where"].strip(), place=item.place)
        yield item.about(entries.table, "index_of", spec)


def _sql(item: ListItem, sql: str) -> Iterator[Statement]:
    for statement in read_sql_text(sql, lambda _line: item.place):
        yield statement._replace(notation=Notation.LIST, table=TableName(item.table or ""))


def _by_topic(item: ListItem) -> Iterator[Statement]:
    subject = item.topic
    if subject is Topic.PRIMARY_KEYS:
        yield from _primary_key(item)
    elif subject in (Topic.FOREIGN_KEYS, Topic.RELATIONSHIPS):
        yield from foreign_keys(item)
    elif subject is Topic.UNIQUES:
        yield from _unique(item, UNSAID)
    elif subject is Topic.NOT_NULL:
        yield from _not_null(item)
    elif subject is Topic.CHECKS:
        yield from _check(item, UNSAID, loose=True)
    elif subject is Topic.DEFAULTS:
        yield from _default(item)
    else:
        yield from _sentence(item)


def _named(item: ListItem, name: str, rest: str) -> Iterator[Statement]:
    """`chk_priority: CHECK (…)`: a constraint with its name in front."""
    table = item.table or item.known.table_in_name(name)
    item = replace(item, table=table, text=rest)
    if table and _SQL.match(rest):
        yield from _sql(item, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {rest}')
        return
    low = name.lower()
    if (
        re.match(r"(?:ck|chk|check|valid)_", low)
        or re.search(r"_(?:check|chk)\Z", low)
        or re.match(r"(?i)check\b", rest)
    ):
        yield from _check(item, name, loose=True)
    elif re.match(r"fk_", low) or re.search(r"_fk(?:ey)?\Z", low):
        yield from _named_foreign_key(item, name)
    elif re.search(r"(?i)\bindex\b", rest) and not re.search(r"(?i)\bconstraint\b", rest):
        yield from read_index_item(Item(f"{name}: {rest}", item.place.line), table, item.known, item.place)
    elif re.match(r"(?:uq|uk|unique|ux|uix)_", low) or re.search(r"_(?:key|uq|unique|uk)\Z", low):
        yield from _unique(item, name)


def _named_foreign_key(item: ListItem, name: str) -> Iterator[Statement]:
    found = list(foreign_keys(item))
    if not found and item.table and (columns := item.known.columns_in_name(item.table, name)):
        facts = read(item.text)
        if any(f.name == "references" for f in facts):
            found = [item.about(item.table, f.name, f.value, columns[0]) for f in facts]
    for statement in found:
        if isinstance(statement.value, ReferenceSpec):
            yield statement._replace(value=replace(statement.value, name=name))
        else:
            yield statement


def _primary_key(item: ListItem) -> Iterator[Statement]:
    entries = in_parentheses(item.text, item.table, item.known) or listed(item.text, item.table, item.known)
    if entries is None or entries.table is None:
        return
    if len(entries.columns) == 1:
        yield item.about(entries.table, "primary_key", True, entries.columns[0])
    else:
        yield item.about(
            entries.table, "primary_key_of", PrimaryKeySpec(columns=entries.columns, place=item.place)
        )


def _unique(item: ListItem, name: str | Unsaid) -> Iterator[Statement]:
    text = re.sub(r"(?i)\A(?:unique(?:\s+constraint)?|ensures?)\s+(?:on\s+)?", "", item.text)
    if re.search(r"(?i)\bprimary\s+key\b", text):
        yield from _primary_key(item)
        return
    on = re.search(r"(?i)\bon\s+(?:the\s+)?(?:columns?\s+)?(?=[\w(\"])", text)
    entries = None
    if on:
        entries = listed(text[on.end() :], item.table, item.known)
    entries = entries or in_parentheses(text, item.table, item.known) or listed(text, item.table, item.known)
    if entries is None or entries.table is None:
        if name and item.table:
            yield item.about(item.table, "unclear", name)
        return
    if len(entries.columns) == 1 and not name:
        yield item.about(entries.table, "unique", True, entries.columns[0])
    else:
        yield item.about(
            entries.table,
            "unique_of",
            UniqueSpec(columns=entries.columns, name=name or UNSAID, place=item.place),
        )


def _not_null(item: ListItem) -> Iterator[Statement]:
    if item.table and re.match(r"(?i)\Aall\s+(?:columns|fields)\b(?!.*\bexcept)", item.text):
        for name in item.known.columns.get(item.table, {}).values():
            yield item.about(item.table, "nullable", False, name)
        return
    head = re.split(r"(?i)\s+(?:must|should|is|are|cannot)\b|[:：]\s", item.text, maxsplit=1)[0]
    for word in re.findall(r"(?:\w+\.)?\w+", head):
        own, _, name = word.rpartition(".")
        table = item.known.table(own) if own else item.table
        if table and (column := item.known.column(table, name)):
            yield item.about(table, "nullable", False, column)


def _check(item: ListItem, name: str | Unsaid, *, loose: bool) -> Iterator[Statement]:
    """A check as SQL, or in words about a column."""
    subject = _subject(item)
    rest = subject[2] if subject else item.text
    for candidate in (item.text, rest):
        if (expr := sql_check(candidate, item.known.all_columns(item.table))) and (
            table := item.table or (subject[0] if subject else None)
        ):
            yield item.about(table, "check", CheckSpec(expr=expr, name=name or UNSAID, place=item.place))
            return
    if subject is None and item.table:
        mentioned = [c for w in re.findall(r"\w+", item.text) if (c := item.known.column(item.table, w))]
        subject = (item.table, mentioned[0], item.text) if len(set(mentioned)) == 1 else None
    check = worded_check(subject[1], subject[2], loose=loose) if subject else None
    if subject and check:
        yield item.about(subject[0], "check", replace(check, name=name or UNSAID, place=item.place))
    elif name and item.table and not re.search(r"(?i)\(optional\)|\bapplication\b", item.text):
        yield item.about(item.table, "unclear", name)


def _subject(item: ListItem) -> tuple[str, str, str] | None:
    """The column that an item is about, its table, and the rest of the item."""
    text = item.text
    if found := re.match(r"(?:(?P<table>\w+)\.)(?P<column>\w+)\s*[:：]?\s*(?P<rest>.*)\Z", text, re.DOTALL):
        table = item.known.table(found["table"])
        column = item.known.column(table, found["column"])
        return (table, column, found["rest"]) if table and column else None
    words = re.findall(r"\w+", text)[:1]
    if item.table is None and words and (table := item.known.table(words[0])):
        text = re.sub(r"\A\W*\w+\W*", "", text, count=1)
        column = item.known.leading_column(table, text)
        return (table, column, text) if column else None
    if item.table is None:
        return _only_subject(item)
    column = item.known.leading_column(item.table, text)
    if column is None:
        return None
    return (
        item.table,
        column,
        re.sub(rf"(?i)\A\W*{'[ _-]'.join(map(re.escape, column.split('_')))}\W{{0,2}}", "", text),
    )


def _only_subject(item: ListItem) -> tuple[str, str, str] | None:
    """The column that an item begins with, where no table is named and only one has such a column."""
    found = re.match(r"\W*(?P<column>[^\W\d]\w*)\W{0,2}\s*(?=\w)(?P<rest>.*)\Z", item.text, re.DOTALL)
    table = item.known.table_of_columns([found["column"]]) if found else None
    column = item.known.column(table, found["column"]) if found else None
    return (table, column, found["rest"]) if found and table and column else None


def _default(item: ListItem) -> Iterator[Statement]:
    subject = _subject(item)
    if subject is None:
        return
    value = re.sub(r"(?i)\A(?:defaults?\s+(?:to|is)|=|:|is|to)\s*", "", subject[2].strip())
    for fact in default(re.split(r"\s+\(", value, maxsplit=1)[0]) or default(value):
        if fact.name in ("server_default", "default"):
            yield item.about(subject[0], fact.name, fact.value, subject[1])


_SENTENCE_FACTS = (
    "nullable",
    "unique",
    "server_default",
    "max_length",
    "autoincrement",
    "on_delete",
    "references",
    "primary_key",
    "values",
)


def _sentence(item: ListItem) -> Iterator[Statement]:
    """A sentence about one column in a list of constraints: '`email` must be unique and not null'."""
    text = item.text
    if item.table and re.match(r"(?i)\Aall\s+(?:columns|fields)\s+(?:are\s+)?not\s+null", text):
        yield from _not_null(item)
        return
    if found := re.match(
        r"(?i)\A(?P<what>[\w ]+?)\s+uniqueness\b(?:.*?\bin\s+(?:the\s+)?(?P<table>\w+)\s+table)?", text
    ):
        table = item.known.table(found["table"]) if found["table"] else item.table
        if table and (column := item.known.column(table, found["what"])):
            yield item.about(table, "unique", True, column)
        return
    keys = list(foreign_keys(item))
    yield from keys
    subject = _subject(item)
    if subject is None or (_CONDITIONAL.search(text) and not keys):
        return
    table, column, rest = subject
    told = bool(
        re.match(
            r"(?i)\W*(?:is|are|must|should|has|have|length|max|defaults?|not|unique|required|optional|nullable|foreign|primary|cannot|auto|references?|check|:|$)",
            rest,
        )
    )
    for fact in _facts_of(rest) if told else ():
        if not (keys and fact.name in ("references", "on_delete")):
            yield item.about(table, fact.name, fact.value, column)
    if typed := _typed(column, rest):
        yield from (item.about(table, f.name, f.value, column) for f in typed)
    if check := worded_check(column, rest, loose=False):
        yield item.about(table, "check", replace(check, place=item.place))
    elif expr := (
        sql_check(rest, item.known.all_columns(table)) if re.match(r"(?i)\W*check\b", rest) else None
    ):
        yield item.about(table, "check", CheckSpec(expr=expr, place=item.place))


def _typed(column: str, rest: str) -> list[Fact]:
    """`completed: BOOLEAN with default false`: what an item that reads like a column's own line states."""
    line = column_line(f"{column}: {rest}")
    if line is None or line.reading is None or types.take(rest) is None:
        return []
    return [f for f in line.finished() if f.name == "type" or f.name in _SENTENCE_FACTS]


def _facts_of(text: str) -> list[Fact]:
    """The facts in a sentence, without those in its remarks in parentheses."""
    if values := values_in(text):
        return [Fact("values", values), *_facts_of(without_values(text))]
    bare = re.sub(r"(?i)\A\W*(?:is|are|must\s+be|should\s+be|must(?!\s+not)|has|:)\s+", "", text)
    bare = re.sub(r"\((?!\s*\w+\s*\))[^()]*\)", "", bare)
    bare = re.sub(r"(?i)\b(?:globally|always)\b", "", bare)
    return [f for f in read(bare) if f.name in _SENTENCE_FACTS]
