"""What is known of an application as a whole: which classes are whose, which attributes are relationships."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from todo_db.queries.source import Source, dotted, keyword


@dataclass(frozen=True, slots=True)
class Owner:
    """How a table says whose its rows are: the columns, and the table that it goes through."""

    columns: frozenset[str]
    through: str | None = None


# What a repository calls the class that it is for.
MODEL_ATTRIBUTES = frozenset({"model", "_model", "model_class", "model_cls", "entity", "entity_class"})
# What knows its user, or makes what does.
SCOPED_TYPES = frozenset(
    {"UserSession", "AsyncUserSession", "UserSessions", "AsyncUserSessions", "Repository", "AsyncRepository"}
)


@dataclass(slots=True)
class Application:
    """owners: by table name. classes: class name → table name. lazy: attributes that load when first read.

    generic: a users' class that some repository is made for, which calls it `self.model`.

    scoped_names: types that know their user, and names that modules give to such or to what is made of them.
    """

    owners: Mapping[str, Owner]
    classes: dict[str, str] = field(default_factory=dict)
    lazy: set[str] = field(default_factory=set)
    scoped_factory: bool = False
    generic: str | None = None
    scoped_names: set[str] = field(default_factory=lambda: set(SCOPED_TYPES))

    def owner(self, class_name: str) -> Owner | None:
        """How a class's rows are owned; None for what is not a user's."""
        return self.owners.get(self.classes.get(class_name, ""))

    @property
    def owner_columns(self) -> frozenset[str]:
        """All columns that say whose a row is."""
        return frozenset(c for owner in self.owners.values() for c in owner.columns)

    def conditions(self, class_name: str) -> frozenset[str]:
        """The columns of which any in a condition holds a statement to its user."""
        found: set[str] = set()
        table = self.classes.get(class_name)
        seen: set[str] = set()
        while table is not None and table not in seen and (owner := self.owners.get(table)) is not None:
            seen.add(table)
            found |= owner.columns
            table = owner.through
        return frozenset(found)


def read(sources: Sequence[Source], owners: Mapping[str, Owner]) -> Application:
    """Gather the models of all files. Owners that classes declare in `info` are added to those given."""
    found = dict(owners)
    application = Application(found)
    for source in sources:
        for node in source.of(ast.ClassDef):
            _read_class(node, application, found)
        if any(name.id in ("UserSessions", "AsyncUserSessions") for name in source.of(ast.Name)):
            application.scoped_factory = True
        for line in source.tree.body:
            _read_names(line, application)
    bound = (name for source in sources for name in _bound(source) if application.owner(name) is not None)
    application.generic = next(bound, None)
    return application


def _bound(source: Source) -> Iterator[str]:
    """Classes that repositories are made for: `class Tasks(Base[Task])`, `model = Task`, `Tasks(Task)`."""
    for class_ in source.of(ast.ClassDef):
        for base in class_.bases:
            if isinstance(base, ast.Subscript):
                yield from (n.id for n in ast.walk(base.slice) if isinstance(n, ast.Name))
        for name, value in _assignments(class_).items():
            if name in MODEL_ATTRIBUTES and isinstance(value, ast.Name):
                yield value.id
    for call in source.of(ast.Call):
        made = dotted(call.func)
        if made == "?.__init__" or made[:1].isupper():
            yield from (a.id for a in call.args[:2] if isinstance(a, ast.Name))


def _read_names(line: ast.stmt, application: Application) -> None:
    """`sessions = UserSessions(…)` and `Mine = Annotated[UserSession, Depends(…)]` of a module."""
    if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
        parts = {n.id for n in ast.walk(line.value) if isinstance(n, ast.Name)}
        if parts & application.scoped_names:
            application.scoped_names.add(line.targets[0].id)


def _read_class(node: ast.ClassDef, application: Application, owners: dict[str, Owner]) -> None:
    table = _table_name(node)
    if table is None:
        return
    application.classes[node.name] = table
    fields = _assignments(node)
    for name, value in fields.items():
        if isinstance(value, ast.Call) and dotted(value.func).rpartition(".")[2] in (
            "Relationship",
            "relationship",
        ):
            if not _is_eager(value):
                application.lazy.add(name)
        elif name == "__table_args__" and (owner := _declared(value, fields)) is not None:
            owners.setdefault(table, owner)


def _assignments(node: ast.ClassDef) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for line in node.body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            found[line.targets[0].id] = line.value
        elif isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value:
            found[line.target.id] = line.value
    return found


def _table_name(node: ast.ClassDef) -> str | None:
    """The table of a mapped class: stated, or SQLModel's own choice for `table=True`."""
    stated = _assignments(node).get("__tablename__")
    if isinstance(stated, ast.Constant) and isinstance(stated.value, str):
        return stated.value
    if any(k.arg == "table" and isinstance(k.value, ast.Constant) and k.value.value for k in node.keywords):
        return node.name.lower()
    return None


def _is_eager(call: ast.Call) -> bool:
    lazy = keyword(call, "lazy")
    options = keyword(call, "sa_relationship_kwargs")
    if isinstance(options, ast.Dict):
        for key, value in zip(options.keys, options.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "lazy":
                lazy = value
    return isinstance(lazy, ast.Constant) and lazy.value not in ("select", True)


def _declared(value: ast.expr, fields: Mapping[str, ast.expr]) -> Owner | None:
    """`{"info": {"owner": "user_id"}}`, alone or at the end of a tuple."""
    last = value.elts[-1] if isinstance(value, ast.Tuple) and value.elts else value
    try:
        info = ast.literal_eval(last).get("info", {})
    except (ValueError, AttributeError):
        return None
    columns = {info[k] for k in ("owner", "organization") if isinstance(info.get(k), str)}
    through = _target(fields.get(str(info.get("owner_through"))))
    return Owner(frozenset(columns), through) if columns or through else None


def _target(field: ast.expr | None) -> str | None:
    """The table that a field's foreign key leads to: `foreign_key="tasks.id"`, `ForeignKey("tasks.id")`."""
    for node in ast.walk(field) if field is not None else ():
        if isinstance(node, ast.Call):
            named = dotted(node.func).endswith("ForeignKey") and node.args
            value = node.args[0] if named else keyword(node, "foreign_key")
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value.rpartition(".")[0]
    return None
