"""PostgreSQL's name of a type → the annotation, and what SQLModel needs to be told to make this type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from todo_db.modelcode.naming import Imports
from todo_db.revisions.code import Call, Name, Node, call, value
from todo_db.revisions.types import PLAIN
from todo_db.spec.document import DomainSpec, EnumSpec

UNKNOWN_TYPE = "SqlType"
UNKNOWN_TYPE_SOURCE = '''\
class SqlType(UserDefinedType[Any]):
    """A type that SQLAlchemy does not know, by its name in PostgreSQL."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        return self.name
'''
VALUES_SOURCE = '''\
def values_of(enum: type[StrEnum]) -> list[str]:
    """The labels of an enum type: its values, not the names of its members."""
    return [member.value for member in enum]
'''


@dataclass(frozen=True, slots=True)
class PyType:
    """How a column's type is said in a model.

    annotation: without `| None`. keywords: of `Field`. column: the expression for `Column`, which is the only
    way to say the type where it has arguments that `Field` has no word for; None where `Field` will do.
    enum: the Python class of its values, whose members are their constants.
    """

    annotation: str
    keywords: tuple[tuple[str, Node], ...] = ()
    column: Node | None = None
    enum: EnumSpec | None = None


# what SQLModel makes of an annotation alone
_BARE = {
    "boolean": "bool",
    "bytea": "bytes",
    "character varying": "str",
    "double precision": "float",
    "integer": "int",
}
_IMPORTED = {
    "date": ("datetime", "date"),
    "interval": ("datetime", "timedelta"),
    "numeric": ("decimal", "Decimal"),
    "time without time zone": ("datetime", "time"),
    "timestamp with time zone": ("datetime", "datetime"),
    "timestamp without time zone": ("pydantic", "NaiveDatetime"),
    "uuid": ("uuid", "UUID"),
}
# annotation beside `sa_type`
_NAMED = {
    "bigint": ("int", "sqlalchemy", "BigInteger"),
    "citext": ("str", "sqlalchemy.dialects.postgresql", "CITEXT"),
    "cidr": ("str", "sqlalchemy.dialects.postgresql", "CIDR"),
    "inet": ("str", "sqlalchemy.dialects.postgresql", "INET"),
    "macaddr": ("str", "sqlalchemy.dialects.postgresql", "MACADDR"),
    "real": ("float", "sqlalchemy", "REAL"),
    "smallint": ("int", "sqlalchemy", "SmallInteger"),
    "text": ("str", "sqlalchemy", "Text"),
    "tsvector": ("str", "sqlalchemy.dialects.postgresql", "TSVECTOR"),
}
_JSON = {"json": ("sqlalchemy", "JSON"), "jsonb": ("sqlalchemy.dialects.postgresql", "JSONB")}

_VARCHAR = re.compile(r"character varying\((\d+)\)\Z")
_CHAR = re.compile(r"character\((\d+)\)\Z")
_NUMERIC = re.compile(r"numeric\((\d+),(-?\d+)\)\Z")
_MOMENT = re.compile(r"(timestamp|time)(?:\((\d)\))? (with|without) time zone\Z")

_SA, _PG = "sqlalchemy", "sqlalchemy.dialects.postgresql"
_WITH_NUMBERS = ((_VARCHAR, _SA, "String"), (_CHAR, _SA, "CHAR"), (_NUMERIC, _SA, "Numeric"))


class Types:
    """The types of one module: what they need is imported into it."""

    def __init__(
        self,
        imports: Imports,
        enums: Mapping[str, EnumSpec],
        classes: Mapping[str, str],
        domains: Mapping[str, DomainSpec],
        shared: str,
    ) -> None:
        """enums, classes, domains: by the name that PostgreSQL gives the type. shared: the module that the
        classes of enums are in, '' where it is the same one."""
        self._imports = imports
        self._enums = enums
        self._classes = classes
        self._domains = domains
        self._shared = shared

    def of(self, text: str, collation: str | None = None) -> PyType:
        """The type of that name, as `format_type` gives it with an empty search_path."""
        if collation is not None:
            return PyType("str", column=self._collated(text, collation))
        if (found := self._simple(text)) is not None:
            return found
        if enum := self._enums.get(text):
            return PyType(self.shared(self._classes[text]), column=self.expression(text), enum=enum)
        annotation = "Any"
        if text.endswith("[]"):
            annotation = f"list[{self.of(text[:-2]).annotation}]"
        elif domain := self._domains.get(text):
            annotation = self.of(_catalog_name(domain.type)).annotation
        elif _CHAR.match(text):
            annotation = "str"
        elif match := _MOMENT.match(text):
            annotation = self._imports.use("datetime", "datetime" if match[1] == "timestamp" else "time")
        if annotation == "Any":
            annotation = self._imports.use("typing", "Any")
        return PyType(annotation, column=self.expression(text))

    def shared(self, name: str) -> str:
        """A name of the module that all others import from."""
        return self._imports.use(self._shared, name) if self._shared else name

    def _simple(self, text: str) -> PyType | None:
        """What `Field` has words for."""
        if text in _BARE or text in _IMPORTED:
            return PyType(_BARE.get(text) or self._imports.use(*_IMPORTED[text]))
        if match := _VARCHAR.match(text):
            return PyType("str", (("max_length", value(int(match[1]))),))
        if (match := _NUMERIC.match(text)) and int(match[2]) >= 0:
            digits = (("max_digits", value(int(match[1]))), ("decimal_places", value(int(match[2]))))
            return PyType(self._imports.use("decimal", "Decimal"), digits)
        if text in _JSON:
            annotation = f"dict[str, {self._imports.use('typing', 'Any')}]"
            return PyType(annotation, column=self.expression(text))
        annotation, module, name = _NAMED.get(text.removeprefix("public."), ("", "", ""))
        return PyType(annotation, (("sa_type", Name(self._imports.use(module, name))),)) if name else None

    # ---- for Column(…) ----

    def expression(self, text: str) -> Call:
        """SQLAlchemy's type, written out."""
        if text.endswith("[]"):
            return call(self._imports.use(_PG, "ARRAY"), self.expression(text[:-2]))
        if enum := self._enums.get(text):
            return self._enum(text, enum)
        if domain := self._domains.get(text):
            return self._domain(domain)
        if found := self._with_arguments(text):
            return found
        if text in _JSON:  # otherwise None is stored as JSON's null, and no server default applies
            return call(self._imports.use(*_JSON[text]), none_as_null=True)
        module, name = self._class(text)
        return call(self._imports.use(module, name)) if name else call(self.shared(UNKNOWN_TYPE), text)

    def _with_arguments(self, text: str) -> Call | None:
        for pattern, module, name in _WITH_NUMBERS:
            if match := pattern.match(text):
                return call(self._imports.use(module, name), *map(int, match.groups()))
        if match := _MOMENT.match(text):
            given: dict[str, object] = {"timezone": True} if match[3] == "with" else {}
            given |= {"precision": int(match[2])} if match[2] else {}
            return call(self._imports.use(_PG, match[1].upper()), **given)
        return None

    def _class(self, text: str) -> tuple[str, str]:
        bare = text.removeprefix("public.")
        if bare in _NAMED:
            return _NAMED[bare][1:]
        module, _, name = PLAIN.get(text, "").partition(".")
        return (_SA if module == "sa" else _PG, name) if name else ("", "")

    def _enum(self, text: str, enum: EnumSpec) -> Call:
        schema, _, name = enum.name.rpartition(".")
        given: dict[str, object] = {"name": name}
        given |= {"schema": schema} if schema not in ("", "public") else {}
        given["values_callable"] = Name(self.shared("values_of"))
        local = self._imports.use("sqlalchemy", "Enum")
        return call(local, Name(self.shared(self._classes[text])), **given)

    def _domain(self, domain: DomainSpec) -> Call:
        schema, _, name = domain.name.rpartition(".")
        given: dict[str, object] = {"schema": schema} if schema not in ("", "public") else {}
        given |= {"not_null": True} if domain.nullable is False else {}
        given |= {"default": self._text(str(domain.default))} if domain.default else {}
        if domain.checks:
            given["check"] = self._text(" AND ".join(f"({c.expr})" for c in domain.checks))
        base = self.expression(_catalog_name(domain.type))
        return call(self._imports.use("sqlalchemy.dialects.postgresql", "DOMAIN"), name, base, **given)

    def _text(self, sql: str) -> Call:
        from todo_db.revisions.text import escaped

        return call(self._imports.use("sqlalchemy", "text"), escaped(sql))

    def _collated(self, text: str, collation: str) -> Call:
        match = _VARCHAR.match(text)
        name = "Text" if text == "text" else "String"
        args = (int(match[1]),) if match else ()
        return call(self._imports.use("sqlalchemy", name), *args, collation=collation.strip('"'))


def _catalog_name(word: str) -> str:
    """A type of a spec in PostgreSQL's own long spelling."""
    found = re.sub(r"^varchar\b", "character varying", word.lower())
    return {"timestamptz": "timestamp with time zone", "timestamp": "timestamp without time zone"}.get(
        found, found
    )
