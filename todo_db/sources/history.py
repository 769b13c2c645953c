"""An Alembic history as a graph of revisions, read from the files without running them."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from todo_db.errors import TodoDbError, UndeterminedError, UsageError
from todo_db.settings import Settings
from todo_db.sources.layout import Layout, find

_FILE = re.compile(r"(?!\.#|__init__)[^/]*\.py\Z")
_SHORTEST_PREFIX = 4


class HistoryError(UndeterminedError):
    """The revision files do not make up one history."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision file. down: its parents; message: the first line of its docstring."""

    id: str
    down: tuple[str, ...]
    path: Path
    message: str = ""
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def parents(self) -> tuple[str, ...]:
        """What has to be applied before, be it an ancestor or a dependency."""
        return (*self.down, *self.depends_on)

    def code_hash(self) -> str:
        """The hash of what the file does: comments, docstrings and formatting do not count."""
        return code_hash(self.path.read_bytes())


@dataclass(frozen=True, slots=True)
class History:
    """All revisions, each after those that it needs."""

    layout: Layout
    revisions: Mapping[str, Revision] = field(default_factory=dict)

    @property
    def heads(self) -> tuple[str, ...]:
        """Revisions that nothing follows."""
        followed = {d for r in self.revisions.values() for d in r.down}
        return tuple(r for r in self.revisions if r not in followed)

    def head(self) -> str | None:
        """The one head, None where there is no revision. Raises HistoryError where there are several."""
        heads = self.heads
        if len(heads) > 1:
            raise HistoryError(
                f"the history has {len(heads)} heads: "
                + ", ".join(f"{h} ({self.revisions[h].path.name})" for h in heads),
                where=str(self.layout.folder),
                hint="`todo-db migrate merge` joins them, `todo-db migrate rebase` lets one follow the other",
            )
        return heads[0] if heads else None

    def resolve(self, name: str) -> str | None:
        """The id that a name stands for: 'head', 'base' (None), an id, a label or the beginning of an id.

        Raises UsageError for a name that stands for none or for several.
        """
        if name in ("head", "heads"):
            return self.head()
        if name == "base":
            return None
        if name in self.revisions:
            return name
        labelled = [r.id for r in self.revisions.values() if name in r.labels]
        begin = [r for r in self.revisions if len(name) >= _SHORTEST_PREFIX and r.startswith(name)]
        found = labelled or begin
        if len(found) == 1:
            return found[0]
        known = ", ".join(list(self.revisions)[-3:]) or "none"
        raise UsageError(
            f"{name!r} stands for {'several revisions: ' + ', '.join(found) if found else 'no revision'}",
            where=str(self.layout.folder),
            hint=f"the newest are: {known}",
        )

    def up_to(self, revisions: Iterable[str]) -> list[Revision]:
        """These revisions and all that they need, in the order in which they are applied."""
        wanted: set[str] = set()
        waiting = [r for r in revisions if r in self.revisions]
        while waiting:
            current = waiting.pop()
            if current not in wanted:
                wanted.add(current)
                waiting += self.revisions[current].parents
        return [r for name, r in self.revisions.items() if name in wanted]

    def between(self, applied: Iterable[str], target: str | None) -> list[Revision]:
        """What upgrading to `target` applies, given what is stamped."""
        done = {r.id for r in self.up_to(applied)}
        return [r for r in self.up_to([target] if target else []) if r.id not in done]

    def unknown(self, stamps: Iterable[str]) -> list[str]:
        """The stamps that are no revision of this history."""
        return [s for s in stamps if s not in self.revisions]


def read(settings: Settings) -> History:
    """The history of the project; without a migrations folder it is empty.

    Raises HistoryError for files that cannot be understood, missing parents, ids given twice and cycles.
    """
    layout = find(settings)
    found: dict[str, Revision] = {}
    for path in _files(layout):
        revision = read_file(path)
        if revision.id in found:
            other = found[revision.id].path
            raise HistoryError(f"two revisions have the id {revision.id}: {other.name} and {path.name}")
        found[revision.id] = revision
    return History(layout, _sorted(_with_labels_resolved(found)))


def _files(layout: Layout) -> Iterator[Path]:
    seen: set[Path] = set()
    for folder in layout.versions:
        pattern = "**/*.py" if layout.recursive else "*.py"
        for path in sorted(folder.glob(pattern)):
            if _FILE.match(path.name) and "__pycache__" not in path.parts and path.resolve() not in seen:
                seen.add(path.resolve())
                yield path


def read_file(path: Path) -> Revision:
    """A revision file's identity, from the text alone. Raises HistoryError where the text does not say it."""
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f"{path}:{line}" if line else str(path)
        raise HistoryError(f"the revision is no Python: {error}", where=where) from error
    values = _module_values(tree, path)
    if not isinstance(values.get("revision"), str):
        raise HistoryError(
            "the file states no revision id",
            where=str(path),
            hint='a revision file says revision = "…"; what is no revision does not belong into this folder',
        )
    message = (ast.get_docstring(tree) or "").strip().partition("\n")[0]
    return Revision(
        id=values["revision"],
        down=_names(values.get("down_revision"), path),
        path=path,
        message=message,
        depends_on=_names(values.get("depends_on"), path),
        labels=_names(values.get("branch_labels"), path),
    )


_NAMES = ("revision", "down_revision", "depends_on", "branch_labels")


def _module_values(tree: ast.Module, path: Path) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name) and target.id in _NAMES:
                values[target.id] = _literal(getattr(node, "value", None), path, node)
    return values


def _literal(value: ast.expr | None, path: Path, node: ast.stmt) -> Any:
    try:
        return ast.literal_eval(value) if value is not None else None
    except ValueError as error:
        raise HistoryError(
            "the revision's identity is computed; it has to be a literal", where=f"{path}:{node.lineno}"
        ) from error


def _names(value: Any, path: Path) -> tuple[str, ...]:
    items = (value,) if isinstance(value, str) else value or ()
    if isinstance(items, (tuple, list, set, frozenset)) and all(isinstance(i, str) for i in items):
        return tuple(items)
    raise HistoryError(f"{value!r} names no revision", where=str(path))


def _with_labels_resolved(found: dict[str, Revision]) -> dict[str, Revision]:
    """depends_on may name a branch label or the beginning of an id; afterwards it holds ids."""
    from dataclasses import replace

    def full(name: str, revision: Revision) -> str:
        if name in found:
            return name
        hits = [r.id for r in found.values() if name in r.labels or r.id.startswith(name)]
        if len(hits) != 1:
            raise HistoryError(
                f"revision {revision.id} follows {name!r}, which is {'several' if hits else 'missing'}",
                where=str(revision.path),
                hint="was a revision file deleted, or not committed?",
            )
        return hits[0]

    return {
        r.id: replace(
            r, down=tuple(full(d, r) for d in r.down), depends_on=tuple(full(d, r) for d in r.depends_on)
        )
        for r in found.values()
    }


def _sorted(found: Mapping[str, Revision]) -> dict[str, Revision]:
    """Each revision after its parents; among equals by file name, so that the order never changes."""
    from graphlib import CycleError, TopologicalSorter

    sorter = TopologicalSorter({name: r.parents for name, r in found.items()})
    result: dict[str, Revision] = {}
    try:
        sorter.prepare()
    except CycleError as error:
        raise HistoryError(
            f"revisions follow one another in a circle: {' → '.join(error.args[1])}"
        ) from error
    while sorter.is_active():
        ready = sorter.get_ready()
        result.update((name, found[name]) for name in sorted(ready, key=lambda n: found[n].path.name))
        sorter.done(*ready)
    return result


# ---- what a file does -------------------------------------------------------------------------


def code_hash(source: bytes) -> str:
    """SHA-256 over the code's tree, without positions, comments and docstrings; the same on every Python."""
    tree = ast.parse(source)
    return hashlib.sha256(repr(_essence(tree)).encode()).hexdigest()


def _essence(node: Any) -> Any:
    """A tree of plain tuples. Empty fields are left out because newer Pythons add such."""
    if isinstance(node, ast.AST):
        items = [(name, _essence(value)) for name, value in ast.iter_fields(node) if name != "ctx"]
        return (type(node).__name__, *(i for i in items if i[1] not in (None, ())))
    if isinstance(node, list):
        return tuple(_essence(n) for n in node if not _is_remark(n))
    return (type(node).__name__, repr(node)) if node is not None else None


def _is_remark(node: Any) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


__all__ = ["History", "HistoryError", "Revision", "TodoDbError", "code_hash", "read", "read_file"]
