"""The queries of the catalog reader: one file beside each kind, with lines for certain versions only."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from todo_db.schema import DbObject

HERE = Path(__file__).parent
_OBJECTS = HERE.parent / "objects"
_COMMON = (
    HERE / "scope.sql",
    HERE / "owned.sql",
    _OBJECTS / "constraint.sql",
    _OBJECTS / "routine.sql",
)
_MARKS = re.compile(r"--((?:\s*@(?:>=|<)\d+)+)\s*\Z")
_MARK = re.compile(r"@(>=|<)(\d+)")
_COMMENT = re.compile(r"^\s*--(?! @).*$")


def query(cls: type[DbObject], version: int) -> str:
    """The query of a kind for a server of that version, with what it may look at in front."""
    return scoped(_OBJECTS / f"{module_of(cls)}.sql", version)


def module_of(cls: type[DbObject]) -> str:
    """The name that a kind's Python and SQL file share."""
    return cls.__module__.rpartition(".")[2]


def scoped(path: Path, version: int) -> str:
    """A query with those of the common CTEs in front of it that it names, directly or through others."""
    text = plain(path, version)
    needed = ""
    for name, cte in reversed(_ctes(version)):
        if re.search(rf"\b{name}\b", text + needed):
            needed = f"{cte},\n{needed}"
    if text.startswith("WITH "):
        return f"WITH {needed}{text.removeprefix('WITH ')}"
    return f"WITH {needed.rstrip().rstrip(',')}\n{text}" if needed else text


@lru_cache(maxsize=8)
def _ctes(version: int) -> list[tuple[str, str]]:
    """The common CTEs in the order in which they build on one another."""
    text = "".join(plain(path, version) for path in _COMMON)
    return [
        (part.split(" ", 1)[0], part.strip()) for part in re.split(r"^-- @cte \w+\n", text, flags=re.M)[1:]
    ]


@lru_cache(maxsize=256)
def plain(path: Path, version: int) -> str:
    """A file's lines for this version, without comments."""
    major = version // 10000
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(t for t in lines if _applies(t, major) and not _COMMENT.match(t)) + "\n"


def _applies(line: str, major: int) -> bool:
    """Whether a line is meant for this major: `-- @>=15`, `-- @<15` or both at its end say so."""
    marks = _MARKS.search(line)
    if marks is None:
        return True
    return all(
        major >= int(number) if sign == ">=" else major < int(number)
        for sign, number in _MARK.findall(marks[1])
    )
