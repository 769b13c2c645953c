"""One column of a spec → one field of a SQLModel class."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from todo_db.modelcode.naming import Imports, constant, words
from todo_db.modelcode.pytypes import PyType, Types
from todo_db.objects.column import Column
from todo_db.revisions.code import Call, Items, Name, Node, Pairs, Text, call, literal, value
from todo_db.revisions.text import escaped
from todo_db.rules.models.onupdate_missing import MOVED
from todo_db.spec.document import ColumnSpec, ReferenceSpec

NOW = "utc_now"
NOW_SOURCE = '''\
def utc_now() -> datetime:
    """The current time, with its zone."""
    return datetime.now(UTC)
'''

_CAST = r'(?:::[\w ."]+(?:\(\d+\))?(?:\[\])*)?'
_STRING = re.compile(rf"'((?:[^']|'')*)'{_CAST}\Z", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?\Z")
_NOW = re.compile(r"(now\(\)|current_timestamp|transaction_timestamp\(\))\Z", re.IGNORECASE)
_UUID = re.compile(r"(gen_random_uuid|uuid_generate_v4)\(\)\Z", re.IGNORECASE)
_EMPTY = re.compile(rf"(?:'\{{\}}'|'\[\]'){_CAST}\Z", re.IGNORECASE)
_LISTED = re.compile(r"'\s*\[")
_TRUTH = {"true": "True", "t": "True", "false": "False", "f": "False"}
# what `Field(ondelete=…)` takes
_ONDELETE = ("cascade", "set null", "restrict")


@dataclass(frozen=True, slots=True)
class FieldCode:
    """A field: `name: annotation = node`. server: the database gives the value where none is set."""

    name: str
    column: str
    annotation: str
    node: Node | None
    description: str = ""
    server: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFacts:
    """What is known of a column: what the spec says, what PostgreSQL made of it, and its place in the table.

    target: what a foreign key that `Field` can state refers to, as 'table.column'. unique, index: said of
    the column and of no constraint with a name.
    """

    spec: ColumnSpec
    column: Column
    in_key: bool = False
    whole_key: bool = False  # the primary key is this column alone
    unique: bool = False
    index: bool = False
    reference: ReferenceSpec | None = None
    target: str = ""

    @property
    def filled(self) -> bool:
        """Whether the database gives a value where none is set."""
        numbered = self.spec.autoincrement is True or bool(self.spec.identity)
        return isinstance(self.spec.server_default, str) or self.column.generated is not None or numbered

    @property
    def nullable(self) -> bool:
        """What the spec leaves open is as PostgreSQL has it: a column may be null."""
        return not self.in_key and self.spec.nullable is not False and not self.spec.identity


@dataclass(slots=True)
class Fields:
    """Writes the fields of one module. types, imports: the module's own."""

    types: Types
    imports: Imports
    needs_now: bool = field(default=False)

    def of(self, facts: ColumnFacts, name: str) -> FieldCode:
        """The field for a column, under this attribute's name."""
        kind = self.kind(facts)
        default = self._python_default(facts, kind)
        generated = self._generated_key(facts)
        optional = facts.nullable or generated
        given = self._default_keywords(facts, default, optional=optional)
        own = self._column_keywords(facts, kind)
        inside = kind.column is not None or name != facts.spec.name
        node = (
            self._in_column(facts, kind, given, own, name) if inside else self._plain(facts, kind, given, own)
        )
        return FieldCode(
            name,
            facts.spec.name,
            kind.annotation + (" | None" if optional else ""),
            node,
            facts.spec.description,
            server=generated or facts.filled,
        )

    def kind(self, facts: ColumnFacts) -> PyType:
        """The type of a column; JSON whose default is a list holds lists."""
        kind = self.types.of(facts.column.type, facts.column.collation)
        stated = facts.spec.server_default
        listed = isinstance(stated, str) and _LISTED.match(stated.strip())
        if listed and kind.annotation.startswith("dict["):
            return replace(kind, annotation=f"list[{self.imports.use('typing', 'Any')}]")
        return kind

    # ---- the two forms ----

    def _plain(
        self, facts: ColumnFacts, kind: PyType, given: list[tuple[str, Node]], own: list[tuple[str, Node]]
    ) -> Node | None:
        """`Field(…)`, or as little of it as says the same."""
        keywords = [*given, *(("primary_key", Name("True")) for _ in range(facts.in_key))]
        keywords += [(name, Name("True")) for name in ("unique", "index") if getattr(facts, name)]
        if facts.target:
            keywords.append(("foreign_key", Text(facts.target)))
        if facts.target and facts.reference and facts.reference.on_delete:
            keywords.append(("ondelete", Text(str(facts.reference.on_delete).upper())))
        keywords += kind.keywords
        positional = [v for k, v in own if not k]
        if positional:
            keywords.append(("sa_column_args", Items(tuple(positional))))
        if named := tuple((k, v) for k, v in own if k):
            keywords.append(("sa_column_kwargs", Pairs(named)))
        if not keywords:
            return None
        if [k for k, _ in keywords] == ["default"]:
            return keywords[0][1]
        return Call(self.imports.use("sqlmodel", "Field"), (), tuple(keywords))

    def _in_column(
        self,
        facts: ColumnFacts,
        kind: PyType,
        given: list[tuple[str, Node]],
        own: list[tuple[str, Node]],
        name: str,
    ) -> Node:
        """`Field(sa_column=Column(…))`, in which everything is said by `Column`."""
        type_ = kind.column if kind.column is not None else self._spelled(facts, kind)
        args: list[Node] = [type_] if name == facts.spec.name else [Text(facts.spec.name), type_]
        if facts.target:
            rule = facts.reference.on_delete if facts.reference else None
            actions = {"ondelete": str(rule).upper()} if rule else {}
            args.append(call(self.imports.use("sqlalchemy", "ForeignKey"), facts.target, **actions))
        args += [v for k, v in own if not k]
        keywords: list[tuple[str, Node]] = [("primary_key", Name("True")) for _ in range(facts.in_key)]
        keywords += [(name, Name("True")) for name in ("unique", "index") if getattr(facts, name)]
        keywords += [] if facts.in_key else [("nullable", value(facts.nullable))]
        keywords += [(k, v) for k, v in own if k]
        column = Call(self.imports.use("sqlalchemy", "Column"), tuple(args), tuple(keywords))
        return Call(self.imports.use("sqlmodel", "Field"), (), (*given, ("sa_column", column)))

    def _spelled(self, facts: ColumnFacts, kind: PyType) -> Node:
        """The type written out, for a column whose attribute has another name."""
        return dict(kind.keywords).get("sa_type") or self.types.expression(facts.column.type)

    # ---- what is said ----

    def _column_keywords(self, facts: ColumnFacts, kind: PyType) -> list[tuple[str, Node]]:
        """Keywords of `Column`; those without a name are its arguments."""
        spec, column = facts.spec, facts.column
        found: list[tuple[str, Node]] = []
        if column.generated is not None:
            computed = self.imports.use("sqlalchemy", "Computed")
            expression = spec.generated if isinstance(spec.generated, str) else column.generated
            found.append(("", call(computed, escaped(expression), persisted=bool(column.generated_stored))))
        elif spec.identity:
            always = {"always": True} if spec.identity == "always" else {}
            found.append(("", call(self.imports.use("sqlalchemy", "Identity"), **always)))
        elif spec.autoincrement is True and not facts.whole_key:
            found.append(("", call(self.imports.use("sqlalchemy", "Identity"))))
        elif facts.in_key and spec.autoincrement is False and self._would_number(facts):
            found.append(("autoincrement", Name("False")))
        if isinstance(spec.server_default, str):
            found.append(("server_default", self._server_default(spec.server_default, kind)))
        if isinstance(spec.on_update, str):
            found.append(("onupdate", self._on_update(spec.on_update)))
        elif spec.on_update is not None and _is_stamp(spec.name, column.type):
            found.append(("onupdate", self._on_update("now()")))
        if isinstance(spec.comment, str):
            found.append(("comment", Text(spec.comment)))
        return found

    @staticmethod
    def _would_number(facts: ColumnFacts) -> bool:
        """Whether SQLAlchemy would make a SERIAL of it by itself."""
        whole = facts.column.type in ("integer", "bigint", "smallint")
        return whole and facts.whole_key and facts.reference is None

    def _generated_key(self, facts: ColumnFacts) -> bool:
        """Whether the database numbers the key, so that it is not known before the row is stored."""
        numbered = self._would_number(facts) and facts.spec.autoincrement is not False
        return facts.whole_key and (numbered or bool(facts.spec.identity))

    def _server_default(self, sql: str, kind: PyType) -> Node:
        """A plain string is quoted by SQLAlchemy; all else is SQL."""
        if (match := _STRING.match(sql)) and kind.annotation.partition("[")[0] in ("str",):
            return Text(match[1].replace("''", "'"))
        if (match := _STRING.match(sql)) and kind.enum is not None:
            return Text(match[1].replace("''", "'"))
        return call(self.imports.use("sqlalchemy", "text"), escaped(sql))

    def _on_update(self, sql: str) -> Node:
        if _NOW.match(sql):
            return Call(f"{self.imports.use('sqlalchemy', 'func')}.now")
        return call(self.imports.use("sqlalchemy", "text"), escaped(sql))

    def _default_keywords(
        self, facts: ColumnFacts, default: tuple[str, Node] | None, *, optional: bool
    ) -> list[tuple[str, Node]]:
        if default is not None:
            return [default]
        return [("default", Name("None"))] if optional or facts.filled else []

    def _python_default(self, facts: ColumnFacts, kind: PyType) -> tuple[str, Node] | None:
        """The default as Python has it, where it is the same in both: a constant, the time, a random UUID."""
        stated = facts.spec.server_default
        stated = stated if isinstance(stated, str) else facts.spec.default
        if not isinstance(stated, str):
            return None
        sql = _bare(stated)
        base = kind.annotation.partition("[")[0]
        if _NOW.match(sql) and facts.column.type.startswith("timestamp with time zone"):
            return "default_factory", Name(self._now())
        if _UUID.match(sql) and facts.column.type == "uuid":
            return "default_factory", Name(self.imports.use("uuid", "uuid4"))
        if _EMPTY.match(sql) and base in ("dict", "list"):
            return "default_factory", Name("list" if base == "list" else "dict")
        return self._constant(sql, base, kind)

    def _constant(self, sql: str, base: str, kind: PyType) -> tuple[str, Node] | None:
        match = _STRING.match(sql)
        text = match[1].replace("''", "'") if match else sql
        if kind.enum is not None and text in kind.enum.values:
            return "default", Name(f"{kind.annotation}.{constant(text)}")
        if base == "str":
            return ("default", Text(text)) if match else None
        if base == "bool":
            return ("default", Name(_TRUTH[text.lower()])) if text.lower() in _TRUTH else None
        return ("default", Name(number)) if (number := _number(text, base)) else None

    def _now(self) -> str:
        self.needs_now = True
        return self.types.shared(NOW)


def _bare(sql: str) -> str:
    """An expression without the parentheses around a number."""
    found = re.fullmatch(r"\((-?[\d.]+)\)", sql.strip())
    return found[1] if found else sql.strip()


def _number(text: str, annotation: str) -> str | None:
    """A number as it is written for this annotation."""
    if not _NUMBER.match(text):
        return None
    if annotation == "int":
        return text if "." not in text else None
    if annotation == "float":
        return repr(float(text))
    return f"{annotation}({literal(text)})" if annotation.endswith("Decimal") else None


def _is_stamp(name: str, type_name: str) -> bool:
    """Whether the name promises that the application moves it with each change: `updated_at`."""
    return type_name.startswith("timestamp") and not MOVED.isdisjoint(words(name))
