"""Python source as the rules on models read it: modules found, parsed, and names followed through imports."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

_DEPTH = 8  # of re-exports that are followed; circular ones end here
_DYNAMIC = {"importlib.import_module", "pkgutil.iter_modules", "pkgutil.walk_packages", "__import__"}


class Module:
    """One source file; a file that does not parse is empty (reading the models says why)."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self.is_package = path.name == "__init__.py"

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        try:
            return ast.parse(self.path.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module(body=[], type_ignores=[])

    @cached_property
    def bindings(self) -> dict[str, str]:
        """Names that imports give, with the dotted names that they stand for; those for type checkers too."""
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    found[alias.asname or top] = alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                for alias in node.names:
                    found[alias.asname or alias.name] = f"{base}.{alias.name}"
        return found

    @cached_property
    def stars(self) -> tuple[str, ...]:
        """The modules that `from … import *` names."""
        nodes = (n for n in ast.walk(self.tree) if isinstance(n, ast.ImportFrom))
        return tuple(self._base(n) for n in nodes if any(a.name == "*" for a in n.names))

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """Classes at the top level, be it inside `if` and `try`; of several of one name the first."""
        found: dict[str, ast.ClassDef] = {}
        for node in _executed(self.tree):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, node)
        return found

    @cached_property
    def functions(self) -> dict[str, ast.FunctionDef]:
        """Functions at the top level."""
        return {n.name: n for n in self.tree.body if isinstance(n, ast.FunctionDef)}

    @cached_property
    def values(self) -> dict[str, ast.expr]:
        """What names at the top level are assigned."""
        found: dict[str, ast.expr] = {}
        for node in self.tree.body:
            if isinstance(node, ast.Assign):
                found |= {t.id: node.value for t in node.targets if isinstance(t, ast.Name)}
            elif isinstance(node, ast.AnnAssign) and node.value and isinstance(node.target, ast.Name):
                found[node.target.id] = node.value
        return found

    @cached_property
    def imports(self) -> tuple[str, ...]:
        """The dotted names that are imported as the module runs: not for type checkers, not in functions."""
        names: list[str] = []
        for node in _executed(self.tree):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
        return tuple(names)

    @cached_property
    def imports_dynamically(self) -> bool:
        """Whether it imports modules by computed names, so that nobody can say which."""
        return any(isinstance(n, ast.Call) and self.dotted(n.func) in _DYNAMIC for n in ast.walk(self.tree))

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        drop = node.level - 1 if self.is_package else node.level
        return ".".join([*parts[: len(parts) - drop], *([node.module] if node.module else [])])

    def dotted(self, node: ast.expr | None) -> str:
        """The dotted name that an expression stands for as this module binds it; empty where it is none."""
        if isinstance(node, ast.Attribute):
            base = self.dotted(node.value)
            return f"{base}.{node.attr}" if base else ""
        if not isinstance(node, ast.Name):
            return ""
        if node.id in self.classes or node.id in self.values or node.id in self.functions:
            return f"{self.name}.{node.id}"
        if node.id in self.bindings:
            return self.bindings[node.id]
        if not hasattr(builtins, node.id) and self.stars:
            return f"{self.stars[0]}.{node.id}"
        return node.id


def _executed(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt | ast.excepthandler):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from (s for statement in child.orelse for s in (statement, *_executed(statement)))
            continue
        if isinstance(child, ast.stmt):
            yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _executed(child)


class Project:
    """The modules that lie in a project's folders, parsed when they are first asked for."""

    def __init__(self, root: Path) -> None:
        self._roots = [root, root / "src"]  # where the models' process looks too
        self._modules: dict[str, Module | None] = {}

    def module(self, name: str) -> Module | None:
        """The module of that dotted name, None where it is not the project's own."""
        if name not in self._modules:
            self._modules[name] = self._find(name)
        return self._modules[name]

    def _find(self, name: str) -> Module | None:
        parts = name.split(".")
        if not all(part.isidentifier() for part in parts):
            return None
        for root in self._roots:
            base = root.joinpath(*parts)
            for path in (base / "__init__.py", base.with_suffix(".py")):
                if path.is_file():
                    return Module(name, path)
        return None

    def below(self, package: Module) -> list[Module]:
        """All modules of a package, those of its subpackages too."""
        found = []
        for path in sorted(package.path.parent.rglob("*.py")):
            parts = path.relative_to(package.path.parent).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            if parts and (module := self.module(".".join((package.name, *parts)))) is not None:
                found.append(module)
        return found

    def reached(self, names: list[str]) -> dict[str, Module]:
        """The project's modules that importing these brings along, with the packages that they lie in."""
        found: dict[str, Module] = {}
        waiting = list(names)
        while waiting:
            parts = waiting.pop().split(".")
            for size in range(1, len(parts) + 1):
                name = ".".join(parts[:size])
                if name in found or (module := self.module(name)) is None:
                    continue
                found[name] = module
                waiting += module.imports
                if module.imports_dynamically and module.is_package:
                    waiting += [m.name for m in self.below(module)]
        return found

    def follow(self, dotted: str) -> str:
        """The name under which something is defined, through the modules that re-export it."""
        for _ in range(_DEPTH):
            module, rest = self._split(dotted)
            if module is None or not rest:
                return dotted
            head, _, tail = rest.partition(".")
            if head in module.classes or head in module.values or head in module.functions:
                return dotted
            target = module.bindings.get(head) or self._starred(module, head)
            if target is None:
                return dotted
            dotted = f"{target}.{tail}" if tail else target
        return dotted

    def _starred(self, module: Module, name: str) -> str | None:
        for star in module.stars:
            source = self.module(star)
            if source and (name in source.classes or name in source.values or name in source.bindings):
                return f"{star}.{name}"
        return None

    def _split(self, dotted: str) -> tuple[Module | None, str]:
        """The longest prefix that is a module, and the rest."""
        parts = dotted.split(".")
        for size in range(len(parts), 0, -1):
            if (module := self.module(".".join(parts[:size]))) is not None:
                return module, ".".join(parts[size:])
        return None, dotted

    def value(self, dotted: str) -> tuple[Module, ast.expr] | None:
        """What a name at a module's top level is assigned, with that module."""
        module, name = self._split(self.follow(dotted))
        return (module, module.values[name]) if module is not None and name in module.values else None

    def function(self, dotted: str) -> tuple[Module, ast.FunctionDef] | None:
        """A function at a module's top level, with that module."""
        module, name = self._split(self.follow(dotted))
        return (module, module.functions[name]) if module is not None and name in module.functions else None

    def class_(self, dotted: str) -> tuple[Module, ast.ClassDef] | None:
        """A class at a module's top level, with that module."""
        module, name = self._split(self.follow(dotted))
        return (module, module.classes[name]) if module is not None and name in module.classes else None
