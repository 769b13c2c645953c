"""All files of the models: one module for each table, or one file for all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Literal

from todo_db.modelcode import marks, naming
from todo_db.modelcode.classes import Writer
from todo_db.modelcode.fields import NOW, NOW_SOURCE, ColumnFacts, Fields
from todo_db.modelcode.naming import Imports
from todo_db.modelcode.pytypes import UNKNOWN_TYPE, UNKNOWN_TYPE_SOURCE, VALUES_SOURCE, Types
from todo_db.modelcode.relations import Relation, relations
from todo_db.modelcode.tables import ClassPlan, plans
from todo_db.ownership.declared import Ownerships, qualified
from todo_db.revisions.code import Name, call, lay_out, literal
from todo_db.schema import Schema, display
from todo_db.spec.document import UNSAID, EnumSpec, Specification

Layout = Literal["package", "file"]
SHARED = "shared"
"""The module of what several others need: classes of enums, the clock, types that SQLAlchemy lacks."""


def generate(
    spec: Specification, built: Schema, *, layout: Layout, width: int, schemas: bool = False
) -> Mapping[PurePosixPath, str]:
    """The files' texts, by their paths within the package; for the layout 'file' the one path is '.'.

    spec: without open questions. built: the spec as PostgreSQL built it. schemas: with the models for
    requests and answers. Raises UsageError where the owners that the spec states make no sense.
    """
    return _Package(spec, built, layout, width, schemas).files()


class _Package:
    def __init__(self, spec: Specification, built: Schema, layout: Layout, width: int, schemas: bool) -> None:
        self._spec = spec
        self._layout = layout
        self._width = width
        self._schemas = schemas
        self._plans = plans(spec, built)
        self._relations = relations(self._plans)
        self._owners = Ownerships.from_specification(spec)
        self._enums = {_type_name(e.name): e for e in spec.enums}
        self._domains = {_type_name(d.name): d for d in spec.domains}
        taken = {p.name for p in self._plans}
        self._classes: dict[str, str] = {}
        for name, enum in self._enums.items():
            wanted = naming.class_name(enum.name.rpartition(".")[2])
            self._classes[name] = naming.free(wanted if wanted not in taken else f"{wanted}Value", taken)
            taken.add(self._classes[name])

    def _apart(self, types: Types, imports: Imports) -> list[str]:
        """Enum types and sequences that no column uses: the metadata knows them all the same."""
        used = {f.column.type.removesuffix("[]") for p in self._plans for f in p.columns}
        nodes = [(self._classes[name], types.expression(name)) for name in self._enums if name not in used]
        for sequence in self._spec.sequences:
            schema, _, bare = sequence.name.rpartition(".")
            said = {"start": sequence.start, "increment": sequence.increment}
            given: dict[str, object] = {k: v for k, v in said.items() if v is not UNSAID}
            given |= {"schema": schema} if schema not in ("", "public") else {}
            nodes.append((bare, call(imports.use("sqlalchemy", "Sequence"), bare, **given)))
        lines: list[str] = []
        for name, node in nodes:
            known = ("metadata", Name(f"{imports.use('sqlmodel', 'SQLModel')}.metadata"))
            whole = replace(node, keywords=(*node.keywords, known))
            local = naming.attribute("_".join(naming.words(name)))
            lines += lay_out(whole, 0, f"{local} = ", width=self._width)
        return lines

    def files(self) -> Mapping[PurePosixPath, str]:
        if self._layout == "file":
            return {PurePosixPath("."): marks.marked(self._single())}
        found: dict[PurePosixPath, str] = {}
        shared: set[str] = set()
        for plan in self._plans:
            found[PurePosixPath(f"{plan.module}.py")] = self._module(plan, shared)
        shared |= {self._classes[name] for name in self._enums}
        if self._enums:
            shared.add("values_of")
        if shared or self._spec.sequences:
            found[PurePosixPath(f"{SHARED}.py")] = self._shared(shared)
        found[PurePosixPath("__init__.py")] = self._init(shared)
        return {path: marks.marked(text) for path, text in sorted(found.items())}

    # ---- one module for each table ----

    def _module(self, plan: ClassPlan, shared: set[str]) -> str:
        links = self._relations[plan.name]
        imports = Imports(_names(plan, links))
        through = sorted({(r.through.module, r.through.name) for r in links if r.through})
        for module, name in through:
            imports.use(f".{module}", name)
        writer = self._writer(imports, f".{SHARED}")
        body = self._class(writer, plan)
        shared |= set(imports.of(f".{SHARED}"))
        others = sorted({(r.target.module, r.target.name) for r in links if r.target is not plan})
        guarded: list[str] = []
        if others:
            guard = imports.use("typing", "TYPE_CHECKING")
            guarded = [f"if {guard}:"]
            for module, name in others:
                guarded += naming.statement(f".{module}", {name: name}, self._width, "    ")
            guarded.append("")
        title = f'"""{_title(plan)}"""'
        gap = [""] if plan.mapped else []
        return _text([title, "", *imports.lines(self._width), *guarded, *gap, *body])

    def _writer(self, imports: Imports, shared: str) -> Writer:
        return Writer(imports, Fields(self._types(imports, shared), imports), self._width)

    def _types(self, imports: Imports, shared: str) -> Types:
        return Types(imports, self._enums, self._classes, self._domains, shared)

    def _class(self, writer: Writer, plan: ClassPlan) -> list[str]:
        info = self._info(plan)
        if not plan.mapped:
            return writer.stub(plan, info)
        lines = writer.mapped(plan, self._relations[plan.name], info)
        if self._schemas and _has_schemas(plan):
            lines += writer.schemas(plan, self._set_by_others(plan))
        return lines

    def _info(self, plan: ClassPlan) -> dict[str, object]:
        """What the table's `info` says: that it is somebody else's, and whose its rows are."""
        info: dict[str, object] = {"external": True} if plan.spec.managed_by else {}
        owned = self._owners.get(qualified(plan.spec.name))
        if owned is None or plan.spec.managed_by:
            return info
        if owned.shared:
            return info | {"shared": True}
        if owned.through:
            return info | {"owner_through": owned.through.column}
        info |= {"owner": owned.user} if owned.user else {}
        info |= {"organization": owned.organization} if owned.organization else {}
        return info | ({"membership": True} if owned.membership else {})

    def _set_by_others(self, plan: ClassPlan) -> set[str]:
        """Columns that a caller never sets: made by the database, by the clock, or by who is signed in."""
        owned = self._owners.get(qualified(plan.spec.name))
        owners = {owned.user, owned.organization} if owned else set()
        found = {c for c in owners if c}
        for facts in plan.columns:
            default = str(facts.spec.server_default or "").lower()
            clock = default in ("now()", "current_timestamp") or isinstance(facts.spec.on_update, str)
            made = facts.whole_key and facts.reference is None and self._is_made(facts)
            if clock or made or facts.column.generated is not None or facts.spec.name in ("deleted_at",):
                found.add(facts.spec.name)
        return found

    @staticmethod
    def _is_made(facts: ColumnFacts) -> bool:
        """Whether a key comes from the database or the class; a natural one (`code`) is the caller's."""
        numbered = facts.column.type in ("smallint", "integer", "bigint")
        return (
            facts.filled
            or isinstance(facts.spec.default, str)
            or (numbered and facts.spec.autoincrement is not False)
        )

    def _shared(self, names: set[str]) -> str:
        imports = Imports(names)
        parts: list[str] = []
        if NOW in names:
            parts.append(_with_names(NOW_SOURCE, imports, ("datetime", "UTC"), ("datetime", "datetime")))
        if "values_of" in names:
            parts.append(_with_names(VALUES_SOURCE, imports, ("enum", "StrEnum")))
        if UNKNOWN_TYPE in names:
            base = ("sqlalchemy.types", "UserDefinedType")
            parts.append(_with_names(UNKNOWN_TYPE_SOURCE, imports, ("typing", "Any"), base))
        for name, enum in self._enums.items():
            parts.append(_enum(self._classes[name], enum, imports))
        if apart := self._apart(self._types(imports, ""), imports):
            parts.append("\n".join(apart))
        title = '"""What several of the models need."""'
        return _text([title, "", *imports.lines(self._width), "", "\n\n\n".join(p.rstrip() for p in parts)])

    def _init(self, shared: set[str]) -> str:
        exported = {p.name: f".{p.module}" for p in self._plans if p.mapped}
        if self._schemas:
            own = [p for p in self._plans if _has_schemas(p)]
            exported |= {f"{p.name}{s}": f".{p.module}" for p in own for s in ("Create", "Update", "Read")}
        exported |= {c: f".{SHARED}" for c in self._classes.values() if c in shared}
        lines: list[str] = ['"""The tables as SQLModel classes."""', ""]
        unmapped = {f".{p.module}" for p in self._plans if not p.mapped}
        modules = sorted({*exported.values(), *unmapped, *([f".{SHARED}"] if self._spec.sequences else [])})
        for module in modules:
            names = {n: n for n, m in exported.items() if m == module}
            if names:
                lines += naming.statement(module, names, self._width)
            else:
                lines.insert(2, f"from . import {module[1:]} as {module[1:]}")
        listed = [literal(n) for n in sorted(exported, key=naming.order)]
        flat = f"__all__ = [{', '.join(listed)}]"
        wide = ["__all__ = [", *(f"    {n}," for n in listed), "]"]
        return _text([*lines, "", *([flat] if len(flat) <= self._width else wide)])

    # ---- one file ----

    def _single(self) -> str:
        taken = {n for p in self._plans for n in _names(p, self._relations[p.name])}
        taken |= set(self._classes.values())
        imports = Imports(taken)
        writer = self._writer(imports, "")
        bodies = [self._class(writer, plan) for plan in _linking_first(self._plans)]
        parts: list[str] = []
        used = "\n".join(line for body in bodies for line in body)
        apart = self._apart(writer.fields.types, imports)
        if NOW in used:
            parts.append(_with_names(NOW_SOURCE, imports, ("datetime", "UTC"), ("datetime", "datetime")))
        if self._enums:
            parts.append(_with_names(VALUES_SOURCE, imports, ("enum", "StrEnum")))
        if f"{UNKNOWN_TYPE}(" in used:
            base = ("sqlalchemy.types", "UserDefinedType")
            parts.append(_with_names(UNKNOWN_TYPE_SOURCE, imports, ("typing", "Any"), base))
        parts += [_enum(self._classes[name], enum, imports) for name, enum in self._enums.items()]
        parts += ["\n".join(apart)] if apart else []
        parts += ["\n".join(body) for body in bodies]
        title = '"""The tables as SQLModel classes."""'
        return _text([title, "", *imports.lines(self._width), "", "\n\n\n".join(p.rstrip() for p in parts)])


def _with_names(source: str, imports: Imports, *needed: tuple[str, str]) -> str:
    """Source text with what it needs imported, by the names that the module gives to that."""
    for module, name in needed:
        source = re.sub(rf"\b{name}\b", imports.use(module, name), source)
    return source


def _has_schemas(plan: ClassPlan) -> bool:
    """Whether there are models for requests: not of others' tables, nor of those that only join two."""
    return plan.mapped and not plan.spec.managed_by and not plan.pairs


def _linking_first(found: Sequence[ClassPlan]) -> list[ClassPlan]:
    """In the spec's order, but for joining tables: others name their classes."""
    return [p for p in found if p.pairs] + [p for p in found if not p.pairs]


def _names(plan: ClassPlan, links: Sequence[Relation]) -> set[str]:
    return {plan.name, *plan.attributes.values(), *(r.name for r in links), *(r.target.name for r in links)}


def _enum(name: str, enum: EnumSpec, imports: Imports) -> str:
    lines = [f"class {name}({imports.use('enum', 'StrEnum')}):", f'    """Values of {enum.name}."""', ""]
    taken: set[str] = set()
    for value in enum.values:
        member = naming.free(naming.constant(value), taken)
        taken.add(member)
        lines.append(f"    {member} = {literal(value)}")
    return "\n".join(lines)


def _title(plan: ClassPlan) -> str:
    return f"The table {plan.spec.name}.".replace("\\", "").replace('"', "'")


def _type_name(name: str) -> str:
    schema, _, bare = name.rpartition(".")
    return display(schema or "public", bare)


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"
