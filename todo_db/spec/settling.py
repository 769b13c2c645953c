"""Contradictions that an answer settles where more is at stake than one fact of a column."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from todo_db.findings import Finding, Place
from todo_db.spec import rules
from todo_db.spec.answering_columns import UnclearError, said_of
from todo_db.spec.answering_tables import called, columns_of, primary_key, with_table, within
from todo_db.spec.document import (
    UNSAID,
    CheckSpec,
    ColumnSpec,
    IndexSpec,
    PrimaryKeySpec,
    Specification,
    TableSpec,
)
from todo_db.spec.tableobjects import bare

CODES: Final = ("TD110", "TD117", "TD118", "TD119")


def settled(
    spec: Specification, asked: list[Finding], name: str, text: str, place: Place
) -> Specification | None:
    """The specification in which the answer holds, whatever it stated before; None where nothing fits.

    asked: the contradictions about the object, which `spec` no longer has. UnclearError: no such answer.
    """
    code = asked[0].code
    if code == "TD110":
        table = spec.table(name)
        return called(spec, table, text, place) if table else None
    if code == "TD119" and asked[0].kind == "check":
        return _check(spec, asked, name, text, place)
    table = within(spec, name)
    if table is None:
        return None
    if code == "TD119":
        return _index(spec, table, name, text, place)
    column = next(c for c in table.columns if f"{table.name}.{c.name}" == name)
    settle = _key if code == "TD117" else _unique
    return settle(spec, table, column, text, place)


def _key(spec: Specification, table: TableSpec, column: ColumnSpec, text: str, place: Place) -> Specification:
    """Whether the column is in the primary key; one that leaves it is asked whether it may be null."""
    listed = table.primary_key.columns if table.primary_key else ()
    stated = listed or tuple(c.name for c in table.columns if c.primary_key is True)
    rest = tuple(c for c in stated if c != column.name)
    if said_of(text, "primary key"):
        every = stated if column.name in stated else (*stated, column.name)
        return primary_key(spec, table, f"({', '.join(every)})", place)
    changed = replace(
        column, primary_key=False, nullable=UNSAID, places=column.places | {"primary_key": place}
    )
    columns = tuple(changed if c is column else c for c in table.columns)
    key = PrimaryKeySpec(columns=rest, place=place) if len(rest) > 1 else None
    about = f"{table.name}.{column.name}"
    ask = rules.finding(
        rules.ASK_NULLABLE,
        "column",
        about,
        f"May {about} be null?",
        (place,),
        hint="Write NOT NULL or NULL beside it.",
    )
    done = with_table(spec, table, replace(table, columns=columns, primary_key=key))
    return replace(done, findings=(*done.findings, ask))


def _unique(
    spec: Specification, table: TableSpec, column: ColumnSpec, text: str, place: Place
) -> Specification:
    """Whether the column is unique; where it is not, no constraint and no index of its own says so."""
    yes = said_of(text, "unique")
    changed = replace(column, unique=yes, places=column.places | {"unique": place})
    new = replace(table, columns=tuple(changed if c is column else c for c in table.columns))
    if not yes:
        alone = (column.name.lower(),)
        plain = (
            replace(i, unique=False) if i.unique is True and _names(i.columns) == alone else i
            for i in table.indexes
        )
        kept = (u for u in table.uniques if _names(u.columns) != alone)
        new = replace(new, indexes=tuple(plain), uniques=tuple(kept))
    return with_table(spec, table, new)


def _names(columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(bare(c).strip('"`').lower() for c in columns)


def _index(spec: Specification, table: TableSpec, name: str, text: str, place: Place) -> Specification:
    """The columns of an index that is called by one name with other columns."""
    known = {c.name.lower() for c in table.columns}
    entries = tuple(e.strip() for e in text.strip().removeprefix("(").removesuffix(")").split(","))
    if any(bare(e).strip('"`').lower() not in known for e in entries):
        columns_of(text, table)  # says which columns there are
        raise UnclearError("the columns of the index")

    def stated(index: IndexSpec) -> IndexSpec:
        same = f"{table.name}.{index.name}" == name
        return replace(index, columns=entries, place=place) if same else index

    return with_table(spec, table, replace(table, indexes=tuple(map(stated, table.indexes))))


def _check(
    spec: Specification, asked: list[Finding], name: str, text: str, place: Place
) -> Specification | None:
    """The expression of a check that is stated with two lists of values: the one on the same columns."""
    found = re.fullmatch(r"(?is)\s*check\s*\((?P<expr>.*)\)\s*", text)
    table = spec.table(name)
    if found is None or table is None:
        raise UnclearError("CHECK (…), with the whole list of values")
    expr = found["expr"].strip()
    about = [f for f in asked if _used(f.sides.get("spec") or "", table) == _used(expr, table)]
    old = {f.sides.get("spec") for f in about}
    if not about:
        raise UnclearError(f"CHECK (…) on the column of {asked[0].sides.get('spec')}")

    def stated(check: CheckSpec) -> CheckSpec:
        return replace(check, expr=expr, place=place) if check.expr in old else check

    done = with_table(spec, table, replace(table, checks=tuple(map(stated, table.checks))))
    rest = (f for f in asked if f not in about)  # of other checks: still open
    return replace(done, findings=(*done.findings, *rest))


def _used(expr: str, table: TableSpec) -> frozenset[str]:
    words = set(re.findall(r"\w+", re.sub(r"'[^']*'", "", expr.lower())))
    return frozenset(words & {c.name.lower() for c in table.columns})
