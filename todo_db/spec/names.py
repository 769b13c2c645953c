"""Which table a heading, a label or a line names: `### tasks`, `Task Model`, `**Table Name**: x`,
`Table: x`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from todo_db.spec.markdown import LABEL_LEVEL, Block, Context, Document, Heading, ListBlock, Paragraph, plain
from todo_db.spec.statements import Firmness, TableName

_NUMBERING = re.compile(
    r"\A(?:\d+(?:\.\d+)*[.):]?|[A-Z][.)]|[ivx]+[.)])\s+|\A\W*[\U0001F300-\U0001FAFF☀-➿]\W*\s*"
)
_ASIDE = re.compile(r"\s*[\(（][^()（）]*[\)）]\s*\Z")
_KINDS = (
    r"(?:data\s+)?(?:tables?|models?|entity|entities|schema|tabla|tabela|entidad|entidade|modelo|tabelle|tabella|jadual|テーブル|数据表|資料表|表|테이블"
    r"|collection|relation)"
)
_IDENTIFIER = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)?\Z")
_BEFORE = re.compile(
    rf"(?:database\s+)?{_KINDS}(?:\s+name)?\s*(?:\d+\s*)?[:：\-–—]\s*(?P<name>[^:：()]+)\Z|{_KINDS}\s+(?P<quoted>[`\"][^`\"]+[`\"])\Z"
    rf"|(?:tabla|tabela|entidad|modelo)\s+(?:de\s+)?(?P<romance>[^:]+)\Z",
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"(?P<name>.+?)\s*(?:database\s+|db\s+)?{_KINDS}(?:\s+(?:fields?|columns?|schema|structure|definition|details?|specification|attributes?|overview|campos|columnas))?\Z",
    re.IGNORECASE,
)
_FIELDS_OF = re.compile(r"(?P<name>.+?)\s+(?:fields|columns|attributes|properties)\Z", re.IGNORECASE)
_KEY_VALUE = re.compile(
    r"\A(?:[-*]\s*)?\**\s*(?:database\s+|db\s+|sql\s+)?(?:table(?:\s*name)?|tablename|tabla|tabela|tabelle|tabella|テーブル名?|表名|数据表|nombre\s+de\s+(?:la\s+)?tabla|collection)\s*\**\s*[:：]\s*\**\s*[`\"]?(?P<name>[^\W\d]\w*(?:\.\w+)?)[`\"]?(?P<rest>[^\w.].*)?\Z",
    re.IGNORECASE,
)
# Words that make a heading one about tables in general, never the name of one.
_GENERIC_WORDS = """
    database databases db schema schemas table tables model models entity entities data definition
    definitions column columns field fields index indexes indices indexing constraint constraints
    relationship relationships relation relations notes note overview purpose summary description
    details structure sql ddl sqlmodel orm python code implementation specification specifications spec
    design diagram er erd entity-relationship relational core main application app better auth
    authentication security performance strategy validation rules rule type types enum enums
    enumeration enumerations keys key foreign primary unique check not null default defaults query
    queries pattern patterns example examples sample migration migrations access control row level
    related references appendix introduction requirements required optional additional new existing all
    other custom user-defined updated base common shared mapping typescript prisma drizzle pydantic
    response request api endpoints configuration connection settings environment technology stack
    provider properties attributes field-level tablas modelos campos columnas índices restricciones
    relaciones esquema datos de la las los del for and of the with in to or each per テーブル一覧
    テーブル定義 テーブル カラム定義 インデックス リレーション 概要 制約 tables/models storage document
    sqlalchemy postgresql postgres neon triggers trigger functions views view version history status
    phase phases integrity lifecycle conventions convention convenciones convenções
    konventionen timestamps timestamp uuid string boolean numeric integer ownership
    enforcement usage behavior datenmodell datenbank datenbankschema datenbankmodell tabellen felder
    spalten übersicht modèle données schéma colonnes champs modello dati tabelle campi skema pangkalan
    struktur basis jadual rajah 数据库 数据库设计 数据库结构 数据模型 数据表 表结构 表设计 字段
    字段说明 字段结构 数据字典 基本信息 索引 约束 关系 概述 データベース データベース設計 データモデル
    описание поля полей поле таблицы таблиц таблица схема схемы база базы данных данные индексы индекс
    связи связь между таблицами обзор основные ограничения структура модели модель ключи атрибуты
    필드설명 설명 제약조건 개요 목록 felder beschreibung description campi champs
    カラム カラム一覧 er図 テーブル構成 테이블 데이터베이스 스키마 필드 정의 컬럼 인덱스 제약 조건 관계 엔티티
    列定義 フィールド定義 属性 属性定義 字段定义 字段列表 属性说明
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())
# Of these, the words that many a table is called by, too: `notes`, `Settings Table`.
_ALSO_TABLES_WORDS = """
    note notes document documents setting settings version versions status statuses history phase
    phases attributes properties view views relations relationships requirements
"""
_ALSO_TABLES = frozenset(_ALSO_TABLES_WORDS.split())


def snake(text: str) -> str:
    """`RefreshTokens`, `Refresh Tokens` → `refresh_tokens`; a name that is an identifier already stays."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text.strip())
    return re.sub(r"[\s\-/]+", "_", text).lower().strip("_")


@lru_cache(maxsize=1 << 16)
def key(name: str) -> str:
    """What two spellings of one table share: `Tasks`, `task` and `TASK` have the key `task`."""
    flat = re.sub(r"[\W_]+", "", name.rpartition(".")[2] if "." in name else name).lower()
    return singular(flat)


def singular(word: str) -> str:
    """An English plural's singular, near enough to recognise a table again (`shelf`, `shelv`)."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if found := re.fullmatch(r"(.{2,})(?:ves?|fe)", word):
        return found.group(1) + "f"
    if re.search(r"[^o]uses?\Z", word):  # statuses, status
        return word.rstrip("es") + "s"
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if re.search(r"(?:ss|sh|ch|x|z)es\Z", word):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


_IRREGULAR = {"people": "person", "children": "child", "men": "man", "women": "woman", "mice": "mouse"}


def words_of(text: str) -> list[str]:
    return re.findall(r"[\w-]+", text.lower())


def is_generic(text: str) -> bool:
    """Whether a heading speaks about schemas in general, so that it cannot be a table's name."""
    words = words_of(text)
    return not words or all(w in _GENERIC or w.isdigit() for w in words)


_STARS = re.compile(r"\*\*|\*(?=\S)|(?<=\S)\*")


@lru_cache(maxsize=1 << 12)
def tidy(raw: str) -> str:
    """A heading without numbering, emphasis and trailing remarks in parentheses; code marks stay."""
    text = (_STARS.sub("", raw) if "*" in raw else raw).strip().rstrip(":：").strip()
    text = _NUMBERING.sub("", text).strip()
    while shorter := _ASIDE.sub("", text):
        if shorter == text:
            break
        text = shorter.strip()
    return re.sub(r"\A(?:table|model|entity)\s+\d+\s*[:.\-–]\s*", "Table: ", text, flags=re.IGNORECASE)


@lru_cache(maxsize=1 << 16)
def named(raw: str) -> TableName | None:
    """The table that a heading names in so many words (`Tasks Table`, `Table: tasks`, `Task Model`), or
    None."""
    if alias := _alias(raw):
        return alias
    text = tidy(raw)
    if is_literal(text):
        return None
    if found := _BEFORE.match(text):
        return as_name(found["name"] or found["quoted"] or found["romance"], table=_says_table(text))
    if found := _AFTER.match(text) or _FIELDS_OF.match(text):
        name = found["name"].strip()
        if inner := _AFTER.match(name) or _FIELDS_OF.match(name):
            name = inner["name"].strip()
        said = plain(name).lower() in _ALSO_TABLES or not is_generic(plain(name))
        return as_name(name, table=_says_table(text)) if said else None
    return None


_OTHER_SCRIPT = re.compile(r"[\u0400-\u04ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MARKED_ASIDE = re.compile(
    r"[(（]\s*(?:(?i:table|tabla|tabelle|表)\s*[:：]?\s*`?(?P<said>[a-z_]\w*)`?|`(?P<code>[a-z_]\w*)`)\s*[)）]\s*\Z"
)


_SAID_BEHIND = re.compile(
    r"(?i)\s[-–—:]+\s+(?:db\s+)?(?:table|tabla|tabela|tabelle|tabella|jadual|表)\s+[`\"](?P<said>[^\W\d]\w*)[`\"]\s*\Z"
)
_EXPLAINED = re.compile(r"(?:`(?P<code>[^\W\d]\w*)`|(?P<word>[a-z_][a-z0-9_]*))\s+(?:[-–—]+|:)\s+\S")


def _alias(raw: str) -> TableName | None:
    """The name beside a title (`Profile (`profiles`)`, `用户表 (users)`, `users ユーザー`) or an explanation
    (`users — who logs in`)."""
    text = raw.strip().rstrip(":：")
    if found := _SAID_BEHIND.search(text):
        return TableName(found["said"])
    if explained := _EXPLAINED.match(_NUMBERING.sub("", text)):
        word = explained["code"] or explained["word"]
        return TableName(word) if explained["code"] or not is_generic(word) else None
    if found := _MARKED_ASIDE.search(text):
        return TableName(found["said"] or found["code"])
    if not _OTHER_SCRIPT.search(text):
        return None
    written = re.findall(r"(?<![\w.])[a-z_][a-z0-9_]*(?![\w.])", re.sub(_OTHER_SCRIPT, " ", text), re.ASCII)
    names = [w for w in dict.fromkeys(written) if w not in _GENERIC or w in _ALSO_TABLES]
    return TableName(names[0]) if len(names) == 1 and len(names[0]) > 1 else None


def _says_table(text: str) -> bool:
    return bool(re.search(r"(?i)\btab(?:le|la|ela|elle|ella)s?\b|\bjadual\b|テーブル|表|테이블", text))


def is_literal(text: str) -> bool:
    """Whether a heading is nothing but a name in code marks or quotes."""
    return bool(re.fullmatch(r"`[^`]+`|\"[^\"]+\"", text))


@lru_cache(maxsize=1 << 16)
def bare(raw: str) -> TableName | None:
    """The table that a heading may name by being nothing but a name (`tasks`, `User`), or None."""
    text = tidy(raw)
    if is_literal(text):
        return TableName(text[1:-1].removeprefix("public."))
    if is_generic(plain(text)) and text not in _ALSO_TABLES:
        return None
    return as_name(text)


def as_name(text: str, *, table: bool = False) -> TableName | None:
    """A name as written: literal when it is code or a lower-case identifier, else a title (`table`) or
    an entity."""
    marked = text.strip()
    name = plain(marked).strip("\"'` ")
    if not re.fullmatch(r"[^\W\d][\w.]*(?:[ /-][\w.]+){0,3}", name) or len(name) > 63:
        return None
    literal = marked.startswith(("`", '"')) or name == name.lower() or "_" in name
    if literal and _IDENTIFIER.match(name):
        return TableName(name.removeprefix("public."))
    plural = singular(name.lower()) != name.lower()
    return TableName(snake(name), Firmness.TITLE if table or plural else Firmness.ENTITY)


@dataclass(slots=True)
class Namer:
    """Finds the table that a block belongs to, from its headings and the `Table Name:` lines below them."""

    stated: dict[int, TableName] = field(default_factory=dict)  # by line of the heading

    @classmethod
    def of(cls, document: Document) -> Namer:
        namer = cls()
        for block in document.blocks:
            for text, context in _lines(block):
                if (found := _KEY_VALUE.match(text)) and (heading := _last_heading(context)):
                    namer.stated.setdefault(
                        heading.line, TableName(found["name"].removeprefix("public."), line=heading.line)
                    )
        return namer

    def candidates(self, context: Context) -> Iterator[TableName]:
        """Every name that the headings above a block may give, innermost first."""
        for heading in context.innermost_first():
            raw = heading.raw or heading.text
            if name := self.stated.get(heading.line) or named(raw) or bare(raw):
                yield name

    def table(self, context: Context, *, columns: bool = False) -> TableName | None:
        """The table of a block; with `columns`, a heading that is only a word counts as its name too: not one
        above another that says something else than which part of a table follows."""
        skipped = False
        for heading in context.innermost_first():
            if heading.line in self.stated:
                return self.stated[heading.line]
            if found := named(heading.raw or heading.text):
                return found._replace(line=heading.line)
            if heading.level == LABEL_LEVEL and _OTHER_SCRIPT.search(heading.text) and "`" not in heading.raw:
                continue  # a label in words, not a name
            found = bare(heading.raw or heading.text)
            if found and columns and _OTHER_SCRIPT.search(found.text) and (outer := _ascii(context, heading)):
                return outer
            if found and (found.literal or (columns and not skipped)):
                return found._replace(line=heading.line)
            skipped = skipped or (heading.level < LABEL_LEVEL and not _is_part(heading))
        return _also_table(context) if columns else None


def _ascii(context: Context, inner: Heading) -> TableName | None:
    """The identifier of which the heading above one in another script (`필드 정의`) speaks: `## User`."""
    above = [h for h in context.headings if 1 < h.level < inner.level]
    if not above:
        return None
    found = named(above[-1].raw) or bare(above[-1].raw)
    return (
        found._replace(line=above[-1].line)
        if found and found.text.isascii() and "_" not in found.text
        else None
    )


def _is_part(heading: Heading) -> bool:
    """Whether a heading names a part of a table's description (`Columns`, `Schema Definition`)."""
    return is_generic(plain(tidy(heading.raw or heading.text)))


def _also_table(context: Context) -> TableName | None:
    """`Notes` above columns is a table where no heading around it names another."""
    heading = next(context.innermost_first(), None)
    word = tidy(heading.raw or heading.text) if heading else ""
    found = as_name(word, table=True) if word.lower() in _ALSO_TABLES else None
    return found._replace(line=heading.line) if found and heading else None


def _lines(block: Block) -> Iterable[tuple[str, Context]]:
    if isinstance(block, Paragraph):
        yield block.text, block.context
    elif isinstance(block, ListBlock):
        for item in block.items:
            yield item.text, block.context


def _last_heading(context: Context) -> Heading | None:
    return next((h for h in context.innermost_first() if h.level < 7), None)
