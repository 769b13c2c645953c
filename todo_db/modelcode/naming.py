"""Names for Python: of classes, attributes, modules and relationships, out of those of tables and columns."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Collection, Iterable, Mapping

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_IRREGULAR = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "data": "data",
    "media": "media",
    "news": "news",
    "series": "series",
    "species": "species",
    "indices": "index",
    "matrices": "matrix",
    "vertices": "vertex",
    "analyses": "analysis",
    "movies": "movie",
    "cookies": "cookie",
}
_PLURALS = {one: many for many, one in _IRREGULAR.items()}
# The first ending that fits; 'address', 'status' and 'analysis' are no plurals, whatever their last letter.
_SINGULARS = (
    ("ies", "y"),
    *((ending, ending.removesuffix("es")) for ending in ("sses", "shes", "ches", "xes", "zzes")),
    *((ending, ending.removesuffix("s")) for ending in ("auses", "ouses", "fuses")),
    ("uses", "us"),
    ("aliases", "alias"),
    *((ending, ending) for ending in ("ss", "us", "is")),
    ("s", ""),
)


def words(name: str) -> list[str]:
    """The words of a name, in lower case: 'emailVerified' and 'email_verified' are the same two."""
    return [w.lower() for w in _WORDS.findall(name)]


def singular(word: str) -> str:
    """One of them. What does not look like an English plural stays as it is."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for ending, instead in _SINGULARS:
        if word.endswith(ending) and len(word) > len(ending):
            return word.removesuffix(ending) + instead
    return word


def plural(word: str) -> str:
    """Several of them."""
    if word in _PLURALS:
        return _PLURALS[word]
    if word.endswith("y") and word[-2:-1] not in ("a", "e", "i", "o", "u", ""):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s")


def _joined(parts: Iterable[str], last: Callable[[str], str]) -> list[str]:
    found = list(parts)
    return [*found[:-1], last(found[-1])] if found else ["row"]


def class_name(table: str) -> str:
    """`task_priorities` → TaskPriority. The table's name without its schema."""
    name = "".join(w.capitalize() for w in _joined(words(table), singular))
    return name if name.isidentifier() else f"Table{name}"


def one(table: str) -> str:
    """`task_priorities` → task_priority: what one row is called."""
    return attribute("_".join(_joined(words(table), singular)))


def many(table: str) -> str:
    """`task_priority` → task_priorities: what its rows are called."""
    return attribute("_".join(_joined(words(table), lambda word: plural(singular(word)))))


def constant(value: str) -> str:
    """The name of an enum's member: 'in progress' → IN_PROGRESS."""
    name = re.sub(r"\W+", "_", value).strip("_").upper() or "EMPTY"
    return name if name.isidentifier() and not keyword.iskeyword(name) and name != "MRO" else f"V_{name}"


def attribute(name: str, taken: Collection[str] = ()) -> str:
    """The attribute for a column of this name: the name itself wherever Python and pydantic allow it."""
    plain = re.sub(r"\W+", "_", name).lstrip("_") or "column"
    if not plain.isidentifier():
        plain = f"c_{plain}"
    if keyword.iskeyword(plain) or plain in _BUILTINS or plain in reserved() or plain.startswith("model_"):
        plain += "_"
    return free(plain, taken)


def free(name: str, taken: Collection[str]) -> str:
    """The name, or one with a number where it is taken."""
    number, found = 2, name
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


# in annotations: an attribute of such a name would hide the type from all that follow it in the class
_BUILTINS = frozenset({"str", "int", "float", "bool", "bytes", "list", "dict"})


def reserved() -> frozenset[str]:
    """What every SQLModel class has already; a field of such a name shadows it or is refused."""
    from sqlmodel import SQLModel

    return frozenset(n for n in dir(SQLModel) if not n.startswith("_")) | {"metadata", "registry"}


class Imports:
    """What a module imports; a name that the module uses for something of its own gets another here.

    taken: names of attributes and classes in the module.
    """

    _PREFIX: Mapping[str, str] = dict.fromkeys(("datetime", "decimal", "uuid", "enum", "typing"), "py")

    def __init__(self, taken: Collection[str]) -> None:
        self._taken = frozenset(taken)
        self._found: dict[str, dict[str, str]] = {}

    def use(self, module: str, name: str) -> str:
        """The name under which it is known in the module."""
        local = name
        if name in self._taken:
            prefix = self._PREFIX.get(module, "sql")
            local = f"{prefix}_{name}" if name.islower() else f"{prefix.capitalize()}{name}"
        self._found.setdefault(module, {})[name] = local
        return local

    def of(self, module: str) -> tuple[str, ...]:
        """What is imported from a module, by its names there."""
        return tuple(self._found.get(module, ()))

    def lines(self, width: int) -> list[str]:
        """The import statements: the standard library's, others', the package's own."""
        groups: tuple[list[str], ...] = ([], [], [])
        for module in sorted(self._found, key=lambda m: (m.startswith("."), m.lower())):
            names = self._found[module]
            group = 2 if module.startswith(".") else 0 if module in self._PREFIX else 1
            groups[group].extend(statement(module, names, width))
        return [line for group in groups if group for line in (*group, "")]


def statement(module: str, names: Mapping[str, str], width: int, indent: str = "") -> list[str]:
    """`from module import …`, sorted as ruff sorts; each name that gets another has a line of its own."""
    listed = [n for n in sorted(names, key=order) if n == names[n]]
    apart = [n for n in sorted(names, key=order) if n != names[n]]
    line = f"{indent}from {module} import {', '.join(listed)}"
    whole = [line]
    if len(line) > width:
        whole = [f"{indent}from {module} import (", *(f"{indent}    {n}," for n in listed), f"{indent})"]
    pieces = [(listed[:1], whole)] if listed else []
    pieces += [([n], [f"{indent}from {module} import {n} as {names[n]}"]) for n in apart]
    pieces.sort(key=lambda piece: order(piece[0][0]))
    return [text for _, lines in pieces for text in lines]


def order(name: str) -> tuple[int, str]:
    """The order of imported names: constants, classes, then all else."""
    rank = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return rank, name
