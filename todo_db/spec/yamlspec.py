"""The strict YAML form of a specification → statements; anything unexpected is a finding with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from todo_db.findings import Finding
from todo_db.spec import rules, types
from todo_db.spec.constraints import TARGET, action, target_of
from todo_db.spec.document import (
    UNSAID,
    CheckSpec,
    DomainSpec,
    EnumSpec,
    ExclusionSpec,
    ForeignKeySpec,
    IndexSpec,
    PrimaryKeySpec,
    ReferenceSpec,
    SequenceSpec,
    UniqueSpec,
)
from todo_db.spec.statements import Force, Notation, Statement, TableName
from todo_db.spec.yamlnodes import Mapped, NodeReader, Seen, is_name, is_null

if TYPE_CHECKING:
    from yaml.nodes import Node


def read_yaml(text: str, path: str) -> tuple[list[Statement], list[Finding]]:
    """The statements of a YAML specification, and what is wrong with it."""
    reader = _Reader(path)
    root = reader.compose(text)
    if root is not None:
        reader.document(root)
    return reader.statements, reader.findings


def respelled(text: str, path: str) -> str:
    """The text with every key in its own spelling; everything else stays as it is."""
    reader = _Reader(path)
    root = reader.compose(text)
    if root is not None:
        reader.document(root)
    for node, key in sorted(reader.respelled, key=lambda r: -r[0].start_mark.index):
        text = text[: node.start_mark.index] + key + text[node.end_mark.index :]
    return text


@dataclass(slots=True)
class _Reader(NodeReader):
    """Reads a specification; `statements` collects what it states."""

    statements: list[Statement] = field(default_factory=list)

    def say(
        self,
        fact: str,
        value: object,
        node: Node,
        table: str | None = None,
        column: str = "",
        *,
        force: Force = Force.SAID,
    ) -> None:
        name = TableName(table) if table is not None else None
        self.statements.append(Statement(name, fact, value, self.place(node), Notation.YAML, column, force))

    # ---- the document

    def document(self, root: Node) -> None:
        entries = self.mapping(root, _ROOT, "a specification")
        for name, (key, node) in self.named(entries, "tables", "a table"):
            self.table(name, key, node)
        for name, (key, node) in self.named(entries, "enums", "an enum"):
            self.enum(name, key, node)
        for name, (key, node) in self.named(entries, "domains", "a domain"):
            self.domain(name, key, node)
        for name, (key, node) in self.named(entries, "sequences", "a sequence"):
            self.sequence(name, key, node)
        for kind, fact in (("extensions", "extension"), ("schemas", "schema")):
            if kind in entries:
                for name in self.names(entries[kind][1], kind):
                    self.say(fact, name, entries[kind][1])

    def named(self, entries: Mapped, kind: str, what: str) -> Iterator[tuple[str, tuple[Node, Node]]]:
        """Objects by name: a mapping from names, or a list of mappings with a `name`."""
        from yaml.nodes import MappingNode, SequenceNode

        if kind not in entries:
            return
        node = entries[kind][1]
        if not isinstance(node, SequenceNode):
            yield from self.mapping(node, None, kind).items()
            return
        seen: Seen = {}
        for item in self.items(node, kind):
            name_of = (
                next((v for k, v in item.value if k.value == "name"), None)
                if isinstance(item, MappingNode)
                else None
            )
            if name_of is None or not is_name(name_of):
                self.report(rules.YAML_VALUE, item, f"{what.capitalize()} in a list needs a name.")
            elif self.first(str(name_of.value), seen, item, kind):
                yield str(name_of.value), (item, item)

    def enum(self, name: str, key: Node, node: Node) -> None:
        from yaml.nodes import MappingNode

        values_at = node
        if isinstance(node, MappingNode):
            entries = self.mapping(node, frozenset({"name", "values", "comment"}), "an enum")
            if "values" not in entries:
                return self.report(rules.YAML_VALUE, node, f"The enum {name} needs values.")
            values_at = entries["values"][1]
        values = tuple(str(n.value) for n in self.items(values_at, "values") if self.scalar(n, "values"))
        return self.say("enum", EnumSpec(name=name, values=values, place=self.place(key)), key)

    def domain(self, name: str, key: Node, node: Node) -> None:
        entries = self.mapping(node, _DOMAIN, "a domain")
        type_ = self.text(entries["type"][1], "type") if "type" in entries else None
        if type_ is None:
            return self.report(rules.YAML_VALUE, node, f"The domain {name} needs a type.")
        nullable = self.flag(entries["nullable"][1], "nullable") if "nullable" in entries else None
        default = self.text(entries["default"][1], "default") if "default" in entries else None
        checks = (
            tuple(self.check(n) for n in self.items(entries["checks"][1], "checks"))
            if "checks" in entries
            else ()
        )
        spec = DomainSpec(
            name=name,
            type=_normal(type_),
            nullable=UNSAID if nullable is None else nullable,
            default=UNSAID if "default" not in entries else default,
            checks=tuple(c for c in checks if c),
            place=self.place(key),
        )
        return self.say("domain", spec, key)

    def sequence(self, name: str, key: Node, node: Node) -> None:
        entries = self.mapping(node, frozenset({"name", "type", "start", "increment"}), "a sequence")
        numbers = {k: self.number(entries[k][1], k) for k in ("start", "increment") if k in entries}
        type_ = self.text(entries["type"][1], "type") if "type" in entries else None
        spec = SequenceSpec(
            name=name,
            type=_normal(type_) if type_ else UNSAID,
            start=numbers.get("start") if numbers.get("start") is not None else UNSAID,  # type: ignore[arg-type]
            increment=numbers.get("increment") if numbers.get("increment") is not None else UNSAID,  # type: ignore[arg-type]
            place=self.place(key),
        )
        self.say("sequence", spec, key)

    def table(self, name: str, key: Node, node: Node) -> None:
        entries = self.mapping(node, _TABLE, f"the table {name}")
        self.say("table", "", key, name)
        for column, (at, value) in self.named(entries, "columns", "a column"):
            self.column(name, column, at, value)
        for fact in ("managed_by", "comment", "renamed_from"):
            if fact in entries and (text := self.text(entries[fact][1], fact)) is not None:
                self.say(fact, text, entries[fact][1], name)
        if "description" in entries and (text := self.text(entries["description"][1], "description")):
            self.say("table_description", text, entries["description"][1], name)
        if "owner" in entries:
            force = Force.HINT if self.flag_in(entries, "owner_stated") is False else Force.SAID
            self.say("owner", self.text(entries["owner"][1], "owner"), entries["owner"][1], name, force=force)
        if self.flag_in(entries, "own_policies"):
            self.say("policy_of", True, entries["own_policies"][0], name)
        self.objects(name, entries)
        self.listings(name, entries)

    def flag_in(self, entries: Mapped, fact: str) -> bool | None:
        return self.flag(entries[fact][1], fact) if fact in entries else None

    def listings(self, table: str, entries: Mapped) -> None:
        """Which lists are complete: those that are there, unless the opposite is said."""
        for fact, kinds in (
            ("lists_indexes", ("indexes",)),
            ("lists_constraints", ("checks", "uniques", "foreign_keys", "exclusions")),
        ):
            said = self.flag_in(entries, fact)
            listed = [entries[k][0] for k in kinds if k in entries]
            if said or (said is None and listed):
                self.say(fact, True, entries[fact][0] if fact in entries else listed[0], table)

    def objects(self, table: str, entries: Mapped) -> None:
        readers: dict[str, tuple[str, Callable[[Node], object]]] = {
            "uniques": ("unique_of", self.unique),
            "foreign_keys": ("foreign_key", self.foreign_key),
            "checks": ("check", self.check),
            "exclusions": ("exclusion", self.exclusion),
            "indexes": ("index_of", self.index),
        }
        for kind, (fact, reader) in readers.items():
            for node in self.items(entries[kind][1], kind) if kind in entries else ():
                if (spec := reader(node)) is not None:
                    self.say(fact, spec, node, table)
        if "primary_key" in entries and (key := self.primary_key(entries["primary_key"][1])):
            self.say("primary_key_of", key, entries["primary_key"][1], table)

    def primary_key(self, node: Node) -> PrimaryKeySpec | None:
        from yaml.nodes import MappingNode

        if not isinstance(node, MappingNode):
            columns = self.names(node, "primary_key")
            return PrimaryKeySpec(columns=columns, place=self.place(node)) if columns else None
        entries = self.mapping(node, frozenset({"name", "columns"}), "a primary key")
        columns = self.columns_of(entries, node, "a primary key")
        return (
            PrimaryKeySpec(columns=columns, name=self.name(entries), place=self.place(node))
            if columns
            else None
        )

    def columns_of(self, entries: Mapped, node: Node, what: str) -> tuple[str, ...]:
        columns = self.names(entries["columns"][1], "columns") if "columns" in entries else ()
        if not columns:
            self.report(rules.YAML_VALUE, node, f"{what.capitalize()} needs columns.")
        return columns

    def name(self, entries: Mapped) -> Any:
        return (self.text(entries["name"][1], "name") if "name" in entries else None) or UNSAID

    def unique(self, node: Node) -> UniqueSpec | None:
        entries = self.mapping(node, _UNIQUE, "a unique constraint")
        columns = self.columns_of(entries, node, "a unique constraint")
        distinct = (
            self.flag(entries["nulls_not_distinct"][1], "nulls_not_distinct")
            if "nulls_not_distinct" in entries
            else None
        )
        if not columns:
            return None
        return UniqueSpec(
            columns=columns,
            name=self.name(entries),
            nulls_not_distinct=UNSAID if distinct is None else distinct,
            deferrable=self.deferrable(entries),
            place=self.place(node),
        )

    def deferrable(self, entries: Mapped) -> Any:
        return (
            self.text(entries["deferrable"][1], "deferrable") if "deferrable" in entries else None
        ) or UNSAID

    def foreign_key(self, node: Node) -> ForeignKeySpec | None:
        entries = self.mapping(node, _FOREIGN_KEY, "a foreign key")
        columns = self.columns_of(entries, node, "a foreign key")
        if not columns or "references" not in entries:
            self.report(rules.YAML_VALUE, node, "A foreign key needs columns and references.")
            return None
        references = self.references(entries["references"][1])
        if references is None:
            return None
        name = self.name(entries) or references.name
        return ForeignKeySpec(
            columns=columns,
            references=references,
            name=name,
            deferrable=self.deferrable(entries),
            place=self.place(node),
        )

    def references(self, node: Node) -> ReferenceSpec | None:
        """`users.id`, `users(id)`, or a mapping."""
        from yaml.nodes import MappingNode

        if not isinstance(node, MappingNode):
            text = self.text(node, "references") or ""
            if found := re.fullmatch(TARGET, text.strip()):
                return target_of(found)
            if re.fullmatch(r"[\w.]+", text.strip()):
                return ReferenceSpec(table=text.strip())
            self.report(rules.YAML_VALUE, node, f"references is table.column, not {text!r}.")
            return None
        entries = self.mapping(node, _REFERENCE, "references")
        table = self.text(entries["table"][1], "table") if "table" in entries else None
        if table is None:
            self.report(rules.YAML_VALUE, node, "references needs a table.")
            return None
        columns = next((self.names(entries[k][1], k) for k in ("columns", "column") if k in entries), ())
        return ReferenceSpec(
            table=table,
            columns=columns,
            on_delete=self.action(entries, "on_delete"),
            on_update=self.action(entries, "on_update"),
            name=self.name(entries),
            deferrable=self.deferrable(entries),
        )

    def action(self, entries: Mapped, key: str) -> Any:
        text = self.text(entries[key][1], key) if key in entries else None
        if text is None:
            return UNSAID
        if action(text) in _ACTIONS:
            return action(text)
        self.report(
            rules.YAML_VALUE, entries[key][1], f"{key} is one of {', '.join(_ACTIONS)}, not {text!r}."
        )
        return UNSAID

    def check(self, node: Node) -> CheckSpec | None:
        from yaml.nodes import ScalarNode

        if isinstance(node, ScalarNode):
            return CheckSpec(expr=str(node.value), place=self.place(node))
        entries = self.mapping(node, frozenset({"name", "expr"}), "a check")
        expr = self.text(entries["expr"][1], "expr") if "expr" in entries else None
        if expr is None:
            self.report(rules.YAML_VALUE, node, "A check needs an expr.")
            return None
        return CheckSpec(expr=expr, name=self.name(entries), place=self.place(node))

    def exclusion(self, node: Node) -> ExclusionSpec | None:
        entries = self.mapping(node, frozenset({"name", "definition"}), "an exclusion")
        text = self.text(entries["definition"][1], "definition") if "definition" in entries else None
        return (
            ExclusionSpec(definition=text, name=self.name(entries), place=self.place(node)) if text else None
        )

    def index(self, node: Node) -> IndexSpec | None:
        entries = self.mapping(node, _INDEX, "an index")
        columns = self.columns_of(entries, node, "an index")
        if not columns:
            return None
        unique = self.flag(entries["unique"][1], "unique") if "unique" in entries else None
        where = self.text(entries["where"][1], "where") if "where" in entries else None
        return IndexSpec(
            columns=columns,
            name=self.name(entries),
            unique=UNSAID if unique is None else unique,
            method=(self.text(entries["method"][1], "method") if "method" in entries else None) or UNSAID,
            where=where if "where" in entries else UNSAID,
            include=self.names(entries["include"][1], "include") if "include" in entries else (),
            place=self.place(node),
        )

    def column(self, table: str, name: str, key: Node, node: Node) -> None:
        entries = self.mapping(node, _COLUMN, f"the column {table}.{name}")
        self.say("exists", True, key, table, name)
        for fact, (_, value) in entries.items():
            self.column_fact(table, name, fact, value)

    def column_fact(self, table: str, name: str, fact: str, node: Node) -> None:
        if fact == "type":
            self.type(table, name, node)
        elif fact in ("nullable", "primary_key", "unique", "index", "autoincrement", "required", "optional"):
            self.flag_fact(table, name, fact, node)
        elif fact == "references":
            self.reference_facts(table, name, node)
        elif fact == "max_length":
            if (number := self.number(node, fact)) is not None:
                self.say(fact, number, node, table, name)
        elif fact == "identity":
            self.identity(table, name, node)
        elif fact in (
            "server_default",
            "generated",
            "collation",
            "on_update",
            "default",
            "description",
            "renamed_from",
            "comment",
        ):
            text = self.text(node, fact)
            if text is not None or fact not in ("description", "renamed_from"):
                self.say(fact, text, node, table, name)

    def identity(self, table: str, name: str, node: Node) -> None:
        text = action(self.text(node, "identity") or "")
        if text in ("always", "by default", ""):
            self.say("identity", text or None, node, table, name)
        else:
            self.report(rules.YAML_VALUE, node, f"identity is always or by default, not {text!r}.")

    def flag_fact(self, table: str, name: str, fact: str, node: Node) -> None:
        flag = self.flag(node, fact)
        if flag is None:
            return
        if fact in ("required", "optional"):
            fact, flag = "nullable", flag is (fact == "optional")
        self.say(fact, flag, node, table, name)

    def type(self, table: str, name: str, node: Node) -> None:
        text = self.text(node, "type")
        if text is None:
            return None
        reading = types.read(text)
        if reading and reading.type == "enum" and reading.values:
            from todo_db.spec.columns import enum_type

            return self.say("type", enum_type(reading.values), node, table, name)
        self.say("type", reading.type if reading else text, node, table, name)
        if reading and reading.autoincrement:
            self.say("autoincrement", True, node, table, name)
        return None

    def reference_facts(self, table: str, name: str, node: Node) -> None:
        if is_null(node):
            return self.say("references", None, node, table, name)
        reference = self.references(node)
        if reference is not None:
            key = ForeignKeySpec(
                columns=(name,), references=reference, name=reference.name, deferrable=reference.deferrable
            )
            self.say("foreign_key", key, node, table)
        return None


_ACTIONS = ("cascade", "set null", "set default", "restrict", "no action")
_ROOT = frozenset({"version", "tables", "enums", "domains", "sequences", "extensions", "schemas"})
_TABLE = frozenset(
    [
        "name",
        "columns",
        "managed_by",
        "owner",
        "owner_stated",
        "own_policies",
        "primary_key",
        "uniques",
        "foreign_keys",
        "checks",
        "exclusions",
        "indexes",
        "comment",
        "description",
        "renamed_from",
        "lists_indexes",
        "lists_constraints",
    ]
)
_COLUMN = frozenset(
    [
        "name",
        "type",
        "max_length",
        "nullable",
        "required",
        "optional",
        "primary_key",
        "unique",
        "index",
        "autoincrement",
        "identity",
        "server_default",
        "default",
        "generated",
        "collation",
        "on_update",
        "references",
        "comment",
        "description",
        "renamed_from",
    ]
)
_REFERENCE = frozenset({"table", "column", "columns", "on_delete", "on_update", "name", "deferrable"})
_UNIQUE = frozenset({"name", "columns", "nulls_not_distinct", "deferrable"})
_FOREIGN_KEY = frozenset({"name", "columns", "references", "deferrable"})
_INDEX = frozenset({"name", "columns", "unique", "method", "where", "include"})
_DOMAIN = frozenset({"name", "type", "nullable", "default", "checks"})


def _normal(type_: str) -> str:
    reading = types.read(type_)
    return reading.type if reading else type_
