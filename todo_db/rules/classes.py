"""Model classes read from source: fields, relationships and table names, through base classes and modules."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property

from todo_db.findings import Place
from todo_db.rules.attributes import Attribute
from todo_db.rules.expressions import calls, items, literal, read_annotation, strings, text
from todo_db.rules.source import Module, Project
from todo_db.schema import display
from todo_db.settings import Settings

SIDE = "models"
_DEPTH = 12
_FACTORIES = 4  # functions that call one another to make a field


class ModelClass:
    """One class of the models' modules."""

    def __init__(self, models: Models, module: Module, node: ast.ClassDef) -> None:
        self.models = models
        self.module = module
        self.node = node
        self.name = node.name

    def dotted(self, node: ast.expr | None) -> str:
        """The dotted name that an expression in this class stands for."""
        return self.models.project.follow(self.module.dotted(node))

    @property
    def place(self) -> Place:
        return self.models.place(self.module, self.node.lineno)

    @property
    def is_table(self) -> bool:
        return any(k.arg == "table" and literal(k.value) is True for k in self.node.keywords)

    @cached_property
    def base_names(self) -> tuple[str, ...]:
        """The dotted names of the direct bases."""
        bases = (b.value if isinstance(b, ast.Subscript) else b for b in self.node.bases)
        return tuple(self.dotted(b) for b in bases)

    @cached_property
    def lineage(self) -> tuple[ModelClass, ...]:
        """The class and those of its bases that the project defines, nearest first."""
        return tuple(dict.fromkeys(self._lineage(0)))

    def _lineage(self, depth: int) -> Iterator[ModelClass]:
        yield self
        for name in self.base_names if depth < _DEPTH else ():
            if (base := self.models.class_at(name)) is not None:
                yield from base._lineage(depth + 1)

    @cached_property
    def is_sqlmodel(self) -> bool:
        return any("sqlmodel.SQLModel" in c.base_names for c in self.lineage)

    @cached_property
    def is_whole(self) -> bool:
        """Whether every base was found, so that what the class lacks it really lacks."""
        known = {"sqlmodel.SQLModel", "object", "abc.ABC"}
        return all(
            n in known or self.models.class_at(n) is not None for c in self.lineage for n in c.base_names
        )

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """Fields and relationships by name, those of bases too."""
        found: dict[str, Attribute] = {}
        for cls in self.lineage:
            for name, attribute in cls.own.items():
                found.setdefault(name, attribute)
        return found

    @cached_property
    def own(self) -> dict[str, Attribute]:
        """What the class body itself states."""
        return {a.name: a for statement in self.node.body for a in self._attribute(statement)}

    def _attribute(self, node: ast.stmt) -> Iterator[Attribute]:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            return
        if node.target.id.startswith("__"):
            return  # `__tablename__: str = "tasks"` is no field
        if self.module.dotted(getattr(node.annotation, "value", None)).endswith("ClassVar"):
            return
        annotation = read_annotation(self.models.project, self.module, node.annotation)
        described = (self._described(n) for n in (node.value, *annotation.metadata))
        found = next((d for d in described if d is not None), None)
        written, call = found or (self.module, None)
        default = node.value if found is None or call in annotation.metadata else None
        yield Attribute(node.target.id, self, annotation, call, written, default, node)

    def _described(self, node: ast.expr | None) -> tuple[Module, ast.Call] | None:
        """The Field or Relationship that an expression makes, itself or by a function that returns one."""
        module: Module = self.module
        for _ in range(_FACTORIES):
            if not isinstance(node, ast.Call):
                return None
            name = self.models.project.follow(module.dotted(node.func))
            if name.startswith("sqlmodel") and name.endswith((".Field", ".Relationship")):
                return module, node
            made = self.models.project.function(name)
            last = made[1].body[-1] if made is not None else None
            if made is None or not isinstance(last, ast.Return):
                return None
            module, node = made[0], last.value
        return None

    @cached_property
    def fields(self) -> dict[str, Attribute]:
        """The columns by field name."""
        return {
            n: a for n, a in self.attributes.items() if not self._is_relationship(a) and n != "model_config"
        }

    @cached_property
    def relationships(self) -> dict[str, Attribute]:
        return {n: a for n, a in self.attributes.items() if self._is_relationship(a)}

    def _is_relationship(self, attribute: Attribute) -> bool:
        call = attribute.call
        return call is not None and attribute.dotted(call.func).endswith(".Relationship")

    def assigned(self, name: str) -> ast.expr | None:
        """What `name = …` in the class or a base gives, where it is a plain assignment."""
        for cls in self.lineage:
            for node in cls.node.body:
                if isinstance(node, ast.Assign) and any(_is_name(t, name) for t in node.targets):
                    return node.value
                if isinstance(node, ast.AnnAssign) and _is_name(node.target, name):
                    return node.value
                if isinstance(node, ast.FunctionDef) and node.name == name:
                    return ast.Name(id="…")  # declared_attr: has to be run
        return None

    @cached_property
    def table_name(self) -> str | None:
        """The table's name; None where it is computed."""
        stated = self.assigned("__tablename__")
        return self.name.lower() if stated is None else text(stated)

    @cached_property
    def table_args(self) -> ast.expr | None:
        return self.assigned("__table_args__")

    @property
    def hides_args(self) -> bool:
        """Whether `__table_args__` has to be run to be known."""
        return self.table_args is not None and not isinstance(self.table_args, ast.Tuple | ast.Dict)

    def table_option(self, name: str) -> ast.expr | None:
        """An entry of the dict in `__table_args__`."""
        args = self.table_args
        parts = args.elts if isinstance(args, ast.Tuple) else [args]
        return next((found[name] for part in parts if name in (found := items(part))), None)

    @property
    def schema(self) -> str:
        return text(self.table_option("schema")) or "public"

    @cached_property
    def is_external(self) -> bool:
        """Whether somebody else manages the table: `__table_args__ = {"info": {"external": True}}`."""
        return literal(items(self.table_option("info")).get("external")) is True

    def constraints(self, kind: str) -> list[ast.Call]:
        """The calls in `__table_args__` whose name ends so ('CheckConstraint')."""
        return [c for c in calls(self.table_args) if self.dotted(c.func).endswith(kind)]

    def is_unique(self, field: Attribute) -> bool:
        """Whether at most one row can have a value of the field."""
        names = {field.column_name}
        keys = [strings(c) for c in self.constraints("UniqueConstraint")]
        single = any(len(names & k) == 1 and len([s for s in k if s in self.columns]) == 1 for k in keys)
        primary = [f for f in self.fields.values() if f.is_primary]
        return field.is_unique or single or [f.name for f in primary] == [field.name]

    @cached_property
    def columns(self) -> set[str]:
        """The names of the columns."""
        return {f.column_name for f in self.fields.values()}

    def keys_to(self, other: ModelClass) -> list[Attribute]:
        """The fields that are foreign keys to another class's table."""
        return [f for f in self.fields.values() if f.foreign_key and _points_to(f.foreign_key, other)]

    @property
    def is_link(self) -> bool:
        """Whether it only ties rows of two tables together: all of its key are foreign keys."""
        primary = [f for f in self.fields.values() if f.is_primary]
        return len(primary) > 1 and all(f.foreign_key for f in primary)

    def object(self, *rest: str) -> str:
        """The name under which findings show the table, or something in it."""
        if self.is_table and self.table_name:
            return display(self.schema, self.table_name, *rest)
        return ".".join((self.module.name, self.name, *rest))


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _points_to(target: str, cls: ModelClass) -> bool:
    table, _, _ = target.rpartition(".")
    return cls.table_name is not None and table in (cls.table_name, f"{cls.schema}.{cls.table_name}")


class Models:
    """The models of a project, as their source states them.

    modules: those that importing what the settings name brings along, and all others of those packages.
    imported: the names of the former.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.project = Project(settings.root)
        named = [name.partition(":")[0] for name in settings.models]
        reached = self.project.reached(named)
        self.imported = frozenset(reached)
        self.modules = dict(reached)
        for name in named:
            module = self.project.module(name)
            if module is not None and module.is_package:
                self.modules |= {m.name: m for m in self.project.below(module)}
        self._classes: dict[tuple[str, str], ModelClass] = {}
        self._shown: dict[str, str] = {}  # paths as findings show them, by module

    def place(self, module: Module, line: int) -> Place:
        """A line of a module as findings show it."""
        if module.name not in self._shown:
            self._shown[module.name] = self.settings.relative(module.path)
        return Place(SIDE, self._shown[module.name], line)

    @cached_property
    def classes(self) -> tuple[ModelClass, ...]:
        """Every class of the modules, in the order of the files."""
        found = ((m, node) for m in self.modules.values() for node in m.classes.values())
        return tuple(self._class(module, node) for module, node in found)

    @cached_property
    def tables(self) -> tuple[ModelClass, ...]:
        """The classes with `table=True` that this project manages."""
        return tuple(c for c in self.classes if c.is_table and not c.is_external)

    def _class(self, module: Module, node: ast.ClassDef) -> ModelClass:
        return self._classes.setdefault((module.name, node.name), ModelClass(self, module, node))

    def class_at(self, dotted: str) -> ModelClass | None:
        """The class that a dotted name leads to, where the project defines it."""
        found = self.project.class_(dotted)
        return self._class(*found) if found is not None else None

    def target(self, relationship: Attribute) -> ModelClass | None:
        """The class that a relationship leads to; a bare name is looked up as SQLAlchemy does it, by name."""
        dotted = relationship.annotation.target
        found = self.class_at(dotted)
        if found is None and dotted:
            named = [c for c in self.classes if c.is_table and c.name == dotted.rpartition(".")[2]]
            found = named[0] if len(named) == 1 else None
        return found if found is not None and found.is_table else None

    def of_table(self, name: str) -> list[ModelClass]:
        """The classes that define the table."""
        return [c for c in self.classes if c.is_table and c.table_name == name.rpartition(".")[2]]


def read_models(settings: Settings) -> Models:
    """The models that the settings name; nothing is imported."""
    return Models(settings)


def each_once(attributes: Iterable[tuple[ModelClass, Attribute]]) -> Iterator[tuple[ModelClass, Attribute]]:
    """Of a field that several tables have from one base only the first."""
    seen: set[Place] = set()
    for cls, attribute in attributes:
        if attribute.place not in seen:
            seen.add(attribute.place)
            yield cls, attribute
