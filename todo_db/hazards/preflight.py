"""Asks the live data what pending revisions take for granted: one counting query per assumption, read only.

What is assumed follows from what the history builds before and after, not from anybody's SQL: a column that
becomes NOT NULL, a key that becomes unique, a foreign key, a CHECK, another type, labels that vanish.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from todo_db.errors import UndeterminedError
from todo_db.findings import Finding, Rule, Severity, Unknown, register
from todo_db.objects.check import Check
from todo_db.objects.column import Column
from todo_db.objects.enum import Enum
from todo_db.objects.foreign_key import ForeignKey
from todo_db.objects.index import Index
from todo_db.objects.names import literal, quote
from todo_db.objects.primary_key import PrimaryKey
from todo_db.objects.unique import Unique
from todo_db.schema import DbObject, Key, Schema

if TYPE_CHECKING:
    import psycopg

TIMEOUT_MS = 60_000

_LATER = (
    " Mend the rows first, in a revision before this one or by hand; the hint has the query that shows them. "
    "Where an earlier pending revision changes rows of the same table, it is taken to mend them."
)


def _rule(code: str, name: str, title: str, explain: str) -> Rule:
    return register(Rule(code, name, Severity.ERROR, title, explain + _LATER))


NULLS = _rule(
    "TD594", "data-null", "rows are NULL where a revision wants NOT NULL", "The statement would fail on them."
)
DUPLICATES = _rule(
    "TD595", "data-duplicates", "rows are not unique where a revision wants it", "The index cannot be built."
)
ORPHANS = _rule(
    "TD596", "data-orphans", "rows refer to what is not there", "The foreign key cannot be validated."
)
OUTSIDE = _rule("TD597", "data-check", "rows break a CHECK that a revision adds", "It cannot be validated.")
CAST = _rule(
    "TD598",
    "data-cast",
    "values do not fit a column's new type",
    "They make the statement fail, or come out different: cut off, rounded, without their time.",
)
LABELS = _rule(
    "TD599", "data-enum", "rows hold labels that an enum loses", "They cannot be turned into the new type."
)


@dataclass(frozen=True, slots=True)
class Question:
    """An assumption. count: the query that counts what breaks it; show: the query that shows it.

    table: whose rows are counted. fails: an error of the query is an answer: a value that cannot be cast.
    """

    rule: Rule
    key: Key
    table: Key
    what: str
    count: str
    show: str
    fails: bool = False


def questions(before: Schema, after: Schema) -> list[Question]:
    """What has to hold of the data in `before` so that it can become `after`."""
    found: list[Question] = []
    for key, new in after.objects.items():
        old = before.objects.get(key)
        table = new.parent
        if table is None or table not in before.objects or table not in after.objects:
            continue
        if table in before.external or key.kind not in _ASK:
            continue
        found += _ASK[key.kind](before, old, new)
    return found + list(_labels(before, after))


def _columns_known(before: Schema, table: Key, names: Iterable[str]) -> bool:
    have = {o.name for o in before.children(table, "column") if isinstance(o, Column)}
    return set(names) <= have


def _table(obj: Any) -> str:
    return quote(obj.schema, obj.table)


def _counting(source: str) -> tuple[str, str]:
    return f"SELECT count(*) {source}", f"SELECT * {source} LIMIT 20"


def _column(before: Schema, old: DbObject | None, obj: DbObject) -> Iterator[Question]:
    new = cast("Column", obj)
    if not isinstance(old, Column) or new.generated is not None or old.generated is not None:
        return
    assert new.parent is not None  # a column lies in a table  # noqa: S101
    name = quote(new.name)
    if old.nullable and not new.nullable:
        count, show = _counting(f"FROM {_table(new)} WHERE {name} IS NULL")
        yield Question(NULLS, new.key, new.parent, "row(s) are NULL", count, show)
    if old.type != new.type and not _is_enum(before, old.type):
        back = f"({name}::{new.type})::{old.type} IS DISTINCT FROM {name}"
        if old.type in ("json", "xml"):  # no equality
            back = f"({name}::{new.type})::text IS NULL AND {name} IS NOT NULL"
        count, show = _counting(f"FROM {_table(new)} WHERE {back}")
        what = f"value(s) change when {old.type} becomes {new.type}"
        yield Question(CAST, new.key, new.parent, what, count, show, fails=True)


def _is_enum(before: Schema, name: str) -> bool:
    return any(
        f"{e.schema}.{e.name}" in (name, f"public.{name}") for e in before.of("enum") if isinstance(e, Enum)
    )


def _unique(before: Schema, old: DbObject | None, obj: DbObject) -> Iterator[Question]:
    new = cast("PrimaryKey | Unique | Index", obj)
    if old is not None or new.parent is None or not getattr(new, "unique", True):
        return
    predicate = getattr(new, "predicate", None)
    # the keys of an index are SQL already: names as PostgreSQL quotes them, or expressions
    keys = list(new.columns) if isinstance(new, Index) else [quote(name) for name in new.columns]
    if not isinstance(new, Index) and not _columns_known(before, new.parent, new.columns):
        return
    if _already_unique(before, new, keys):
        return
    given = [] if getattr(new, "nulls_not_distinct", False) else [f"({k}) IS NOT NULL" for k in keys]
    given += [f"({predicate})"] if predicate else []
    where = f" WHERE {' AND '.join(given)}" if given else ""
    listed, numbers = ", ".join(keys), ", ".join(str(n) for n in range(1, len(keys) + 1))
    groups = f"SELECT {listed}, count(*) FROM {_table(new)}{where} GROUP BY {numbers} HAVING count(*) > 1"  # noqa: S608
    what = f"value(s) of ({listed}) occur more than once"
    yield Question(DUPLICATES, new.key, new.parent, what, _over(groups), f"{groups} LIMIT 20")


def _over(query: str) -> str:
    return f"SELECT count(*) FROM ({query}) found"  # noqa: S608 - names are quoted


def _already_unique(before: Schema, new: Any, keys: Sequence[str]) -> bool:
    """Whether the rows are unique by another constraint or index, as when a key takes an index over."""
    for other in before.children(new.parent):
        if not isinstance(other, PrimaryKey | Unique | Index):
            continue
        known = other.columns if isinstance(other, Index) else [quote(name) for name in other.columns]
        same = set(known) == set(keys)
        partial = getattr(other, "predicate", None) or not getattr(other, "unique", True)
        if same and not partial and getattr(other, "valid", True):
            return True
    return False


def _foreign_key(before: Schema, old: DbObject | None, obj: DbObject) -> Iterator[Question]:
    new = cast("ForeignKey", obj)
    was_checked = isinstance(old, ForeignKey) and (old.valid or not new.valid) and _pairs(old) == _pairs(new)
    if was_checked or not new.enforced or new.parent is None or new.period:
        return
    target = next((o for o in before.of("table") if o.parts == (new.target_schema, new.target_table)), None)
    if target is None or not _columns_known(before, new.parent, new.columns):
        return
    if not _columns_known(before, target.key, new.target_columns):
        return
    pairs = [f"p.{quote(t)} = c.{quote(c)}" for c, t in zip(new.columns, new.target_columns, strict=True)]
    given = [f"c.{quote(c)} IS NOT NULL" for c in new.columns]
    parent = quote(new.target_schema, new.target_table)
    missing = f"NOT EXISTS (SELECT 1 FROM {parent} p WHERE {' AND '.join(pairs)})"  # noqa: S608
    count, show = _counting(f"FROM {_table(new)} c WHERE {' AND '.join([*given, missing])}")
    what = f"row(s) refer to no row of {parent.removeprefix('public.')}"
    yield Question(ORPHANS, new.key, new.parent, what, count, show)


def _pairs(key: ForeignKey) -> object:
    return (key.columns, key.target_schema, key.target_table, key.target_columns)


def _check(before: Schema, old: DbObject | None, obj: DbObject) -> Iterator[Question]:
    new = cast("Check", obj)
    if new.parent is None or not new.enforced:
        return
    if isinstance(old, Check) and old.expression == new.expression and (old.valid or not new.valid):
        return
    count, show = _counting(f"FROM {_table(new)} WHERE NOT ({new.expression})")
    yield Question(OUTSIDE, new.key, new.parent, f"row(s) break {new.expression}", count, show)


def _labels(before: Schema, after: Schema) -> Iterator[Question]:
    """Columns of an enum that has fewer labels afterwards."""
    for old in before.of("enum"):
        new = after.objects.get(old.key)
        if not isinstance(old, Enum) or not isinstance(new, Enum):
            continue
        gone = [label for label in old.labels if label not in new.labels]
        names = (f"{old.schema}.{old.name}", old.name, quote(old.schema, old.name), quote(old.name))
        for column in before.of("column"):
            if (
                not gone
                or not isinstance(column, Column)
                or column.type not in names
                or column.parent is None
            ):
                continue
            listed = ", ".join(literal(label) for label in gone)
            count, show = _counting(f"FROM {_table(column)} WHERE {quote(column.name)}::text IN ({listed})")
            what = f"row(s) hold {', '.join(gone)}, which {old.name} loses"
            yield Question(LABELS, column.key, column.parent, what, count, show)


_ASK = {
    "column": _column,
    "primary key": _unique,
    "unique": _unique,
    "index": _unique,
    "foreign key": _foreign_key,
    "check": _check,
}


# ---- asking ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answers:
    """What the live data says: findings for what would fail, and what could not be counted."""

    findings: tuple[Finding, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    counted: int = 0

    @property
    def tables(self) -> frozenset[str]:
        """The tables that findings are about."""
        return frozenset(str(f.sides["table"]) for f in self.findings)


def ask(
    connection: psycopg.Connection[Any], asked: Collection[Question], *, timeout_ms: int = TIMEOUT_MS
) -> Answers:
    """Count on the database, in one read-only transaction, as a role that must not be filtered.

    Hidden rows would count as none, so `row_security` is off: where a policy would hide some, PostgreSQL
    refuses, and that is unknown. Raises UndeterminedError where the connection fails.
    """
    import psycopg

    findings: list[Finding] = []
    unknown: list[Unknown] = []
    try:
        with connection.transaction():
            connection.execute("SET TRANSACTION READ ONLY")
            connection.execute(_LIMITS, (f"{timeout_ms}ms",))
            for question in asked:
                _one(connection, question, findings, unknown)
    except psycopg.OperationalError as error:
        raise UndeterminedError(f"the data could not be counted: {_said(error)}") from error
    return Answers(tuple(findings), tuple(unknown), len(asked))


_LIMITS = (
    "SELECT set_config('statement_timeout', %s, true), set_config('row_security', 'off', true), "
    "set_config('search_path', '', true), set_config('lock_timeout', '2s', true)"
)


def _one(
    connection: psycopg.Connection[Any], question: Question, findings: list[Finding], unknown: list[Unknown]
) -> None:
    import psycopg

    try:
        with connection.transaction():
            row = connection.execute(question.count.encode()).fetchone()
        number = row[0] if row else 0
        if number:
            findings.append(_finding(question, f"{number:,} {question.what}"))
    except (psycopg.errors.DataError, psycopg.errors.RaiseException) as error:
        if question.fails:
            findings.append(_finding(question, f"at least one value cannot be cast: {_said(error)}"))
        else:
            unknown.append(_unknown(question, error))
    except (psycopg.errors.CannotCoerce, psycopg.errors.UndefinedFunction) as error:
        unknown.append(_unknown(question, error, "the revision has to say how (USING)"))
    except psycopg.errors.UndefinedColumn:
        return  # a CHECK over a column that the revisions make first: no row has broken it yet
    except psycopg.errors.QueryCanceled as error:
        unknown.append(_unknown(question, error, "count it at a quiet hour"))
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        unknown.append(
            _unknown(question, error, "let the role read the table, with BYPASSRLS where it has policies")
        )


def _finding(question: Question, message: str) -> Finding:
    return Finding(
        code=question.rule.code,
        rule=question.rule.name,
        severity=question.rule.severity,
        kind=question.key.kind,
        object=question.key.name,
        message=message,
        sides={"live": message, "table": question.table.name},
        hint=f"{question.show};",
    )


def _unknown(question: Question, error: BaseException, hint: str | None = None) -> Unknown:
    return Unknown("live", question.key.name, f"could not be counted: {_said(error)}", hint)


def _said(error: Any) -> str:
    return str(error.diag.message_primary or error).strip()
