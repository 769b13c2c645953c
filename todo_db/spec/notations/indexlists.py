"""Lists of indexes: names with columns, bare columns, sentences such as 'Composite index on (a, b) for …'."""

from __future__ import annotations

import re
from collections.abc import Iterator

from todo_db.findings import Place
from todo_db.spec.constraints import PRIMARY_WORDS, unmarked
from todo_db.spec.document import UNSAID, IndexSpec, Unsaid
from todo_db.spec.entries import Entries, in_parentheses, listed
from todo_db.spec.known import Known
from todo_db.spec.markdown import LABEL_LEVEL, Context, Item, ListBlock, Paragraph
from todo_db.spec.notations.house import is_house_item
from todo_db.spec.notations.sql import read_sql_text
from todo_db.spec.source import Source
from todo_db.spec.statements import Force, Notation, Statement, TableName
from todo_db.spec.topics import Topic, topic, topic_of

NAME = r"(?:(?:idx|ix|index|uq|uix|ux|unique|uniq|gin|gist)_\w+|\w+_(?:idx|ix|index|key|uniq|unique|uq))"
_SQL = re.compile(
    r"\A(?:create\s+)?(?:unique\s+)?index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?(?:[\w\"]+\s+)?on\s+(?:\w+\.)?\"?(?P<table>\w+)\"?\s*(?:using\s+\w+\s*)?\(",
    re.IGNORECASE,
)
_PRIMARY = re.compile(rf"\bprimary\s+(?:key|index)|{PRIMARY_WORDS}", re.IGNORECASE)
_UNIQUE = r"(?<!non-)(?<!not )\bunique\b|唯一|一意|ユニーク|고유|únic[oa]|eindeutig"
_FULL_TEXT = re.compile(r"(?i)\bfull[- ]?text\b")
_VECTOR = r"(?i)vector|tsv|fts|search"
_UNIQUE_REMARK = re.compile(
    r"\A[^–—]*?\s[-–—]\s+(?:an?\s+)?unique\s+(?:index|constraint|key)\b", re.IGNORECASE
)
_BEFORE_NAME = re.compile(
    rf"(?:(?:{_UNIQUE}|composite|normal|plain|regular|普通|复合|联合|複合)\s*(?:index|key|constraint|索引|约束|インデックス)?\s*[:：]?\s*)?"
    r"(?P<name>\w*_\w+)\s*(?=\()",
    re.IGNORECASE,
)
_NAMED = re.compile(
    rf"\A(?P<name>{NAME})\b\s*(?:\((?P<aside>[^()]*)\))?\s*[:：\-–—]*\s*(?P<rest>.*)\Z",
    re.IGNORECASE | re.DOTALL,
)
_ON = re.compile(
    r"\b(?:on|sobre|en|over|for\s+columns?)\s+(?:the\s+)?(?:(?:columns?|fields?)\s+)?(?=[\w\"(])",
    re.IGNORECASE,
)
_KIND = re.compile(
    r"\A(?:(?:composite|compound|single[- ]column|multi[- ]column|secondary|unique|foreign[- ]key|"
    r"b-?tree|gin|gist|hash|brin|partial|regular|standard|simple|additional|required)\s+)*"
    r"(?:index(?:ed|es)?|idx|unique|compuesto|índice|インデックス)\b\s*[:：]?\s*",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\A[^:：()]{1,60}\bindex(?:es)?\s*[:：]\s*", re.IGNORECASE)
_METHOD = re.compile(r"\b(b-?tree|gin|gist|hash|brin|sp-?gist)\b", re.IGNORECASE)
_WHERE = re.compile(r"\bwhere\s+(?P<expr>.+?)\s*\Z", re.IGNORECASE | re.DOTALL)
_PURPOSE = re.compile(r"\s+(?:for|to|used|because|so\s+that|para)\s|[.;]\s|\s[-–—]\s", re.IGNORECASE)


def read_index_lists(source: Source, known: Known) -> Iterator[Statement]:
    """Statements of every list of indexes."""
    yield from _inline(source, known)
    for block in source.blocks(ListBlock):
        sure = topic(block.context) is Topic.INDEXES
        if not sure and not _about_performance(block.context):
            continue
        table = known.above(source, block.context)
        before = 0
        for item in block.items:
            if is_house_item(item) or not (sure or re.search(r"(?i)\bindex\b", item.text)):
                continue
            for statement in read_index_item(item, table, known, source.place(item.line)):
                before += 1
                yield statement
        if before and sure:
            yield _lists(table, source.place(block.line))


def _about_performance(context: Context) -> bool:
    """Whether a list says what indexes are for: `Performance` below `Indexing strategy`."""
    inner = [h for h in context.innermost_first() if h.level < LABEL_LEVEL][:2]
    return (
        len(inner) == 2
        and bool(re.search(r"(?i)\bperformance\b|\boptimi[sz]", inner[0].text))
        and topic_of(inner[1].text) is Topic.INDEXES
    )


_INLINE = re.compile(
    r"(?i)\A\W*(?:(?:recommended|required|suggested)\s+)?(?:indexes|indices|indexed\s+(?:columns|fields)|índices|インデックス|索引)"
    r"\W*[:：]\W*(?P<list>[\w`\"(].*)\Z"
)


def _inline(source: Source, known: Known) -> Iterator[Statement]:
    """`**Indexes**: `user_id`, `status`` in a paragraph."""
    for block in source.blocks(Paragraph):
        table = known.above(source, block.context)
        found = _INLINE.match(block.text)
        if table is None or found is None:
            continue
        text = re.sub(r"（[^（）]*）", " ", unmarked(found["list"])).rstrip(".。")
        parts = re.findall(r"(?:[^,;()、；，]|\([^()]*\))+", text)
        place = source.place(block.line)
        made = [s for p in parts for s in read_index_item(Item(p.strip(), block.line), table, known, place)]
        if made:
            yield from made
            yield _lists(table, place)


def _lists(table: str | None, place: Place) -> Statement:
    return Statement(TableName(table) if table else None, "lists_indexes", True, place, Notation.LIST)


def read_index_item(item: Item, table: str | None, known: Known, place: Place) -> Iterator[Statement]:
    """What one item of a list of indexes states."""
    text = unmarked(item.text)
    if (sql_index := _SQL.match(text)) and known.table(sql_index["table"]):
        sql = text if text.lower().startswith("create") else f"CREATE {text}"
        yield from (s._replace(notation=Notation.LIST) for s in read_sql_text(sql, lambda _line: place))
        return
    if _PRIMARY.search(text):
        yield from _primary(text, table, known, place)
        return
    name, rest = _name(text, known)
    inner = (known.table_in_name(name) if name else None) or table
    inner = _mentioned(text, known) or (table if table and not name else inner)
    entries = _entries(rest, inner, known, item)
    if entries is None and table != inner:  # a name may speak of another table than the index is on
        entries = _entries(rest, table, known, item)
    full_text = bool(_FULL_TEXT.search(text))
    if entries and full_text and not any(re.search(_VECTOR, c) for c in entries.columns):
        entries = None  # an expression over these columns, which is not said
    if entries is None and name is None:
        return
    owner = (entries.table if entries else None) or inner
    if owner is None:
        return
    spelled = known.columns_spelled(owner, name) if name and entries is None and not full_text else ()
    spec = IndexSpec(
        columns=entries.columns if entries else spelled,
        name=name or UNSAID,
        unique=True if _is_unique(rest, item) or _said_before(text) else UNSAID,
        method=_method(item, rest),
        where=_where(rest),
        place=place,
    )
    force = Force.HINT if spelled else Force.SAID
    yield Statement(TableName(owner), "index_of", spec, place, Notation.LIST, force=force)


def _primary(text: str, table: str | None, known: Known, place: Place) -> Iterator[Statement]:
    """An index that is the primary key's states the key."""
    lead = rf"(?i)\A.*?(?:primary\s+(?:key\s+)?(?:index(?:es)?\s+)?|(?:{PRIMARY_WORDS})\s*)(?:on\b|[:：])?\s*"
    rest = re.sub(lead, "", text, count=1)
    entries = in_parentheses(rest, table, known) or (listed(rest, table, known) if table else None)
    if entries and entries.table and len(entries.columns) == 1:
        yield Statement(
            TableName(entries.table), "primary_key", True, place, Notation.LIST, entries.columns[0]
        )


def _said_before(text: str) -> bool:
    """`UNIQUE uk_email (email)`: unique by the word before the name."""
    found = _BEFORE_NAME.match(text)
    return bool(found and re.search(_UNIQUE, text[: found.start("name")], re.IGNORECASE))


def _name(text: str, known: Known) -> tuple[str | None, str]:
    """The name that an item gives to the index, in front or in parentheses, and the text without it."""
    if found := _NAMED.match(text):
        aside = f" ({found['aside']})" if found["aside"] else ""
        return found["name"], (aside + " " + found["rest"]).strip()
    if found := re.search(rf"\(\s*({NAME})\s*\)", text, re.IGNORECASE):
        return found.group(1), text[: found.start()] + text[found.end() :]
    if (found := _BEFORE_NAME.match(text)) and not (
        known.table(found["name"]) or found["name"].lower() in known.all_columns(None)
    ):
        return found["name"], text[found.end() :]
    if found := re.match(r"\A(?:unique\s+)?index\s+(\w*_\w+)\s+on\b", text, re.IGNORECASE):
        return found.group(1), text[found.end() - 2 :]
    return None, text


def _mentioned(text: str, known: Known) -> str | None:
    """The table that a sentence names: `on the tasks table`, `(tasks)`."""
    if found := re.search(r"(?i)\b(?:on|in|of|for)\s+(?:the\s+)?(\w+)\s+table\b|\btable\s+(\w+)\b", text):
        return known.table(found.group(1) or found.group(2))
    leading = re.match(r"\W*(\w+)(?=\s+\w)", text)  # `courses full-text on …`
    return leading.group(1) if leading and leading.group(1) in known.columns else None


def _entries(text: str, table: str | None, known: Known, item: Item) -> Entries | None:
    """The columns of an index, from its sentence or from a child item `Fields: a, b`."""
    for child in item.children:
        found = re.match(r"(?i)\W*(?:fields?|columns?|column\(s\))\W*[:：]\s*(.+)", unmarked(child.text))
        if found and (entries := listed(found.group(1), table, known)):
            return entries
    label = _LABEL.match(text)
    if label and (entries := _strict(text[label.end() :], table, known)):
        return entries
    head = _PURPOSE.split(text, maxsplit=1)[0]
    if (on := _ON.search(head)) and (entries := listed(head[on.end() :], table, known)):
        return entries
    kind = _KIND.match(head)
    rest = head[kind.end() :] if kind else head
    if kind and not rest.strip():
        return None
    return in_parentheses(rest, table, known) or _strict(rest, table, known)


def _strict(text: str, table: str | None, known: Known) -> Entries | None:
    """Columns at the beginning of an item, where nothing but a remark follows them."""
    entries = listed(text, table, known)
    if entries is None or not re.match(
        r"\s*(?:\Z|[(:：,\-–—]|unique\b|index\b|is\b|columns?\b|using\b|where\b)",
        text[entries.end :],
        re.IGNORECASE,
    ):
        return None
    first = re.match(r"\W*\w+(?:\.\w+)?", text)
    bare_word = (
        first is not None
        and known.column(entries.table, first.group().rpartition(".")[2].strip('"( ')) is not None
    )
    return entries if bare_word else None


def _is_unique(text: str, item: Item) -> bool:
    head = _PURPOSE.split(text, maxsplit=1)[0]
    told = any(
        re.search(r"(?i)\A\W*(?:unique\W*[:：]\s*(?:yes|true)|type\W*[:：]\s*.*\bunique\b)", unmarked(c.text))
        for c in item.children
    )
    return told or bool(re.search(_UNIQUE, head, re.IGNORECASE) or _UNIQUE_REMARK.search(text))


def _method(item: Item, rest: str) -> str | Unsaid:
    texts = [
        rest,
        *(
            unmarked(c.text)
            for c in item.children
            if re.match(r"(?i)\W*(?:type|method|using)\b", unmarked(c.text))
        ),
    ]
    for position, text in enumerate(texts):
        if (found := _METHOD.search(text)) and (position or re.search(r"(?i)\busing\b|\bindex\b|\(", text)):
            return found.group(1).lower().replace("-", "")
    return UNSAID


_REMARK = re.compile(r"\((?!\s*(?:partial\W+)?where\b)(?:[^()]|\([^()]*\))*\bwhere\b[^()]*\)", re.IGNORECASE)


def _where(text: str) -> str | Unsaid:
    """The condition of a partial index; in a remark, WHERE is of the query that the index is for."""
    found = _WHERE.search(_REMARK.sub(" ", text))
    expr = found["expr"] if found else ""
    if not found or re.search(r"\.\.\.|…|\?|\$\d", expr):
        return UNSAID
    if not re.search(r"[=<>]|\bis\b|\bin\b|\bnot\b", expr, re.IGNORECASE):
        return UNSAID
    expr = (
        re.sub(r"\)\s*\Z", "", found["expr"])
        if found["expr"].count(")") > found["expr"].count("(")
        else found["expr"]
    )
    return expr.rstrip(". ")
