"""Whether two documents state the same: every table and fact, every contradiction, every open question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from todo_db.findings import Finding
from todo_db.spec.document import ColumnSpec, Specification, TableSpec

_ABOUT_THE_READING = frozenset({"place", "places", "findings", "passed_over", "paths", "description"})
_UNORDERED = frozenset(
    {"tables", "enums", "domains", "sequences", "extensions", "schemas", "uniques", "foreign_keys", "checks"}
    | {"exclusions", "indexes"}
)


def differences(old: Specification, new: Specification) -> list[str]:
    """What one of the two states and the other does not; empty where nothing is lost or added."""
    return [*_differ(content(old), content(new), ""), *_findings(old, new), *_described(old, new)]


def content(value: Any) -> Any:
    """What is stated, without where it stood and without prose."""
    if is_dataclass(value):
        return {
            f.name: _listed(f.name, getattr(value, f.name))
            for f in fields(value)
            if f.name not in _ABOUT_THE_READING
        }
    return tuple(map(content, value)) if isinstance(value, tuple) else value


def _listed(name: str, value: Any) -> Any:
    if name in ("tables", "columns") and value and is_dataclass(value[0]):
        return {v.name: content(v) for v in value}
    inner = content(value)
    return tuple(sorted(inner, key=repr)) if name in _UNORDERED else inner


def _differ(old: Any, new: Any, where: str) -> Iterator[str]:
    if old == new:
        if isinstance(old, dict) and where.endswith("columns") and [*old] != [*new]:
            yield f"{where}: the order of the columns"
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            path = f"{where}.{key}" if where else str(key)
            if key not in old or key not in new:
                yield f"{path} is stated {'before' if key in old else 'after'} only"
            else:
                yield from _differ(old[key], new[key], path)
        return
    yield f"{where}: {old!r} before, {new!r} after"


def _findings(old: Specification, new: Specification) -> Iterator[str]:
    before, after = (Counter(map(_signature, s.findings)) for s in (old, new))
    yield from (f"{code} about {name} before only" for code, name, *_ in (before - after).elements())
    yield from (f"{code} about {name} after only" for code, name, *_ in (after - before).elements())


_PLACES = re.compile(r" in (?:line |\S+:)\d+(?: \([^()]*\))?| \(stated at [^()]*\)| \([\w ]+\)\.\Z")


def _signature(finding: Finding) -> tuple[str, str, str, str]:
    """A finding without the lines that it names."""
    said = re.sub(
        r" in (?:line |\S+:)\d+(?: \([^()]*\))?| \(stated at [^()]*\)| \([\w ]+\)\.\Z", "", finding.message
    )
    return finding.code, finding.object, str(finding.sides.get("spec")), said


def _described(old: Specification, new: Specification) -> Iterator[str]:
    after = dict(_columns(new))
    for name, column in _columns(old):
        kept = after.get(name)
        if kept is not None and not words(column.description) <= words(kept.description):
            yield f"{name}: its description"


def _columns(spec: Specification) -> Iterator[tuple[str, ColumnSpec]]:
    for table in spec.tables:
        yield from _of(table)


def _of(table: TableSpec) -> Iterator[tuple[str, ColumnSpec]]:
    yield from ((f"{table.name}.{c.name}", c) for c in table.columns)


def words(text: str) -> set[str]:
    """The words and numbers of a text, whatever its marks and capitals."""
    return {w.casefold() for w in re.findall(r"[^\W_]+", text)}
