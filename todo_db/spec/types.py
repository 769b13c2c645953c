"""Reading type words: `VARCHAR(200)`, `string`, `datetime`, `Optional[int]` → PostgreSQL's spelling or a
family.

A word that is looser than any PostgreSQL type stays as it is and stands for a *family*: `accepted` tells
which types are in it. Everything else comes out in the short normal spelling (`varchar(200)`, `timestamptz`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache

ANYTHING = frozenset({"*"})
"""What `accepted` gives for a type that any PostgreSQL type may satisfy (an enumeration of values)."""

BITS = {"0": "false", "1": "true", "'0'": "false", "'1'": "true"}
"""Defaults of a boolean as other databases write them; PostgreSQL refuses a number there."""

_TEXTUAL = frozenset({"text", "character varying"})
_TIMES = frozenset({"timestamp with time zone", "timestamp without time zone"})
_JSON = frozenset({"json", "jsonb"})
_FAMILIES: dict[str, frozenset[str]] = {
    "string": _TEXTUAL,
    "string[]": frozenset({"text[]", "character varying[]"}),
    "datetime": _TIMES,
    "number": frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"}),
    "float": frozenset({"real", "double precision"}),
    "object": _JSON,
    "array": _JSON | {"text[]", "character varying[]", "integer[]"},
    "enum": ANYTHING,
}

# Words → normal spelling. The words of families are among the values.
_WORDS: dict[str, str] = {
    **dict.fromkeys(
        (
            "text",
            "longtext",
            "mediumtext",
            "tinytext",
            "clob",
            "ntext",
            "long text",
            "texto",
            "texte",
            "testo",
            "teks",
            "テキスト",
            "文本",
            "텍스트",
            "текст",
        ),
        "text",
    ),
    **dict.fromkeys(
        ("varchar", "character varying", "nvarchar", "varchar2", "nvarchar2", "可变字符串"), "varchar"
    ),
    **dict.fromkeys(("char", "character", "bpchar", "nchar"), "char"),
    **dict.fromkeys(
        (
            "integer",
            "int",
            "int4",
            "int32",
            "entero",
            "inteiro",
            "entier",
            "intero",
            "ganzzahl",
            "整数",
            "整型",
            "整形",
            "정수",
            "целое",
        ),
        "integer",
    ),
    **dict.fromkeys(("bigint", "int8", "int64", "long", "biginteger", "big integer", "长整型"), "bigint"),
    **dict.fromkeys(("smallint", "int2", "tinyint", "smallinteger"), "smallint"),
    **dict.fromkeys(
        (
            "boolean",
            "bool",
            "booleano",
            "lógico",
            "booléen",
            "boolesch",
            "wahrheitswert",
            "真偽値",
            "論理値",
            "ブール",
            "布尔",
            "布尔值",
            "布尔型",
            "불리언",
        ),
        "boolean",
    ),
    **dict.fromkeys(
        ("uuid", "guid", "uuid4", "uuidv4", "uuid v4", "uuid7", "uuidv7", "uniqueidentifier"), "uuid"
    ),
    **dict.fromkeys(
        (
            "timestamptz",
            "timestamp with time zone",
            "timestamp with timezone",
            "timestamp with tz",
            "timestamp_tz",
            "timestamp tz",
            "datetime with time zone",
            "datetime with timezone",
            "datetimetz",
            "datetimeoffset",
        ),
        "timestamptz",
    ),
    **dict.fromkeys(
        (
            "timestamp",
            "timestamps",
            "timestamp without time zone",
            "timestamp without timezone",
            "horodatage",
            "zeitstempel",
            "时间戳",
            "タイムスタンプ",
            "타임스탬프",
        ),
        "timestamp",
    ),
    **dict.fromkeys(
        (
            "datetime",
            "date time",
            "date-time",
            "datetime2",
            "smalldatetime",
            "日時",
            "fecha y hora",
            "fecha/hora",
            "date et heure",
            "data e hora",
            "data e ora",
            "日期时间",
            "날짜시간",
        ),
        "datetime",
    ),
    **dict.fromkeys(("date", "fecha", "datum", "日付", "日期", "날짜", "дата"), "date"),
    **dict.fromkeys(("timetz", "time with time zone"), "timetz"),
    **dict.fromkeys(("time", "time without time zone", "hora", "時刻"), "time"),
    "interval": "interval",
    **dict.fromkeys(("numeric", "decimal", "dec"), "numeric"),
    **dict.fromkeys(("double precision", "double", "float8"), "double precision"),
    **dict.fromkeys(("real", "float4"), "real"),
    "float": "float",
    **dict.fromkeys(("number", "num", "número", "nombre décimal", "zahl", "数値", "数字", "число"), "number"),
    "money": "money",
    "json": "json",
    "jsonb": "jsonb",
    **dict.fromkeys(("bytea", "blob", "binary", "varbinary", "bytes"), "bytea"),
    **dict.fromkeys(
        (
            "string",
            "str",
            "cadena",
            "emailstr",
            "文字列",
            "cadena de texto",
            "chaîne",
            "chaîne de caractères",
            "zeichenkette",
            "stringa",
            "字符串",
            "字符",
            "문자열",
            "строка",
        ),
        "string",
    ),
    **dict.fromkeys(("dict", "object", "json object"), "object"),
    **dict.fromkeys(("array", "list"), "array"),
    **{
        w: w
        for w in [
            "citext",
            "inet",
            "cidr",
            "macaddr",
            "macaddr8",
            "tsvector",
            "tsquery",
            "xml",
            "hstore",
            "ltree",
            "vector",
            "point",
            "line",
            "lseg",
            "box",
            "path",
            "polygon",
            "circle",
            "bit",
            "oid",
            "int4range",
            "int8range",
            "numrange",
            "tsrange",
            "tstzrange",
            "daterange",
        ]
    },
    "bit varying": "varbit",
    "varbit": "varbit",
}
_SERIALS = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
}
_LENGTHS = {"varchar", "char", "string", "varbit", "bit", "vector"}
_PRECISIONS = {"numeric", "timestamptz", "timestamp", "time", "timetz", "interval"}

_PHRASE = "|".join(
    re.escape(w).replace(r"\ ", r"\s+") for w in sorted((*_WORDS, *_SERIALS), key=len, reverse=True)
)
_HEAD = re.compile(rf"(?:positive\s+|unsigned\s+)?(?P<word>{_PHRASE})(?![\w-])", re.IGNORECASE)
_PARAMS = re.compile(r"\s*\(\s*(?P<n>\d+|max)\s*(?:,\s*(?P<s>\d+)\s*)?\)", re.IGNORECASE)
_ZONE = re.compile(r"\s*with(?P<out>out)?\s*time\s*zone\b", re.IGNORECASE)
_UTC = re.compile(
    r"\s*\(\s*(?:with\s+)?(?:timezone|time zone|tz|timezone[- ]aware|tz[- ]aware)\s*\)", re.IGNORECASE
)
_ARRAY = re.compile(r"\s*(?:\[\s*\d*\s*\])+|\s+ARRAY\b")
_OPTIONAL = re.compile(r"optional\[\s*(?P<inner>.+?)\s*\](?=\s|\Z|[,;(=–—-])", re.IGNORECASE)
_OR_NONE = re.compile(r"\s*\|\s*(?:none|null|undefined)\b", re.IGNORECASE)
_ENUM = re.compile(
    r"enum(?:eration)?\b\s*:?\s*(?:(?P<list>[(\[{][^()\[\]{}]+[)\]}])|(?P<bare>(?:['\"][^'\"]+['\"]\s*[,|/]?\s*)+)|(?P<words>\w+(?:\s*[|/]\s*\w+)+))?",
    re.IGNORECASE,
)
_ENUM_COLON = re.compile(r"enum\s*[:：]\s*(?P<list>[\w-]+(?:\s*,\s*[\w-]+)+)(?=\s*(?:\Z|\())", re.IGNORECASE)
_ARRAY_OF = re.compile(
    r"(?:array|list)\s*(?:of\s+|[<\[(]\s*)(?P<inner>string|str|text|integer|int|uuid)s?\s*[>\])]?",
    re.IGNORECASE,
)
_LITERALS = re.compile(r"Literal\[[^\[\]]+\]|(?:['\"][\w -]+['\"])(?:\s*\|\s*['\"][\w -]+['\"])+")
_INNER = re.compile(r"\s*\(\s*(?P<inner>[A-Za-z][\w ]{2,30}(?:\(\d+(?:,\s*\d+)?\))?)\s*\)")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"|([\w-]+)")


@dataclass(frozen=True, slots=True)
class TypeReading:
    """A type that was read. `values` are those of an enumeration; `nullable` where the type says so."""

    type: str
    autoincrement: bool = False
    nullable: bool | None = None
    values: tuple[str, ...] = ()


@lru_cache(maxsize=1 << 16)
def take(text: str) -> tuple[TypeReading, str] | None:
    """The type at the beginning of `text`, and what follows it; None where no type stands there."""
    text = text.strip()
    if found := _OPTIONAL.match(text):
        inner = take(found["inner"])
        return (replace(inner[0], nullable=True), text[found.end() :]) if inner else None
    taken = _take_one(text)
    if taken is None:
        return None
    reading, rest = taken
    if found := _OR_NONE.match(rest):
        return replace(reading, nullable=True), rest[found.end() :]
    if rest.startswith("?"):
        return replace(reading, nullable=True), rest[1:]
    return _alternatives(*_refined(reading, rest))


def _refined(reading: TypeReading, rest: str) -> tuple[TypeReading, str]:
    """`string (UUID)`, `number (integer)`: a family, and which of its types is meant. A UUID is none of the
    types of strings: either may be meant, as in `UUID (text)`."""
    family = accepted(reading.type) or ({"uuid"} if reading.type == "uuid" else None)
    if not family or not (found := _INNER.match(rest)) or not (inner := _take_one(found["inner"])):
        return reading, rest
    exact, more = inner
    if more.strip() or exact.values:
        return reading, rest
    if "uuid" in (exact.type, reading.type) and (textual(exact.type) or textual(reading.type)):
        other = reading.type if exact.type == "uuid" else exact.type
        return replace(reading, type=f"uuid/{other}"), rest[found.end() :]
    fits = (accepted(exact.type) or {base_of(exact.type)}) <= family
    return (replace(exact, nullable=reading.nullable), rest[found.end() :]) if fits else (reading, rest)


def read(text: str) -> TypeReading | None:
    """The type that `text` is as a whole, or None."""
    taken = take(text)
    return taken[0] if taken and not taken[1].strip(" .,;") else None


def _alternatives(reading: TypeReading, rest: str) -> tuple[TypeReading, str]:
    """`UUID/string`: either type is right."""
    names = [reading.type]
    while (found := re.match(r"\s*(?:/|\bor\b)\s*", rest)) and (more := _take_one(rest[found.end() :])):
        names.append(more[0].type)
        rest = more[1]
    return replace(reading, type="/".join(dict.fromkeys(names))), rest


def _take_one(text: str) -> tuple[TypeReading, str] | None:  # noqa: PLR0911 - one per kind
    if found := _LITERALS.match(text):
        return TypeReading("enum", values=_values(found.group())), text[found.end() :]
    if found := _ENUM_COLON.match(text):
        return TypeReading("enum", values=_values(found["list"])), text[found.end() :]
    if found := _ENUM.match(text):
        return TypeReading(
            "enum", values=_values(found["list"] or found["bare"] or found["words"] or "")
        ), text[found.end() :]
    if found := _ARRAY_OF.match(text):
        return TypeReading(_array(_WORDS[found["inner"].lower()])), text[found.end() :]
    if not (found := _HEAD.match(text)):
        return None
    word = re.sub(r"\s+", " ", found["word"].lower())
    rest = text[found.end() :]
    if word in _SERIALS:
        return TypeReading(_SERIALS[word], autoincrement=True), rest
    return _modified(_WORDS[word], word, rest)


def _modified(name: str, word: str, rest: str) -> tuple[TypeReading, str]:
    """What stands behind a type's name: length, zone, array."""
    if found := _PARAMS.match(rest):
        name, rest = _with_params(name, word, found), rest[found.end() :]
    base = name.partition("(")[0]
    if base in ("timestamp", "datetime", "time") and (found := _ZONE.match(rest) or _UTC.match(rest)):
        rest = rest[found.end() :]
        if "out" in found.groupdict() and found["out"]:
            name = name.replace("datetime", "timestamp")
        else:
            name = name.replace(base, "timetz" if base == "time" else "timestamptz")
    if found := _ARRAY.match(rest):
        name, rest = _array(name), rest[found.end() :]
    return TypeReading(name), rest


def _with_params(name: str, word: str, found: re.Match[str]) -> str:
    number, scale = found["n"], found["s"]
    if word == "tinyint" and number == "1":
        return "boolean"
    if number.lower() == "max" or (name not in _LENGTHS and name not in _PRECISIONS):
        return name  # int(11) and the like: a display width, not a fact
    name = "varchar" if name == "string" else name
    return f"{name}({number},{scale})" if scale else f"{name}({number})"


def _array(name: str) -> str:
    return f"{name}[]"


def _values(text: str) -> tuple[str, ...]:
    """The values of an enumeration, quoted or not."""
    quoted = re.findall(r"'([^']*)'|\"([^\"]*)\"", text)
    if quoted:
        return tuple(a or b for a, b in quoted)
    return tuple(v.strip() for v in re.split(r"[,|/]", text.strip("()[]{} ")) if v.strip())


_FORMATTED = {
    "varchar": "character varying",
    "char": "character",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "timetz": "time with time zone",
    "time": "time without time zone",
    "varbit": "bit varying",
}


def base_of(type_: str) -> str:
    """The name of a type as PostgreSQL's format_type spells it, without length or precision."""
    name = re.sub(r"\(.*?\)", "", type_).strip()
    plain, array = (name[:-2], "[]") if name.endswith("[]") else (name, "")
    return _FORMATTED.get(plain, plain) + array


@cache
def accepted(type_: str) -> frozenset[str] | None:
    """The base type names, as format_type spells them, that satisfy a family; None for an exact type.

    `ANYTHING` stands for a type that names only its values.
    """
    if type_ in _FAMILIES:
        return _FAMILIES[type_]
    if type_.startswith("enum("):
        return ANYTHING
    if "/" in type_:
        return frozenset().union(*(accepted(t) or {base_of(t)} for t in type_.split("/")))
    return None


@lru_cache(maxsize=1 << 12)
def is_known(type_: str) -> bool:
    """Whether the word is one of PostgreSQL's types or a family, not a name that the document has to
    define."""
    bare = re.sub(r"\(.*?\)|\[\]", "", type_)
    return all(t in _WORDS.values() or t in _FAMILIES for t in bare.split("/"))


def compatible(one: str, other: str) -> bool:
    """Whether one column can have both types: the same, one in the other's family, or one without its
    length."""
    if one == other:
        return True
    bases = [accepted(t) or frozenset({base_of(t)}) for t in (one, other)]
    if ANYTHING in bases:
        return True
    if not bases[0] & bases[1]:
        return False
    lengths = [re.search(r"\(.*\)", t) for t in (one, other)]
    return not all(lengths) or lengths[0].group() == lengths[1].group()  # type: ignore[union-attr]


def specificity(type_: str) -> int:
    """How much a spelling says: a family least, a length most."""
    if type_.startswith("enum("):
        return 2
    return 0 if accepted(type_) is not None else (2 if "(" in type_ else 1)


def textual(type_: str) -> bool:
    """Whether values of the type are written as quoted strings."""
    family = accepted(type_) or {base_of(type_)}
    return bool(family & (_TEXTUAL | {"character", "citext"})) or family == ANYTHING


def structured(type_: str) -> bool:
    """Whether it is json or jsonb."""
    return bool((accepted(type_) or {base_of(type_)}) & _JSON)


def temporal(type_: str) -> bool:
    """Whether it is a date or a time."""
    family = accepted(type_) or {base_of(type_)}
    return any(t.startswith(("timestamp", "time", "date")) for t in family)
