"""What a table has beside columns: keys, checks and indexes that several notations state, each once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import NamedTuple, TypeVar

from todo_db.findings import Finding
from todo_db.spec import rules
from todo_db.spec.document import (
    UNSAID,
    CheckSpec,
    ForeignKeySpec,
    IndexSpec,
    PrimaryKeySpec,
    UniqueSpec,
    Unsaid,
)
from todo_db.spec.statements import Force, Notation, Statement, spot

_T = TypeVar("_T", PrimaryKeySpec, UniqueSpec, ForeignKeySpec, CheckSpec, IndexSpec)


@lru_cache(maxsize=1 << 16)
def bare(entry: str) -> str:
    """A column of an index without its direction."""
    return re.sub(r"(?i)\s+(?:asc|desc)?(?:\s*nulls\s+(?:first|last))?\s*\Z", "", entry).strip()


def _columns(spec: IndexSpec) -> tuple[str, ...]:
    return tuple("".join(bare(c).split()).lower() for c in spec.columns)


def merge_indexes(statements: Iterable[Statement]) -> list[IndexSpec]:
    """Each index once: an unnamed statement, or one of the same name, joins the statement that says more."""
    said = [(s.authority, s.value) for s in statements if isinstance(s.value, IndexSpec)]
    # Names first among those of one authority: they draw the others.
    ordered = sorted(enumerate(said), key=lambda s: (s[1][0], not s[1][1].name))
    result: list[IndexSpec] = []
    first: list[int] = []  # where the first statement of each stands
    alike: dict[object, dict[int, None]] = {}  # positions, in order, by name and by what is indexed
    for number, (_, spec) in ordered:
        near = chain.from_iterable(alike.get(key, ()) for key in _like(spec))
        position = next((i for i in near if _same_index(result[i], spec)), None)
        if position is None:
            position = len(result)
            result.append(spec)
            first.append(number)
        else:
            result[position] = _join_indexes(result[position], spec)
            first[position] = min(first[position], number)
        for key in _findable(result[position]):
            alike.setdefault(key, {})[position] = None
    places = ((i.place.path, i.place.line) if i.place else ("", 0) for i in result)
    return [
        i for _, i in sorted(zip(zip(places, first, strict=True), result, strict=True), key=lambda p: p[0])
    ]


def _like(spec: IndexSpec) -> list[object]:
    """The keys of those that may be the same: of its name or without one; for one without a name, any."""
    what = (_columns(spec), bool(spec.where))
    return [spec.name, (False, what)] if spec.name else [(True, what)]


def _findable(spec: IndexSpec) -> list[object]:
    what = (_columns(spec), bool(spec.where))
    return [(True, what), spec.name if spec.name else (False, what)]


def _same_index(one: IndexSpec, two: IndexSpec) -> bool:
    if one.name and two.name:
        return one.name == two.name
    named, bare_ = (one, two) if one.name else (two, one)
    if named.name and named.unique is False and bare_.unique is True:
        return False  # the unnamed one is that of a unique constraint
    if not one.columns or not two.columns or _columns(one) != _columns(two):
        return False
    methods = {one.method, two.method} - {UNSAID, "btree"}
    if methods and True in (one.unique, two.unique) and one.method != two.method:
        return False  # only a btree can be unique
    return bool(one.where) == bool(two.where)


def contradicting_indexes(table: str, statements: Iterable[Statement]) -> list[Finding]:
    """One finding for each name by which two indexes with other columns are called."""
    first: dict[str, tuple[IndexSpec, Statement]] = {}
    findings: list[Finding] = []
    for statement in sorted(statements, key=lambda s: s.authority):
        spec = statement.value
        if (
            not isinstance(spec, IndexSpec)
            or not spec.name
            or not spec.columns
            or statement.force is Force.HINT
        ):
            continue
        kept, by = first.setdefault(spec.name, (spec, statement))
        if _columns(kept) != _columns(spec):
            one, two = (f"({', '.join(s.columns)})" for s in (kept, spec))
            message = (
                f"The index {spec.name} on {table} has the columns {one} in line {by.place.line} "
                f"and {two} in line {statement.place.line}."
            )
            name = f"{table}.{spec.name}"
            places = (by.place, statement.place)
            findings.append(rules.finding(rules.OBJECT, "index", name, message, places, stated=one))
    return findings


def _join_indexes(one: IndexSpec, two: IndexSpec) -> IndexSpec:
    if one.columns and two.columns and _columns(one) != _columns(two):
        return one  # a contradiction: the one that counts stays as it is
    more = (
        two
        if sum(map(len, two.columns)) > sum(map(len, one.columns)) and _columns(one) in ((), _columns(two))
        else one
    )
    return replace(
        one,
        columns=more.columns,
        name=one.name or two.name,
        unique=two.unique if one.unique is UNSAID else one.unique,
        method=one.method or two.method,
        where=one.where or two.where,
        include=one.include or two.include,
    )


def merge_uniques(statements: Iterable[Statement], indexes: Iterable[IndexSpec]) -> list[UniqueSpec]:
    """Unique constraints; an unnamed one that a named unique index of the same columns stands for is
    left to that."""
    covered = {tuple(sorted(_columns(i))) for i in indexes if i.unique and i.name}
    result: list[UniqueSpec] = []
    for spec in _by_authority(statements, UniqueSpec):
        same = [
            i
            for i, o in enumerate(result)
            if sorted(o.columns) == sorted(spec.columns)
            and not (o.name and spec.name and o.name != spec.name)
        ]
        if same:
            result[same[0]] = replace(result[same[0]], name=result[same[0]].name or spec.name)
        elif spec.name or tuple(sorted(c.lower() for c in spec.columns)) not in covered:
            result.append(spec)
    return result


def without_backing(
    indexes: Iterable[IndexSpec], uniques: Iterable[UniqueSpec], key: tuple[str, ...], table: str
) -> list[IndexSpec]:
    """Indexes without those that a constraint brings along: unique ones of a unique constraint that have no
    name or its name, and the primary key's, by the name that PostgreSQL gives it."""
    listed = list(uniques)
    backed = {tuple(sorted(c.lower() for c in u.columns)) for u in listed}
    called = {(u.name, tuple(c.lower() for c in u.columns)) for u in listed}
    own = (f"{table.rpartition('.')[2]}_pkey".lower(), tuple(c.lower() for c in key))
    return [
        i
        for i in indexes
        if (str(i.name).lower(), _columns(i)) != own
        and not (i.unique and (i.name, _columns(i)) in called)
        and (i.name or not i.unique or tuple(sorted(_columns(i))) not in backed)
    ]


def merge_foreign_keys(
    statements: Iterable[Statement], resolve: Callable[[str], str]
) -> list[ForeignKeySpec]:
    """Foreign keys over several columns."""
    result: list[ForeignKeySpec] = []
    for spec in _by_authority(statements, ForeignKeySpec):
        target = replace(spec.references, table=resolve(spec.references.table))
        if not any(o.columns == spec.columns for o in result):
            result.append(replace(spec, references=target))
    return result


def merge_primary_key(statements: Iterable[Statement]) -> PrimaryKeySpec | None:
    """The primary key that is stated as a constraint, when it has several columns or a name."""
    stated = [s for s in _by_authority(statements, PrimaryKeySpec) if s.columns]
    return next((s for s in stated if len(s.columns) > 1 or s.name), None)


def _by_authority(statements: Iterable[Statement], kind: type[_T]) -> list[_T]:
    ordered = sorted((s for s in statements if isinstance(s.value, kind)), key=lambda s: s.authority)
    return [s.value for s in ordered if isinstance(s.value, kind)]


# ---- checks --------------------------------------------------------------------------------------

_STRICT = {Notation.SQL, Notation.CODE, Notation.YAML}


def merge_checks(
    table: str, statements: Iterable[Statement], columns: Iterable[str]
) -> tuple[list[CheckSpec], list[Finding]]:
    """Each check once. One in words joins the one in SQL on the same columns; differing lists of values
    contradict."""
    known = {c.lower(): c for c in columns}
    result: list[tuple[CheckSpec, Statement]] = []
    alike: dict[object, dict[int, None]] = {}  # positions by what makes two checks the same
    findings: list[Finding] = []
    for statement in sorted(
        statements, key=lambda s: (s.authority[0], s.notation not in _STRICT, s.notation.rank)
    ):
        spec = statement.value
        if not isinstance(spec, CheckSpec) or statement.force is Force.HINT:
            continue
        about = _About.of(spec, statement, known)
        near = (i for key in about.sought() for i in alike.get(key, ()))
        same = next((i for i in near if _same_check(*result[i], spec, statement, known)), None)
        if same is None:
            for key in about.stored():
                alike.setdefault(key, {})[len(result)] = None
            result.append((spec, statement))
            continue
        kept, by = result[same]
        result[same] = (replace(kept, name=kept.name or spec.name), by)
        for key in _About.of(kept, by, known).stored():
            del alike[key][same]
        for key in _About.of(result[same][0], by, known).stored():
            alike.setdefault(key, {})[same] = None
        if _values(kept.expr) and _values(spec.expr) and set(_values(kept.expr)) != set(_values(spec.expr)):
            message = (
                f"A check on {table} allows {', '.join(_values(kept.expr))} in {spot(by, statement)} "
                f"and {', '.join(_values(spec.expr))} in {spot(statement, by)}."
            )
            findings.append(
                rules.finding(
                    rules.OBJECT, "check", table, message, (by.place, statement.place), stated=kept.expr
                )
            )
    return [spec for spec, _ in result], findings


class _About(NamedTuple):
    """What a check is found again by: its name, its text, or the columns that it is about."""

    name: str | Unsaid
    text: str
    used: frozenset[str]
    lists: bool  # values
    notation: Notation

    @classmethod
    def of(cls, spec: CheckSpec, by: Statement, known: dict[str, str]) -> _About:
        lists = bool(_values(spec.expr))
        return cls(spec.name, canonical(spec.expr), _used(spec.expr, known), lists, by.notation)

    def stored(self) -> list[object]:
        named = bool(self.name)
        return [self.name, (self.text, named), (self.used, self.lists, self.notation, named)]

    def sought(self) -> list[object]:
        """The keys of those that may be the same check; of two that are named only the name counts."""
        ways = (False,) if self.name else (False, True)
        others = [n for n in Notation if n is not self.notation] if self.used else []
        if not self.lists and self.notation in _STRICT:
            others = [n for n in others if n not in _STRICT]
        near = [(self.used, self.lists, n, named) for n in others for named in ways]
        return [*([self.name] if self.name else ()), *((self.text, named) for named in ways), *near]


def _same_check(
    one: CheckSpec, by: Statement, two: CheckSpec, also: Statement, known: dict[str, str]
) -> bool:
    if one.name and two.name:
        return one.name == two.name
    if canonical(one.expr) == canonical(two.expr):
        return True
    used = _used(one.expr, known)
    if by.notation is also.notation or not used or used != _used(two.expr, known):
        return False
    in_words = by.notation not in _STRICT or also.notation not in _STRICT
    return bool(_values(one.expr)) == bool(_values(two.expr)) and (in_words or bool(_values(one.expr)))


def canonical(expr: str) -> str:
    """An expression without what is only spelling."""
    text = re.sub(r"\s+", " ", expr.strip().lower())
    text = re.sub(r"\b(?:char_length|character_length)\b", "length", text)
    if found := re.fullmatch(r"(\w+) in \((.*)\)", text):
        values = sorted(re.findall(r"'[^']*'", found.group(2)))
        return f"{found.group(1)} in {values}"
    return re.sub(r"\s*([(),=<>])\s*", r"\1", text)


def _values(expr: str) -> tuple[str, ...]:
    """The strings of an IN list or of alternatives."""
    found = re.search(r"(?i)\bin\s*\(([^()]*)\)|=\s*any\s*\(\s*array\s*\[([^\]]*)\]", expr)
    return tuple(re.findall(r"'([^']*)'", found.group(1) or found.group(2))) if found else ()


def _used(expr: str, known: dict[str, str]) -> frozenset[str]:
    """The columns in an expression."""
    bare_text = re.sub(r"'[^']*'", "", expr.lower())
    return frozenset(known[w] for w in re.findall(r"\w+", bare_text) if w in known)
