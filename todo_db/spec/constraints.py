"""Reading what stands beside a type: `PK`, `NOT NULL`, `FK → users.id`, `default now()`, `max 200 chars`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from todo_db.spec.defaults import VALUE, default, unescaped
from todo_db.spec.document import CheckSpec, ReferenceSpec
from todo_db.spec.statements import Fact, Force
from todo_db.spec.valuelists import (
    ALTERNATIVES,
    LISTED,
    alternatives_of,
    values_in,
    values_of,
    without_values,
)

_I = re.IGNORECASE
IDENT: Final = r"(?:\"(?:[^\"\n]|\"\")+\"|[^\W\d]\w*)"
ACTION: Final = r"(?:cascade|set\s+null|set\s+default|restrict|no\s+action)"
DOTTED: Final = rf"(?:{IDENT}\.)?(?P<table>{IDENT})\.(?P<column>{IDENT})"
CALLED: Final = rf"(?P<table2>{IDENT}(?:\.{IDENT})?)\s*\(\s*(?P<columns2>{IDENT}(?:\s*,\s*{IDENT})*)\s*\)"
TARGET: Final = rf"(?:(?:{DOTTED})(?!\w|\()|{CALLED})"
PRIMARY_WORDS: Final = (
    r"主キー|主键|主鍵|기본키|clave\s+primaria|llave\s+primaria|chave\s+primária|chiave\s+primaria|"
    r"cl[ée]f?\s+primaire|primärschlüssel|primaerschluessel|kunci\s+(?:utama|primer)|первичный\s+ключ"
)
FOREIGN: Final = (
    r"(?:foreign[\s_-]*key|\bFK\b|外部キー|外键|外鍵|외래키|clave\s+foránea|llave\s+foránea|chave\s+estrangeira|"
    r"chiave\s+esterna|cl[ée]f?\s+étrangère|fremdschlüssel|kunci\s+asing|внешний\s+ключ)"
)
REQUIRED_WORDS: Final = (
    r"obligatorio|requerido|obrigatório|obbligatorio|obligatoire|requis\b|erforderlich|pflichtfeld|\bpflicht\b|wajib|"
    r"no\s+nulo(?!\s+(?:si|cuando)\b)|não\s+nulo|non\s+nul\w*|nicht\s+null|nicht\s+leer|pas\s+null?\b|"
    r"必須|必填|非空|不为空|不能为空|不可为空|不允许为空|不可為空|not-null|필수"
)
OPTIONAL_WORDS: Final = (
    r"anulable|opcional|opzionale|facultatif|optionnel|nulo\b|"
    r"任意|可空|可为空|可為空|允许为空|允许空|选填|可选|선택"
)
_LEAD = (
    r"(?:an?\s+|the\s+|existing\s+|valid\s+|in\s+|"
    r"(?:better[\s-]*auth|clerk|supabase|next-?auth|auth0|firebase|neon\s+auth)(?:['’]s)?\s+(?=(?:user|account|session)s?\b))*"
)
# A table that is called by one word and no column: what follows shows that the word was no adjective
# (`references parent task`).
_ALONE = (
    r"(?!\w)(?:\s+(?:table|entity|model))?(?!\s*[.(]\s*\w)(?=\s*(?:\Z|[^\w\s])|\s+(?:on|with|for|via|by|when|where|and|or|"
    r"in|as|if|not|nullable|null|unique|index(?:ed)?|deferrable|initially|cascade|default|required|optional|primary|from|"
    r"using|through|that|which|row|record|id|key|set|no|column|to|at|is|must|max|auto\w*)\b)"
)


def unquoted(name: str) -> str:
    """An identifier as it is called: without quotes."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def target_of(found: re.Match[str]) -> ReferenceSpec:
    """The reference that a match of TARGET names."""
    if found["table"]:
        table, column = unquoted(found["table"]), unquoted(found["column"])
        schema = re.search(r"(\w+)\.\Z", found.string[found.start() : found.start("table")])
        if schema and schema[1].lower() != "public":
            return ReferenceSpec(table=f"{schema[1]}.{table}", columns=(column,))
        if table.lower() in ("auth", "neon_auth") and column.lower() in ("user", "users"):
            return ReferenceSpec(table=f"{table}.{column}")  # the schema of Supabase's and Neon's users
        return ReferenceSpec(table=table, columns=(column,))
    columns = tuple(unquoted(c.strip()) for c in found["columns2"].split(","))
    table = found["table2"]
    return ReferenceSpec(
        table=unquoted(table) if "." not in table else table.replace('"', ""), columns=columns
    )


def action(text: str) -> str:
    """A foreign key's action in the normal spelling."""
    return re.sub(r"[\s_]+", " ", text.strip().strip("'\"`").lower())


def _on_delete(found: re.Match[str]) -> list[Fact]:
    return [Fact("on_delete", action(found["action"]))]


def _on_update(found: re.Match[str]) -> list[Fact]:
    return [Fact("fk_on_update", action(found["action"]))]


def _cascade(found: re.Match[str]) -> list[Fact]:
    facts = [Fact("on_delete", "cascade")]
    return [*facts, Fact("fk_on_update", "cascade")] if "update" in found.group().lower() else facts


def _reference(found: re.Match[str]) -> list[Fact]:
    return [Fact("references", target_of(found))]


def _bare_reference(found: re.Match[str]) -> list[Fact]:
    return [Fact("references", ReferenceSpec(table=unquoted(found["table"])))]


def _unknown_reference(found: re.Match[str]) -> list[Fact]:
    return [Fact("references", ReferenceSpec(table=""))]


def _always(*facts: Fact) -> Callable[[re.Match[str]], list[Fact]]:
    return lambda found: list(facts)


def _default(found: re.Match[str]) -> list[Fact]:
    return default(found["value"])


def _length(found: re.Match[str]) -> list[Fact]:
    return [Fact("max_length", int(found["n"]))]


def _check(found: re.Match[str]) -> list[Fact]:
    return [Fact("check", CheckSpec(expr=found["expr"].strip()))]


def _check_in(found: re.Match[str]) -> list[Fact]:
    return [Fact("check_values", tuple(re.findall(r"'([^']*)'", found["values"].replace('"', "'"))))]


def _check_words(found: re.Match[str]) -> list[Fact]:
    return [Fact("check_values", tuple(re.findall(r"\w+", found["values"])))]


def _check_range(found: re.Match[str]) -> list[Fact]:
    return [Fact("check_range", (found["low"], found["high"]))]


def _enum(found: re.Match[str]) -> list[Fact]:
    values = re.findall(r"'([^']*)'|\"([^\"]*)\"", found["values"])
    names = [a or b for a, b in values] or re.split(r"\s*[,|/]\s*", found["values"].strip("()[]{} "))
    return [Fact("values", tuple(n for n in names if n))]


def _listed(found: re.Match[str]) -> list[Fact]:
    values = values_of(found["values"])
    return [Fact("values", values)] if values else []


def _alternatives(found: re.Match[str]) -> list[Fact]:
    values = alternatives_of(found)
    return [Fact("values", values)] if values else []


def _collation(found: re.Match[str]) -> list[Fact]:
    name = unquoted(found["name"])
    foreign = re.match(r"(?i)utf8|latin1|nocase\Z|ascii_", name)  # MySQL's and SQLite's: no collation here
    return [] if foreign else [Fact("collation", name)]


def _identity(found: re.Match[str]) -> list[Fact]:
    return [Fact("identity", "always" if found["how"].lower() == "always" else "by default")]


def _generated(found: re.Match[str]) -> list[Fact]:
    return [Fact("generated", found["expr"].strip())]


_DENIED: Final[dict[str, tuple[str, object]]] = {
    "primary key": ("primary_key", False),
    "unique": ("unique", False),
    "index": ("index", False),
    "autoincrement": ("autoincrement", False),
    "identity": ("identity", None),
    "default": ("server_default", None),
    "application default": ("default", None),
    "collation": ("collation", None),
    "comment": ("comment", None),
    "generated": ("generated", None),
    "refreshed on update": ("on_update", None),
}


def _denied(found: re.Match[str]) -> list[Fact]:
    return [Fact(*_DENIED[found["what"].lower()])]


def _deferrable(found: re.Match[str]) -> list[Fact]:
    text = re.sub(r"\s+", " ", found.group().lower())
    return [Fact("deferrable", "initially deferred" if text.endswith("initially deferred") else text)]


_BALANCED = r"\((?P<expr>(?:[^()']|'[^']*'|\((?:[^()']|'[^']*'|\((?:[^()']|'[^']*'|\([^()]*\))*\))*\))*)\)"


_SAID_ON_UPDATE = Fact("on_update", "now()")
_PATTERNS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], list[Fact]]], ...]] = tuple(
    (re.compile(pattern, _I), handler)
    for pattern, handler in (
        (
            r"(?:it\s+)?(?:no|without(?: an?)?|"
            r"not an?)\s+(?:database[- ]level\s+)?(?:foreign\s+key|fk)\b[^,;]*",
            _always(Fact("references", None)),
        ),
        (
            r"(?:not|no) (?P<what>primary key|unique|index|autoincrement|identity|default|"
            r"application default|collation|comment)\b",
            _denied,
        ),
        (r"not (?P<what>generated|refreshed on update)\b", _denied),
        (r"not\s+deferrable|deferrable(?:\s+initially\s+deferred)?|initially\s+deferred", _deferrable),
        (r"generated\s+(?P<how>always|by\s+default)\s+as\s+identity(?:\s*\([^()]*\))?", _identity),
        (r"(?:generated\s+always\s+)?as\s*" + _BALANCED + r"\s*(?:stored|virtual)?", _generated),
        (
            r"(?:\bPK|\bPRI(?:MARY KEY)?)\s*[,/&+]?\s*AI(?=\s*(?:[,;)/|]|\Z))|\bAI\s*[,/&+]\s*PK\b",
            _always(Fact("primary_key", True), Fact("autoincrement", True)),
        ),
        (r"\bN(?:N|OT NULL)\s*,\s*AI\b", _always(Fact("nullable", False), Fact("autoincrement", True))),
        (r"\AAI\Z", _always(Fact("autoincrement", True))),
        (
            rf"(?:composite\s+)?primary[\s_-]*key|\bPK\b|\bPRI\b|{PRIMARY_WORDS}",
            _always(Fact("primary_key", True)),
        ),
        (
            rf"{FOREIGN}\s*(?:constraint\s*)?\(\s*{TARGET}\s*\)",
            _reference,
        ),
        (
            rf"{FOREIGN}\s*(?:constraint\s*|relationship\s*)?(?:\(\s*(?:{IDENT})\s*\)\s*)?"
            rf"(?:(?:to|for|on|references?|referencing|linking\s+to|links\s+to|linked\s+to|a|hacia|para|reference\s+to|that)\b|→|->|=>|⇒|:|＝|,|\s|\()*\s*(?:column\s+)?{_LEAD}{TARGET}\)?",
            _reference,
        ),
        (
            rf"{FOREIGN}\s*(?:\(\s*)?(?:(?:to|references?|referencing|auf|vers|verso|hacia)\b|→|->|=>|[:：](?=\s*[\w\"]+\s*(?:\Z|[,;)])))\s*(?:references\s+)?{_LEAD}(?P<table>{IDENT}){_ALONE}\)?",
            _bare_reference,
        ),
        (rf"(?:foreign[\s_-]*key|\bFK\b)\s*\(\s*(?P<table>{IDENT})\s*\)", _unknown_reference),
        (
            FOREIGN,
            _unknown_reference,
        ),
        (rf"(?:(?:references?|referencing|ref)\b:?\s*>?|→|->|=>)\s*{_LEAD}{TARGET}", _reference),
        (
            rf"(?:references|referencing)\s+{_LEAD}(?P<table>{IDENT}){_ALONE}",
            _bare_reference,
        ),
        (rf"on[\s_-]*delete\s*[:=]?\s*['\"]?(?P<action>{ACTION})['\"]?", _on_delete),
        (rf"on[\s_-]*update\s*[:=]?\s*['\"]?(?P<action>{ACTION})['\"]?", _on_update),
        (r"(?:with\s+)?cascade\s+on\s+(?:delete\s+and\s+update|update\s+and\s+delete)", _cascade),
        (
            r"(?:with\s+)?(?:cascad(?:e|ing)\s+(?:on\s+)?delet(?:e|ion)s?|delete\s+cascade|cascades\s+on\s+delete|deletes\s+cascade)",
            _cascade,
        ),
        (
            r"on[\s_-]*update(?:\s*[:=]?\s*(?:current[_ ]timestamp(?:\(\))?|now\(\)|now\b))?",
            _always(_SAID_ON_UPDATE),
        ),
        (
            r"auto(?:matically)?[\s_-]*updat(?:e[sd]?|ing)(?:\s+on\s+\w+)?|updated\s+(?:automatically|on\s+(?:every\s+)?(?:change|modification|write))|自動更新|自动更新",
            _always(Fact("auto_update", True)),
        ),
        (
            rf"not[\s_-]*null(?:able)?(?!\s+(?:if|when|unless|once|until|after)\b)|\bNN\b|non[\s_-]*null(?:able)?|no\s+nulls?\b|never\s+null|required|mandatory|{REQUIRED_WORDS}|(?:cannot|can't|must\s+not|may\s+not)\s+be\s+null",
            _always(Fact("nullable", False)),
        ),
        (
            rf"nullable|(?:can|may)\s+be\s+null|null\s+allowed|optional|{OPTIONAL_WORDS}|\bnull\b",
            _always(Fact("nullable", True)),
        ),
        (r"(?<=\bFK)\?", _always(Fact("nullable", True))),
        (r"not\s+unique|non[\s-]unique", _always()),
        (r"unique\s+index|índice\s+único", _always(Fact("unique", True), Fact("index", True))),
        (
            r"unique(?:\s+constraint)?\b|\bUNI\b|\bUK\b|\bUQ\b|único|única|univoco|univoca|eindeutig|一意|ユニーク|唯一(?!标识|標識|识别|識別)|고유",
            _always(Fact("unique", True)),
        ),
        (r"no\s+index|not\s+indexed", _always()),
        (
            r"indexed|\bindex\b|\bIDX\b|indexad[oa]|indiziert|indexé|インデックス|索引",
            _always(Fact("index", True)),
        ),
        (
            r"auto[\s_-]*incr(?:ement(?:ed|ing|al|s)?)?|\bidentity\b|autoincremental|自動採番|自增|自动递增|自动增长|automatisch\s+hochgezählt|auto[-\s]?incrément\w*|(?:auto-?)?incrementing",
            _always(Fact("autoincrement", True)),
        ),
        (
            rf"(?:server[_ ]?default|default(?:s|ing|ed)?(?:\s+value)?(?:\s+to|\s+is)?|"
            rf"por\s+defecto|por\s+omisión|padrão|デフォルト|默认值?为?|預設值?|standardwert|standard(?=\s*(?:[:=]|true\b|false\b|\d|now\())|par\s+défaut|défaut|기본값)\s*[:=：]?\s*{VALUE}",
            _default,
        ),
        (r"check\s*(?:constraint)?\s*:?\s*" + _BALANCED, _check),
        (r"check\s*(?:constraint)?\s*:?\s+(?:\w+\s+)?in\s*\((?P<values>[^()]*)\)", _check_in),
        (
            r"check\s*:?\s*(?P<values>(?:'[^']*'|\"[^\"]*\")(?:\s*(?:,|\||/|\bor\b)\s*(?:'[^']*'|\"[^\"]*\"))+)",
            _check_in,
        ),
        (
            r"check\s*:?\s+(?P<low>-?\d+(?:\.\d+)?)\s*(?:-|–|\.\.|to|and)\s*(?P<high>-?\d+(?:\.\d+)?)",
            _check_range,
        ),
        (r"check\s*:?\s+(?P<values>[^\W\d]\w*(?:\s*[/|]\s*[^\W\d]\w*)+)", _check_words),
        (r"check(?:\s+constraint)?(?=\s*(?:\Z|[,;.)]))", _always(Fact("check_values", ()))),
        (
            r"enum(?:eration)?\s*:?\s*(?P<values>\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|['\"][^'\"]+['\"](?:\s*[,|/]\s*['\"][^'\"]+['\"])*|\w+(?:\s*[|/]\s*\w+)+)",
            _enum,
        ),
        (
            r"(?<!e\.g\. )(?<!e\.g\.: )(?<!such as )(?<!like )(?<!example )"
            r"(?P<values>(?:['\"][\w -]+['\"])(?:\s*(?:,\s*(?:or\b)?|/|\||\bor\b)\s*['\"][\w -]+['\"])+)",
            _enum,
        ),
        (LISTED, _listed),
        (ALTERNATIVES, _alternatives),
        (rf"collate\s+(?P<name>{IDENT})", _collation),
        (
            r"min(?:imum)?\.?(?:[\s_-]*(?:length|len))?\b\s*(?:of\s*)?[:=≥>(]*\s*\d+\s*(?:chars?|characters?)?",
            _always(),
        ),
        (
            r"(?:max(?:imum)?\.?(?:[\s_]*length)?|max_length|up\s+to|length|len|máx(?:imo)?\.?|最大|最长)\s*(?:of\s*)?[:=≤<(]*\s*(?:1\s*(?:-|–|to)\s*)?(?P<n>\d+)(?!\d|\s*(?:chars?|characters?)?\s*(?:each|per)\b)(?!\s*(?!char|caract|Zeichen|long\b|(?:and|or|with|in|to|at|on|is|by|of|for)\b)[A-Za-z]{2})\s*(?:chars?|characters?|caracteres|Zeichen|caractères|caratteri|文字|字符|字)?",
            _length,
        ),
        (
            r"(?:between\s+)?\d+\s*(?:-|–|to|and)\s*(?P<n>\d+)\s*(?:chars?|characters?|caracteres|文字)\b",
            _length,
        ),
        (
            r"(?P<n>\d+)\s*(?:characters?|chars?)\b(?!\s*(?:each|per)\b)\s*(?:max(?:imum)?)?|\(?(?P<m>0)\)?(?!.)",
            lambda f: [Fact("max_length", int(f["n"]))] if f["n"] else [],
        ),
    )
)


def _lower(pattern: str) -> str:
    """A pattern for text in lower case, without the names of its groups."""
    lowered = re.sub(
        r"\\.|[^\W\d_]", lambda f: f.group() if len(f.group()) > 1 else f.group().lower(), pattern
    )
    return re.sub(r"\(\?p<\w+>", "(?:", lowered)


_WHICH = re.compile("|".join(f"({_lower(pattern.pattern)})" for pattern, _ in _PATTERNS))
"""Tells by the number of its group which pattern matches; one search instead of one for each of them."""
_START = re.compile(r"[^\s,;.|/()\[\]{}·•—–-]")
_SKIP = re.compile(r"[\w$]+|'[^']*'|\"[^\"]*\"|.", re.DOTALL)


_NOTHING: Final = (re.compile(r"(?!)"), _always())
_MARKED = re.compile(r"`|\*\*|__|\\")


@lru_cache(maxsize=1 << 16)
def unmarked(text: str) -> str:
    """A cell without code marks and emphasis; quotes stay, they are part of defaults."""
    if not _MARKED.search(text):
        return text.strip()
    return (
        re.sub(r"`|\*\*|(?<!\w)__(?=\S)|(?<=\S)__(?!\w)", "", text)
        .replace("\\_", "_")
        .replace("\\|", "|")
        .strip()
    )


_SPAN = re.compile(
    r"\b(?P<fact>APPLICATION DEFAULT|DEFAULT|GENERATED AS|COLLATE|REFRESHED ON UPDATE TO|COMMENT|"
    r"RENAMED FROM|FK NAME)"
    r" (?P<marks>`{1,2})(?P<value>.+?)(?P=marks)(?!`)"
)
_SPAN_FACTS = {
    "APPLICATION DEFAULT": "default",
    "GENERATED AS": "generated",
    "COLLATE": "collation",
    "REFRESHED ON UPDATE TO": "on_update",
    "COMMENT": "comment",
    "RENAMED FROM": "renamed_from",
    "FK NAME": "fk_name",
}


def read(text: str) -> list[Fact]:
    """The facts in a constraints cell, or in parentheses behind a type; what is no constraint is skipped."""
    return list(_read(text)) if text else []


@lru_cache(maxsize=1 << 16)
def _read(text: str) -> tuple[Fact, ...]:
    exact = [fact for found in _SPAN.finditer(text) for fact in _exact(found)]
    return (*exact, *_scan(unmarked(_SPAN.sub(" ", text))))


def _exact(found: re.Match[str]) -> list[Fact]:
    """A value in code marks, taken as it stands."""
    value = found["value"]
    if found["fact"] != "DEFAULT":
        told = unescaped(value) if found["fact"] == "COMMENT" else value
        return [Fact(_SPAN_FACTS[found["fact"]], told)]
    return default(value) or ([Fact("server_default", value)] if re.search(r"[()':|+*/]", value) else [])


def _scan(text: str) -> Iterator[Fact]:
    position = 0
    lower = text.lower()
    if len(lower) != len(text):  # 'İ' becomes two characters
        lower = "".join(c if len(c.lower()) > 1 else c.lower() for c in text)
    while found := _START.search(text, position):
        position = found.start()
        which = _WHICH.match(lower, position)
        pattern, handler = _PATTERNS[which.lastindex - 1] if which and which.lastindex else _NOTHING
        if (hit := pattern.match(text, position)) and hit.end() > position:
            yield from handler(hit)
            position = hit.end()
        else:
            skipped = _SKIP.match(text, position)
            position = skipped.end() if skipped else position + 1


_SEGMENTS = re.compile(r"[，；。、（）]\s*|[,;.]\s+|[,;.]\Z|\s[-–—]\s|[()]|\s\|\s")
_PHRASES = re.compile(
    r"""(?ix)\A(?:the\s+)?(?:primary\s+key\b(?!\s+of)|
    must\s+be\s+(?:not\s+null\b|unique\b(?!\s+(?:per|within|for|in|by|with|together|among)\b))|foreign\s+key\b|FK\b|references\b|referencing\b|not\s+null\b|nullable\b|
    required\b|optional\b|mandatory\b|unique\b(?!\s+(?:\w+\s+)?(?:identifier|id\b|identification|key\b|number|code|per\b))|
    indexed\b|index\Z|identity\Z|server_default\b|
    auto[-_ ]?increment|max(?:imum)?\b|up\s+to\b|on\s+delete\b|on\s+update\b|
    defaults?(?:\s*(?:to\b|:|=|is\b|value\b|true\b|false\b|null\b|now\b|current|['"\d])|\s+\S+\Z)|
    cascade\b|auto[- ]?update|no\s+foreign\s+key|cannot\s+be\s+null|must\s+not\s+be\s+null|
    \d+\s*-\s*\d+\s*char|
    enum\b|check\b|one\s+of\b|PK\b|PRI\b|NN\b|UQ\b|generated\s+always\b|
    主キー|外部キー|必須|任意|一意|clave\s+primaria|obligatorio|opcional|único|univoco|eindeutig\b|
    唯一(?!标识|識別|识别)|自增|索引|非空|可空|默认值|"""
    + rf"{PRIMARY_WORDS}|{FOREIGN}|{REQUIRED_WORDS}|{OPTIONAL_WORDS})"
)


def read_prose(text: str, force: Force = Force.SAID) -> list[Fact]:
    """The facts in running text beside a column: only phrases that begin a part of the sentence count.

    'Unique identifier for the user' is no UNIQUE, 'Unique, not null, the user's address' is.
    """
    return list(_read_prose(text, force)) if text else []


@lru_cache(maxsize=1 << 16)
def _read_prose(text: str, force: Force) -> tuple[Fact, ...]:
    text = unmarked(text)
    facts = [Fact("values", values, force)] if (values := values_in(text)) else []
    for segment in _segments(without_values(text) if values else text):
        if _PHRASES.match(segment):
            facts += [Fact(f.name, f.value, min(force, f.force)) for f in _first(segment)]
    return tuple(facts)


_ONE_ARGUMENT = re.compile(rf"({IDENT})\(({IDENT})\)")
_NO_ARGUMENT = re.compile(r"([\w.]+)\(\)")


def _segments(text: str) -> list[str]:
    """Parts of a sentence; parentheses that hold the columns of a reference stay with it."""
    kept = text
    if "(" in text:
        kept = _NO_ARGUMENT.sub("\\1\x00", _ONE_ARGUMENT.sub(r"\1.\2", text))
    return [s.strip().replace("\x00", "()") for s in _SEGMENTS.split(kept) if s and s.strip()]


def _first(segment: str) -> list[Fact]:
    """The facts that a phrase states; of a sentence only its beginning and what follows it directly."""
    facts = list(_scan(segment))
    words = segment.split()
    if words[0].lower() in ("required", "optional", "unique") and len(words) > 3:
        return facts[:1]
    return facts
