"""PostgreSQL's own name of a type → the SQLAlchemy expression that makes exactly this type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from todo_db.objects.domain import Domain
from todo_db.objects.enum import Enum
from todo_db.revisions.code import Call, Node, call
from todo_db.revisions.inexpressible import InexpressibleError
from todo_db.schema import DbObject, Key

CUSTOM_TYPE = "SqlType"
"""The class that a revision file brings along for types that SQLAlchemy does not know."""

CUSTOM_TYPE_SOURCE = '''\
class SqlType(sa.types.UserDefinedType):
    """A type that SQLAlchemy does not know, by its name in PostgreSQL."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        return self.name
'''

PLAIN: dict[str, str] = {
    "bigint": "sa.BigInteger",
    "boolean": "sa.Boolean",
    "bytea": "sa.LargeBinary",
    "character varying": "sa.String",
    "date": "sa.Date",
    "double precision": "sa.Double",
    "integer": "sa.Integer",
    "interval": "sa.Interval",
    "json": "sa.JSON",
    "numeric": "sa.Numeric",
    "real": "sa.REAL",
    "smallint": "sa.SmallInteger",
    "text": "sa.Text",
    "time without time zone": "sa.Time",
    "timestamp without time zone": "sa.DateTime",
    "uuid": "sa.Uuid",
}
_OF_POSTGRESQL = """
    cidr inet jsonb jsonpath macaddr macaddr8 money oid regclass regconfig tsquery tsvector
    daterange int4range int8range numrange tsrange tstzrange
    datemultirange int4multirange int8multirange nummultirange tsmultirange tstzmultirange
"""
PLAIN |= {name: f"postgresql.{name.upper()}" for name in _OF_POSTGRESQL.split()}
_EXTENSION_TYPES = {"public.citext": "postgresql.CITEXT", "public.hstore": "postgresql.HSTORE"}
_LENGTH = {"character varying": "sa.String", "character": "sa.CHAR", "bit": "postgresql.BIT"}
_COLLATABLE = ("sa.String", "sa.Text", "sa.CHAR")

_WITH_LENGTH = re.compile(r"(character varying|character|bit)\((\d+)\)\Z")
_NUMERIC = re.compile(r"numeric\((\d+),(-?\d+)\)\Z")
_MOMENT = re.compile(r"(timestamp|time)(?:\((\d)\))? (with|without) time zone\Z")
_INTERVAL = re.compile(r"interval(?: ([a-z ]+?))?(?:\((\d)\))?\Z")
_BIT_VARYING = re.compile(r"bit varying(?:\((\d+)\))?\Z")
_COLLATION = re.compile(r'[a-z_][a-z0-9_$]*|"(?:[^"]|"")+"')


def type_node(text: str, known: Mapping[Key, DbObject], collation: str | None = None) -> Node:
    """The expression for a type as format_type gives it, with an empty search_path.

    known: the objects among which enums and domains are looked up. collation: as the catalog quotes it.
    Raises InexpressibleError for a type, or a collation of it, that SQLAlchemy would not write out exactly.
    """
    if "%" in text:
        raise InexpressibleError("SQLAlchemy cannot write a type with a percent sign in its name")
    node = _element(text.removesuffix("[]"), known)
    if collation is not None:
        node = _collated(node, collation)
    return call("postgresql.ARRAY", node) if text.endswith("[]") else node


def _element(text: str, known: Mapping[Key, DbObject]) -> Call:
    builtin = _builtin(text)
    if builtin is not None:
        return builtin
    if isinstance(enum := known.get(Key("enum", text)), Enum):
        return call("postgresql.ENUM", name=enum.name, **_schema(enum.schema), create_type=False)
    if isinstance(domain := known.get(Key("domain", text)), Domain):
        base = type_node(domain.type, known)
        return call("postgresql.DOMAIN", domain.name, base, **_schema(domain.schema), create_type=False)
    return call(CUSTOM_TYPE, text)


def _builtin(text: str) -> Call | None:
    if function := PLAIN.get(text) or _EXTENSION_TYPES.get(text):
        return call(function)
    if match := _WITH_LENGTH.match(text):
        return call(_LENGTH[match[1]], length=int(match[2]))
    if match := _NUMERIC.match(text):
        return call("sa.Numeric", precision=int(match[1]), scale=int(match[2]))
    if match := _MOMENT.match(text):
        return _moment(match[1], match[2], match[3] == "with")
    if match := _INTERVAL.match(text):
        given = {"fields": match[1] and match[1].upper(), "precision": match[2] and int(match[2])}
        return call("postgresql.INTERVAL", **{k: v for k, v in given.items() if v is not None})
    return _bit_varying(text)


def _bit_varying(text: str) -> Call | None:
    match = _BIT_VARYING.match(text)
    if match is None:
        return None
    return call("postgresql.BIT", **({"length": int(match[1])} if match[1] else {}), varying=True)


def _moment(kind: str, precision: str | None, zone: bool) -> Call:
    if precision is None:
        return call("sa.DateTime" if kind == "timestamp" else "sa.Time", timezone=True)
    keywords = {"timezone": True} if zone else {}
    return call(f"postgresql.{kind.upper()}", **keywords, precision=int(precision))


def _schema(name: str) -> dict[str, str]:
    """Nothing for the schema that is found without being named."""
    return {} if name == "public" else {"schema": name}


def _collated(node: Call, collation: str) -> Call:
    if node.function not in _COLLATABLE or not _COLLATION.fullmatch(collation):
        raise InexpressibleError("SQLAlchemy cannot state this collation of this type")
    name = collation.strip('"').replace('""', '"') if collation.startswith('"') else collation
    extra = call("", collation=name).keywords
    return replace(node, keywords=(*node.keywords, *extra))
