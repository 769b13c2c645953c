"""What an existing project has, found by reading its files: nothing is imported, no secret is looked at."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from todo_db.errors import TodoDbError, UsageError
from todo_db.postgres import dotenv
from todo_db.settings import Settings
from todo_db.sources import layout as layouts
from todo_db.sources.layout import Layout
from todo_db.spec.locate import discover
from todo_db.workflows import create_all

_URL_NAME = re.compile(
    r"(?=.*(DATABASE|POSTGRES|NEON|SQLALCHEMY|(^|_)(DB|PG)(_|$))).*(URL|URI|DSN)(_UNPOOLED|_NON_?POOLING|_DIRECT)?",
    re.IGNORECASE,
)
_DIRECT = re.compile(r"UNPOOLED|NON_POOLING|DIRECT", re.IGNORECASE)
_OTHERS = re.compile(r"TEST|SHADOW|REDIS|REPLICA|READONLY", re.IGNORECASE)
DEFAULT_NAMES = ("DATABASE_URL", "DATABASE_URL_UNPOOLED")
_DEPTH = 4
_PROJECT = ("pyproject.toml", "setup.py", "alembic.ini", "requirements.txt")


@dataclass(frozen=True, slots=True)
class TableClass:
    """A SQLModel class with `table=True`: its module, and what the table is called by the text."""

    module: str
    name: str
    table: str
    path: Path
    line: int


@dataclass(frozen=True, slots=True)
class Named:
    """The name of a variable that holds the URL of a database, and the places that speak of it."""

    name: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What the project has. histories: every Alembic environment; calls: where `create_all` is called."""

    tables: tuple[TableClass, ...] = ()
    imports: Mapping[str, frozenset[str]] = field(default_factory=dict)  # of packages' __init__
    spec: tuple[Path, ...] = ()
    histories: tuple[Layout, ...] = ()
    names: tuple[Named, ...] = ()
    calls: tuple[tuple[Path, int], ...] = ()

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Top-level package → the modules to import, so that every table in it is defined."""
        modules: dict[str, list[str]] = {}
        for table in self.tables:
            listed = modules.setdefault(table.module.partition(".")[0], [])
            if table.module not in listed:
                listed.append(table.module)
        return {name: self._gathered(sorted(listed)) for name, listed in sorted(modules.items())}

    def _gathered(self, modules: Sequence[str]) -> tuple[str, ...]:
        """The package that imports all of them, where there is one; else the modules themselves."""
        parts = modules[0].split(".") if len(modules) > 1 else []
        for length in range(len(parts), 0, -1):
            package = ".".join(parts[:length])
            known = self.imports.get(package, frozenset())
            if all(m == package or m in known for m in modules):
                return (package,)
        return tuple(modules)

    @property
    def url_name(self) -> str:
        """The variable to read the URL from."""
        names = [n.name for n in self.names if not _DIRECT.search(n.name) and not _OTHERS.search(n.name)]
        return _preferred(names, DEFAULT_NAMES[0])

    @property
    def direct_name(self) -> str:
        """The variable with the URL that goes around a pooler, of the same database."""
        plain = [n.name for n in self.names if not _DIRECT.search(n.name) and n.name != self.url_name]
        direct = [n.name for n in self.names if _DIRECT.search(n.name)]
        return _preferred([n for n in direct if not n.startswith(tuple(plain))], DEFAULT_NAMES[1])

    def inner(self, root: Path) -> Path | None:
        """The folder that holds every table and is a project by itself: a monorepo's backend."""
        if not self.tables or any((root / name).is_file() for name in _PROJECT):
            return None
        tops = {t.path.relative_to(root).parts[0] for t in self.tables}
        folder = root / next(iter(tops))
        known = len(tops) == 1 and any((folder / name).is_file() for name in _PROJECT)
        return folder if known else None


def _preferred(names: Sequence[str], default: str) -> str:
    return default if default in names or not names else names[0]


def find(settings: Settings) -> Found:
    """Look at the project. Raises UsageError, with the file, for an alembic.ini that does not parse."""
    root = settings.root
    tables: list[TableClass] = []
    imports: dict[str, frozenset[str]] = {}
    names: dict[str, list[str]] = {}
    histories = _histories(settings)
    ours = {h.folder.resolve() for h in histories}
    for path in sorted(create_all.files(root)):
        if ours & set(path.resolve().parents):
            continue
        tree = _parsed(path)
        if tree is None:
            continue
        module = _module(root, path)
        if module is not None:
            tables += _tables(tree, module, path)
            if path.name == "__init__.py":
                imports[module] = frozenset(_imported(tree, module))
        for name, line in _url_names(tree):
            names.setdefault(name, []).append(f"{settings.relative(path)}:{line}")
    for name, place in _in_dotenv(settings):
        names.setdefault(name, []).insert(0, place)
    return Found(
        tables=tuple(sorted(tables, key=lambda t: (t.module, t.line))),
        imports=imports,
        spec=tuple(discover(root)),
        histories=histories,
        names=tuple(Named(n, tuple(p)) for n, p in sorted(names.items(), key=_env_first)),
        calls=tuple(create_all.calls(root)),
    )


def _env_first(item: tuple[str, list[str]]) -> tuple[bool, str]:
    return (not item[1][0].startswith(".env"), item[0])


def _parsed(path: Path) -> ast.Module | None:
    """The file's tree, where it could have anything to do with what is looked for."""
    try:
        if path.stat().st_size > create_all.LARGEST:
            return None
        text = path.read_bytes()
        wanted = path.name == "__init__.py" or any(
            w in text for w in (b"table", b"environ", b"getenv", b"ettings")
        )
        return ast.parse(text) if wanted else None
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None


def _module(root: Path, path: Path) -> str | None:
    """What the file is imported as, from the project's folder or from `src` in it."""
    parts = list(path.relative_to(root).with_suffix("").parts)
    if parts[0] == "src" and not (root / "src" / "__init__.py").exists():
        parts = parts[1:]
    if parts and parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts) if parts and all(p.isidentifier() for p in parts) else None


# ---- models ---------------------------------------------------------------------------------------------


def _tables(tree: ast.Module, module: str, path: Path) -> Iterator[TableClass]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(_is_table(k) for k in node.keywords):
            yield TableClass(module, node.name, _table_name(node), path, node.lineno)


def _is_table(keyword: ast.keyword) -> bool:
    return keyword.arg == "table" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True


def _table_name(node: ast.ClassDef) -> str:
    for statement in node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        value = getattr(statement, "value", None)
        named = any(isinstance(t, ast.Name) and t.id == "__tablename__" for t in targets)
        if named and isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
    return node.name.lower()


def _imported(tree: ast.Module, package: str) -> Iterator[str]:
    """The modules that a package's `__init__` imports, by their full names."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            yield name
            yield from (f"{name}.{alias.name}" for alias in node.names)


# ---- the database ---------------------------------------------------------------------------------------


def _in_dotenv(settings: Settings) -> Iterator[tuple[str, str]]:
    """The names that `.env` and the likes of `.env.example` assign; the values stay unread by us."""
    for path in sorted(settings.root.glob(".env*")):
        try:
            names = dotenv.read(path) if path.is_file() else {}
        except TodoDbError:
            continue
        yield from ((name, path.name) for name in names if _URL_NAME.fullmatch(name))


def _url_names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names in `os.environ["…"]`, `getenv("…")`, and of fields of a settings class."""
    for node in ast.walk(tree):
        text: str | None = None
        if isinstance(node, ast.Subscript) and _ends_in(node.value, "environ"):
            text = _constant(node.slice)
        elif isinstance(node, ast.Call) and _reads_environment(node.func) and node.args:
            text = _constant(node.args[0])
        elif isinstance(node, ast.ClassDef) and any("Settings" in ast.unparse(b) for b in node.bases):
            yield from (
                (s.target.id.upper(), s.lineno)
                for s in node.body
                if isinstance(s, ast.AnnAssign)
                and isinstance(s.target, ast.Name)
                and _URL_NAME.fullmatch(s.target.id)
            )
        if text is not None and text.isidentifier() and _URL_NAME.fullmatch(text):
            yield text, getattr(node, "lineno", 1)


def _ends_in(node: ast.expr, name: str) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == name) or (
        isinstance(node, ast.Name) and node.id == name
    )


def _reads_environment(node: ast.expr) -> bool:
    gets = isinstance(node, ast.Attribute) and node.attr == "get" and _ends_in(node.value, "environ")
    return gets or _ends_in(node, "getenv")


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


# ---- histories ------------------------------------------------------------------------------------------


def _histories(settings: Settings) -> tuple[Layout, ...]:
    """The history that the settings, alembic.ini or `[tool.alembic]` lead to, else every one further down."""
    here = layouts.find(settings)
    if here.exists or settings.migrations is not None:
        return (here,) if here.exists else ()
    found: dict[Path, Layout] = {}
    for path in _below(settings.root):
        if path.name == "alembic.ini":
            there = layouts.find(Settings(root=path.parent))
        elif (path.parent / "versions").is_dir() and "alembic" in _text(path):
            there = layouts.find(Settings(root=path.parent, migrations=path.parent))
        else:
            continue
        if there.exists and settings.root.resolve() in there.folder.resolve().parents:
            found.setdefault(there.folder.resolve(), there)
    return tuple(found.values())


def _below(root: Path) -> Iterator[Path]:
    """alembic.ini and env.py in the project's folders; the first first, so that its options count."""
    for folder, folders, names in os.walk(root):
        depth = len(Path(folder).relative_to(root).parts)
        folders[:] = sorted(create_all.entered(folders)) if depth < _DEPTH else []
        yield from (Path(folder, n) for n in ("alembic.ini", "env.py") if n in names)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def one_history(found: Found, settings: Settings, named: Path | None) -> Layout:
    """The history to go on with. Raises UsageError where there are several."""
    if named is not None:
        return layouts.find(Settings(root=settings.root, migrations=settings.root / named))
    if len(found.histories) > 1:
        listed = ", ".join(settings.relative(h.folder) for h in found.histories)
        raise UsageError(
            f"there are several Alembic histories: {listed}",
            where=str(settings.root),
            hint="say which one: todo-db init --migrations DIR",
        )
    return found.histories[0] if found.histories else layouts.find(settings)
