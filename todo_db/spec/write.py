"""A specification → plain data (the shape of YAML and JSON) and YAML text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from todo_db.findings import Finding, Place
from todo_db.spec.document import (
    UNSAID,
    CheckSpec,
    ColumnSpec,
    DomainSpec,
    ForeignKeySpec,
    IndexSpec,
    PrimaryKeySpec,
    ReferenceSpec,
    SequenceSpec,
    Specification,
    TableSpec,
    UniqueSpec,
)
from todo_db.spec.write_markdown import to_markdown

__all__ = ["json_schema", "to_markdown", "to_plain", "to_yaml"]

FORMAT_VERSION = 1
Unsaid_ = Literal["null", "omit"]


def to_plain(spec: Specification, *, unsaid: Unsaid_ = "omit") -> dict[str, Any]:
    """The specification as plain dicts and lists.

    unsaid: 'omit' leaves out what is not said (the YAML shape, which reads back to the same specification);
    'null' writes it as null and adds places and questions (the JSON shape).
    """
    writer = _Writer(full=unsaid == "null")
    return writer.document(spec)


def to_yaml(spec: Specification) -> str:
    """The specification as YAML: one line per column, index and constraint."""
    import yaml

    class _Line(dict[str, Any]):
        """A mapping that stands on one line."""

    class _Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    def on_one_line(dumper: yaml.SafeDumper, data: _Line) -> yaml.Node:
        return dumper.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True)

    _Dumper.add_representer(_Line, on_one_line)
    plain = to_plain(spec)
    for table in plain["tables"].values():
        for key, value in table.items():
            if isinstance(value, list):
                table[key] = [_Line(v) if isinstance(v, dict) else v for v in value]
    text: str = yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100_000)
    return text


def json_schema() -> str:
    """The JSON Schema of the YAML form, for editors to complete and check it."""
    from importlib.resources import files

    return files("todo_db.spec").joinpath("schema.json").read_text(encoding="utf-8")


class _Writer:
    """Writes each kind of object; `full` adds places and nulls."""

    def __init__(self, *, full: bool) -> None:
        self.full = full

    def document(self, spec: Specification) -> dict[str, Any]:
        result: dict[str, Any] = {"version": FORMAT_VERSION}
        for name in ("schemas", "extensions"):
            if values := getattr(spec, name):
                result[name] = list(values)
        if spec.enums:
            result["enums"] = {e.name: list(e.values) for e in spec.enums}
        if spec.domains:
            result["domains"] = {d.name: self.domain(d) for d in spec.domains}
        if spec.sequences:
            result["sequences"] = {s.name: self.sequence(s) for s in spec.sequences}
        result["tables"] = {t.name: self.table(t) for t in spec.tables}
        if self.full:
            result["questions"] = [_question(f) for f in spec.findings if f.question]
            result["contradictions"] = [_question(f) for f in spec.findings if not f.question]
            result["passed_over"] = [
                {"title": p.title, "reason": p.reason, **_place(p.place)} for p in spec.passed_over
            ]
        return result

    def fields(self, pairs: Iterable[tuple[str, Any]], place: Place | None = None) -> dict[str, Any]:
        """Key and value for what is said; with places and nulls in the full form."""
        result: dict[str, Any] = {}
        for key, value in pairs:
            if value is UNSAID:
                if self.full:
                    result[key] = None
            elif value != ():
                result[key] = list(value) if isinstance(value, tuple) else value
        if self.full and place is not None:
            result |= _place(place)
        return result

    def table(self, table: TableSpec) -> dict[str, Any]:
        result = self.fields(
            (
                ("managed_by", table.managed_by or UNSAID),
                ("description", table.description or UNSAID),
                ("comment", table.comment),
            )
        )
        if table.renamed_from:
            result["renamed_from"] = table.renamed_from
        if table.owner is not UNSAID or self.full:
            result["owner"] = table.owner or None
        if table.owner is not UNSAID and table.owner_place is None:
            result["owner_stated"] = False
        if table.states_policies:
            result["own_policies"] = True
        result["columns"] = [self.column(c) for c in table.columns]
        if table.primary_key:
            result["primary_key"] = self.key(table.primary_key)
        self.listed(table, result)
        if self.full and table.place:
            result |= _place(table.place)
        return result

    def listed(self, table: TableSpec, result: dict[str, Any]) -> None:
        """The lists of constraints and indexes; an empty list says that there are none."""
        lists: Mapping[str, list[dict[str, Any]]] = {
            "uniques": [self.unique(u) for u in table.uniques],
            "foreign_keys": [self.foreign_key(f) for f in table.foreign_keys],
            "checks": [self.check(c) for c in table.checks],
            "exclusions": [
                self.fields((("name", e.name), ("definition", e.definition)), e.place)
                for e in table.exclusions
            ],
        }
        constraints = {k: v for k, v in lists.items() if v}
        if self.full:
            constraints = dict(lists)
        elif table.lists_constraints and not constraints:
            constraints = {"checks": []}
        result |= constraints
        if table.indexes or table.lists_indexes or self.full:
            result["indexes"] = [self.index(i) for i in table.indexes]
        if self.full or (any(constraints.values()) and not table.lists_constraints):
            result["lists_constraints"] = table.lists_constraints
        if self.full or (table.indexes and not table.lists_indexes):
            result["lists_indexes"] = table.lists_indexes

    def column(self, column: ColumnSpec) -> dict[str, Any]:
        pairs: list[tuple[str, Any]] = [("name", column.name), ("type", column.type)]
        names = (
            "max_length", "nullable", "primary_key", "unique", "index", "autoincrement", "identity",
            "server_default", "default", "generated", "collation", "on_update", "comment",
        )  # fmt: skip
        pairs += [(name, getattr(column, name)) for name in names]
        result = self.fields(pairs)
        if isinstance(column.references, ReferenceSpec):
            result["references"] = self.reference(column.references)
        elif self.full or column.references is None:
            result["references"] = None
        for name in ("description", "renamed_from"):
            if value := getattr(column, name):
                result[name] = value
        if self.full and column.place:
            result |= _place(column.place)
            result["places"] = {fact: p.line for fact, p in column.places.items()}
        return result

    def reference(self, reference: ReferenceSpec) -> dict[str, Any]:
        one = len(reference.columns) == 1
        return self.fields(
            (
                ("table", reference.table),
                ("column", reference.columns[0] if one else UNSAID)
                if one
                else ("columns", reference.columns),
                ("on_delete", reference.on_delete),
                ("on_update", reference.on_update),
                ("name", reference.name),
                ("deferrable", reference.deferrable),
            )
        )

    def key(self, key: PrimaryKeySpec) -> dict[str, Any]:
        return self.fields((("name", key.name), ("columns", key.columns)), key.place)

    def unique(self, unique: UniqueSpec) -> dict[str, Any]:
        return self.fields(
            (
                ("name", unique.name),
                ("columns", unique.columns),
                ("nulls_not_distinct", unique.nulls_not_distinct),
                ("deferrable", unique.deferrable),
            ),
            unique.place,
        )

    def foreign_key(self, key: ForeignKeySpec) -> dict[str, Any]:
        result = self.fields(
            (("name", key.name), ("columns", key.columns), ("deferrable", key.deferrable)), key.place
        )
        return result | {"references": self.reference(key.references)}

    def check(self, check: CheckSpec) -> dict[str, Any]:
        return self.fields((("name", check.name), ("expr", check.expr)), check.place)

    def index(self, index: IndexSpec) -> dict[str, Any]:
        return self.fields(
            (
                ("name", index.name),
                ("columns", index.columns),
                ("unique", index.unique),
                ("method", index.method),
                ("where", index.where),
                ("include", index.include),
            ),
            index.place,
        )

    def domain(self, domain: DomainSpec) -> dict[str, Any]:
        result = self.fields(
            (("type", domain.type), ("nullable", domain.nullable), ("default", domain.default)), domain.place
        )
        if domain.checks:
            result["checks"] = [self.check(c) for c in domain.checks]
        return result

    def sequence(self, sequence: SequenceSpec) -> dict[str, Any]:
        return self.fields(
            (("type", sequence.type), ("start", sequence.start), ("increment", sequence.increment)),
            sequence.place,
        )


def _place(place: Place) -> dict[str, Any]:
    return {"place": str(place), "line": place.line}


def _question(finding: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {
        "code": finding.code,
        "object": finding.object,
        "message": finding.message,
        "hint": finding.hint,
    }
    result["places"] = [{"path": p.path, "line": p.line} for p in finding.places]
    return result
